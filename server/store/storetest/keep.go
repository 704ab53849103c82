package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var keepClaims = map[string]func(*testing.T, Opener){
	"all entries are listed by identifier, behind one":            entriesByIdentifier,
	"a replaced photo changes nothing else of its entry":          photoReplaced,
	"originals are listed by number until they are dropped":       originalsListed,
	"unfinished uploads of everybody are counted with their size": uploadsSummed,
}

func entriesByIdentifier(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(5, contest.Published)
	slices.SortFunc(entries, func(a, b contest.Entry) int { return strings.Compare(string(a.ID), string(b.ID)) })
	s.view(func(tx *store.Tx) error {
		first, err := tx.EntriesAfter("", 3)
		if err != nil {
			return err
		}
		rest, err := tx.EntriesAfter(first[len(first)-1].ID, 3)
		for n, e := range append(first, rest...) {
			equal(t, "identifier", e.ID, entries[n].ID)
		}
		equal(t, "listed", len(first)+len(rest), 5)
		return err
	})
	s.view(func(tx *store.Tx) error {
		upTo, all, err := tx.CountEntriesUpTo(entries[1].ID)
		equal(t, "up to the second", upTo, 2)
		equal(t, "all", all, 5)
		none, _, noneErr := tx.CountEntriesUpTo("")
		equal(t, "up to none", none, 0)
		return errors.Join(err, noneErr)
	})
}

func photoReplaced(t *testing.T, open Opener) {
	var changes []contest.Change
	s := setStage(t, open, func(c []contest.Change) { changes = append(changes, c...) })
	e := s.entries(1, contest.Published)[0]
	told := len(changes)
	want := e
	want.Photo = contest.Photo{Width: 3, Height: 2, Perceptual: "00000000000000ff", Renditions: []contest.Rendition{{Name: "480", Key: "k"}}}
	s.update(func(tx *store.Tx) error { return tx.ReplacePhoto(e.ID, want.Photo) })
	same(t, "entry", s.read(e.ID), want)
	equal(t, "changes told", len(changes), told)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.ReplacePhoto("e_none", want.Photo) })
}

func originalsListed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("author")
	keep := func(status contest.Status, original string) (e contest.Entry) {
		s.update(func(tx *store.Tx) (err error) {
			e, err = tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Status: status, Original: original, SHA256: "ff"})
			return err
		})
		return e
	}
	shown, rejected, proven := keep(contest.Published, "original/1"), keep(contest.Rejected, "original/2"), keep(contest.Published, "")
	keep(contest.Processing, "original/4")
	keep(contest.Withdrawn, "original/5")
	keep(contest.Published, "")
	s.update(func(tx *store.Tx) error { return tx.SetEvidence(proven.ID, "evidence/3", "aa") })
	listed := func(after contest.EntryNumber, limit int) (ids []contest.EntryID) {
		s.view(func(tx *store.Tx) error {
			list, err := tx.WithOriginals(s.challenge.ID, after, limit)
			for _, e := range list {
				ids = append(ids, e.ID)
			}
			return err
		})
		return ids
	}
	same(t, "all", listed(0, 10), []contest.EntryID{shown.ID, rejected.ID, proven.ID})
	same(t, "behind the first", listed(shown.Number, 1), []contest.EntryID{rejected.ID})
	s.update(func(tx *store.Tx) error { return tx.DropOriginal(shown.ID) })
	equal(t, "its key", s.read(shown.ID).Original, "")
	equal(t, "its hash", s.read(shown.ID).SHA256, "ff")
	same(t, "what is left", listed(0, 10), []contest.EntryID{rejected.ID, proven.ID})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DropOriginal("e_none") })
}

func uploadsSummed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	counted := func(want int) {
		t.Helper()
		s.view(func(tx *store.Tx) error {
			n, bytes, err := tx.CountUploads()
			equal(t, "uploads", n, want)
			equal(t, "bytes", bytes, int64(want)*100)
			return err
		})
	}
	counted(0)
	first := s.uploading(s.fan("one"))
	s.uploading(s.fan("two"))
	counted(2)
	u := s.take(first.ID, 0)
	s.update(func(tx *store.Tx) error { return tx.FinishUpload(u, store.UploadDone, "original/1", "ff") })
	counted(1)
}
