package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var rulingClaims = map[string]func(*testing.T, Opener){
	"a fan has one pseudonym in a challenge, and another in another":    pseudonyms,
	"a held vote does not count until it is released":                   holdAndRelease,
	"a ruling changes each vote once, and skips what it cannot change":  skips,
	"a held vote that is taken back and cast again is held":             heldAgain,
	"undoing a batch leads back to the same totals, and again forth":    undoAndRedo,
	"undoing leaves alone what was decided about since":                 undoLater,
	"a vote weighs what it was cast with":                               weights,
	"votes for an entry are counted over all periods":                   perEntry,
	"concealed votes show nowhere until they are shown":                 concealed,
	"what is revealed is certified, once, and shows from then on":       revealed,
	"the leaves behind a position come in order":                        leavesAfter,
	"random histories of votes and decisions count as a small model":    histories,
	"5,000 votes are excluded and brought back to the exact same board": excludeThousands,
}

// rule is a ruling of the stage's challenge by its rules.
func (s *stage) rule(kind contest.LeafKind, batch contest.BatchID, keys ...contest.VoteKey) (r store.Ruled) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		r, err = tx.RuleVotes(s.challenge.ID, store.Ruling{Kind: kind, Keys: keys, Reason: contest.Burst, Actor: contest.RulesActor, Batch: batch})
		return err
	})
	return r
}

func (s *stage) undo(batch, by contest.BatchID) (r store.Ruled) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		r, err = tx.UndoVotes(s.challenge.ID, batch, contest.StaffActor("s_1"), by)
		return err
	})
	return r
}

// key names a voter's vote of today.
func key(e contest.Entry, voter string) contest.VoteKey {
	return contest.VoteKey{Entry: e.Number, Voter: VoterOf(voter), Period: today}
}

// tally is an entry's true one.
func (s *stage) tally(e contest.Entry) (t contest.Tally) {
	s.Helper()
	for _, is := range s.tallies() {
		if is.Entry == e.ID {
			t = is.Tally
		}
	}
	return t
}

func (s *stage) tallies() (all []store.Standing) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		all, err = tx.Tallies(s.challenge.ID)
		return err
	})
	return all
}

func pseudonyms(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan, other := s.fan("one"), s.fan("two")
	var first, again, second, elsewhere contest.VoterID
	s.update(func(tx *store.Tx) error {
		if _, err := tx.Voter(s.challenge.ID, fan.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("before the first sight: got %v, want not found", err)
		}
		return nil
	})
	for _, c := range []struct {
		voter     *contest.VoterID
		challenge contest.ChallengeID
		fan       contest.FanID
	}{{&first, s.challenge.ID, fan.ID}, {&again, s.challenge.ID, fan.ID}, {&second, s.challenge.ID, other.ID}, {&elsewhere, "ch_other", fan.ID}} {
		s.update(func(tx *store.Tx) (err error) {
			*c.voter, err = tx.VoterFor(c.challenge, c.fan)
			return err
		})
		if !c.voter.Valid() {
			t.Errorf("%q is no pseudonym", *c.voter)
		}
	}
	if first != again || first == second || first == elsewhere {
		t.Errorf("got %s, then %s; another fan %s, another challenge %s", first, again, second, elsewhere)
	}
	s.view(func(tx *store.Tx) error {
		found, err := tx.FanOf(s.challenge.ID, first)
		equal(t, "whose it is", found, fan.ID)
		if _, missing := tx.FanOf("ch_other", first); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("whose it is elsewhere: got %v, want not found", missing)
		}
		return err
	})
}

func holdAndRelease(t *testing.T, open Opener) {
	var told []contest.Change
	s := setStage(t, open, func(c []contest.Change) { told = c })
	e := s.entries(1, contest.Published)[0]
	s.cast(s.ballot(e, "f_1"), today)
	last := s.cast(s.ballot(e, "f_2"), today)
	for _, c := range []struct {
		kind contest.LeafKind
		want contest.Tally
	}{
		{contest.Hold, contest.Tally{Score: 1, Votes: 1, Reached: 1, Held: 1}},
		{contest.Release, contest.Tally{Score: 2, Votes: 2, Reached: 2}},
		{contest.Exclude, contest.Tally{Score: 1, Votes: 1, Reached: 1, Excluded: 1}},
		{contest.Restore, contest.Tally{Score: 2, Votes: 2, Reached: 2}},
	} {
		told = nil
		equal(t, string(c.kind), s.rule(c.kind, "b_1", key(e, "f_2")), store.Ruled{Changed: 1})
		equal(t, "tally after "+string(c.kind), s.tally(e), c.want)
		want := last.Change
		want.Score, want.Reached, want.Version = c.want.Score, c.want.Reached, s.read(e.ID).Version
		same(t, "told of "+string(c.kind), told, []contest.Change{want})
	}
	leaves := s.audited([]contest.Entry{e})
	hold := leaves[2]
	hold.At = time.Time{}
	equal(t, "leaf", hold, contest.Leaf{
		Position: 3, Kind: contest.Hold, Entry: 1, Voter: VoterOf("f_2"), Period: today, Reason: contest.Burst, Actor: contest.RulesActor,
	})
	equal(t, "leaves", len(leaves), 6)
	equal(t, "versions", s.read(e.ID).Version, last.Change.Version+4)
}

func skips(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(2, contest.Published)
	one, two := key(entries[0], "f_1"), key(entries[1], "f_1")
	s.cast(s.ballot(entries[0], "f_1"), today)
	s.cast(s.ballot(entries[1], "f_1"), today)
	never := []contest.VoteKey{key(entries[0], "f_2"), {Entry: 99, Voter: one.Voter, Period: today}, {Entry: 1, Voter: "a\x00b", Period: today}}
	equal(t, "holding", s.rule(contest.Hold, "b_1", append(never, one, one, two)...), store.Ruled{Changed: 2, Skipped: 2})
	equal(t, "holding again", s.rule(contest.Hold, "b_2", one), store.Ruled{Skipped: 1})
	equal(t, "restoring what is held", s.rule(contest.Restore, "b_2", one), store.Ruled{Skipped: 1})
	equal(t, "nothing", s.rule(contest.Hold, "b_2"), store.Ruled{})
	equal(t, "excluding what is held", s.rule(contest.Exclude, "b_3", one), store.Ruled{Changed: 1})
	equal(t, "undoing no batch", s.undo("b_none", "b_4"), store.Ruled{})
	equal(t, "leaves", len(s.audited(entries)), 5)
	err := s.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error {
		_, err := tx.RuleVotes(s.challenge.ID, store.Ruling{Kind: contest.Cast, Keys: []contest.VoteKey{one}})
		return err
	})
	if err == nil {
		t.Error("casting was taken for a ruling")
	}
}

func heldAgain(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	b := s.ballot(e, "f_1")
	s.cast(b, today)
	s.rule(contest.Hold, "b_1", key(e, "f_1"))
	s.retract(b, today)
	equal(t, "tally of none", s.tally(e), contest.Tally{})
	v := s.cast(b, today)
	equal(t, "score", v.Change.Score, 0)
	equal(t, "tally", s.tally(e), contest.Tally{Held: 1})
	s.update(func(tx *store.Tx) error {
		is, err := tx.VoteOf(b, today)
		equal(t, "vote", is, contest.Standing{Position: 4, Weight: 1, State: contest.Held})
		return err
	})
	s.retract(b, today)
	equal(t, "excluding one that was taken back", s.rule(contest.Exclude, "b_2", key(e, "f_1")), store.Ruled{Changed: 1})
	s.cast(b, today)
	equal(t, "tally of an excluded one", s.tally(e), contest.Tally{Excluded: 1})
	s.rule(contest.Restore, "b_3", key(e, "f_1"))
	equal(t, "tally of a restored one", s.tally(e), contest.Tally{Score: 1, Votes: 1, Reached: 7})
	s.audited([]contest.Entry{e})
}

func undoAndRedo(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(3, contest.Published)
	var keys []contest.VoteKey
	for _, voter := range []string{"f_1", "f_2", "f_3"} {
		for _, e := range entries {
			s.cast(s.ballot(e, voter), today)
			keys = append(keys, key(e, voter))
		}
	}
	s.rule(contest.Hold, "b_hold", keys[:4]...)
	before := s.tallies()
	equal(t, "exclusion", s.rule(contest.Exclude, "b_out", keys[2:7]...), store.Ruled{Changed: 5})
	out := s.tallies()
	equal(t, "undo", s.undo("b_out", "b_undo"), store.Ruled{Changed: 5})
	same(t, "tallies after undoing", s.tallies(), before)
	equal(t, "undoing the undo", s.undo("b_undo", "b_redo"), store.Ruled{Changed: 5})
	same(t, "tallies after undoing the undo", s.tallies(), out)
	equal(t, "and once more", s.undo("b_redo", "b_last"), store.Ruled{Changed: 5})
	same(t, "tallies at the end", s.tallies(), before)
	for _, l := range s.audited(entries)[18:] {
		if l.Reason != contest.Undone || l.Actor != contest.StaffActor("s_1") {
			t.Errorf("a leaf of undoing is %+v", l)
		}
	}
}

func undoLater(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	for _, voter := range []string{"f_1", "f_2", "f_3"} {
		s.cast(s.ballot(e, voter), today)
	}
	one, two, three := key(e, "f_1"), key(e, "f_2"), key(e, "f_3")
	s.rule(contest.Hold, "b_1", one, two, three)
	s.rule(contest.Exclude, "b_2", one)
	s.rule(contest.Release, "b_3", two)
	s.rule(contest.Hold, "b_4", two)
	equal(t, "undo of the first batch", s.undo("b_1", "b_5"), store.Ruled{Changed: 1, Skipped: 2})
	equal(t, "tally", s.tally(e), contest.Tally{Score: 1, Votes: 1, Reached: 3, Held: 1, Excluded: 1})
	equal(t, "undo again", s.undo("b_1", "b_6"), store.Ruled{Skipped: 3})
	equal(t, "undo of the second", s.undo("b_2", "b_7"), store.Ruled{Changed: 1})
	equal(t, "tally then", s.tally(e), contest.Tally{Score: 1, Votes: 1, Reached: 3, Held: 2})
	s.audited([]contest.Entry{e})
}

func weights(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	for voter, weight := range map[string]int{"f_1": 10, "f_2": 3} {
		s.update(func(tx *store.Tx) error {
			b := s.ballot(e, voter)
			b.Class = contest.JuryVoter
			v, err := tx.Cast(b, today, weight, store.Origin{Source: "here", Agent: "this"})
			equal(t, "weight in the leaf", v.Leaf.Weight, weight)
			equal(t, "class in the leaf", v.Leaf.Class, contest.JuryVoter)
			return err
		})
	}
	equal(t, "score", s.read(e.ID).Score, 13)
	s.rule(contest.Hold, "b_1", key(e, "f_1"))
	equal(t, "score without the heavy one", s.read(e.ID).Score, 3)
	s.retract(s.ballot(e, "f_2"), today)
	equal(t, "tally", s.tally(e), contest.Tally{Held: 1})
	s.view(func(tx *store.Tx) error {
		votes, err := tx.VotesOf(s.challenge.ID, VoterOf("f_1"))
		if err == nil && (len(votes) != 1 || votes[0].Weight != 10 || votes[0].Class != contest.JuryVoter || votes[0].State != contest.Held) {
			t.Errorf("got %+v", votes)
		}
		return err
	})
	s.audited([]contest.Entry{e})
}

func perEntry(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(2, contest.Published)
	b := s.ballot(entries[0], "f_1")
	s.cast(b, "2026-11-20")
	s.cast(b, "2026-11-21")
	s.cast(s.ballot(entries[1], "f_1"), today)
	used := func(tx *store.Tx, everywhere bool, want contest.Used) {
		got, err := tx.Used(b, today, everywhere)
		if err != nil || got != want {
			t.Errorf("got %+v (%v), want %+v", got, err, want)
		}
	}
	s.update(func(tx *store.Tx) error {
		used(tx, false, contest.Used{Period: 1})
		used(tx, true, contest.Used{Period: 1, Entry: 2})
		_, err := Cast(tx, b, today)
		used(tx, true, contest.Used{Period: 2, Entry: 3})
		_, errBack := tx.Retract(b, "2026-11-20")
		used(tx, true, contest.Used{Period: 2, Entry: 2})
		return errors.Join(err, errBack)
	})
	s.update(func(tx *store.Tx) error { used(tx, true, contest.Used{Period: 2, Entry: 2}); return nil })
}

func leavesAfter(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(5, contest.Published)
	for _, e := range entries {
		s.cast(s.ballot(e, "f_1"), today)
	}
	s.view(func(tx *store.Tx) error {
		for _, c := range []struct {
			after int64
			limit int
			want  string
		}{{0, 2, "[1 2]"}, {2, 2, "[3 4]"}, {4, 2, "[5]"}, {5, 2, "[]"}, {0, 9, "[1 2 3 4 5]"}} {
			leaves, err := tx.LeavesAfter(s.challenge.ID, c.after, c.limit)
			if err != nil {
				return err
			}
			positions := make([]int64, len(leaves))
			for i, l := range leaves {
				positions[i] = l.Position
			}
			equal(t, fmt.Sprint(c.limit, " leaves after ", c.after), fmt.Sprint(positions), c.want)
		}
		return nil
	})
}

// excludeThousands is CHECKS 25 without the clock.
func excludeThousands(t *testing.T, open Opener) {
	const voters, excluded = 1200, 5000
	s := setStage(t, open, nil)
	entries := s.entries(5, contest.Published)
	var keys []contest.VoteKey
	for first := 0; first < voters; first += 100 {
		s.update(func(tx *store.Tx) error {
			for n := first; n < first+100; n++ {
				for _, e := range entries {
					if _, err := Cast(tx, s.ballot(e, fmt.Sprint("f_", n)), today); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	for n := range voters {
		for _, e := range entries {
			keys = append(keys, key(e, fmt.Sprint("f_", n)))
		}
	}
	random := rand.New(rand.NewPCG(25, 25))
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	s.rule(contest.Hold, "b_hold", keys[:100]...)
	before := s.tallies()
	equal(t, "exclusion", s.rule(contest.Exclude, "b_out", keys[:excluded]...), store.Ruled{Changed: excluded})
	equal(t, "undo", s.undo("b_out", "b_undo"), store.Ruled{Changed: excluded})
	same(t, "tallies", s.tallies(), before)
	s.audited(entries)
}
