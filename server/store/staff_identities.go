package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// StaffIdentity is whom an issuer of OpenID Connect vouches for.
type StaffIdentity struct {
	Issuer, Subject string
	Staff           contest.StaffID
	Label           string // what the issuer calls them, for their own eyes

	CreatedAt time.Time
	UsedAt    time.Time
}

const identityColumns = "issuer, subject, staff, label, created_at, used_at"

func scanIdentity(row scanner) (i StaffIdentity, err error) {
	err = row.Scan(&i.Issuer, &i.Subject, &i.Staff, &i.Label, timeColumn{&i.CreatedAt}, timeColumn{&i.UsedAt})
	return i, err
}

// InsertStaffIdentity links somebody with who they are at an issuer; ErrConflict where that is anybody's already.
func (tx *Tx) InsertStaffIdentity(i StaffIdentity) error {
	_, err := tx.Exec("INSERT INTO staff_identities ("+identityColumns+") VALUES (?, ?, ?, ?, ?, ?)",
		i.Issuer, i.Subject, i.Staff, i.Label, millis(tx.now), millis(tx.now))
	if err != nil {
		return fmt.Errorf("insert identity of staff %s: %w", i.Staff, err)
	}
	return nil
}

// UseStaffIdentity returns whom an issuer means by a subject, and keeps that they sign in now.
func (tx *Tx) UseStaffIdentity(issuer, subject string) (StaffIdentity, error) {
	i, err := first(tx, scanIdentity, "UPDATE staff_identities SET used_at = ? WHERE issuer = ? AND subject = ? RETURNING "+identityColumns,
		millis(tx.now), issuer, subject)
	if err != nil {
		return i, fmt.Errorf("use identity of staff: %w", err)
	}
	return i, nil
}

// StaffIdentities lists a person's, those that were linked first leading.
func (tx *Tx) StaffIdentities(staff contest.StaffID) ([]StaffIdentity, error) {
	identities, err := list(tx, scanIdentity, "SELECT "+identityColumns+" FROM staff_identities WHERE staff = ? ORDER BY created_at, issuer, subject", staff)
	if err != nil {
		return nil, fmt.Errorf("list identities of staff %s: %w", staff, err)
	}
	return identities, nil
}

// DeleteStaffIdentity ends the link; ErrNotFound where it is none of theirs.
func (tx *Tx) DeleteStaffIdentity(staff contest.StaffID, issuer, subject string) error {
	err := tx.mustChange("DELETE FROM staff_identities WHERE staff = ? AND issuer = ? AND subject = ?", staff, issuer, subject)
	if err != nil {
		return fmt.Errorf("delete identity of staff %s: %w", staff, err)
	}
	return nil
}
