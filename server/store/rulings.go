package store

import (
	"fmt"

	"fanfare/server/contest"
)

// Ruling is a decision about votes: to hold, release, exclude or restore them.
type Ruling struct {
	Kind   contest.LeafKind
	Keys   []contest.VoteKey
	Reason contest.Reason
	Actor  string // contest.RulesActor, or contest.StaffActor of somebody
	Batch  contest.BatchID
}

// Ruled says how many votes a ruling changed, and how many it left as they are: those that were never cast, and those in a
// state that it cannot follow.
type Ruled struct{ Changed, Skipped int }

// RuleVotes decides about votes of a challenge, each with its leaf. Whether a vote stands makes no difference: the state stays
// with it.
func (tx *Tx) RuleVotes(challenge contest.ChallengeID, r Ruling) (Ruled, error) {
	if _, ok := contest.Counted.After(r.Kind); !ok && r.Kind != contest.Release && r.Kind != contest.Restore {
		return Ruled{}, fmt.Errorf("rule votes: %q is no decision", r.Kind)
	}
	ruled, err := tx.rule(challenge, r.Keys, r, func(v ruledVote) []contest.LeafKind {
		if _, ok := v.State.After(r.Kind); !ok {
			return nil
		}
		return []contest.LeafKind{r.Kind}
	})
	if err != nil {
		return ruled, fmt.Errorf("%s votes of challenge %s: %w", r.Kind, challenge, err)
	}
	return ruled, nil
}

// UndoVotes takes the decisions of a batch back, with leaves of the new batch: each vote goes back to the state it had before.
// Votes about which something else was decided since stay as they are.
func (tx *Tx) UndoVotes(challenge contest.ChallengeID, batch contest.BatchID, actor string, newBatch contest.BatchID) (Ruled, error) {
	keys, was, err := tx.statesBefore(challenge, batch)
	if err != nil {
		return Ruled{}, fmt.Errorf("undo batch %s of votes: %w", batch, err)
	}
	r := Ruling{Reason: contest.Undone, Actor: actor, Batch: newBatch}
	ruled, err := tx.rule(challenge, keys, r, func(v ruledVote) []contest.LeafKind {
		if v.batch != batch {
			return nil
		}
		return v.State.Path(was[v.VoteKey])
	})
	if err != nil {
		return ruled, fmt.Errorf("undo batch %s of votes: %w", batch, err)
	}
	return ruled, nil
}

// ruledVote is a vote that is decided about.
type ruledVote struct {
	contest.VoteKey
	contest.Standing
	batch contest.BatchID // of the last decision
}

// statesBefore lists the votes of a batch in the order of their leaves, with the states they had before.
func (tx *Tx) statesBefore(challenge contest.ChallengeID, batch contest.BatchID) (keys []contest.VoteKey, was map[contest.VoteKey]contest.VoteState, err error) {
	rows, err := list(tx, scanBefore, selectBatch, batch, challenge)
	was = make(map[contest.VoteKey]contest.VoteState, len(rows))
	for _, v := range rows {
		if _, seen := was[v.VoteKey]; !seen {
			was[v.VoteKey] = v.State
			keys = append(keys, v.VoteKey)
		}
	}
	return keys, was, err
}

func scanBefore(row scanner) (v ruledVote, err error) {
	err = row.Scan(&v.Entry, &v.Voter, &v.Period, &v.State)
	return v, err
}

// rule leads votes through the decisions that path names for each.
func (tx *Tx) rule(challenge contest.ChallengeID, keys []contest.VoteKey, r Ruling, path func(ruledVote) []contest.LeafKind) (ruled Ruled, err error) {
	l, err := tx.ledger(challenge)
	if err != nil {
		return ruled, err
	}
	if err := tx.settle(); err != nil {
		return ruled, err
	}
	keys = distinct(keys)
	found, err := tx.readVotesOf(challenge, keys)
	if err != nil {
		return ruled, err
	}
	places, err := tx.places(challenge, found)
	if err != nil {
		return ruled, err
	}
	var changed []ruledVote
	var lines [][]any
	for _, v := range found {
		if steps, e := path(v), places[v.Entry]; len(steps) > 0 && e != nil {
			e.tally.Remove(v.Standing)
			lines = append(lines, tx.lead(l, &v, steps, r)...)
			e.tally.Add(v.Standing)
			changed = append(changed, v)
		}
	}
	if err = tx.writeStates(challenge, changed); err == nil {
		err = tx.insert(insertRulings, lines)
	}
	if err == nil {
		err = tx.recount(l, places, entriesOf(challenge, changed))
	}
	return Ruled{len(changed), len(keys) - len(changed)}, err
}

// lead takes a vote to another state, and returns the lines of the log that say so.
func (tx *Tx) lead(l *ledger, v *ruledVote, steps []contest.LeafKind, r Ruling) (lines [][]any) {
	for _, kind := range steps {
		leaf := l.next(contest.Leaf{Kind: kind, Entry: v.Entry, Voter: v.Voter, Period: v.Period, Reason: r.Reason, Actor: r.Actor, At: tx.now})
		lines = append(lines, append(rowOf(tx.challenge, leaf), string(r.Reason), r.Actor, string(r.Batch), string(v.State), int64(bit(v.Position == 0))))
		v.State, _ = v.State.After(kind)
	}
	v.batch = r.Batch
	return lines
}

// distinct keeps the first of equal keys.
func distinct(keys []contest.VoteKey) []contest.VoteKey {
	seen, kept := make(map[contest.VoteKey]bool, len(keys)), make([]contest.VoteKey, 0, len(keys))
	for _, k := range keys {
		if !seen[k] && checkTexts([]any{k.Voter, k.Period}) == nil {
			seen[k] = true
			kept = append(kept, k)
		}
	}
	return kept
}

const (
	selectRuled  = "SELECT voter, period, entry, position, weight, state, batch FROM votes WHERE challenge = ? AND voter = ? AND period = ? AND entry = ?"
	selectRuledN = `SELECT v.voter, v.period, v.entry, v.position, v.weight, v.state, v.batch
		FROM unnest(?::text[], ?::text[], ?::text[], ?::bigint[]) WITH ORDINALITY AS k (challenge, voter, period, entry, n)
		JOIN votes v ON v.challenge = k.challenge AND v.voter = k.voter AND v.period = k.period AND v.entry = k.entry ORDER BY k.n`
	updateState  = "UPDATE votes SET state = ?, batch = ? WHERE challenge = ? AND voter = ? AND period = ? AND entry = ?"
	updateStates = `UPDATE votes SET state = k.state, batch = k.batch
		FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bigint[]) AS k (state, batch, challenge, voter, period, entry)
		WHERE votes.challenge = k.challenge AND votes.voter = k.voter AND votes.period = k.period AND votes.entry = k.entry`
	selectReachedOf = "SELECT k.entry, " + reachedOf + " FROM (SELECT ? AS challenge, ? AS entry) AS k"
	selectReachedN  = "SELECT k.entry, " + reachedOf + " FROM unnest(?::text[], ?::bigint[]) AS k (challenge, entry)"
	reachedOf       = "COALESCE((SELECT MAX(position) FROM votes WHERE challenge = k.challenge AND entry = k.entry AND state = 'counted'), 0)"
	selectPlace     = selectCandidates + "WHERE e.challenge = ? AND e.number = ?"
	selectPlaces    = selectCandidates + "JOIN unnest(?::text[], ?::bigint[]) AS k (challenge, number) ON e.challenge = k.challenge AND e.number = k.number"
)

var insertRulings = insertInto("vote_log", "challenge, position, kind, entry, voter, period, at, weight, class, reason, actor, batch, was, idle",
	"text", "bigint", "text", "bigint", "text", "text", "bigint", "bigint", "text", "text", "text", "text", "text", "bigint")

// selectBatch says once more what the index of batches leaves out, and reads the challenge in an expression, because only so is
// that index used.
const selectBatch = "SELECT entry, voter, period, was FROM vote_log WHERE batch = ? AND batch <> '' AND challenge || '' = ? ORDER BY position"

func scanRuled(row scanner) (v ruledVote, err error) {
	err = row.Scan(&v.Voter, &v.Period, &v.Entry, &v.Position, &v.Weight, &v.State, &v.batch)
	return v, err
}

// readVotesOf reads the votes with the keys, in their order; those that are not there are left out.
func (tx *Tx) readVotesOf(challenge contest.ChallengeID, keys []contest.VoteKey) ([]ruledVote, error) {
	rows := make([][]any, len(keys))
	for i, k := range keys {
		rows[i] = []any{string(challenge), string(k.Voter), k.Period, int64(k.Entry)}
	}
	return lookUp(tx, scanRuled, selectRuled, selectRuledN, rows)
}

// lookUp is bulk for statements that read: rows of arguments, for one after the other or for all at once.
func lookUp[T any](tx *Tx, scan func(scanner) (T, error), one, many string, rows [][]any) (found []T, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if tx.dialect == Postgres {
		return list(direct{tx}, scan, many, columnsOf(rows)...)
	}
	for _, row := range rows {
		some, err := list(direct{tx}, scan, one, row...)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// places reads the places of the entries that votes are for.
func (tx *Tx) places(challenge contest.ChallengeID, of []ruledVote) (map[contest.EntryNumber]*candidate, error) {
	places := map[contest.EntryNumber]*candidate{}
	found, err := lookUp(tx, scanCandidate, selectPlace, selectPlaces, entriesOf(challenge, of))
	for i := range found {
		places[found[i].Number] = &found[i]
	}
	return places, err
}

// entriesOf returns challenge and number of the entries that votes are for, each once.
func entriesOf(challenge contest.ChallengeID, of []ruledVote) (rows [][]any) {
	seen := map[contest.EntryNumber]bool{}
	for _, v := range of {
		if !seen[v.Entry] {
			seen[v.Entry] = true
			rows = append(rows, []any{string(challenge), int64(v.Entry)})
		}
	}
	return rows
}

func (tx *Tx) writeStates(challenge contest.ChallengeID, changed []ruledVote) error {
	rows := make([][]any, len(changed))
	for i, v := range changed {
		rows[i] = []any{string(v.State), string(v.batch), string(challenge), string(v.Voter), v.Period, int64(v.Entry)}
	}
	return tx.bulk(updateState, updateStates, rows)
}

// recount finds anew where the scores of entries were reached, and writes their tallies. What the batch has read of votes holds
// no longer.
func (tx *Tx) recount(l *ledger, places map[contest.EntryNumber]*candidate, entries [][]any) error {
	reached, err := lookUp(tx, scanReached, selectReachedOf, selectReachedN, entries)
	if err != nil {
		return err
	}
	changed := make([]*candidate, len(reached))
	for i, r := range reached {
		e := places[r.Entry]
		e.tally.Reached = r.Position
		if tx.show(l, e) {
			tx.changes = append(tx.changes, e.Change())
		}
		changed[i] = e
	}
	if err := tx.writeTallies(changed); err != nil {
		return err
	}
	tx.batch.forget()
	return nil
}

func scanReached(row scanner) (l contest.Leaf, err error) {
	err = row.Scan(&l.Entry, &l.Position)
	return l, err
}
