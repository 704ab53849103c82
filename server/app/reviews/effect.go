package reviews

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// MaxVotes is how many votes one act decides about at most: they are held in memory, and who decides about more goes on with
// the next.
const MaxVotes = 20_000

// Effect is what a decision would do to the board.
type Effect struct {
	// Changed votes would move to another state; Skipped would not.
	Changed, Skipped int
	// More says that there are more than MaxVotes, of which the newest would be decided about.
	More  bool
	Moves []Move
}

// Move is what it would do to one entry, by the true tallies.
type Move struct {
	Entry  contest.EntryID
	Number contest.EntryNumber
	Before contest.Tally
	After  contest.Tally
	// Rank and To are the entry's ranks before and after; 0 for one that is not on the board.
	Rank, To int
}

// Preview returns what a decision would do now.
func (s *Service) Preview(ctx context.Context, c contest.ChallengeID, kind contest.LeafKind, of store.VoteSelection) (e Effect, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		votes, err := selected(tx, c, of)
		if err != nil {
			return err
		}
		e, err = effect(tx, c, kind, votes)
		return err
	})
	return e, err
}

// selected returns the votes that a selection names, MaxVotes and one more at most.
func selected(tx *store.Tx, c contest.ChallengeID, of store.VoteSelection) (votes []store.VoteRow, err error) {
	if of.Filter != nil {
		return tx.VoteRows(c, *of.Filter, MaxVotes+1)
	}
	for _, k := range of.Keys[:min(len(of.Keys), MaxVotes)] {
		v, err := tx.VoteRow(c, k)
		if errors.Is(err, store.ErrNotFound) {
			continue // taken back meanwhile
		}
		if err != nil {
			return nil, err
		}
		votes = append(votes, v)
	}
	return votes, nil
}

func effect(tx *store.Tx, c contest.ChallengeID, kind contest.LeafKind, votes []store.VoteRow) (e Effect, err error) {
	if e.More = len(votes) > MaxVotes; e.More {
		votes = votes[:MaxVotes]
	}
	board, err := tx.Tallies(c)
	if err != nil {
		return e, err
	}
	moves := map[contest.EntryNumber]*move{}
	for _, v := range votes {
		after, ok := v.State.After(kind)
		if !ok {
			e.Skipped++
			continue
		}
		e.Changed++
		m := moves[v.Entry]
		if m == nil {
			m = &move{}
			moves[v.Entry] = m
		}
		m.take(v, after)
	}
	after := slices.Clone(board)
	for i := range after {
		if m := moves[after[i].Number]; m != nil {
			if after[i].Tally, err = m.apply(tx, c, after[i]); err != nil {
				return e, err
			}
		}
	}
	e.Moves = compare(board, after, moves)
	return e, nil
}

// move is what happens to the votes of one entry.
type move struct {
	from, to []contest.Standing
	gone     map[int64]bool // positions of votes that count no longer
}

func (m *move) take(v store.VoteRow, after contest.VoteState) {
	from, to := v.Standing, v.Standing
	to.State = after
	m.from, m.to = append(m.from, from), append(m.to, to)
	if from.State == contest.Counted {
		if m.gone == nil {
			m.gone = map[int64]bool{}
		}
		m.gone[v.Position] = true
	}
}

// apply returns the tally of the entry after the move.
func (m *move) apply(tx *store.Tx, c contest.ChallengeID, s store.Standing) (contest.Tally, error) {
	t := s.Tally
	for _, v := range m.from {
		t.Remove(v)
	}
	if m.gone[t.Reached] {
		counted, err := tx.CountedVotes(c, s.Number, len(m.gone)+1)
		if err != nil {
			return t, err
		}
		t.Reached = 0
		for _, position := range counted {
			if !m.gone[position] {
				t.Reached = position
				break
			}
		}
	}
	for _, v := range m.to {
		t.Add(v)
	}
	return t, nil
}

// podium is how many first places are told of whenever they change, also where no vote for the entry does.
const podium = 3

// compare lists the entries that votes move, and those that come to the podium or leave it: these first, then those whose
// scores change most.
func compare(before, after []store.Standing, moved map[contest.EntryNumber]*move) (moves []Move) {
	rank, to := ranks(before), ranks(after)
	for i, b := range before {
		m := Move{b.Entry, b.Number, b.Tally, after[i].Tally, rank[b.Number], to[b.Number]}
		if moved[b.Number] != nil || m.first() {
			moves = append(moves, m)
		}
	}
	slices.SortStableFunc(moves, func(a, b Move) int {
		switch {
		case a.first() && b.first():
			return cmp.Compare(a.To, b.To)
		case a.first():
			return -1
		case b.first():
			return 1
		}
		return cmp.Compare(b.change(), a.change())
	})
	return moves
}

// first reports whether the entry changes a place on the podium.
func (m Move) first() bool {
	return m.Rank != m.To && (m.Rank > 0 && m.Rank <= podium || m.To > 0 && m.To <= podium)
}

// change is by how much the score changes, either way.
func (m Move) change() int64 { return max(m.After.Score-m.Before.Score, m.Before.Score-m.After.Score) }

// ranks are the places of published entries on a board, by their numbers: the higher score first; of equal ones the one that was
// reached first; of those the smaller number.
func ranks(board []store.Standing) map[contest.EntryNumber]int {
	shown := slices.DeleteFunc(slices.Clone(board), func(s store.Standing) bool { return s.Status != contest.Published })
	slices.SortFunc(shown, func(a, b store.Standing) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Reached, b.Reached), cmp.Compare(a.Number, b.Number))
	})
	places := make(map[contest.EntryNumber]int, len(shown))
	for i, s := range shown {
		places[s.Number] = i + 1
	}
	return places
}
