package store

import (
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Fold is what a stretch of a challenge's vote log adds to the campaign's numbers.
type Fold struct {
	Challenge contest.ChallengeID
	From, To  int64 // positions: lines behind From, up to To
	Counts    []Count
	More      bool // lines wait behind To
}

// selectFold counts each line as it changed the number of votes that count.
const selectFold = `SELECT f.quarter, COALESCE(e.partner, ''), CAST(SUM(f.n) AS BIGINT) FROM (
		SELECT at / 900000 AS quarter, entry, SUM(CASE WHEN kind IN ('cast', 'release', 'restore') THEN 1
			WHEN kind = 'retract' OR was = 'counted' THEN -1 ELSE 0 END) AS n
		FROM vote_log WHERE challenge = ? AND position > ? AND position <= ? AND idle = 0 GROUP BY 1, 2) AS f
	LEFT JOIN entries e ON e.challenge = ? AND e.number = f.entry GROUP BY 1, 2`

// VoteFold returns what the next lines of a challenge's log add, at most so many of them. It only reads, so that votes need not wait
// for it.
func (tx *Tx) VoteFold(challenge contest.ChallengeID, limit int64) (Fold, error) {
	f := Fold{Challenge: challenge}
	var campaign contest.CampaignID
	var last int64
	err := tx.one(`SELECT c.campaign, COALESCE((SELECT position FROM vote_folds WHERE challenge = c.id), 0),
		COALESCE((SELECT MAX(position) FROM vote_log WHERE challenge = c.id), 0) FROM challenges c WHERE c.id = ?`,
		[]any{challenge}, &campaign, &f.From, &last)
	if err == nil {
		f.To = min(last, f.From+limit)
		f.More = f.To < last
		f.Counts, err = tx.foldedCounts(campaign, challenge, f.From, f.To)
	}
	if err != nil {
		return Fold{}, fmt.Errorf("fold votes of challenge %s: %w", challenge, err)
	}
	return f, nil
}

// foldedCounts is what lines of a log add, from behind one position up to another.
func (tx *Tx) foldedCounts(campaign contest.CampaignID, challenge contest.ChallengeID, from, to int64) ([]Count, error) {
	return list(tx, func(row scanner) (Count, error) {
		c := Count{Campaign: campaign}
		c.Challenge, c.Metric = challenge, kpi.Votes
		err := row.Scan((*int64)(&c.Quarter), (*string)(&c.Partner), &c.N)
		return c, err
	}, selectFold, challenge, from, to, challenge)
}

// BookFold adds a fold to the campaign's numbers; ErrConflict where somebody was quicker.
func (tx *Tx) BookFold(f Fold) error {
	err := tx.Count(f.Counts...)
	if err == nil && f.From == 0 {
		_, err = tx.Exec("INSERT INTO vote_folds (challenge, position) VALUES (?, ?)", f.Challenge, f.To)
	} else if err == nil {
		err = tx.mustChange("UPDATE vote_folds SET position = ? WHERE challenge = ? AND position = ?", f.To, f.Challenge, f.From)
	}
	if errors.Is(err, ErrNotFound) {
		err = ErrConflict
	}
	if err != nil {
		return fmt.Errorf("book votes of challenge %s: %w", f.Challenge, err)
	}
	return nil
}
