package store

import (
	"fmt"
	"maps"
	"slices"

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
	l, voted, e, err := tx.vote(b, period)
	if err != nil {
		return Vote{}, err
	}
	if voted[e.ID] {
		return Vote{Already: true, Change: e.Change()}, nil
	}
	leaf := tx.leaf(l, contest.Cast, b, period)
	l.cast = append(l.cast, leaf)
	voted[e.ID] = true
	e.Score, e.Reached = e.Score+1, leaf.Position
	return tx.count(l, e), nil
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
	l, voted, e, err := tx.vote(b, period)
	if err != nil {
		return Vote{}, err
	}
	if !voted[e.ID] {
		return Vote{Already: true, Change: e.Change()}, nil
	}
	if err := tx.settleCast(b.Challenge, l); err != nil {
		return Vote{}, err
	}
	_, err = tx.exec("DELETE FROM votes WHERE challenge = ? AND period = ? AND fan = ? AND entry = ?", b.Challenge, period, b.Fan, b.Entry)
	if err == nil {
		err = one(direct{tx}, "SELECT COALESCE(MAX(position), 0) FROM votes WHERE entry = ?", []any{b.Entry}, &e.Reached)
	}
	if err != nil {
		return Vote{}, err
	}
	tx.leaf(l, contest.Retract, b, period)
	delete(voted, e.ID)
	e.Score--
	return tx.count(l, e), nil
}

// vote finds what a ballot is about: the votes of its fan, and its entry, for changing both.
func (tx *Tx) vote(b contest.Ballot, period string) (l *ledger, voted map[contest.EntryID]bool, e *contest.Entry, err error) {
	if l, err = tx.ledger(b.Challenge); err != nil {
		return nil, nil, nil, err
	}
	if voted, err = l.voted(tx, b.Challenge, voter{b.Fan, period}); err != nil {
		return nil, nil, nil, err
	}
	if e, err = l.candidate(tx, b.Entry); err == nil && e.Challenge != b.Challenge {
		err = ErrNotFound
	}
	return l, voted, e, err
}

func (tx *Tx) leaf(l *ledger, kind contest.LeafKind, b contest.Ballot, period string) contest.Leaf {
	tx.wrote = true
	return l.append(contest.Leaf{Kind: kind, Entry: b.Entry, Fan: b.Fan, Period: period, At: tx.now})
}

// count notes an entry's new tally, and keeps the change for the commit.
func (tx *Tx) count(l *ledger, e *contest.Entry) Vote {
	e.Version++
	l.tallies[e.ID] = true
	tx.changes = append(tx.changes, e.Change())
	return Vote{Change: e.Change()}
}

const selectVoted = "SELECT entry FROM votes WHERE challenge = ? AND period = ? AND fan = ?"

// VotedEntries lists the entries that have a fan's vote in a period.
func (tx *Tx) VotedEntries(challenge contest.ChallengeID, fan contest.FanID, period string) (ids []contest.EntryID, err error) {
	if l, errLedger := tx.ledger(challenge); errLedger == nil {
		voted, errVoted := l.voted(tx, challenge, voter{fan, period})
		ids, err = slices.Sorted(maps.Keys(voted)), errVoted
	} else {
		ids, err = list(tx, scalar[contest.EntryID], selectVoted+" ORDER BY entry", challenge, period, fan)
	}
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

const selectCandidates = `SELECT e.id, e.challenge, e.number, e.fan, e.status, t.score, t.version, t.reached
	FROM entries e JOIN tallies t ON t.entry = e.id `

func scanCandidate(row scanner) (e contest.Entry, err error) {
	err = row.Scan(&e.ID, &e.Challenge, &e.Number, &e.Fan, &e.Status, &e.Score, &e.Version, &e.Reached)
	return e, err
}

// Candidate returns of an entry what the rules of voting look at, and its place: challenge, number, fan, status, score. The
// rest is left empty, because every vote reads it.
func (tx *Tx) Candidate(id contest.EntryID) (e contest.Entry, err error) {
	if l, errLedger := tx.ledger(tx.challenge); errLedger == nil {
		known, errCandidate := l.candidate(tx, id)
		if err = errCandidate; err == nil {
			e = *known
		}
	} else {
		e, err = first(tx, scanCandidate, selectCandidates+"WHERE e.id = ?", id)
	}
	if err != nil {
		return e, fmt.Errorf("read candidate %s: %w", id, err)
	}
	return e, nil
}
