package storetest

import (
	"errors"
	"slices"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var pageClaims = map[string]func(*testing.T, Opener){
	"pages of the newest follow on each other while entries arrive":    pagesNewest,
	"pages of a shuffle hold each entry once, in an order of the seed": pagesShuffled,
	"the newest entries of a city are listed by themselves":            pagesOfCity,
	"pages hold the statuses asked for":                                pagesFiltered,
	"a cursor that is none of ours is refused":                         pagesCursor,
	"the queue of all challenges begins with the longest wait":         queueOrder,
}

var published = []contest.Status{contest.Published}

// pages walks through all pages of a query and returns the entries' numbers.
func (s *stage) pages(q store.EntryQuery, between func()) (numbers []contest.EntryNumber) {
	s.Helper()
	q.Challenge = s.challenge.ID
	for range 100 {
		s.view(func(tx *store.Tx) error {
			page, err := tx.EntriesPage(q)
			if len(page.Entries) > q.Limit {
				s.Errorf("got a page of %d, limit %d", len(page.Entries), q.Limit)
			}
			for _, e := range page.Entries {
				numbers = append(numbers, e.Number)
			}
			q.After = page.Next
			return err
		})
		if q.After == "" {
			return numbers
		}
		between()
	}
	s.Fatal("the pages have no end")
	return nil
}

func nothing() {}

func pagesNewest(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.entries(7, contest.Published)
	got := s.pages(store.EntryQuery{Statuses: published, Sort: store.Newest, Limit: 3}, func() { s.entries(1, contest.Published) })
	same(t, "numbers", got, []contest.EntryNumber{7, 6, 5, 4, 3, 2, 1})
}

func pagesOfCity(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.entries(2, contest.Published)
	fan := s.fan("b")
	s.update(func(tx *store.Tx) error {
		for range 3 {
			if _, err := tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, City: "wuhan", Status: contest.Published}); err != nil {
				return err
			}
		}
		return nil
	})
	got := s.pages(store.EntryQuery{Statuses: published, City: "wuhan", Sort: store.Newest, Limit: 2}, nothing)
	same(t, "numbers", got, []contest.EntryNumber{5, 4, 3})
}

func pagesShuffled(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.entries(40, contest.Published)
	shuffle := func(seed uint64, limit int) []contest.EntryNumber {
		return s.pages(store.EntryQuery{Statuses: published, Sort: store.Shuffle, Seed: seed, Limit: limit}, nothing)
	}
	first := shuffle(1, 7)
	same(t, "the same seed in other pages", shuffle(1, 100), first)
	if second := shuffle(1<<63+5, 7); slices.Equal(first, second) {
		t.Errorf("two seeds gave one order: %v", first)
	}
	sorted := slices.Sorted(slices.Values(first))
	equal(t, "entries", len(slices.Compact(sorted)), 40)
	strides := map[int]bool{}
	for i := 1; i < len(first); i++ {
		strides[int(first[i])-int(first[i-1])] = true
	}
	if len(strides) < 15 {
		t.Errorf("a shuffle of 40 has only %d strides: %v", len(strides), first)
	}
}

func pagesFiltered(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.entries(2, contest.Published)
	s.entries(2, contest.Rejected)
	s.entries(1, contest.Pending)
	for _, sort := range []store.Sort{store.Newest, store.Shuffle} {
		both := s.pages(store.EntryQuery{Statuses: []contest.Status{contest.Published, contest.Pending}, Sort: sort, Limit: 2}, nothing)
		slices.Sort(both)
		same(t, "published and pending", both, []contest.EntryNumber{1, 2, 5})
		none := s.pages(store.EntryQuery{Statuses: []contest.Status{contest.Withdrawn}, Sort: sort, Limit: 2}, nothing)
		equal(t, "withdrawn", len(none), 0)
	}
}

func pagesCursor(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for _, cursor := range []string{"x", "1", "1.", ".1", "1.2.3", "' OR 1=1", "zzzzzzzzzzzzzzzzzzzz.1"} {
		s.view(func(tx *store.Tx) error {
			_, err := tx.EntriesPage(store.EntryQuery{Challenge: s.challenge.ID, Statuses: published, After: cursor, Limit: 1})
			if !errors.Is(err, store.ErrCursor) {
				t.Errorf("cursor %q: got %v, want a malformed cursor", cursor, err)
			}
			return nil
		})
	}
}

func queueOrder(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	waiting := s.entries(2, contest.Pending)
	s.entries(1, contest.Published)
	s.update(func(tx *store.Tx) (err error) {
		s.challenge, err = tx.CreateChallenge(Draft(s.challenge.Campaign, "other", tx.Now()))
		return err
	})
	waiting = append(waiting, s.entries(1, contest.Pending)...)
	slices.SortFunc(waiting, func(a, b contest.Entry) int {
		if c := a.SubmittedAt.Compare(b.SubmittedAt); c != 0 {
			return c
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	s.view(func(tx *store.Tx) error {
		got, err := tx.Queue([]contest.Status{contest.Pending}, 10)
		same(t, "queue", got, waiting)
		front, errFront := tx.Queue([]contest.Status{contest.Pending}, 1)
		same(t, "front of the queue", front, waiting[:1])
		n, errCount := tx.CountQueue([]contest.Status{contest.Pending, contest.Published})
		equal(t, "length of the queue", n, len(waiting)+1)
		return errors.Join(err, errFront, errCount)
	})
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertTakedown(contest.Takedown{Entry: waiting[0].ID, Hid: true})
		_, errFiled := tx.InsertTakedown(contest.Takedown{Entry: waiting[1].ID})
		return errors.Join(err, errFiled)
	})
	s.view(func(tx *store.Tx) error {
		got, err := tx.Queue([]contest.Status{contest.Pending}, 10)
		equal(t, "entries in the queue that no takedown hides", len(got), len(waiting)-1)
		n, errCount := tx.CountQueue([]contest.Status{contest.Pending})
		equal(t, "their number", n, len(waiting)-1)
		return errors.Join(err, errCount)
	})
}
