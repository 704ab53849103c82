package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"fanfare/server/contest"
	"fanfare/server/store"
)

const today = "2026-11-22"

var errLimit = errors.New("limit")

var voteClaims = map[string]func(*testing.T, Opener){
	"a vote raises score and version, and its leaf is where the score was reached": castOnce,
	"a second vote of the same fan, period and entry changes nothing":              castTwice,
	"the next period's vote counts beside the first":                               castNextPeriod,
	"a vote for an entry of another challenge is refused whole":                    castElsewhere,
	"a retracted vote leaves the score of the others, and where they reached it":   retract,
	"retracting no vote changes nothing":                                           retractNone,
	"of 200 identical votes at once exactly one counts":                            identicalVotes,
	"a limit of N lets exactly N of 5 N parallel votes through":                    parallelLimit,
	"what the database refuses of one vote is told its caller alone":               refusedVote,
	"what is read ahead for a vote is what stands at its turn":                     readAhead,
	"a storm of casts and retractions ends where a recount of the log ends":        storm,
	"a voter's own votes are listed by period":                                     votedEntries,
	"a candidate has what the rules of voting look at":                             candidate,
	"what a commit knew of an entry holds in the next one only if it still stands": candidateLater,
}

func castOnce(t *testing.T, open Opener) {
	var changes []contest.Change
	s := setStage(t, open, func(c []contest.Change) { changes = append(changes, c...) })
	e := s.entries(1, contest.Published)[0]
	changes = nil
	v := s.cast(s.ballot(e, "f_1"), today)
	want := contest.Change{Challenge: s.challenge.ID, Entry: e.ID, Number: 1, Score: 1, Reached: 1, Version: e.Version + 1, Visible: true}
	equal(t, "change", v.Change, want)
	same(t, "changes told", changes, []contest.Change{want})
	equal(t, "stored", s.read(e.ID).Change(), want)
	leaf := s.audited([]contest.Entry{e})[0]
	if leaf != v.Leaf || leaf.Kind != contest.Cast || leaf.Entry != e.Number || leaf.Voter != VoterOf("f_1") || leaf.Period != today || leaf.At.IsZero() {
		t.Errorf("got leaf %+v", leaf)
	}
}

func castTwice(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	first := s.cast(s.ballot(e, "f_1"), today)
	again := s.cast(s.ballot(e, "f_1"), today)
	equal(t, "second vote", again, store.Vote{Already: true, Change: first.Change, Leaf: contest.Leaf{Position: 1}})
	equal(t, "leaves", len(s.audited([]contest.Entry{e})), 1)
}

func castNextPeriod(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	s.cast(s.ballot(e, "f_1"), today)
	v := s.cast(s.ballot(e, "f_1"), "2026-11-23")
	equal(t, "score", v.Change.Score, 2)
	s.audited([]contest.Entry{e})
}

func castElsewhere(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	var other contest.Challenge
	s.update(func(tx *store.Tx) (err error) {
		other, err = tx.CreateChallenge(Draft(s.challenge.Campaign, "other", tx.Now()))
		return err
	})
	for _, challenge := range []contest.ChallengeID{other.ID, "ch_none"} {
		b := s.ballot(e, "f_1")
		b.Challenge = challenge
		s.refusedIn(challenge, store.ErrNotFound, func(tx *store.Tx) error { _, err := Cast(tx, b, today); return err })
		s.refusedIn(challenge, store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Retract(b, today); return err })
	}
	s.view(func(tx *store.Tx) error {
		leaves, err := tx.Leaves(other.ID)
		equal(t, "leaves of the other challenge", len(leaves), 0)
		return err
	})
	equal(t, "score", s.read(e.ID).Score, 0)
}

func retract(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	for _, voter := range []string{"f_1", "f_2", "f_3"} {
		s.cast(s.ballot(e, voter), today)
	}
	v := s.retract(s.ballot(e, "f_3"), today)
	equal(t, "score and reach", [2]int64{v.Change.Score, v.Change.Reached}, [2]int64{2, 2})
	equal(t, "version", v.Change.Version, e.Version+4)
	s.retract(s.ballot(e, "f_1"), today)
	v = s.retract(s.ballot(e, "f_2"), today)
	equal(t, "score and reach of no votes", [2]int64{v.Change.Score, v.Change.Reached}, [2]int64{})
	again := s.cast(s.ballot(e, "f_1"), today)
	equal(t, "reach of a vote cast again", again.Change.Reached, 7)
	s.audited([]contest.Entry{e})
}

func retractNone(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	first := s.cast(s.ballot(e, "f_1"), today)
	for _, period := range []string{"2026-11-21", "all"} {
		v := s.retract(s.ballot(e, "f_1"), period)
		equal(t, "retraction in "+period, v, store.Vote{Already: true, Change: first.Change})
	}
	equal(t, "leaves", len(s.audited([]contest.Entry{e})), 1)
}

func identicalVotes(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	var counted atomic.Int64
	together(200, func(int) {
		var v store.Vote
		err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) (err error) {
			v, err = Cast(tx, s.ballot(e, "f_1"), today)
			return err
		}, ahead(s.ballot(e, "f_1")))
		if err != nil {
			t.Error(err)
		} else if !v.Already {
			counted.Add(1)
		}
	})
	equal(t, "counted votes", counted.Load(), 1)
	equal(t, "score", s.read(e.ID).Score, 1)
	equal(t, "leaves", len(s.audited([]contest.Entry{e})), 1)
}

// parallelLimit judges as the use case does: count, refuse, cast, in one update.
func parallelLimit(t *testing.T, open Opener) {
	const limit = 7
	s := setStage(t, open, nil)
	entries := s.entries(5*limit, contest.Published)
	var counted, refused atomic.Int64
	together(len(entries), func(i int) {
		b := s.ballot(entries[i], "f_1")
		err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
			used, err := tx.Used(b, today, false)
			if err != nil {
				return err
			}
			if used.Period >= limit {
				return errLimit
			}
			_, err = Cast(tx, b, today)
			return err
		}, ahead(b))
		switch {
		case err == nil:
			counted.Add(1)
		case errors.Is(err, errLimit):
			refused.Add(1)
		default:
			t.Error(err)
		}
	})
	equal(t, "counted votes", counted.Load(), limit)
	equal(t, "refused votes", refused.Load(), 4*limit)
	equal(t, "leaves", len(s.audited(entries)), limit)
}

// readAhead lets votes for one entry share a commit with its rejection, and with a vote of the same fan.
func readAhead(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	release := s.held()
	var all sync.WaitGroup
	next := func(act func(*store.Tx) error) {
		all.Go(func() {
			if err := s.store.UpdateIn(context.Background(), s.challenge.ID, act, ahead(s.ballot(e, "f_1"))); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // it stands in the queue
	}
	sees := func(tx *store.Tx, status contest.Status, score int64, votes int) {
		got, err := tx.Candidate(e.ID)
		used, errUsed := tx.Used(s.ballot(e, "f_1"), today, true)
		if err != nil || errUsed != nil || got.Status != status || got.Score != score || used != (contest.Used{Period: votes, Entry: votes}) {
			t.Errorf("got %s with score %d and %+v votes of the fan (%v, %v), want %s, %d, %d", got.Status, got.Score, used, err, errUsed, status, score, votes)
		}
	}
	next(func(tx *store.Tx) error {
		sees(tx, contest.Published, 0, 0)
		_, err := Cast(tx, s.ballot(e, "f_1"), today)
		sees(tx, contest.Published, 1, 1)
		return err
	})
	next(func(tx *store.Tx) error {
		sees(tx, contest.Published, 1, 1)
		_, err := tx.Decide(e.ID, contest.Rejected, contest.OffTopic, "")
		return err
	})
	next(func(tx *store.Tx) error { sees(tx, contest.Rejected, 1, 1); return nil })
	next(func(tx *store.Tx) error {
		_, err := tx.Retract(s.ballot(e, "f_1"), today)
		sees(tx, contest.Rejected, 0, 0)
		return err
	})
	next(func(tx *store.Tx) error { sees(tx, contest.Rejected, 0, 0); return nil })
	release()
	all.Wait()
	s.audited([]contest.Entry{e})
	equal(t, "version", s.read(e.ID).Version, e.Version+3)
}

func storm(t *testing.T, open Opener) {
	const callers, rounds, voters = 16, 40, 5
	var mu sync.Mutex
	told := map[contest.EntryID]contest.Change{}
	s := setStage(t, open, func(changes []contest.Change) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range changes {
			if c.Score < 0 || c.Version <= told[c.Entry].Version {
				t.Errorf("change %+v told after %+v", c, told[c.Entry])
			}
			told[c.Entry] = c
		}
	})
	entries := s.entries(4, contest.Published)
	together(callers, func(caller int) {
		random := rand.New(rand.NewPCG(uint64(caller), 1))
		for range rounds {
			b := s.ballot(entries[random.IntN(len(entries))], fmt.Sprint("f_", random.IntN(voters)))
			err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
				if random.IntN(2) == 0 {
					_, err := tx.Retract(b, today)
					return err
				}
				_, err := Cast(tx, b, today)
				return err
			}, ahead(b))
			if err != nil {
				t.Error(err)
			}
		}
	})
	s.audited(entries)
	for _, e := range entries {
		equal(t, "last change told", told[e.ID], s.read(e.ID).Change())
	}
}

func votedEntries(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(3, contest.Published)
	s.cast(s.ballot(entries[0], "f_1"), today)
	s.cast(s.ballot(entries[1], "f_1"), "all")
	s.cast(s.ballot(entries[2], "f_2"), today)
	s.view(func(tx *store.Tx) error {
		in, err := tx.VotesOf(s.challenge.ID, VoterOf("f_1"), today)
		all, errAll := tx.VotesOf(s.challenge.ID, VoterOf("f_1"))
		same(t, "voted entries of a period, and of all", fmt.Sprint(ids(in), ids(all)), fmt.Sprint(ids(all[:1]), []contest.EntryID{entries[0].ID, entries[1].ID}))
		return errors.Join(err, errAll)
	})
}

func ids(votes []store.VoterVote) (ids []contest.EntryID) {
	for _, v := range votes {
		ids = append(ids, v.Entry)
	}
	return ids
}

func candidate(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(2, contest.Pending)[1]
	s.cast(s.ballot(e, "f_1"), today)
	want := contest.Entry{ID: e.ID, Challenge: e.Challenge, Number: 2, Fan: e.Fan, Status: contest.Pending, Score: 1, Version: 2, Reached: 1}
	s.view(func(tx *store.Tx) error {
		got, err := tx.Candidate(e.ID)
		same(t, "candidate", got, want)
		if _, missing := tx.Candidate("e_none"); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for an unknown entry, want not found", missing)
		}
		return err
	})
}

// candidateLater votes for an entry that, between two votes, has one undone, is rejected, and is voted for elsewhere.
func candidateLater(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(2, contest.Published)[0]
	sees := func(status contest.Status, score, version int64) {
		t.Helper()
		s.update(func(tx *store.Tx) error {
			got, err := tx.Candidate(e.ID)
			equal(t, "candidate", fmt.Sprint(got.Status, got.Score, got.Version), fmt.Sprint(status, score, version))
			_, missing := tx.Candidate("e_later")
			equal(t, "an entry that is not there", errors.Is(missing, store.ErrNotFound), true)
			return err
		})
	}
	s.cast(s.ballot(e, "f_1"), today)
	sees(contest.Published, 1, 2)
	s.refused(errOurs, func(tx *store.Tx) error {
		if _, err := Cast(tx, s.ballot(e, "f_2"), today); err != nil {
			return err
		}
		return errOurs
	})
	sees(contest.Published, 1, 2)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Decide(e.ID, contest.Rejected, contest.OffTopic, "")
		return err
	})
	sees(contest.Rejected, 1, 3)
	s.rule(contest.Hold, "b_1", key(e, "f_1"))
	sees(contest.Rejected, 0, 4)
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertEntry(contest.Entry{ID: "e_later", Challenge: s.challenge.ID, Fan: e.Fan, Status: contest.Published})
		return err
	})
	s.cast(s.ballot(contest.Entry{ID: "e_later"}, "f_1"), today)
	s.audited([]contest.Entry{e})
}

// together runs act n times at once and waits for all.
func together(n int, act func(i int)) {
	var start, all sync.WaitGroup
	start.Add(1)
	for i := range n {
		all.Go(func() {
			start.Wait()
			act(i)
		})
	}
	start.Done()
	all.Wait()
}

// refusedVote has the database refuse what only the commit writes: a vote that a constraint of somebody else's forbids.
func refusedVote(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(2, contest.Published)
	s.cast(s.ballot(entries[0], "f_refused"), today)
	err := s.store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("CREATE UNIQUE INDEX votes_once ON votes (voter)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	cast := func(voter string) error {
		return s.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error {
			_, err := Cast(tx, s.ballot(entries[1], voter), today)
			return err
		})
	}
	errs := make([]error, 40)
	var voters sync.WaitGroup
	for i := range errs {
		voter := fmt.Sprint("f_", i)
		if i == 20 {
			voter = "f_refused"
		}
		voters.Go(func() { errs[i] = cast(voter) })
	}
	voters.Wait()
	for i, err := range errs {
		switch {
		case i == 20 && !errors.Is(err, store.ErrConflict):
			t.Errorf("the refused vote: got %v, want a conflict", err)
		case i != 20 && err != nil:
			t.Errorf("a vote beside it: got %v", err)
		}
	}
	equal(t, "score", s.read(entries[1].ID).Score, int64(len(errs)-1))
}
