package store

import (
	"fmt"
	"math"
	"time"

	"fanfare/server/contest"
)

// Vote is what casting or retracting did.
type Vote struct {
	// Already is true when there was nothing to do: the vote stood, or stood no more. The log has no leaf of it then.
	Already bool
	// Change is the entry's public place after it.
	Change contest.Change
	// Leaf is the line that the log got; the one of the vote that stands where a cast was Already there, with its position alone.
	Leaf contest.Leaf
}

// Origin says where a vote came from, in keyed hashes that tell nobody more than that two are the same.
type Origin struct {
	Source string // the address
	Agent  string // the program
}

const changeColumns = "challenge, entry, number, shown, shown_reached, version, visible"

func scanChange(row scanner) (c contest.Change, err error) {
	var visible int
	err = row.Scan(&c.Challenge, &c.Entry, &c.Number, &c.Score, &c.Reached, &c.Version, &visible)
	c.Visible = visible == 1
	return c, err
}

// Cast writes a vote of some weight in a period, with its leaf, and counts it unless it is held or excluded. It judges no rule;
// ErrNotFound when the challenge has no such entry.
func (tx *Tx) Cast(b contest.Ballot, period string, weight int, from Origin) (Vote, error) {
	v, err := tx.cast(b, period, weight, from)
	if err != nil {
		return v, fmt.Errorf("cast vote for entry %s: %w", b.Entry, err)
	}
	return v, nil
}

func (tx *Tx) cast(b contest.Ballot, period string, weight int, from Origin) (Vote, error) {
	l, voted, e, err := tx.vote(b, period)
	if err != nil {
		return Vote{}, err
	}
	is, known := voted[e.Number]
	if is.Position != 0 {
		return Vote{Already: true, Change: e.Change(), Leaf: contest.Leaf{Position: is.Position}}, nil
	}
	if !known {
		is.State = contest.Counted
	}
	tx.wrote = true
	leaf := l.append(contest.Leaf{
		Kind: contest.Cast, Entry: e.Number, Voter: b.Voter, Period: period, Weight: weight, Class: b.Class, At: tx.now,
	}, is.State)
	l.cast = append(l.cast, castVote{leaf, from, known})
	is.Position, is.Weight = leaf.Position, weight
	voted[e.Number] = is
	l.stands(b.Voter, e.Number, 1)
	e.tally.Add(is)
	return Vote{Change: tx.count(l, e), Leaf: leaf}, nil
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
	is := voted[e.Number]
	if is.Position == 0 {
		return Vote{Already: true, Change: e.Change()}, nil
	}
	if err := tx.settleCast(b.Challenge, l); err != nil {
		return Vote{}, err
	}
	_, err = tx.exec("UPDATE votes SET position = 0 WHERE challenge = ? AND voter = ? AND period = ? AND entry = ?", b.Challenge, b.Voter, period, e.Number)
	if err != nil {
		return Vote{}, err
	}
	e.tally.Remove(is)
	if e.tally.Reached == is.Position {
		if err := one(direct{tx}, selectReached, []any{b.Challenge, e.Number}, &e.tally.Reached); err != nil {
			return Vote{}, err
		}
	}
	leaf := l.append(contest.Leaf{Kind: contest.Retract, Entry: e.Number, Voter: b.Voter, Period: period, At: tx.now}, is.State)
	is.Position = 0
	voted[e.Number] = is
	l.stands(b.Voter, e.Number, -1)
	return Vote{Change: tx.count(l, e), Leaf: leaf}, nil
}

// selectReached names the state in its text, because only so do the databases see that the index of counted votes has the answer.
const selectReached = "SELECT COALESCE(MAX(position), 0) FROM votes WHERE challenge = ? AND entry = ? AND state = 'counted'"

// vote finds what a ballot is about: the votes of its voter, and its entry, for changing both.
func (tx *Tx) vote(b contest.Ballot, period string) (l *ledger, voted votes, e *candidate, err error) {
	if l, err = tx.ledger(b.Challenge); err != nil {
		return nil, nil, nil, err
	}
	if voted, err = l.standing(tx, b.Challenge, voter{b.Voter, period}); err != nil {
		return nil, nil, nil, err
	}
	if e, err = l.candidate(tx, b.Entry); err == nil && e.Challenge != b.Challenge {
		err = ErrNotFound
	}
	return l, voted, e, err
}

// count notes an entry's new tally. Where the public sees it, its version rises and the change is kept for the commit.
func (tx *Tx) count(l *ledger, e *candidate) contest.Change {
	l.tallies[e.ID] = true
	if tx.show(l, e) {
		tx.changes = append(tx.changes, e.Change())
	}
	return e.Change()
}

// show has the public see an entry's true tally, unless that is concealed, and reports whether it sees another one then.
func (tx *Tx) show(l *ledger, e *candidate) bool {
	if l.concealed || e.Score == e.tally.Score && e.Reached == e.tally.Reached {
		return false
	}
	e.Score, e.Reached = e.tally.Score, e.tally.Reached
	e.Version++
	return true
}

// VoteOf returns what is known of a ballot's vote in a period; the zero Standing where it was never cast.
func (tx *Tx) VoteOf(b contest.Ballot, period string) (contest.Standing, error) {
	_, voted, e, err := tx.vote(b, period)
	if err != nil {
		return contest.Standing{}, fmt.Errorf("read vote of voter %s: %w", b.Voter, err)
	}
	return voted[e.Number], nil
}

// Knows reports whether a ballot's voter is somebody's, who has not been erased. Nobody is erased while the update lasts.
func (tx *Tx) Knows(b contest.Ballot, period string) (bool, error) {
	l, err := tx.ledger(b.Challenge)
	if err != nil {
		return false, fmt.Errorf("look for voter %s: %w", b.Voter, err)
	}
	voted, err := l.standing(tx, b.Challenge, voter{b.Voter, period})
	if err != nil {
		return false, fmt.Errorf("look for voter %s: %w", b.Voter, err)
	}
	_, known := voted[nobody]
	return known, nil
}

// Used counts the votes of a ballot's voter that stand: in a period, and for the ballot's entry in all periods where everywhere
// asks for that, which is another statement.
func (tx *Tx) Used(b contest.Ballot, period string, everywhere bool) (used contest.Used, err error) {
	l, voted, e, err := tx.vote(b, period)
	if err != nil {
		return used, fmt.Errorf("count votes of voter %s: %w", b.Voter, err)
	}
	for _, v := range voted {
		if v.Position != 0 {
			used.Period++
		}
	}
	if everywhere {
		if used.Entry, err = l.votesFor(tx, b, e.Number); err != nil {
			return used, fmt.Errorf("count votes of voter %s: %w", b.Voter, err)
		}
	}
	return used, nil
}

const selectVotesFor = "SELECT COUNT(*) FROM votes WHERE challenge = ? AND voter = ? AND entry = ? AND position > 0"

// votesFor counts a voter's votes for an entry that stand, in all periods.
func (l *ledger) votesFor(tx *Tx, b contest.Ballot, number contest.EntryNumber) (n int, err error) {
	k := entryVoter{b.Voter, number}
	if n, known := l.everywhere[k]; known {
		return n, nil
	}
	if err := tx.settleCast(b.Challenge, l); err != nil {
		return 0, err
	}
	err = one(direct{tx}, selectVotesFor, []any{b.Challenge, b.Voter, number}, &n)
	if err == nil {
		l.everywhere[k] = n
	}
	return n, err
}

// stands notes that a voter's votes for an entry are more, or fewer, where their number is known.
func (l *ledger) stands(id contest.VoterID, number contest.EntryNumber, more int) {
	if n, known := l.everywhere[entryVoter{id, number}]; known {
		l.everywhere[entryVoter{id, number}] = n + more
	}
}

// VoterVote is one vote of a voter, as it is now.
type VoterVote struct {
	Entry  contest.EntryID
	Number contest.EntryNumber
	Period string
	contest.Standing
	Class contest.VoterClass
	At    time.Time
}

// VotesOf lists a voter's votes that stand, in the order of their positions: in the periods, or in all where none is named.
func (tx *Tx) VotesOf(challenge contest.ChallengeID, voter contest.VoterID, periods ...string) ([]VoterVote, error) {
	query, args := selectVotesOf, []any{challenge, voter}
	if len(periods) > 0 {
		in, texts := among(periods)
		query, args = query+" AND v.period IN "+in, append(args, texts...)
	}
	votes, err := list(tx, scanVoterVote, query+" ORDER BY v.position", args...)
	if err != nil {
		return nil, fmt.Errorf("list votes of voter %s: %w", voter, err)
	}
	return votes, nil
}

const selectVotesOf = `SELECT e.id, v.entry, v.period, v.position, v.weight, v.state, v.class, v.at FROM votes v
	JOIN entries e ON e.challenge = v.challenge AND e.number = v.entry
	WHERE v.challenge = ? AND v.voter = ? AND v.position > 0`

func scanVoterVote(row scanner) (v VoterVote, err error) {
	err = row.Scan(&v.Entry, &v.Number, &v.Period, &v.Position, &v.Weight, &v.State, &v.Class, timeColumn{&v.At})
	return v, err
}

const leafColumns = "position, kind, entry, voter, period, weight, class, reason, actor, at"

// LeavesAfter lists leaves of a challenge's vote log behind a position, in their order.
func (tx *Tx) LeavesAfter(challenge contest.ChallengeID, position int64, limit int) ([]contest.Leaf, error) {
	leaves, err := list(tx, scanLeaf, "SELECT "+leafColumns+" FROM vote_log WHERE challenge = ? AND position > ? ORDER BY position LIMIT ?",
		challenge, position, limit)
	if err != nil {
		return nil, fmt.Errorf("read vote log of challenge %s: %w", challenge, err)
	}
	return leaves, nil
}

// Leaves returns a challenge's whole vote log.
func (tx *Tx) Leaves(challenge contest.ChallengeID) ([]contest.Leaf, error) {
	return tx.LeavesAfter(challenge, 0, math.MaxInt32)
}

// scanLeaf names plain types, which Scan need not convert by reflection: every leaf is read once to be sealed, and by whoever
// recounts.
func scanLeaf(row scanner) (l contest.Leaf, err error) {
	err = row.Scan(&l.Position, (*string)(&l.Kind), intColumn[contest.EntryNumber]{&l.Entry}, (*string)(&l.Voter), &l.Period, intColumn[int]{&l.Weight},
		(*string)(&l.Class), (*string)(&l.Reason), &l.Actor, timeColumn{&l.At})
	return l, err
}

// Changes returns the public place of every entry of a challenge that is on the board.
func (tx *Tx) Changes(challenge contest.ChallengeID) ([]contest.Change, error) {
	changes, err := list(tx, scanChange, "SELECT "+changeColumns+" FROM tallies WHERE challenge = ? AND visible = 1", challenge)
	if err != nil {
		return nil, fmt.Errorf("read board of challenge %s: %w", challenge, err)
	}
	return changes, nil
}

const selectCandidates = `SELECT e.id, e.challenge, e.number, e.fan, e.status, e.passed_over, t.shown, t.version, t.shown_reached,
	t.score, t.votes, t.reached, t.held, t.excluded FROM entries e JOIN tallies t ON t.entry = e.id `

func scanCandidate(row scanner) (e candidate, err error) {
	t := &e.tally
	err = row.Scan(&e.ID, &e.Challenge, &e.Number, &e.Fan, &e.Status, &e.PassedOver, &e.Score, &e.Version, &e.Reached,
		&t.Score, &t.Votes, &t.Reached, &t.Held, &t.Excluded)
	return e, err
}

// Candidate returns of an entry what the rules of voting look at, and its public place: challenge, number, fan, status, score.
// The rest is left empty, because every vote reads it.
func (tx *Tx) Candidate(id contest.EntryID) (contest.Entry, error) {
	var e *candidate
	l, err := tx.ledger(tx.challenge)
	if err == nil {
		e, err = l.candidate(tx, id)
	} else {
		var read candidate
		read, err = first(tx, scanCandidate, selectCandidates+"WHERE e.id = ?", id)
		e = &read
	}
	if err != nil {
		return contest.Entry{}, fmt.Errorf("read candidate %s: %w", id, err)
	}
	return e.Entry, nil
}
