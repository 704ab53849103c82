package store

import (
	"crypto/rand"
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Head is a challenge's counters, and the secret of its vote log.
type Head struct {
	Entries contest.EntryNumber // number given last
	Leaves  int64               // position of the vote log's last leaf
	LogKey  contest.LogKey
	// Concealed says that the public sees other tallies than the true ones; ShownAt is when those were shown last, zero where never.
	Concealed bool
	ShownAt   time.Time
}

// Head returns a challenge's head; in an update of the challenge it costs no statement.
func (tx *Tx) Head(challenge contest.ChallengeID) (Head, error) {
	var c counters
	l, err := tx.ledger(challenge)
	if err == nil {
		c = l.counters
	} else if err = tx.one("SELECT "+headColumns+" FROM heads WHERE challenge = ?", []any{challenge}, c.columns()...); err != nil {
		return Head{}, fmt.Errorf("read head of challenge %s: %w", challenge, err)
	}
	h := Head{Entries: c.entries, Leaves: c.leaves, LogKey: c.logKey, Concealed: c.concealed}
	if c.shownAt != 0 {
		h.ShownAt = time.UnixMilli(c.shownAt).UTC()
	}
	return h, nil
}

// newLogKey draws the secret of a log.
func newLogKey() (k contest.LogKey) {
	rand.Read(k[:]) // never fails
	return k
}

// keyColumn reads the secret of a log.
type keyColumn struct{ dest *contest.LogKey }

// Scan implements sql.Scanner.
func (c keyColumn) Scan(src any) (err error) {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("scan log key: %T is no text", src)
	}
	*c.dest, err = contest.ParseLogKey(text)
	return err
}

// Standing is an entry's true tally. It is for staff while the challenge's tallies are concealed.
type Standing struct {
	Entry  contest.EntryID
	Number contest.EntryNumber
	Status contest.Status
	contest.Tally
}

// Tallies lists the true tallies of all entries of a challenge, in the order of their numbers.
func (tx *Tx) Tallies(challenge contest.ChallengeID) ([]Standing, error) {
	tallies, err := list(tx, scanTally, `SELECT e.id, e.number, e.status, t.score, t.votes, t.reached, t.held, t.excluded
		FROM entries e JOIN tallies t ON t.entry = e.id WHERE e.challenge = ? ORDER BY e.number`, challenge)
	if err != nil {
		return nil, fmt.Errorf("read tallies of challenge %s: %w", challenge, err)
	}
	return tallies, nil
}

func scanTally(row scanner) (s Standing, err error) {
	err = row.Scan(&s.Entry, &s.Number, &s.Status, &s.Score, &s.Votes, &s.Reached, &s.Held, &s.Excluded)
	return s, err
}

// ShowTallies has the public see the true tallies of a challenge as they are now. What changes by it is told at commit.
func (tx *Tx) ShowTallies(challenge contest.ChallengeID) error {
	if err := tx.mustBeIn(challenge); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE heads SET shown_at = ? WHERE challenge = ?", millis(tx.now), challenge)
	if err != nil {
		return fmt.Errorf("show tallies of challenge %s: %w", challenge, err)
	}
	changes, err := list(tx, scanChange, `UPDATE tallies SET shown = score, shown_reached = reached, version = version + 1
		WHERE challenge = ? AND (shown <> score OR shown_reached <> reached) RETURNING `+changeColumns, challenge)
	if err != nil {
		return fmt.Errorf("show tallies of challenge %s: %w", challenge, err)
	}
	if l := tx.batch.ledgers[challenge]; l != nil {
		l.shownAt = millis(tx.now)
	}
	tx.changes = append(tx.changes, changes...)
	return nil
}

// Reveal makes a challenge's result certified, and has the public see the true tallies from now on.
func (tx *Tx) Reveal(challenge contest.ChallengeID) error {
	if err := tx.ShowTallies(challenge); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE heads SET concealed = 0 WHERE challenge = ?", challenge)
	if err == nil {
		err = tx.mustChange("UPDATE challenges SET certified_at = ? WHERE id = ? AND certified_at = 0", millis(tx.now), challenge)
	}
	if err != nil {
		return fmt.Errorf("reveal challenge %s: %w", challenge, err)
	}
	if l := tx.batch.ledgers[challenge]; l != nil {
		l.concealed = false
	}
	return nil
}
