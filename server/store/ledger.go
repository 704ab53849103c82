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

	votes      map[voter]map[contest.EntryID]bool
	candidates map[contest.EntryID]*contest.Entry // nil for one that is not there

	cast    []contest.Leaf           // votes to be written
	lines   []contest.Leaf           // of the log, to be written
	tallies map[contest.EntryID]bool // candidates whose tallies are to be written
}

// counters are a challenge's head.
type counters struct {
	entries contest.EntryNumber // number given last
	leaves  int64               // position of the log's last leaf
}

// voter is a fan in a period.
type voter struct {
	fan    contest.FanID
	period string
}

func newLedger(c counters) *ledger {
	l := &ledger{counters: c}
	l.forget()
	return l
}

// forget lets go of what was read. Everything must have been written.
func (l *ledger) forget() {
	l.votes, l.candidates = map[voter]map[contest.EntryID]bool{}, map[contest.EntryID]*contest.Entry{}
	l.cast, l.lines, l.tallies = nil, nil, map[contest.EntryID]bool{}
}

// undo goes back to counters of before, when everything had been written.
func (l *ledger) undo(to counters) {
	l.forget()
	l.counters, l.changed = to, false
}

// append notes the log's next line.
func (l *ledger) append(leaf contest.Leaf) contest.Leaf {
	l.leaves++
	leaf.Position = l.leaves
	l.lines, l.changed = append(l.lines, leaf), true
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
	err := one(direct{tx}, "SELECT entries, leaves FROM heads WHERE challenge = ?", []any{c}, &known.entries, &known.leaves)
	if err != nil {
		return nil, err
	}
	l := newLedger(known)
	tx.batch.ledgers[c] = l
	return l, nil
}

// voted returns the entries that have a fan's vote in a period.
func (l *ledger) voted(tx *Tx, challenge contest.ChallengeID, v voter) (map[contest.EntryID]bool, error) {
	if known, ok := l.votes[v]; ok {
		return known, nil
	}
	ids, err := list(direct{tx}, scalar[contest.EntryID], selectVoted, challenge, v.period, v.fan)
	if err != nil {
		return nil, err
	}
	known := make(map[contest.EntryID]bool, len(ids)+1)
	for _, id := range ids {
		known[id] = true
	}
	l.votes[v] = known
	return known, nil
}

// candidate returns an entry as scanCandidate does, for changing its tally.
func (l *ledger) candidate(tx *Tx, id contest.EntryID) (*contest.Entry, error) {
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

// The statements that write a ledger, for one row and for columns of many.
const (
	insertVote  = "INSERT INTO votes (challenge, period, fan, entry, position) VALUES (?, ?, ?, ?, ?)"
	insertVotes = `INSERT INTO votes (challenge, period, fan, entry, position)
		SELECT * FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[])`
	insertLeaf   = "INSERT INTO vote_log (challenge, position, kind, entry, fan, period, at) VALUES (?, ?, ?, ?, ?, ?, ?)"
	insertLeaves = `INSERT INTO vote_log (challenge, position, kind, entry, fan, period, at)
		SELECT * FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[])`
	updateTally   = "UPDATE tallies SET score = ?, version = ?, reached = ? WHERE entry = ?"
	updateTallies = `UPDATE tallies SET score = t.score, version = t.version, reached = t.reached
		FROM unnest(?::bigint[], ?::bigint[], ?::bigint[], ?::text[]) AS t (score, version, reached, entry) WHERE tallies.entry = t.entry`
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
	rows := make([][]any, len(l.cast))
	for i, v := range l.cast {
		rows[i] = []any{string(challenge), v.Period, string(v.Fan), string(v.Entry), v.Position}
	}
	l.cast = l.cast[:0]
	return tx.bulk(insertVote, insertVotes, rows)
}

func (tx *Tx) settleLeaves(challenge contest.ChallengeID, l *ledger) error {
	rows := make([][]any, len(l.lines))
	for i, v := range l.lines {
		rows[i] = []any{string(challenge), v.Position, string(v.Kind), string(v.Entry), string(v.Fan), v.Period, millis(v.At)}
	}
	l.lines = l.lines[:0]
	return tx.bulk(insertLeaf, insertLeaves, rows)
}

func (tx *Tx) settleTallies(l *ledger) error {
	rows := make([][]any, 0, len(l.tallies))
	for id := range l.tallies {
		e := l.candidates[id]
		rows = append(rows, []any{e.Score, e.Version, e.Reached, string(id)})
	}
	clear(l.tallies)
	slices.SortFunc(rows, func(a, b []any) int { return cmp.Compare(a[3].(string), b[3].(string)) }) // one order in all processes
	return tx.bulk(updateTally, updateTallies, rows)
}

// bulk runs a statement for many rows: for one after the other where it runs in this process, for all of them where each
// statement is a round trip.
func (tx *Tx) bulk(one, many string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if tx.dialect == Postgres {
		_, err := tx.exec(many, columnsOf(rows)...)
		return err
	}
	for _, row := range rows {
		if _, err := tx.exec(one, row...); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf turns rows of strings and int64s into columns.
func columnsOf(rows [][]any) []any {
	columns := make([]any, len(rows[0]))
	for i, first := range rows[0] {
		switch first.(type) {
		case string:
			columns[i] = column[string](rows, i)
		default:
			columns[i] = column[int64](rows, i)
		}
	}
	return columns
}

func column[T any](rows [][]any, i int) []T {
	values := make([]T, len(rows))
	for n, row := range rows {
		values[n] = row[i].(T)
	}
	return values
}

// forget lets go of what the ledgers have read; they have settled.
func (b *batch) forget() {
	for _, l := range b.ledgers {
		l.forget()
	}
}
