package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var judgingClaims = map[string]func(*testing.T, Opener){
	"decisions are kept in their order and found by their batch":     decisionsKept,
	"one ban of a fan holds at a time":                               bans,
	"a rejection and a ban are appealed against once":                appeals,
	"an open takedown is with its entry until it is decided":         takedowns,
	"overdue takedowns are counted":                                  takedownsCounted,
	"likenesses are read by the time they were stored":               likenesses,
	"rendered entries without a likeness are found in pages":         withoutLikeness,
	"an entry's twin is one with the same bytes that is in the race": twins,
	"what is asked of a fan and comes is with the entry":             originalsAsked,
}

func decisionsKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entries := s.entries(2, contest.Pending)
	first := contest.Decision{Batch: "d_1", Entry: entries[0].ID, From: contest.Pending, To: contest.Rejected, Reason: contest.OffTopic, Note: "日景", Staff: "st_1"}
	back := contest.Decision{Batch: "d_2", Entry: entries[0].ID, From: contest.Rejected, FromReason: contest.OffTopic, FromNote: "日景", To: contest.Pending}
	other := first
	other.Entry = entries[1].ID
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.InsertDecision(first), tx.InsertDecision(other), tx.InsertDecision(back))
	})
	s.view(func(tx *store.Tx) error {
		kept, err := tx.Decisions(entries[0].ID)
		for i := range kept {
			equal(t, "has a time", kept[i].At.IsZero(), false)
			kept[i].At = time.Time{}
		}
		same(t, "decisions", kept, []contest.Decision{back, first})
		last, errLast := tx.LastDecision(entries[1].ID)
		equal(t, "last decision's batch", last.Batch, "d_1")
		batch, errBatch := tx.Batch("d_1") // the other one of it is not the last about its entry
		equal(t, "decisions of the batch", len(batch), 1)
		equal(t, "entry", batch[0].Entry, entries[1].ID)
		return errors.Join(err, errLast, errBatch)
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.LastDecision("e_none"); return err })
}

func bans(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("a")
	ban := contest.Ban{Challenge: s.challenge.ID, Fan: fan.ID, Reason: contest.Offensive, Note: "够了", Staff: "st_1"}
	s.update(func(tx *store.Tx) (err error) {
		ban, err = tx.InsertBan(ban)
		return err
	})
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.InsertBan(contest.Ban{Challenge: s.challenge.ID, Fan: fan.ID})
		return err
	})
	s.view(func(tx *store.Tx) error {
		one, err := tx.Banned(s.challenge.ID, fan.ID)
		same(t, "ban", one, ban)
		all, errAll := tx.Bans(s.challenge.ID)
		same(t, "bans", all, []contest.Ban{ban})
		return errors.Join(err, errAll)
	})
	s.update(func(tx *store.Tx) error { return tx.LiftBan(ban.ID) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.LiftBan(ban.ID) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Banned(s.challenge.ID, fan.ID); return err })
	s.update(func(tx *store.Tx) error { // and again
		_, err := tx.InsertBan(contest.Ban{Challenge: s.challenge.ID, Fan: fan.ID})
		return err
	})
}

func appeals(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Rejected)[0]
	var ban contest.Ban
	s.update(func(tx *store.Tx) (err error) {
		ban, err = tx.InsertBan(contest.Ban{Challenge: s.challenge.ID, Fan: e.Fan})
		return errors.Join(err,
			tx.InsertAppeal(contest.Appeal{Challenge: s.challenge.ID, Fan: e.Fan, Entry: e.ID, Text: "是我拍的"}),
			tx.InsertAppeal(contest.Appeal{Challenge: s.challenge.ID, Fan: e.Fan, Ban: ban.ID, Text: "不是我"}))
	})
	for _, again := range []contest.Appeal{{Entry: e.ID}, {Ban: ban.ID}} {
		again.Challenge, again.Fan = s.challenge.ID, e.Fan
		s.refused(store.ErrConflict, func(tx *store.Tx) error { return tx.InsertAppeal(again) })
	}
	equal(t, "the entry knows", s.read(e.ID).Appealed.IsZero(), false)
	var waiting []contest.Appeal
	s.view(func(tx *store.Tx) (err error) {
		known, errBan := tx.Banned(s.challenge.ID, e.Fan)
		equal(t, "the ban knows", known.Appealed.IsZero(), false)
		waiting, err = tx.OpenAppeals(10)
		n, errCount := tx.CountAppeals()
		equal(t, "open", n, 2)
		return errors.Join(err, errBan, errCount)
	})
	equal(t, "listed", len(waiting), 2)
	decided := waiting[0]
	decided.Upheld, decided.Note, decided.Staff = true, "对不起", "st_1"
	s.update(func(tx *store.Tx) error { return tx.DecideAppeal(decided) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DecideAppeal(decided) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Appeal(decided.ID)
		equal(t, "decided", got.DecidedAt.IsZero(), false)
		got.DecidedAt = time.Time{}
		same(t, "appeal", got, decided)
		n, errCount := tx.CountAppeals()
		equal(t, "still open", n, 1)
		return errors.Join(err, errCount)
	})
	for _, note := range []string{"够了", ""} { // an empty one leaves what stands there
		s.update(func(tx *store.Tx) error { return tx.AnswerBan(ban.ID, note) })
		s.view(func(tx *store.Tx) error {
			answered, err := tx.Banned(s.challenge.ID, e.Fan)
			equal(t, "answered", answered.Answered.IsZero(), false)
			equal(t, "note", answered.Note, "够了")
			return err
		})
	}
}

func takedowns(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Pending)[0]
	hiding := contest.Takedown{Entry: e.ID, Name: "王", Contact: "wang@example.org", Language: "zh-CN", Statement: "照片里是我", Hid: true, From: contest.Published}
	filed := contest.Takedown{Entry: e.ID, Contact: "13800138000", Statement: "照片里也有我"}
	s.update(func(tx *store.Tx) (err error) {
		var errFiled error
		hiding, err = tx.InsertTakedown(hiding)
		filed, errFiled = tx.InsertTakedown(filed)
		return errors.Join(err, errFiled)
	})
	equal(t, "takedown of the entry", s.read(e.ID).Takedown, hiding.ID)
	s.view(func(tx *store.Tx) error {
		got, err := tx.Takedown(hiding.ID)
		same(t, "takedown", got, hiding)
		waiting, errOpen := tx.OpenTakedowns(10)
		equal(t, "open", len(waiting), 2)
		of, errOf := tx.TakedownsOf(e.ID)
		equal(t, "of the entry", len(of), 2)
		hidden, errHidden := tx.CountHidden(s.challenge.ID)
		equal(t, "hidden", hidden, 1)
		return errors.Join(err, errOpen, errOf, errHidden)
	})
	filed.Removed = true
	s.update(func(tx *store.Tx) error { return tx.DecideTakedown(filed) })
	equal(t, "after the other was decided", s.read(e.ID).Takedown, hiding.ID)
	s.update(func(tx *store.Tx) error { return tx.DecideTakedown(hiding) })
	equal(t, "after it was decided", s.read(e.ID).Takedown, "")
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DecideTakedown(hiding) })
	reopened := func(t contest.Takedown) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.ReopenTakedown(t) }
	}
	s.update(reopened(hiding))
	equal(t, "after it was opened again", s.read(e.ID).Takedown, hiding.ID)
	s.refused(store.ErrNotFound, reopened(hiding))
	s.view(func(tx *store.Tx) error {
		got, err := tx.Takedown(hiding.ID)
		same(t, "opened again", got, hiding)
		return err
	})
	s.view(func(tx *store.Tx) error {
		got, err := tx.Takedown(filed.ID)
		equal(t, "removed", got.Removed, true)
		return err
	})
}

func takedownsCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	e := s.entries(1, contest.Published)[0]
	var old contest.Takedown
	s.update(func(tx *store.Tx) (err error) {
		old, err = tx.InsertTakedown(contest.Takedown{Entry: e.ID})
		return err
	})
	time.Sleep(time.Hour) // of the bubble's clock
	s.update(func(tx *store.Tx) error { _, err := tx.InsertTakedown(contest.Takedown{Entry: e.ID}); return err })
	for before, want := range map[time.Time]int{old.CreatedAt: 0, old.CreatedAt.Add(time.Millisecond): 1, old.CreatedAt.Add(48 * time.Hour): 2} {
		s.view(func(tx *store.Tx) error {
			all, older, err := tx.CountTakedowns(before)
			equal(t, "open", all, 2)
			equal(t, "older", older, want)
			return err
		})
	}
}

func likenesses(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	entries := s.entries(3, contest.Pending)
	for i, e := range entries {
		s.update(func(tx *store.Tx) error { return tx.SetLikeness(e.ID, 1<<63|uint64(i)) })
		time.Sleep(time.Second) // of the bubble's clock
	}
	since := func(at time.Time) (found []store.Likeness) {
		s.view(func(tx *store.Tx) error {
			return tx.Likenesses(at, func(l store.Likeness) { found = append(found, l) })
		})
		return found
	}
	all := since(time.Time{})
	equal(t, "all", len(all), 3)
	for i, l := range all {
		equal(t, "entry", l.Entry, entries[i].ID)
		equal(t, "hash", l.Hash, 1<<63|uint64(i))
	}
	same(t, "since the second", since(all[1].At), all[1:])
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.SetLikeness(entries[0].ID, 7), tx.DeleteLikeness(entries[1].ID), tx.DeleteLikeness("e_none"))
	})
	left := since(time.Time{})
	equal(t, "left", len(left), 2)
	same(t, "the newest", fmt.Sprint(left[1].Entry, left[1].Hash), fmt.Sprint(entries[0].ID, 7))
}

func withoutLikeness(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	waiting := append(s.entries(3, contest.Published), s.entry(s.fan("b"), contest.Rejected))
	s.entry(s.fan("b"), contest.Processing)
	s.entry(s.fan("b"), contest.Withdrawn)
	known := s.entry(s.fan("b"), contest.Pending)
	s.update(func(tx *store.Tx) error { return tx.SetLikeness(known.ID, 1) })
	var found, want []contest.EntryID
	for _, e := range waiting {
		want = append(want, e.ID)
	}
	slices.Sort(want)
	s.view(func(tx *store.Tx) error {
		for after := contest.EntryID(""); ; {
			page, err := tx.WithoutLikeness(after, 3)
			for _, e := range page {
				found, after = append(found, e.ID), e.ID
			}
			if err != nil || len(page) < 3 {
				return err
			}
		}
	})
	same(t, "entries", found, want)
}

func twins(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("a")
	for number, status := range []contest.Status{contest.Withdrawn, contest.Rejected, contest.Processing, contest.Published} {
		s.update(func(tx *store.Tx) error {
			_, err := tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Status: status, SHA256: "ff"})
			return err
		})
		s.view(func(tx *store.Tx) error {
			twin, err := tx.TwinNumber(s.challenge.ID, "ff")
			if number < 2 {
				if !errors.Is(err, store.ErrNotFound) {
					t.Errorf("with %s ones only: got %d, %v, want not found", status, twin, err)
				}
				return nil
			}
			equal(t, "twin", twin, 3)
			return err
		})
	}
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.TwinNumber("ch_none", "ff"); return err })
}

func originalsAsked(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.AskOriginal(e.ID, true), tx.SetEvidence(e.ID, "evidence/1", "ff"),
			tx.SetFlags(e.ID, []contest.Flag{{Kind: contest.AppealRaised}}))
	})
	got := s.read(e.ID)
	equal(t, "asked", got.OriginalAsked.IsZero(), false)
	equal(t, "evidence", got.Evidence, "evidence/1")
	equal(t, "its hash", got.EvidenceSHA256, "ff")
	same(t, "flags", got.Flags, []contest.Flag{{Kind: contest.AppealRaised}})
	s.update(func(tx *store.Tx) error { return tx.AskOriginal(e.ID, false) })
	equal(t, "asked no longer", s.read(e.ID).OriginalAsked.IsZero(), true)
	for what, change := range map[string]func(tx *store.Tx) error{
		"flags":    func(tx *store.Tx) error { return tx.SetFlags("e_none", nil) },
		"asked":    func(tx *store.Tx) error { return tx.AskOriginal("e_none", true) },
		"evidence": func(tx *store.Tx) error { return tx.SetEvidence("e_none", "", "") },
	} {
		if err := s.store.UpdateIn(t.Context(), s.challenge.ID, change); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of none: got %v, want not found", what, err)
		}
	}
}
