package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"fanfare/server/contest"
)

// event is one cast or retraction as its voter saw it.
type event struct {
	method     string
	began, end time.Time
	index      int64 // of the leaf in its receipt; -1 for none
}

// CHECKS 17: whoever votes at two windows at once finds that everything happened in one order, that of the log: each answer is
// true of some moment between request and answer.
func TestAVoterAtTwoWindowsFindsOneOrderOfEvents(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 3 })
	const fans, windows, acts = 8, 2, 25
	ids := i.publishedPhotos(3)
	var mu sync.Mutex // guards events
	events := map[string][]event{}
	var all sync.WaitGroup
	for fan := range fans {
		token := i.guest()
		for window := range windows {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(fan), uint64(window)))
				for range acts {
					id, e := ids[random.IntN(len(ids))], event{method: []string{"PUT", "DELETE"}[random.IntN(2)], index: -1, began: time.Now()}
					r := i.vote(e.method, id, token)
					e.end = time.Now()
					var answer struct{ Receipt *receipt }
					if err := json.Unmarshal([]byte(r.Text), &answer); err != nil || r.Status != http.StatusOK {
						t.Errorf("%s: %d %s", e.method, r.Status, r.Text)
					}
					if answer.Receipt != nil {
						e.index = *answer.Receipt.Index
					}
					mu.Lock()
					events[fmt.Sprint(token, " ", id)] = append(events[fmt.Sprint(token, " ", id)], e)
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	leaves := i.leaves()
	if _, err := contest.Recount(leaves); err != nil {
		t.Error(err)
	}
	told := 0
	for vote, list := range events {
		told += inOrder(t, vote, list, leaves)
	}
	if told != len(leaves) {
		t.Errorf("voters were told of %d leaves, the log has %d", told, len(leaves))
	}
}

// inOrder holds that the events of one vote can have happened in the order of the log, and returns how many leaves they wrote.
func inOrder(t *testing.T, vote string, list []event, leaves []contest.Leaf) int {
	t.Helper()
	stood := map[int64]bool{-1: false} // whether the vote stood after each of its leaves
	for _, e := range list {
		if e.index >= 0 {
			stood[e.index] = leaves[e.index].Kind == contest.Cast
		}
	}
	for _, e := range list {
		if want := e.method == "PUT"; e.index >= 0 && stood[e.index] != want {
			t.Errorf("%s: the receipt of %s is of a %s", vote, e.method, leaves[e.index].Kind)
		}
		first, last := int64(-1), int64(len(leaves)) // what had been written before it began, and after it ended
		for _, other := range list {
			if other.end.Before(e.began) {
				first = max(first, other.index)
			}
			if other.began.After(e.end) && other.index >= 0 && leaves[other.index].Kind != kindOf(e.method) {
				last = min(last, other.index)
			}
		}
		if !slices.ContainsFunc(between(stood, first, last), func(index int64) bool { return stood[index] == (e.method == "PUT") }) {
			t.Errorf("%s: %s, answered with leaf %d, is true at no moment between leaves %d and %d", vote, e.method, e.index, first, last)
		}
		if e.index >= 0 && (e.index < first || e.index >= last) {
			t.Errorf("%s: %s was answered with leaf %d, between leaves %d and %d", vote, e.method, e.index, first, last)
		}
	}
	return len(stood) - 1
}

// kindOf is the leaf that a method writes.
func kindOf(method string) contest.LeafKind {
	if method == "PUT" {
		return contest.Cast
	}
	return contest.Retract
}

// between lists the leaves of a vote from one to before another.
func between(stood map[int64]bool, first, last int64) (indexes []int64) {
	for index := range stood {
		if index >= first && index < last {
			indexes = append(indexes, index)
		}
	}
	return indexes
}
