package store

import (
	"errors"
	"fmt"

	"fanfare/server/contest"
)

// Vote is what casting or retracting did.
type Vote struct {
	// Already is true when there was nothing to do: the vote stood, or stood no more. The log has no leaf of it then.
	Already bool
	// Change is the entry's place after it.
	Change contest.Change
}

const changeColumns = "challenge, entry, number, score, reached, version, visible"

func scanChange(row scanner) (c contest.Change, err error) {
	var visible int
	err = row.Scan(&c.Challenge, &c.Entry, &c.Number, &c.Score, &c.Reached, &c.Version, &visible)
	c.Visible = visible == 1
	return c, err
}

// Cast writes a vote in a period, with its leaf, and counts it. It judges no rule; ErrNotFound when the challenge has
// no such entry.
func (tx *Tx) Cast(b contest.Ballot, period string) (Vote, error) {
	v, err := tx.cast(b, period)
	if err != nil {
		return v, fmt.Errorf("cast vote for entry %s: %w", b.Entry, err)
	}
	return v, nil
}

func (tx *Tx) cast(b contest.Ballot, period string) (Vote, error) {
	if err := tx.mustBeIn(b.Challenge); err != nil {
		return Vote{}, err
	}
	standing, err := tx.stands(b, period)
	if err != nil {
		return Vote{}, err
	}
	if standing {
		return tx.already(b)
	}
	position, err := tx.appendLeaf(contest.Cast, b, period)
	if err != nil {
		return Vote{}, err
	}
	_, err = tx.Exec("INSERT INTO votes (challenge, period, fan, entry, position) VALUES (?, ?, ?, ?, ?)",
		b.Challenge, period, b.Fan, b.Entry, position)
	if err != nil {
		return Vote{}, err
	}
	return tx.count(`UPDATE tallies SET score = score + 1, version = version + 1, reached = ?
		WHERE entry = ? AND challenge = ? RETURNING `+changeColumns, position, b.Entry, b.Challenge)
}

// Retract takes a vote of a period back, with a leaf that says so. It judges no rule; ErrNotFound when the challenge
// has no such entry.
func (tx *Tx) Retract(b contest.Ballot, period string) (Vote, error) {
	v, err := tx.retract(b, period)
	if err != nil {
		return v, fmt.Errorf("retract vote for entry %s: %w", b.Entry, err)
	}
	return v, nil
}

func (tx *Tx) retract(b contest.Ballot, period string) (Vote, error) {
	if err := tx.mustBeIn(b.Challenge); err != nil {
		return Vote{}, err
	}
	err := tx.mustChange("DELETE FROM votes WHERE challenge = ? AND period = ? AND fan = ? AND entry = ?",
		b.Challenge, period, b.Fan, b.Entry)
	if errors.Is(err, ErrNotFound) {
		return tx.already(b)
	}
	if err != nil {
		return Vote{}, err
	}
	if _, err := tx.appendLeaf(contest.Retract, b, period); err != nil {
		return Vote{}, err
	}
	return tx.count(`UPDATE tallies SET score = score - 1, version = version + 1,
		reached = COALESCE((SELECT MAX(position) FROM votes WHERE votes.entry = tallies.entry), 0)
		WHERE entry = ? AND challenge = ? RETURNING `+changeColumns, b.Entry, b.Challenge)
}

func (tx *Tx) stands(b contest.Ballot, period string) (bool, error) {
	n, err := list(tx, scalar[int], "SELECT 1 FROM votes WHERE challenge = ? AND period = ? AND fan = ? AND entry = ?",
		b.Challenge, period, b.Fan, b.Entry)
	return len(n) > 0, err
}

func (tx *Tx) already(b contest.Ballot) (Vote, error) {
	c, err := first(tx, scanChange, "SELECT "+changeColumns+" FROM tallies WHERE entry = ? AND challenge = ?", b.Entry, b.Challenge)
	return Vote{Already: true, Change: c}, err
}

// appendLeaf writes the log's next line and returns its position.
func (tx *Tx) appendLeaf(kind contest.LeafKind, b contest.Ballot, period string) (position int64, err error) {
	err = tx.one("UPDATE heads SET leaves = leaves + 1 WHERE challenge = ? RETURNING leaves", []any{b.Challenge}, &position)
	if err != nil {
		return 0, err
	}
	_, err = tx.Exec("INSERT INTO vote_log (challenge, position, kind, entry, fan, period, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		b.Challenge, position, kind, b.Entry, b.Fan, period, millis(tx.now))
	return position, err
}

// count changes a tally and keeps the change for the commit.
func (tx *Tx) count(update string, args ...any) (Vote, error) {
	c, err := first(tx, scanChange, update, args...)
	if err != nil {
		return Vote{}, err
	}
	tx.changes = append(tx.changes, c)
	return Vote{Change: c}, nil
}

// VotedEntries lists the entries that have a fan's vote in a period.
func (tx *Tx) VotedEntries(challenge contest.ChallengeID, fan contest.FanID, period string) ([]contest.EntryID, error) {
	ids, err := list(tx, scalar[contest.EntryID], "SELECT entry FROM votes WHERE challenge = ? AND period = ? AND fan = ? ORDER BY entry",
		challenge, period, fan)
	if err != nil {
		return nil, fmt.Errorf("list votes of fan %s: %w", fan, err)
	}
	return ids, nil
}

// Leaves returns a challenge's whole vote log.
func (tx *Tx) Leaves(challenge contest.ChallengeID) ([]contest.Leaf, error) {
	leaves, err := list(tx, scanLeaf, "SELECT position, kind, entry, fan, period, at FROM vote_log WHERE challenge = ? ORDER BY position", challenge)
	if err != nil {
		return nil, fmt.Errorf("read vote log of challenge %s: %w", challenge, err)
	}
	return leaves, nil
}

func scanLeaf(row scanner) (l contest.Leaf, err error) {
	err = row.Scan(&l.Position, &l.Kind, &l.Entry, &l.Fan, &l.Period, timeColumn{&l.At})
	return l, err
}

// Changes returns the place of every published entry of a challenge.
func (tx *Tx) Changes(challenge contest.ChallengeID) ([]contest.Change, error) {
	changes, err := list(tx, scanChange, "SELECT "+changeColumns+" FROM tallies WHERE challenge = ? AND visible = 1", challenge)
	if err != nil {
		return nil, fmt.Errorf("read board of challenge %s: %w", challenge, err)
	}
	return changes, nil
}

// Candidate returns of an entry what the rules of voting look at: its challenge, number, fan and status. The rest is
// left empty, because every vote reads it.
func (tx *Tx) Candidate(id contest.EntryID) (e contest.Entry, err error) {
	err = tx.one("SELECT id, challenge, number, fan, status FROM entries WHERE id = ?", []any{id},
		&e.ID, &e.Challenge, &e.Number, &e.Fan, &e.Status)
	if err != nil {
		return e, fmt.Errorf("read candidate %s: %w", id, err)
	}
	return e, nil
}
