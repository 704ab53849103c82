package store

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Staff is a person who works at the console.
type Staff struct {
	ID        contest.StaffID
	Email     string // in lower case
	Name      string
	Role      string
	Password  string // encoded hash
	CreatedAt time.Time

	// Campaign and Partner say whom somebody works for who is no insider.
	Campaign contest.CampaignID
	Partner  kpi.PartnerID

	RoleAt time.Time // since when they have the role
	LeftAt time.Time // zero for those who are there

	// TOTP is the secret of their one-time codes, empty for none; TOTPStep is the time step of the last one that was taken.
	TOTP     string
	TOTPStep int64
}

const (
	staffColumns = "id, email, name, role, password, created_at, campaign, partner, role_at, left_at, totp, totp_step"
	readStaff    = "SELECT " + staffColumns + " FROM staff WHERE left_at = 0"
)

func scanStaff(row scanner) (s Staff, err error) {
	err = row.Scan(&s.ID, &s.Email, &s.Name, &s.Role, &s.Password, timeColumn{&s.CreatedAt}, &s.Campaign, &s.Partner,
		timeColumn{&s.RoleAt}, timeColumn{&s.LeftAt}, &s.TOTP, &s.TOTPStep)
	if s.RoleAt.IsZero() {
		s.RoleAt = s.CreatedAt
	}
	return s, err
}

// CreateStaff stores a new member of staff and returns them with their time, and with an identifier where they had
// none; ErrConflict when the address is taken. Addresses are kept and compared in lower case.
func (tx *Tx) CreateStaff(s Staff) (Staff, error) {
	s.ID, s.CreatedAt, s.RoleAt, s.Email = orNew(s.ID, "st_"), tx.now, tx.now, strings.ToLower(s.Email)
	_, err := tx.Exec("INSERT INTO staff ("+staffColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
		s.ID, s.Email, s.Name, s.Role, s.Password, millis(s.CreatedAt), s.Campaign, s.Partner, millis(s.RoleAt), s.TOTP, s.TOTPStep)
	if err != nil {
		return s, fmt.Errorf("create staff %s: %w", s.ID, err)
	}
	return s, nil
}

// StaffByEmail returns the member of staff with that address.
func (tx *Tx) StaffByEmail(email string) (Staff, error) {
	s, err := first(tx, scanStaff, readStaff+" AND email = ?", strings.ToLower(email))
	if err != nil {
		return s, fmt.Errorf("read staff by address: %w", err)
	}
	return s, nil
}

// Staff returns a member of staff.
func (tx *Tx) Staff(id contest.StaffID) (Staff, error) {
	s, err := first(tx, scanStaff, readStaff+" AND id = ?", id)
	if err != nil {
		return s, fmt.Errorf("read staff %s: %w", id, err)
	}
	return s, nil
}

// StaffName returns somebody's name, who may have left; empty where nobody had the identifier.
func (tx *Tx) StaffName(id contest.StaffID) (name string, err error) {
	err = tx.one("SELECT name FROM staff WHERE id = ?", []any{id}, &name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return "", fmt.Errorf("read name of staff %s: %w", id, err)
	}
	return name, nil
}

// StaffNames returns everybody's name, also of those who have left.
func (tx *Tx) StaffNames() (map[contest.StaffID]string, error) {
	type named struct {
		id   contest.StaffID
		name string
	}
	all, err := list(tx, func(row scanner) (n named, err error) {
		err = row.Scan(&n.id, &n.name)
		return n, err
	}, "SELECT id, name FROM staff")
	if err != nil {
		return nil, fmt.Errorf("read names of staff: %w", err)
	}
	names := make(map[contest.StaffID]string, len(all))
	for _, n := range all {
		names[n.id] = n.name
	}
	return names, nil
}

// Members lists all staff, those who joined first leading.
func (tx *Tx) Members() ([]Staff, error) {
	members, err := list(tx, scanStaff, readStaff+" ORDER BY created_at, id")
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return members, nil
}

// CountStaff counts those with one of the roles.
func (tx *Tx) CountStaff(roles ...string) (n int, err error) {
	in, args := among(roles)
	if err := tx.one("SELECT COUNT(*) FROM staff WHERE left_at = 0 AND role IN "+in, args, &n); err != nil {
		return 0, fmt.Errorf("count staff of roles %q: %w", roles, err)
	}
	return n, nil
}

// SetRole gives a member of staff another role, from now on.
func (tx *Tx) SetRole(id contest.StaffID, role string, campaign contest.CampaignID, partner kpi.PartnerID) error {
	err := tx.mustChange("UPDATE staff SET role = ?, campaign = ?, partner = ?, role_at = ? WHERE id = ? AND left_at = 0",
		role, campaign, partner, millis(tx.now), id)
	if err != nil {
		return fmt.Errorf("set role of staff %s: %w", id, err)
	}
	return nil
}

// SetPassword gives a member of staff another password, by its hash.
func (tx *Tx) SetPassword(id contest.StaffID, hash string) error {
	if err := tx.mustChange("UPDATE staff SET password = ? WHERE id = ? AND left_at = 0", hash, id); err != nil {
		return fmt.Errorf("set password of staff %s: %w", id, err)
	}
	return nil
}

// RemoveStaff ends a member of staff: their name stays beside what they did, and nothing else does. Somebody else may
// have the address from then on.
func (tx *Tx) RemoveStaff(id contest.StaffID) error {
	err := tx.mustChange(`UPDATE staff SET left_at = ?, email = id, password = '', totp = '', campaign = '', partner = ''
		WHERE id = ? AND left_at = 0`, millis(tx.now), id)
	for _, query := range []string{
		"DELETE FROM staff_sessions WHERE staff = ?", "DELETE FROM sign_ins WHERE staff = ?",
		"DELETE FROM staff_codes WHERE staff = ?", "DELETE FROM staff_resets WHERE staff = ?", "DELETE FROM report_readers WHERE staff = ?",
		"DELETE FROM passkeys WHERE staff = ?", "DELETE FROM staff_identities WHERE staff = ?", "DELETE FROM ceremonies WHERE staff = ?",
	} {
		if err == nil {
			_, err = tx.Exec(query, id)
		}
	}
	if err == nil {
		err = tx.RemoveCorrespondent(StaffPerson(id))
	}
	if err != nil {
		return fmt.Errorf("remove staff %s: %w", id, err)
	}
	return nil
}
