package store

import (
	"fmt"

	"fanfare/server/contest"
)

const banColumns = "id, challenge, fan, reason, note, staff, created_at, appealed_at, answered_at, lifted_at, batch"

func scanBan(row scanner) (b contest.Ban, err error) {
	err = row.Scan(&b.ID, &b.Challenge, &b.Fan, &b.Reason, &b.Note, &b.Staff, timeColumn{&b.CreatedAt}, timeColumn{&b.Appealed},
		timeColumn{&b.Answered}, timeColumn{&b.LiftedAt}, &b.Batch)
	return b, err
}

// InsertBan stores a ban and returns it with its identifier and time; ErrConflict where the fan is banned already.
func (tx *Tx) InsertBan(b contest.Ban) (contest.Ban, error) {
	b.ID, b.CreatedAt = orNew(b.ID, "b_"), tx.now
	_, err := tx.Exec("INSERT INTO bans ("+banColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?)",
		b.ID, b.Challenge, b.Fan, b.Reason, b.Note, b.Staff, millis(b.CreatedAt), b.Batch)
	if err != nil {
		return b, fmt.Errorf("insert ban of fan %s: %w", b.Fan, err)
	}
	return b, nil
}

// Banned returns the ban that holds for a fan in a challenge; ErrNotFound where none does.
func (tx *Tx) Banned(challenge contest.ChallengeID, fan contest.FanID) (contest.Ban, error) {
	b, err := first(tx, scanBan, "SELECT "+banColumns+" FROM bans WHERE challenge = ? AND fan = ? AND lifted_at = 0", challenge, fan)
	if err != nil {
		return b, fmt.Errorf("read ban of fan %s: %w", fan, err)
	}
	return b, nil
}

// Bans lists the bans that hold in a challenge, the newest first.
func (tx *Tx) Bans(challenge contest.ChallengeID) ([]contest.Ban, error) {
	bans, err := list(tx, scanBan, "SELECT "+banColumns+" FROM bans WHERE challenge = ? AND lifted_at = 0 ORDER BY created_at DESC, id", challenge)
	if err != nil {
		return nil, fmt.Errorf("list bans of challenge %s: %w", challenge, err)
	}
	return bans, nil
}

// LiftBan ends a ban; ErrNotFound where it does not hold.
func (tx *Tx) LiftBan(id contest.BanID) error {
	if err := tx.mustChange("UPDATE bans SET lifted_at = ? WHERE id = ? AND lifted_at = 0", millis(tx.now), id); err != nil {
		return fmt.Errorf("lift ban %s: %w", id, err)
	}
	return nil
}

// AnswerBan stores that a ban stands after an appeal, and what the fan is to read then; an empty note leaves what stands there.
func (tx *Tx) AnswerBan(id contest.BanID, note string) error {
	_, err := tx.Exec("UPDATE bans SET answered_at = ?, note = CASE WHEN ? = '' THEN note ELSE ? END WHERE id = ?", millis(tx.now), note, note, id)
	if err != nil {
		return fmt.Errorf("answer ban %s: %w", id, err)
	}
	return nil
}
