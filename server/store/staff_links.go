package store

import (
	"fmt"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

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

// StaffInvitation is a link by which somebody becomes a member of staff. Only the hash of its secret is known here.
type StaffInvitation struct {
	Hash      string
	Email     string // in lower case
	Role      string
	Campaign  contest.CampaignID // of a partner
	Partner   kpi.PartnerID
	Staff     contest.StaffID // who invites
	CreatedAt time.Time
	ExpiresAt time.Time
}

const staffInvitationColumns = "hash, email, role, campaign, partner, staff, created_at, expires_at"

func scanStaffInvitation(row scanner) (i StaffInvitation, err error) {
	err = row.Scan(&i.Hash, &i.Email, &i.Role, &i.Campaign, &i.Partner, &i.Staff, timeColumn{&i.CreatedAt}, timeColumn{&i.ExpiresAt})
	return i, err
}

// InviteStaff stores an invitation in the place of the address's former one.
func (tx *Tx) InviteStaff(i StaffInvitation) error {
	i.Email = strings.ToLower(i.Email)
	_, err := tx.Exec("DELETE FROM staff_invitations WHERE email = ?", i.Email)
	if err == nil {
		_, err = tx.Exec("INSERT INTO staff_invitations ("+staffInvitationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			i.Hash, i.Email, i.Role, i.Campaign, i.Partner, i.Staff, millis(tx.now), millis(i.ExpiresAt))
	}
	if err != nil {
		return fmt.Errorf("invite staff: %w", err)
	}
	return nil
}

// StaffInvitation returns the unused invitation with that hash, expired or not.
func (tx *Tx) StaffInvitation(hash string) (StaffInvitation, error) {
	i, err := first(tx, scanStaffInvitation, "SELECT "+staffInvitationColumns+" FROM staff_invitations WHERE hash = ?", hash)
	if err != nil {
		return i, fmt.Errorf("read invitation of staff: %w", err)
	}
	return i, nil
}

// StaffInvitations lists those that can still be used, the newest leading.
func (tx *Tx) StaffInvitations() ([]StaffInvitation, error) {
	invitations, err := list(tx, scanStaffInvitation, "SELECT "+staffInvitationColumns+` FROM staff_invitations
		WHERE expires_at > ? ORDER BY created_at DESC, hash`, millis(tx.now))
	if err != nil {
		return nil, fmt.Errorf("list invitations of staff: %w", err)
	}
	return invitations, nil
}

// RenewStaffInvitation gives the invitation of an address another secret, by its hash; ErrNotFound where there is none.
func (tx *Tx) RenewStaffInvitation(email, hash string) (StaffInvitation, error) {
	i, err := first(tx, scanStaffInvitation, "UPDATE staff_invitations SET hash = ? WHERE email = ? AND expires_at > ? RETURNING "+staffInvitationColumns,
		hash, email, millis(tx.now))
	if err != nil {
		return i, fmt.Errorf("renew invitation of staff: %w", err)
	}
	return i, nil
}

// EndInvitationsOf ends those that somebody made.
func (tx *Tx) EndInvitationsOf(staff contest.StaffID) error {
	if _, err := tx.Exec("DELETE FROM staff_invitations WHERE staff = ?", staff); err != nil {
		return fmt.Errorf("end invitations of staff %s: %w", staff, err)
	}
	return nil
}

// EndStaffInvitation ends an invitation that was used or revoked; ErrNotFound where it is not there any more.
func (tx *Tx) EndStaffInvitation(hash string) error {
	if err := tx.mustChange("DELETE FROM staff_invitations WHERE hash = ?", hash); err != nil {
		return fmt.Errorf("end invitation of staff: %w", err)
	}
	return nil
}

// StaffReset is a link that sets a new password, once. Only the hash of its secret is known here.
type StaffReset struct {
	Hash      string
	Staff     contest.StaffID
	ExpiresAt time.Time
}

// InsertStaffReset stores one in the place of the person's former one.
func (tx *Tx) InsertStaffReset(r StaffReset) error {
	_, err := tx.Exec(`INSERT INTO staff_resets (hash, staff, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (staff) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at`, r.Hash, r.Staff, millis(r.ExpiresAt))
	if err != nil {
		return fmt.Errorf("insert reset of staff %s: %w", r.Staff, err)
	}
	return nil
}

// StaffReset returns the unused one with that hash, expired or not.
func (tx *Tx) StaffReset(hash string) (r StaffReset, err error) {
	err = tx.one("SELECT hash, staff, expires_at FROM staff_resets WHERE hash = ?", []any{hash}, &r.Hash, &r.Staff, timeColumn{&r.ExpiresAt})
	if err != nil {
		return r, fmt.Errorf("read reset of staff: %w", err)
	}
	return r, nil
}

// UseStaffReset uses one up; ErrNotFound where it was used before.
func (tx *Tx) UseStaffReset(hash string) error {
	if err := tx.mustChange("DELETE FROM staff_resets WHERE hash = ?", hash); err != nil {
		return fmt.Errorf("use reset of staff: %w", err)
	}
	return nil
}

// EndStaffResets ends what would set somebody's password.
func (tx *Tx) EndStaffResets(staff contest.StaffID) error {
	if _, err := tx.Exec("DELETE FROM staff_resets WHERE staff = ?", staff); err != nil {
		return fmt.Errorf("end resets of staff %s: %w", staff, err)
	}
	return nil
}
