package store

import (
	"fmt"
	"sort"
	"time"

	"fanfare/server/contest"
)

// Gain is what an entry's score gained within five minutes, or lost, below zero.
type Gain struct {
	Number contest.EntryNumber
	At     time.Time // when they began
	Score  int64
}

// Gains returns what the vote log says of true scores since a time, and the public places of all visible entries that it names
// since then.
func (tx *Tx) Gains(challenge contest.ChallengeID, since time.Time) ([]Gain, []contest.Change, error) {
	before, err := tx.logBefore(challenge, since)
	if err != nil {
		return nil, nil, fmt.Errorf("find time in log of challenge %s: %w", challenge, err)
	}
	gains, err := list(tx, scanGain, selectGains, millis(since), millis(since), challenge, before)
	if err != nil {
		return nil, nil, fmt.Errorf("read gains of challenge %s: %w", challenge, err)
	}
	changes, err := list(tx, scanChange, selectGaining, challenge, challenge, before)
	if err != nil {
		return nil, nil, fmt.Errorf("read board of challenge %s: %w", challenge, err)
	}
	return gains, changes, nil
}

// selectGains counts what votes that count by now brought when they were cast and cost when they were taken back, and what was
// decided about older votes; decisions about those of the same span are seen by whether they count.
const selectGains = `SELECT l.entry, l.at / 300000, CAST(SUM(CASE
		WHEN l.kind = 'cast' AND v.state = 'counted' THEN l.weight
		WHEN l.kind = 'retract' AND v.state = 'counted' THEN -v.weight
		WHEN l.kind IN ('hold', 'exclude') AND l.was = 'counted' AND v.position > 0 AND v.at < ? THEN -v.weight
		WHEN l.kind IN ('release', 'restore') AND v.state = 'counted' AND v.position > 0 AND v.at < ? THEN v.weight
		ELSE 0 END) AS BIGINT)
	FROM vote_log l JOIN votes v ON v.challenge = l.challenge AND v.voter = l.voter AND v.period = l.period AND v.entry = l.entry
	WHERE l.challenge = ? AND l.position > ? GROUP BY 1, 2`

const selectGaining = "SELECT " + changeColumns + ` FROM tallies WHERE challenge = ? AND visible = 1
	AND number IN (SELECT entry FROM vote_log WHERE challenge = ? AND position > ?)`

func scanGain(row scanner) (g Gain, err error) {
	var span int64
	err = row.Scan(&g.Number, &span, &g.Score)
	g.At = time.UnixMilli(span * gainSpan.Milliseconds()).UTC()
	return g, err
}

// gainSpan is what selectGains divides by.
const gainSpan = 5 * time.Minute

// logBefore returns the position of the last line of the log from before a time. Lines follow one another in time and without
// gaps, so it looks at a few of them, not at all.
func (tx *Tx) logBefore(challenge contest.ChallengeID, since time.Time) (int64, error) {
	head, err := tx.Head(challenge)
	if err != nil {
		return 0, err
	}
	n := sort.Search(int(head.Leaves), func(i int) bool {
		if err != nil {
			return true
		}
		var at int64
		err = tx.one("SELECT at FROM vote_log WHERE challenge = ? AND position = ?", []any{challenge, i + 1}, &at)
		return at >= millis(since)
	})
	return int64(n), err
}
