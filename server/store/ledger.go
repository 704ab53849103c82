package store

import (
	"cmp"
	"slices"

	"fanfare/server/contest"
)

// ledger is what a batch knows of one challenge's counters and votes, and what it has still to write of them: a statement
// saved is a round trip saved. It holds because nobody else writes them while the batch lasts, and whatever the batch
// itself writes by other statements makes it forget what it has read.
type ledger struct {
	counters
	changed bool // the counters are to be written

	votes      map[voter]votes
	everywhere map[entryVoter]int             // votes that stand, in all periods
	candidates map[contest.EntryID]*candidate // nil for one that is not there

	cast    []castVote               // votes to be written
	log     []line                   // of votes, to be written; those of decisions are written at once
	tallies map[contest.EntryID]bool // candidates whose tallies are to be written
}

// counters are a challenge's head.
type counters struct {
	entries   contest.EntryNumber // number given last
	leaves    int64               // position of the log's last leaf
	logKey    contest.LogKey
	concealed bool
	shownAt   int64
}

const headColumns = "entries, leaves, log_key, concealed, shown_at"

func (c *counters) columns() []any {
	return []any{&c.entries, &c.leaves, keyColumn{&c.logKey}, boolColumn{&c.concealed}, &c.shownAt}
}

// voter is a pseudonym in a period.
type voter struct {
	id     contest.VoterID
	period string
}

// entryVoter is a pseudonym and an entry.
type entryVoter struct {
	id    contest.VoterID
	entry contest.EntryNumber
}

// votes are a voter's in a period, by entry.
type votes map[contest.EntryNumber]contest.Standing

// candidate is an entry as the rules of voting see it, with the true tally. Its own score is the public's.
type candidate struct {
	contest.Entry
	tally contest.Tally
}

// castVote is a vote to be written.
type castVote struct {
	contest.Leaf
	from  Origin
	again bool // it was taken back
}

// line is one of the log.
type line struct {
	contest.Leaf
	idle bool // it changes nothing about which votes count: its vote is in doubt
}

func newLedger(c counters) *ledger {
	l := &ledger{counters: c}
	l.forget()
	return l
}

// forget lets go of what was read. Everything must have been written.
func (l *ledger) forget() {
	l.votes, l.everywhere, l.candidates = map[voter]votes{}, map[entryVoter]int{}, map[contest.EntryID]*candidate{}
	l.cast, l.log, l.tallies = nil, nil, map[contest.EntryID]bool{}
}

// undo goes back to counters of before, when everything had been written.
func (l *ledger) undo(to counters) {
	l.forget()
	l.counters, l.changed = to, false
}

// next gives a leaf the log's next position.
func (l *ledger) next(leaf contest.Leaf) contest.Leaf {
	l.leaves++
	leaf.Position, l.changed = l.leaves, true
	return leaf
}

// append notes the log's next line, of a vote in a state.
func (l *ledger) append(leaf contest.Leaf, of contest.VoteState) contest.Leaf {
	leaf = l.next(leaf)
	l.log = append(l.log, line{leaf, of != contest.Counted})
	return leaf
}

// ledger returns the ledger of the challenge that the update is for.
func (tx *Tx) ledger(c contest.ChallengeID) (*ledger, error) {
	if err := tx.mustBeIn(c); err != nil {
		return nil, err
	}
	if l := tx.batch.ledgers[c]; l != nil {
		return l, nil
	}
	if tx.dialect != SQLite {
		return nil, ErrNotFound
	}
	var known counters
	if err := one(direct{tx}, "SELECT "+headColumns+" FROM heads WHERE challenge = ?", []any{c}, known.columns()...); err != nil {
		return nil, err
	}
	l := newLedger(known)
	tx.batch.ledgers[c] = l
	return l, nil
}

// selectStanding has a row for nobody where the voter is somebody's.
const selectStanding = `SELECT voter, entry, position, weight, state FROM votes WHERE challenge = ? AND voter = ? AND period = ?
	UNION ALL SELECT v.voter, 0, 0, 0, '' FROM voters v JOIN fans f ON f.id = v.fan WHERE v.challenge = ? AND v.voter = ? AND f.issuer <> '` + ErasedIssuer + "'"

// nobody is the number of no entry. In a voter's votes it says that the voter is somebody's, who has not been erased.
const nobody contest.EntryNumber = 0

// standing returns a voter's votes in a period, those that were taken back among them.
func (l *ledger) standing(tx *Tx, challenge contest.ChallengeID, v voter) (votes, error) {
	if known, ok := l.votes[v]; ok {
		return known, nil
	}
	rows, err := list(direct{tx}, scanVote, selectStanding, challenge, v.id, v.period, challenge, v.id)
	if err != nil {
		return nil, err
	}
	known := make(votes, len(rows)+1)
	for _, row := range rows {
		known[row.entry] = row.Standing
	}
	l.votes[v] = known
	return known, nil
}

// candidate returns an entry as scanCandidate does, for changing its tally.
func (l *ledger) candidate(tx *Tx, id contest.EntryID) (*candidate, error) {
	e, known := l.candidates[id]
	if !known {
		found, err := list(direct{tx}, scanCandidate, selectCandidates+"WHERE e.id = ?", id)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			e = &found[0]
		}
		l.candidates[id] = e
	}
	if e == nil {
		return nil, ErrNotFound
	}
	return e, nil
}

// The statements that write a ledger.
var (
	insertVotes = insertInto("votes", "challenge, voter, period, entry, position, weight, class, at, source, agent",
		"text", "text", "text", "bigint", "bigint", "bigint", "text", "bigint", "text", "text")
	// A vote that was taken back has its row.
	castAgain = insertVotes.with(` ON CONFLICT (challenge, voter, period, entry) DO UPDATE SET position = excluded.position,
		weight = excluded.weight, class = excluded.class, at = excluded.at, source = excluded.source, agent = excluded.agent`)
	insertLeaves = insertInto("vote_log", "challenge, position, kind, entry, voter, period, at, weight, class",
		"text", "bigint", "text", "bigint", "text", "text", "bigint", "bigint", "text")
	insertIdle = insertInto("vote_log", "challenge, position, kind, entry, voter, period, at, weight, class, idle",
		"text", "bigint", "text", "bigint", "text", "text", "bigint", "bigint", "text", "bigint")
)

// The statements that write tallies, for one row and for columns of many.
const (
	updateTally = `UPDATE tallies SET score = ?, votes = ?, reached = ?, held = ?, excluded = ?, shown = ?, shown_reached = ?, version = ?
		WHERE entry = ?`
	updateTallies = `UPDATE tallies SET score = t.score, votes = t.votes, reached = t.reached, held = t.held, excluded = t.excluded,
			shown = t.shown, shown_reached = t.shown_reached, version = t.version
		FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bigint[], ?::text[])
			AS t (score, votes, reached, held, excluded, shown, shown_reached, version, entry) WHERE tallies.entry = t.entry`
)

// settle writes what the ledgers have noted, so that statements see it.
func (tx *Tx) settle() error {
	if tx.batch == nil {
		return nil
	}
	for challenge, l := range tx.batch.ledgers {
		err := tx.settleCast(challenge, l)
		if err == nil {
			err = tx.settleLeaves(challenge, l)
		}
		if err == nil {
			err = tx.settleTallies(l)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settleAll writes the counters as well, which nobody reads before the commit.
func (tx *Tx) settleAll() error {
	if err := tx.settle(); err != nil {
		return err
	}
	for challenge, l := range tx.batch.ledgers {
		if !l.changed {
			continue
		}
		_, err := tx.exec("UPDATE heads SET entries = ?, leaves = ?, ticked = ? WHERE challenge = ?",
			l.entries, l.leaves, millis(tx.now), challenge)
		if err != nil {
			return err
		}
		l.changed = false
	}
	return nil
}

func (tx *Tx) settleCast(challenge contest.ChallengeID, l *ledger) error {
	first, again := make([][]any, 0, len(l.cast)), [][]any(nil)
	for _, v := range l.cast {
		row := []any{string(challenge), string(v.Voter), v.Period, int64(v.Entry), v.Position, int64(v.Weight), string(v.Class), millis(v.At),
			v.from.Source, v.from.Agent}
		if v.again {
			again = append(again, row)
		} else {
			first = append(first, row)
		}
	}
	l.cast = l.cast[:0]
	if err := tx.insert(insertVotes, first); err != nil {
		return err
	}
	return tx.insert(castAgain, again)
}

func (tx *Tx) settleLeaves(challenge contest.ChallengeID, l *ledger) error {
	rows, idle := make([][]any, 0, len(l.log)), [][]any(nil)
	for _, v := range l.log {
		if v.idle {
			idle = append(idle, append(rowOf(challenge, v.Leaf), int64(1)))
		} else {
			rows = append(rows, rowOf(challenge, v.Leaf))
		}
	}
	l.log = l.log[:0]
	if err := tx.insert(insertLeaves, rows); err != nil {
		return err
	}
	return tx.insert(insertIdle, idle)
}

// rowOf is a leaf's row, as far as it is a vote's.
func rowOf(challenge contest.ChallengeID, l contest.Leaf) []any {
	return []any{
		string(challenge), l.Position, string(l.Kind), int64(l.Entry), string(l.Voter), l.Period, millis(l.At), int64(l.Weight), string(l.Class),
	}
}

func (tx *Tx) settleTallies(l *ledger) error {
	changed := make([]*candidate, 0, len(l.tallies))
	for id := range l.tallies {
		changed = append(changed, l.candidates[id])
	}
	clear(l.tallies)
	return tx.writeTallies(changed)
}

// writeTallies writes the tallies of entries, in one order in all processes.
func (tx *Tx) writeTallies(changed []*candidate) error {
	slices.SortFunc(changed, func(a, b *candidate) int { return cmp.Compare(a.ID, b.ID) })
	rows := make([][]any, len(changed))
	for i, e := range changed {
		t := e.tally
		rows[i] = []any{t.Score, t.Votes, t.Reached, t.Held, t.Excluded, e.Score, e.Reached, e.Version, string(e.ID)}
	}
	return tx.bulk(updateTally, updateTallies, rows)
}

// forget lets go of what the ledgers have read; they have settled.
func (b *batch) forget() {
	b.spoiled = true
	for _, l := range b.ledgers {
		l.forget()
	}
}
