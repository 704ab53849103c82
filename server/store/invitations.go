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
	Batch     string // those that were made together
	Label     string // staff's own words for whom they are
	Staff     contest.StaffID
	Fan       contest.FanID // who used it; empty before that, and where they were erased

	CreatedAt, UsedAt, RevokedAt time.Time
}

const invitationColumns = "hash, challenge, class, batch, label, staff, created_at, fan, used_at, revoked_at"

func scanInvitation(row scanner) (i Invitation, err error) {
	err = row.Scan(&i.Hash, &i.Challenge, &i.Class, &i.Batch, &i.Label, &i.Staff, timeColumn{&i.CreatedAt}, &i.Fan, timeColumn{&i.UsedAt}, timeColumn{&i.RevokedAt})
	return i, err
}

// Invite stores new invitations of one batch, one for each hash.
func (tx *Tx) Invite(i Invitation, hashes []string) error {
	i.Batch = orNew(i.Batch, "in_")
	for _, hash := range hashes {
		_, err := tx.Exec("INSERT INTO invitations ("+invitationColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, '', 0, 0)",
			hash, i.Challenge, i.Class, i.Batch, i.Label, i.Staff, millis(tx.now))
		if err != nil {
			return fmt.Errorf("insert invitation: %w", err)
		}
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

// InvitationBatch is what has become of invitations that were made together.
type InvitationBatch struct {
	ID        string
	Class     contest.VoterClass
	Label     string // empty of those whose fans were erased
	By        string // the name of who made them
	CreatedAt time.Time

	Used, Unused, Revoked int // what was revoked counts as nothing else
}

// InvitationBatches lists a challenge's invitations by batch, the newest first.
func (tx *Tx) InvitationBatches(challenge contest.ChallengeID) ([]InvitationBatch, error) {
	batches, err := list(tx, func(row scanner) (b InvitationBatch, err error) {
		err = row.Scan(&b.ID, &b.Class, &b.Label, &b.By, timeColumn{&b.CreatedAt}, &b.Used, &b.Unused, &b.Revoked)
		return b, err
	}, `SELECT i.batch, i.class, MAX(i.label), COALESCE(s.name, ''), i.created_at,
		SUM(CASE WHEN i.used_at > 0 AND i.revoked_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN i.used_at = 0 AND i.revoked_at = 0 THEN 1 ELSE 0 END),
		SUM(CASE WHEN i.revoked_at > 0 THEN 1 ELSE 0 END)
		FROM invitations i LEFT JOIN staff s ON s.id = i.staff WHERE i.challenge = ?
		GROUP BY i.batch, i.class, s.name, i.created_at ORDER BY i.created_at DESC, i.batch`, challenge)
	if err != nil {
		return nil, fmt.Errorf("list invitations of challenge %s: %w", challenge, err)
	}
	return batches, nil
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

// RevokeInvitations ends a batch's invitations: all that nobody has used, and the others as well where used says so.
func (tx *Tx) RevokeInvitations(challenge contest.ChallengeID, batch string, used bool) error {
	_, err := tx.Exec("UPDATE invitations SET revoked_at = ? WHERE challenge = ? AND batch = ? AND revoked_at = 0 AND (used_at = 0 OR ? = 1)",
		millis(tx.now), challenge, batch, bit(used))
	if err != nil {
		return fmt.Errorf("revoke invitations of batch %s: %w", batch, err)
	}
	return nil
}
