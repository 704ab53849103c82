package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// replicas are two stores over one database, on machines whose clocks are wrong in opposite ways.
func replicas(t *testing.T) (stores [2]*store.Store, challenge contest.ChallengeID, entries []contest.EntryID) {
	t.Helper()
	address := shared.Server(t).NewDatabase(t)
	stores[0] = storetest.OpenPostgres(t, address, nil, store.WithSkew(time.Hour))
	stores[1] = storetest.OpenPostgres(t, address, nil, store.WithSkew(-time.Hour))
	challenge, entries, err := field(t.Context(), stores[0], 8)
	if err != nil {
		t.Fatal(err)
	}
	return stores, challenge, entries
}

// CHECKS 17, on two replicas.
func TestAStormOnTwoReplicasEndsWhereARecountEnds(t *testing.T) {
	const callers, rounds, fans = 16, 40, 6
	stores, challenge, entries := replicas(t)
	var all sync.WaitGroup
	for caller := range callers {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(caller), 2))
			for range rounds {
				b := storetest.Ballot(challenge, entries[random.IntN(len(entries))], fmt.Sprint("f_", random.IntN(fans)))
				retract := random.IntN(2) == 0
				err := stores[caller%2].UpdateIn(context.Background(), challenge, func(tx *store.Tx) error {
					if retract {
						_, err := tx.Retract(b, "all")
						return err
					}
					_, err := storetest.Cast(tx, b, "all")
					return err
				}, store.Ballot{Entry: b.Entry, Voter: b.Voter, Period: func(time.Time) string { return "all" }})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var leaves []contest.Leaf
	err := stores[0].View(t.Context(), func(tx *store.Tx) error {
		var err error
		if leaves, err = tx.Leaves(challenge); err != nil {
			return err
		}
		return compareTallies(t, tx, challenge, leaves)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range leaves {
		if l.Position != int64(i+1) || i > 0 && l.At.Before(leaves[i-1].At) {
			t.Fatalf("leaf %d has position %d and time %v", i+1, l.Position, l.At)
		}
	}
}

// CHECKS 16, on two replicas.
func TestOfIdenticalVotesOnTwoReplicasOneCounts(t *testing.T) {
	stores, challenge, entries := replicas(t)
	var counted atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			b := storetest.Ballot(challenge, entries[0], "f_1")
			var v store.Vote
			err := stores[i%2].UpdateIn(context.Background(), challenge, func(tx *store.Tx) (err error) { v, err = storetest.Cast(tx, b, "all"); return err })
			if err != nil {
				t.Error(err)
			} else if !v.Already {
				counted.Add(1)
			}
		})
	}
	all.Wait()
	if counted.Load() != 1 {
		t.Errorf("%d counted", counted.Load())
	}
	recount(t, stores[1], challenge, entries, map[string]bool{noteOf(storetest.Ballot(challenge, entries[0], "f_1")): true}, nil)
}

// CHECKS 16, on two replicas.
func TestALimitHoldsOnTwoReplicas(t *testing.T) {
	const limit = 5
	stores, challenge, entries := replicas(t)
	errLimit := errors.New("limit")
	var counted atomic.Int64
	var all sync.WaitGroup
	for i := range 8 * limit {
		all.Go(func() {
			b := storetest.Ballot(challenge, entries[i%len(entries)], "f_1")
			var v store.Vote
			err := stores[i%2].UpdateIn(context.Background(), challenge, func(tx *store.Tx) error {
				used, err := tx.Used(b, "all", false)
				if err != nil {
					return err
				}
				if used.Period >= limit {
					return errLimit
				}
				v, err = storetest.Cast(tx, b, "all")
				return err
			}, store.Ballot{Entry: b.Entry, Voter: b.Voter, Period: func(time.Time) string { return "all" }})
			switch {
			case err == nil && !v.Already:
				counted.Add(1)
			case err != nil && !errors.Is(err, errLimit):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if counted.Load() != limit {
		t.Errorf("%d counted, want %d", counted.Load(), limit)
	}
}

// CHECKS 18.
func TestReplicasWithWrongClocksHaveTheDatabasesTime(t *testing.T) {
	const near = 5 * time.Second // a busy machine's pauses, far from the hours that the clocks are wrong by
	stores, challenge, _ := replicas(t)
	for i, s := range stores {
		now := func(tx *store.Tx) error {
			if off := time.Since(tx.Now()).Abs(); off > near {
				t.Errorf("replica %d is %v off", i, off)
			}
			return nil
		}
		for what, err := range map[string]error{
			"view": s.View(t.Context(), now), "update": s.Update(t.Context(), now), "update of a challenge": s.UpdateIn(t.Context(), challenge, now),
		} {
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
}

func TestEntriesOfTwoReplicasAreNumberedWithoutGaps(t *testing.T) {
	const each = 20
	stores, challenge, entries := replicas(t)
	var fan contest.FanID
	err := stores[0].View(t.Context(), func(tx *store.Tx) error {
		e, err := tx.Entry(entries[0])
		fan = e.Fan
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[contest.EntryNumber]bool{}
	var all sync.WaitGroup
	for i := range 2 * each {
		all.Go(func() {
			var e contest.Entry
			err := stores[i%2].UpdateIn(context.Background(), challenge, func(tx *store.Tx) (err error) {
				e, err = tx.InsertEntry(contest.Entry{Challenge: challenge, Fan: fan, Status: contest.Pending})
				return err
			})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			seen[e.Number] = true
		})
	}
	all.Wait()
	for n := range 2 * each {
		if number := contest.EntryNumber(len(entries) + n + 1); !seen[number] {
			t.Errorf("number %d was not given", number)
		}
	}
}
