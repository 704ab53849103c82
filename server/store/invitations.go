package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Invitation is a code that makes one fan a voter of a class in a challenge. Only the code's hash is known here.
type Invitation struct {
	Hash      string
	Challenge contest.ChallengeID
	Class     contest.VoterClass
	Label     string // staff's own words for whom it is
	Staff     contest.StaffID
	Fan       contest.FanID // who used it; empty before that, and where they were erased

	CreatedAt, UsedAt, RevokedAt time.Time
}

const invitationColumns = "hash, challenge, class, label, staff, created_at, fan, used_at, revoked_at"

func scanInvitation(row scanner) (i Invitation, err error) {
	err = row.Scan(&i.Hash, &i.Challenge, &i.Class, &i.Label, &i.Staff, timeColumn{&i.CreatedAt}, &i.Fan, timeColumn{&i.UsedAt}, timeColumn{&i.RevokedAt})
	return i, err
}

// InsertInvitation stores a new invitation.
func (tx *Tx) InsertInvitation(i Invitation) error {
	_, err := tx.Exec("INSERT INTO invitations ("+invitationColumns+") VALUES (?, ?, ?, ?, ?, ?, '', 0, 0)",
		i.Hash, i.Challenge, i.Class, i.Label, i.Staff, millis(tx.now))
	if err != nil {
		return fmt.Errorf("insert invitation: %w", err)
	}
	return nil
}

// Invitation returns the invitation whose code has the hash.
func (tx *Tx) Invitation(hash string) (Invitation, error) {
	i, err := first(tx, scanInvitation, "SELECT "+invitationColumns+" FROM invitations WHERE hash = ?", hash)
	if err != nil {
		return i, fmt.Errorf("read invitation: %w", err)
	}
	return i, nil
}

// Invitations lists a challenge's invitations, the newest first.
func (tx *Tx) Invitations(challenge contest.ChallengeID) ([]Invitation, error) {
	list, err := list(tx, scanInvitation, "SELECT "+invitationColumns+" FROM invitations WHERE challenge = ? ORDER BY created_at DESC, hash", challenge)
	if err != nil {
		return nil, fmt.Errorf("list invitations of challenge %s: %w", challenge, err)
	}
	return list, nil
}

// CountInvitations counts a challenge's invitations.
func (tx *Tx) CountInvitations(challenge contest.ChallengeID) (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM invitations WHERE challenge = ?", []any{challenge}, &n); err != nil {
		return 0, fmt.Errorf("count invitations of challenge %s: %w", challenge, err)
	}
	return n, nil
}

// UseInvitation gives an invitation to a fan; ErrNotFound where somebody has used it, or it was revoked.
func (tx *Tx) UseInvitation(hash string, fan contest.FanID) error {
	err := tx.mustChange("UPDATE invitations SET fan = ?, used_at = ? WHERE hash = ? AND used_at = 0 AND revoked_at = 0", fan, millis(tx.now), hash)
	if err != nil {
		return fmt.Errorf("use invitation: %w", err)
	}
	return nil
}

// RevokeInvitation ends a challenge's invitation, used or not; ErrNotFound where there is none that holds.
func (tx *Tx) RevokeInvitation(challenge contest.ChallengeID, hash string) error {
	err := tx.mustChange("UPDATE invitations SET revoked_at = ? WHERE challenge = ? AND hash = ? AND revoked_at = 0", millis(tx.now), challenge, hash)
	if err != nil {
		return fmt.Errorf("revoke invitation: %w", err)
	}
	return nil
}
