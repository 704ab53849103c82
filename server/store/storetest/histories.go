package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// vote is one of the small model's: what is known of a key, with the batch of the last decision.
type vote struct {
	position int64
	weight   int
	state    contest.VoteState
	batch    contest.BatchID
}

// model is all that random histories of votes and decisions leave behind, and what they were before each batch.
type model struct {
	*stage
	*rand.Rand
	entries []contest.Entry
	votes   map[contest.VoteKey]vote
	before  map[contest.BatchID]map[contest.VoteKey]vote
	batches []contest.BatchID
	leaves  int64
}

// histories has the store do random things, several in a commit, and compares it with the model after each commit.
func histories(t *testing.T, open Opener) {
	const commits, each = 120, 8
	s := setStage(t, open, nil)
	m := &model{
		stage: s, Rand: rand.New(rand.NewPCG(14, 17)), entries: s.entries(3, contest.Published),
		votes: map[contest.VoteKey]vote{}, before: map[contest.BatchID]map[contest.VoteKey]vote{},
	}
	for range commits {
		s.update(func(tx *store.Tx) error {
			for range m.IntN(each) + 1 {
				if err := m.step(tx); err != nil {
					return err
				}
			}
			return nil
		})
		want := m.tallies()
		for _, is := range s.tallies() {
			equal(t, fmt.Sprint("tally of entry ", is.Number, " after leaf ", m.leaves), is.Tally, want[is.Number])
		}
		s.fold(1 + m.Int64N(each))
		equal(t, fmt.Sprint("votes booked after leaf ", m.leaves), s.total(), want[1].Votes+want[2].Votes+want[3].Votes)
	}
	s.audited(m.entries)
	equal(t, "leaves", int64(len(s.leaves())), m.leaves)
	if len(m.batches) < commits/4 {
		t.Errorf("only %d batches", len(m.batches))
	}
}

func (m *model) step(tx *store.Tx) error {
	e, voter := m.entries[m.IntN(len(m.entries))], fmt.Sprint("f_", m.IntN(6))
	k := key(e, voter)
	k.Period = []string{today, "2026-11-23"}[m.IntN(2)]
	switch m.IntN(8) {
	case 0, 1, 2:
		return m.cast(tx, m.ballot(e, voter), k)
	case 3, 4:
		return m.retract(tx, m.ballot(e, voter), k)
	case 5, 6:
		return m.rule(tx)
	}
	return m.undo(tx)
}

func (m *model) cast(tx *store.Tx, b contest.Ballot, k contest.VoteKey) error {
	weight := 1 + m.IntN(3)
	v, err := tx.Cast(b, k.Period, weight, store.Origin{})
	is, known := m.votes[k]
	equal(m.T, "already cast", v.Already, is.position != 0)
	if is.position != 0 {
		return err
	}
	if !known {
		is.state = contest.Counted
	}
	m.leaves++
	is.position, is.weight = m.leaves, weight
	m.votes[k] = is
	return err
}

func (m *model) retract(tx *store.Tx, b contest.Ballot, k contest.VoteKey) error {
	v, err := tx.Retract(b, k.Period)
	is, known := m.votes[k]
	equal(m.T, "already taken back", v.Already, is.position == 0)
	if is.position != 0 {
		m.leaves++
	}
	if is.position = 0; known {
		m.votes[k] = is
	}
	return err
}

// rule decides about some of the votes, in the model by what each decision is for.
func (m *model) rule(tx *store.Tx) error {
	kind := []contest.LeafKind{contest.Hold, contest.Release, contest.Exclude, contest.Restore}[m.IntN(4)]
	batch := contest.BatchID(fmt.Sprint("b_", len(m.batches)))
	var keys []contest.VoteKey
	want := store.Ruled{}
	was := maps.Clone(m.votes)
	for _, e := range m.entries {
		for n := range 6 {
			k := key(e, fmt.Sprint("f_", n))
			is, known := m.votes[k]
			if m.IntN(3) > 0 {
				continue
			}
			keys = append(keys, k)
			may := map[contest.LeafKind][]contest.VoteState{
				contest.Hold: {contest.Counted}, contest.Release: {contest.Held}, contest.Exclude: {contest.Counted, contest.Held}, contest.Restore: {contest.Excluded},
			}[kind]
			if !known || may[0] != is.state && may[len(may)-1] != is.state {
				want.Skipped++
				continue
			}
			is.state, is.batch = map[contest.LeafKind]contest.VoteState{contest.Hold: contest.Held, contest.Exclude: contest.Excluded}[kind], batch
			if is.state == "" {
				is.state = contest.Counted
			}
			m.votes[k] = is
			m.leaves++
			want.Changed++
		}
	}
	m.before[batch], m.batches = was, append(m.batches, batch)
	got, err := tx.RuleVotes(m.challenge.ID, store.Ruling{Kind: kind, Keys: keys, Reason: contest.SameSource, Actor: contest.RulesActor, Batch: batch})
	equal(m.T, string(kind), got, want)
	return err
}

// undo takes a batch back, in the model by what each vote was before it.
func (m *model) undo(tx *store.Tx) error {
	if len(m.batches) == 0 {
		return nil
	}
	batch, by := m.batches[m.IntN(len(m.batches))], contest.BatchID(fmt.Sprint("b_", len(m.batches)))
	was, changed := maps.Clone(m.votes), 0
	for k, is := range m.votes {
		before := m.before[batch][k].state
		if is.batch != batch || is.state == before {
			continue
		}
		if m.leaves++; is.state == contest.Excluded && before == contest.Held {
			m.leaves++ // restored, and held
		}
		is.state, is.batch = before, by
		m.votes[k] = is
		changed++
	}
	m.before[by], m.batches = was, append(m.batches, by)
	got, err := tx.UndoVotes(m.challenge.ID, batch, contest.RulesActor, by)
	equal(m.T, fmt.Sprint("undone of ", batch), got.Changed, changed)
	return err
}

func (m *model) tallies() map[contest.EntryNumber]contest.Tally {
	tallies := map[contest.EntryNumber]contest.Tally{}
	for k, v := range m.votes {
		t := tallies[k.Entry]
		switch {
		case v.position == 0:
		case v.state == contest.Held:
			t.Held++
		case v.state == contest.Excluded:
			t.Excluded++
		default:
			t.Score, t.Votes, t.Reached = t.Score+int64(v.weight), t.Votes+1, max(t.Reached, v.position)
		}
		tallies[k.Entry] = t
	}
	return tallies
}
