package storetest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var entryClaims = map[string]func(*testing.T, Opener){
	"an entry comes back as it was stored":                          entryReturns,
	"entries of a challenge are numbered from 1 without gaps":       entryNumbers,
	"a decision raises the version and is told":                     decisionTold,
	"the photo is stored with the status that follows":              photoStored,
	"only published entries are on the board":                       boardVisible,
	"withdrawn and rejected entries do not count against the limit": entriesCounted,
	"a fan's entries are listed, the newest first":                  entriesOfFan,
	"a fan has one open report of an entry":                         reports,
	"entries and votes are written in an update of their challenge": ownUpdate,
}

var photo = contest.Photo{
	Width: 4000, Height: 3000, ThumbHash: "abc=", Perceptual: "0123456789abcdef",
	Renditions: []contest.Rendition{{Name: "2048", Key: "ab/cd", Width: 2048, Height: 1536, Bytes: 7, SHA256: "00"}},
	Capture:    contest.Capture{Make: "Xiaomi", Model: "14 Ultra", ISO: 1600},
}

func entryReturns(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := contest.Entry{
		Challenge: s.challenge.ID, Fan: s.fan("a").ID, Author: "阿明", Caption: "雾都 #夜景", Tags: []string{"夜景"},
		City: "chongqing", Partner: "leica", Status: contest.Processing, Original: "o/1", SHA256: "ff", Consents: []contest.ConsentID{"c_1"},
		SharePlace: true,
	}
	s.update(func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(e)
		return err
	})
	if e.ID == "" || e.SubmittedAt.IsZero() {
		t.Errorf("got entry %q of %v, want an identifier and a time", e.ID, e.SubmittedAt)
	}
	same(t, "entry", s.read(e.ID), e)
	s.view(func(tx *store.Tx) error {
		byNumber, err := tx.EntryByNumber(s.challenge.ID, e.Number)
		same(t, "entry by number", byNumber, e)
		byIDs, errIDs := tx.EntriesByIDs([]contest.EntryID{"e_none", e.ID})
		same(t, "entries by identifiers", byIDs, []contest.Entry{e})
		if _, missing := tx.Entry("e_none"); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for an unknown entry, want not found", missing)
		}
		return errors.Join(err, errIDs)
	})
}

func entryNumbers(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("a")
	var mu sync.Mutex
	var numbers []contest.EntryNumber
	together(20, func(i int) {
		var number contest.EntryNumber
		err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
			e, err := tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Status: contest.Pending})
			number = e.Number
			if i%4 == 0 {
				err = errors.Join(err, errLimit) // undone: its number is given to the next
			}
			return err
		})
		switch {
		case err == nil:
			mu.Lock()
			defer mu.Unlock()
			numbers = append(numbers, number)
		case !errors.Is(err, errLimit):
			t.Error(err)
		}
	})
	slices.Sort(numbers)
	want := make([]contest.EntryNumber, 15)
	for i := range want {
		want[i] = contest.EntryNumber(i + 1)
	}
	same(t, "numbers", numbers, want)
	s.refusedIn("ch_none", store.ErrNotFound, func(tx *store.Tx) error {
		_, err := tx.InsertEntry(contest.Entry{Challenge: "ch_none", Fan: fan.ID})
		return err
	})
}

func decisionTold(t *testing.T, open Opener) {
	var changes []contest.Change
	s := setStage(t, open, func(c []contest.Change) { changes = append(changes, c...) })
	e := s.entries(1, contest.Pending)[0]
	changes = nil
	s.update(func(tx *store.Tx) error { _, err := tx.Decide(e.ID, contest.Published, "", ""); return err })
	s.cast(s.ballot(e, "f_1"), today)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Decide(e.ID, contest.Rejected, contest.OffTopic, "日景")
		return err
	})
	place := contest.Change{Challenge: s.challenge.ID, Entry: e.ID, Number: 1, Version: 2, Visible: true}
	voted, hidden := place, place
	voted.Version, voted.Score, voted.Reached = 3, 1, 1
	hidden.Version, hidden.Score, hidden.Reached, hidden.Visible = 4, 1, 1, false
	same(t, "changes told", changes, []contest.Change{place, voted, hidden})
	got := s.read(e.ID)
	equal(t, "status", got.Status, contest.Rejected)
	equal(t, "reason", got.Reason, contest.OffTopic)
	equal(t, "note", got.Note, "日景")
	equal(t, "decided", got.DecidedAt.IsZero(), false)
	s.update(func(tx *store.Tx) error { _, err := tx.Decide(e.ID, contest.Pending, "", ""); return err })
	equal(t, "decided, back in the queue", s.read(e.ID).DecidedAt.IsZero(), true)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Decide("e_none", contest.Rejected, "", ""); return err })
}

func photoStored(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Processing)[0]
	flags := []contest.Flag{{Kind: contest.NearDuplicate, Twin: "e_twin", Distance: 3}, {Kind: contest.WordsFound, Words: []string{"刷票"}}}
	s.update(func(tx *store.Tx) error {
		got, err := tx.SetPhoto(e.ID, photo, flags, contest.Rejected, contest.CaptureTooEarly)
		equal(t, "status", got.Status, contest.Rejected)
		return err
	})
	got := s.read(e.ID)
	same(t, "photo", got.Photo, photo)
	same(t, "flags", got.Flags, flags)
	equal(t, "reason", got.Reason, contest.CaptureTooEarly)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error {
		_, err := tx.SetPhoto("e_none", photo, nil, contest.Pending, "")
		return err
	})
}

func boardVisible(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("a")
	shown := s.entry(fan, contest.Published)
	for _, status := range []contest.Status{contest.Processing, contest.Pending, contest.Rejected, contest.Withdrawn} {
		s.entry(fan, status)
	}
	s.view(func(tx *store.Tx) error {
		changes, err := tx.Changes(s.challenge.ID)
		same(t, "board", changes, []contest.Change{shown.Change()})
		counts, errCounts := tx.Counts(s.challenge.ID)
		same(t, "counts", counts, map[contest.Status]int{
			contest.Published: 1, contest.Processing: 1, contest.Pending: 1, contest.Rejected: 1, contest.Withdrawn: 1,
		})
		return errors.Join(err, errCounts)
	})
}

func entriesCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("a")
	for _, status := range []contest.Status{contest.Published, contest.Processing, contest.Pending, contest.Rejected, contest.Withdrawn} {
		s.entry(fan, status)
	}
	s.entry(s.fan("b"), contest.Published)
	s.view(func(tx *store.Tx) error {
		n, err := tx.CountEntries(s.challenge.ID, fan.ID)
		equal(t, "counted entries", n, 3)
		return err
	})
}

func entriesOfFan(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(2, contest.Withdrawn)
	s.entry(s.fan("b"), contest.Published)
	s.view(func(tx *store.Tx) error {
		got, err := tx.EntriesByFan(s.challenge.ID, entries[0].Fan)
		same(t, "entries", got, []contest.Entry{entries[1], entries[0]})
		return err
	})
}

func reports(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	report := func(fan contest.FanID) {
		s.update(func(tx *store.Tx) error {
			return tx.InsertReport(contest.Report{Entry: e.ID, Fan: fan, Reason: "rights", Note: "mine"})
		})
	}
	openReports := func() (fans []contest.FanID) {
		s.view(func(tx *store.Tx) error {
			reports, err := tx.OpenReports(10)
			for _, r := range reports {
				fans = append(fans, r.Fan)
			}
			return err
		})
		return fans
	}
	report("f_1")
	report("f_1")
	report("f_2")
	equal(t, "open reports", len(openReports()), 2)
	s.update(func(tx *store.Tx) error { return tx.ResolveReports(e.ID) })
	same(t, "open reports after resolving", openReports(), []contest.FanID{})
	report("f_1")
	same(t, "open reports after another", openReports(), []contest.FanID{"f_1"})
}

func ownUpdate(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Processing)[0]
	for what, write := range map[string]func(*store.Tx) error{
		"inserting": func(tx *store.Tx) error {
			_, err := tx.InsertEntry(contest.Entry{Challenge: e.Challenge, Fan: e.Fan})
			return err
		},
		"photo":      func(tx *store.Tx) error { _, err := tx.SetPhoto(e.ID, photo, nil, contest.Pending, ""); return err },
		"deciding":   func(tx *store.Tx) error { _, err := tx.Decide(e.ID, contest.Rejected, "", ""); return err },
		"casting":    func(tx *store.Tx) error { _, err := Cast(tx, s.ballot(e, "f_1"), today); return err },
		"retracting": func(tx *store.Tx) error { _, err := tx.Retract(s.ballot(e, "f_1"), today); return err },
	} {
		if err := s.store.Update(t.Context(), write); err == nil {
			t.Errorf("%s was done in an update of no challenge", what)
		}
		if err := s.store.UpdateIn(t.Context(), "ch_other", write); err == nil {
			t.Errorf("%s was done in an update of another challenge", what)
		}
	}
	same(t, "entry", s.read(e.ID), e)
	equal(t, "leaves", len(s.leaves()), 0)
}
