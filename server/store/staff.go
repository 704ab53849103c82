package store

import (
	"fmt"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Staff is a person who works at the console.
type Staff struct {
	ID        contest.StaffID
	Email     string // in lower case
	Name      string
	Role      string
	Password  string // encoded hash
	CreatedAt time.Time
}

const staffColumns = "id, email, name, role, password, created_at"

func scanStaff(row scanner) (s Staff, err error) {
	err = row.Scan(&s.ID, &s.Email, &s.Name, &s.Role, &s.Password, timeColumn{&s.CreatedAt})
	return s, err
}

// CreateStaff stores a new member of staff and returns them with their time, and with an identifier where they had
// none; ErrConflict when the address is taken. Addresses are kept and compared in lower case.
func (tx *Tx) CreateStaff(s Staff) (Staff, error) {
	s.ID, s.CreatedAt, s.Email = orNew(s.ID, "st_"), tx.now, strings.ToLower(s.Email)
	_, err := tx.Exec("INSERT INTO staff ("+staffColumns+") VALUES (?, ?, ?, ?, ?, ?)",
		s.ID, s.Email, s.Name, s.Role, s.Password, millis(s.CreatedAt))
	if err != nil {
		return s, fmt.Errorf("create staff %s: %w", s.ID, err)
	}
	return s, nil
}

// StaffByEmail returns the member of staff with that address.
func (tx *Tx) StaffByEmail(email string) (Staff, error) {
	s, err := first(tx, scanStaff, "SELECT "+staffColumns+" FROM staff WHERE email = ?", strings.ToLower(email))
	if err != nil {
		return s, fmt.Errorf("read staff by address: %w", err)
	}
	return s, nil
}

// Staff returns a member of staff.
func (tx *Tx) Staff(id contest.StaffID) (Staff, error) {
	s, err := first(tx, scanStaff, "SELECT "+staffColumns+" FROM staff WHERE id = ?", id)
	if err != nil {
		return s, fmt.Errorf("read staff %s: %w", id, err)
	}
	return s, nil
}

// Members lists all staff, those who joined first leading.
func (tx *Tx) Members() ([]Staff, error) {
	members, err := list(tx, scanStaff, "SELECT "+staffColumns+" FROM staff ORDER BY created_at, id")
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	return members, nil
}

// CountStaff counts those with one of the roles.
func (tx *Tx) CountStaff(roles ...string) (n int, err error) {
	in, args := among(roles)
	if err := tx.one("SELECT COUNT(*) FROM staff WHERE role IN "+in, args, &n); err != nil {
		return 0, fmt.Errorf("count staff of roles %q: %w", roles, err)
	}
	return n, nil
}

// StaffSession is a signed-in browser at the console. Only the hash of the bearer is known here.
type StaffSession struct {
	Hash      string
	Staff     contest.StaffID
	ExpiresAt time.Time
}

// InsertStaffSession stores a session.
func (tx *Tx) InsertStaffSession(s StaffSession) error {
	_, err := tx.Exec("INSERT INTO staff_sessions (hash, staff, expires_at) VALUES (?, ?, ?)", s.Hash, s.Staff, millis(s.ExpiresAt))
	if err != nil {
		return fmt.Errorf("insert session of staff %s: %w", s.Staff, err)
	}
	return nil
}

// StaffSession returns the session with that hash, expired or not.
func (tx *Tx) StaffSession(hash string) (s StaffSession, err error) {
	err = tx.one("SELECT hash, staff, expires_at FROM staff_sessions WHERE hash = ?", []any{hash},
		&s.Hash, &s.Staff, timeColumn{&s.ExpiresAt})
	if err != nil {
		return s, fmt.Errorf("read staff session: %w", err)
	}
	return s, nil
}

// DeleteStaffSession removes a session; one that is not there is fine.
func (tx *Tx) DeleteStaffSession(hash string) error {
	if _, err := tx.Exec("DELETE FROM staff_sessions WHERE hash = ?", hash); err != nil {
		return fmt.Errorf("delete staff session: %w", err)
	}
	return nil
}

// InsertSetupLink stores a one-time link, by the hash of its secret.
func (tx *Tx) InsertSetupLink(hash string, expires time.Time) error {
	if _, err := tx.Exec("INSERT INTO setup_links (hash, expires_at) VALUES (?, ?)", hash, millis(expires)); err != nil {
		return fmt.Errorf("insert set-up link: %w", err)
	}
	return nil
}

// SetupLink returns when the unused link with that hash expires; ErrNotFound when there is none.
func (tx *Tx) SetupLink(hash string) (expires time.Time, err error) {
	if err := tx.one("SELECT expires_at FROM setup_links WHERE hash = ?", []any{hash}, timeColumn{&expires}); err != nil {
		return expires, fmt.Errorf("read set-up link: %w", err)
	}
	return expires, nil
}

// DeleteSetupLinks ends all links.
func (tx *Tx) DeleteSetupLinks() error {
	if _, err := tx.Exec("DELETE FROM setup_links"); err != nil {
		return fmt.Errorf("delete set-up links: %w", err)
	}
	return nil
}

// UseSetupLink consumes a link; ErrNotFound when it is unknown, expired at now, or used before.
func (tx *Tx) UseSetupLink(hash string, now time.Time) error {
	if err := tx.mustChange("DELETE FROM setup_links WHERE hash = ? AND expires_at > ?", hash, millis(now)); err != nil {
		return fmt.Errorf("use set-up link: %w", err)
	}
	return nil
}
