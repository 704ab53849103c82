package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var resultClaims = map[string]func(*testing.T, Opener){
	"one result is proposed at a time, then confirmed or withdrawn": resultProposed,
	"candidates have what certification looks at":                   candidates,
	"who is passed over leaves the board, and can come back to it":  passedOver,
	"a passed over entry stays off the board when it is decided":    passedOverDecided,
	"an entry has one mark of a kind":                               marks,
	"members are listed in the order in which they came":            members,
}

func resultProposed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	r := contest.Result{Version: 1, Challenge: s.challenge.ID, RulesHash: "夜"}
	var first, second store.Certification
	s.update(func(tx *store.Tx) (err error) {
		first, err = tx.ProposeResult(r, "st_1", 2)
		return err
	})
	equal(t, "hash", first.SHA256, r.Hash())
	s.view(func(tx *store.Tx) error {
		waiting, err := tx.OpenProposals()
		same(t, "waiting", waiting, []store.Certification{first})
		return err
	})
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.ProposeResult(r, "st_2", 2); return err })
	s.update(func(tx *store.Tx) error { return tx.WithdrawResult(first, "st_1") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.ConfirmResult(first, "st_2") })
	r.Leaves = 7
	s.update(func(tx *store.Tx) (err error) {
		second, err = tx.ProposeResult(r, "st_1", 0)
		return err
	})
	s.update(func(tx *store.Tx) error { return tx.ConfirmResult(second, "st_2") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.WithdrawResult(second, "st_1") })
	s.view(func(tx *store.Tx) error {
		all, err := tx.Certifications(s.challenge.ID)
		equal(t, "kept", len(all), 2)
		equal(t, "the first was withdrawn by", all[0].WithdrawnBy, "st_1")
		equal(t, "and never confirmed", all[0].ConfirmedAt.IsZero(), true)
		equal(t, "the second was confirmed by", all[1].ConfirmedBy, "st_2")
		equal(t, "none is open", all[0].Open() || all[1].Open(), false)
		waiting, errWaiting := tx.OpenProposals()
		equal(t, "waiting", len(waiting), 0)
		text, errText := tx.ResultText(s.challenge.ID, second.Number)
		equal(t, "text", text, string(r.JSON()))
		certified, errCertified := tx.CertifiedResults(s.challenge.ID)
		same(t, "certified", certified, []string{text})
		return errors.Join(err, errWaiting, errText, errCertified)
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.ResultText(s.challenge.ID, 9); return err })
}

func candidates(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(2, contest.Processing)
	photo := contest.Photo{Renditions: []contest.Rendition{{Name: "480"}}, Capture: contest.Capture{Make: "Xiaomi", TakenAt: time.UnixMilli(5).UTC()}}
	s.update(func(tx *store.Tx) error {
		_, err := tx.SetPhoto(e[0].ID, photo, nil, contest.Published, "")
		_, errTakedown := tx.InsertTakedown(contest.Takedown{Entry: e[0].ID})
		return errors.Join(err, errTakedown)
	})
	s.cast(s.ballot(e[0], "f_1"), today)
	read := func() (list []contest.Candidate) {
		s.view(func(tx *store.Tx) (err error) {
			list, err = tx.Candidates(s.challenge.ID)
			return err
		})
		return list
	}
	list := read()
	equal(t, "listed", len(list), 2)
	equal(t, "score", list[0].Tally.Score, 1)
	equal(t, "rendered", list[0].Rendered, true)
	equal(t, "camera", list[0].Capture.Make, "Xiaomi")
	equal(t, "contested", list[0].Contested, true)
	equal(t, "banned", list[0].Banned, false)
	equal(t, "sent", list[0].SubmittedAt.Equal(e[0].SubmittedAt), true)
	equal(t, "the other is rendered", list[1].Rendered, false)
	equal(t, "the other's status", list[1].Status, contest.Processing)
	s.update(func(tx *store.Tx) error {
		open, err := tx.TakedownsOf(e[0].ID)
		_, errBan := tx.InsertBan(contest.Ban{Challenge: s.challenge.ID, Fan: e[0].Fan})
		return errors.Join(err, errBan, tx.DecideTakedown(open[0]))
	})
	list = read()
	equal(t, "contested once it is decided", list[0].Contested, false)
	equal(t, "banned", list[0].Banned, true)
}

func (s *stage) onBoard() map[contest.EntryNumber]int64 {
	s.Helper()
	scores := map[contest.EntryNumber]int64{}
	s.view(func(tx *store.Tx) error {
		changes, err := tx.Changes(s.challenge.ID)
		for _, c := range changes {
			scores[c.Number] = c.Score
		}
		return err
	})
	return scores
}

func passedOver(t *testing.T, open Opener) {
	var told []contest.Change
	s := setStage(t, open, func(changes []contest.Change) { told = changes })
	e := s.entries(3, contest.Published)
	s.cast(s.ballot(e[0], "f_1"), today)
	over := func(list ...contest.PassedOver) {
		t.Helper()
		told = nil
		s.update(func(tx *store.Tx) error { return tx.PassOver(s.challenge.ID, list) })
	}
	over(contest.PassedOver{Entry: 1, Reason: contest.Banned}, contest.PassedOver{Entry: 2, Reason: contest.CaptureMissing})
	equal(t, "told", len(told), 2)
	same(t, "on the board", s.onBoard(), map[contest.EntryNumber]int64{3: 0})
	equal(t, "reason", s.read(e[0].ID).PassedOver, contest.Banned)
	equal(t, "it stays published", s.read(e[0].ID).Status, contest.Published)

	over(contest.PassedOver{Entry: 2, Reason: contest.CaptureMissing})
	equal(t, "told of the one that changed", len(told), 1)
	equal(t, "visible", told[0].Visible, true)
	same(t, "on the board", s.onBoard(), map[contest.EntryNumber]int64{1: 1, 3: 0})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error {
		return tx.PassOver(s.challenge.ID, []contest.PassedOver{{Entry: 99, Reason: contest.Banned}})
	})
}

func passedOverDecided(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	s.cast(s.ballot(e, "f_1"), today)
	s.update(func(tx *store.Tx) error {
		return tx.PassOver(s.challenge.ID, []contest.PassedOver{{Entry: 1, Reason: contest.Banned}})
	})
	for _, status := range []contest.Status{contest.Pending, contest.Published} {
		s.update(func(tx *store.Tx) error { _, err := tx.Decide(e.ID, status, "", ""); return err })
		equal(t, "entries on the board", len(s.onBoard()), 0)
	}
	change := s.cast(s.ballot(e, "f_2"), today).Change
	equal(t, "visible with another vote", change.Visible, false)
}

func marks(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(2, contest.Published)
	award := contest.Mark{Challenge: s.challenge.ID, Entry: e[0].ID, Kind: contest.Award, Text: contest.Text{ZH: "一等奖", EN: "First prize"}, Staff: "st_1"}
	s.update(func(tx *store.Tx) error {
		return tx.SetMark(contest.Mark{Challenge: s.challenge.ID, Entry: e[1].ID, Kind: contest.Featured, Staff: "st_1"})
	})
	time.Sleep(time.Second) // of the test's own clock
	s.update(func(tx *store.Tx) error { return tx.SetMark(award) })
	award.Text.EN = "Gold"
	s.update(func(tx *store.Tx) error { return tx.SetMark(award) })
	read := func() (list []contest.Mark) {
		s.view(func(tx *store.Tx) (err error) {
			list, err = tx.Marks(s.challenge.ID)
			return err
		})
		return list
	}
	list := read()
	equal(t, "marks", len(list), 2)
	equal(t, "the first is the older one", list[0].Kind, contest.Featured)
	equal(t, "words", list[1].Text, award.Text)
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.DeleteMark(e[1].ID, contest.Featured), tx.DeleteMark(e[1].ID, contest.Award))
	})
	equal(t, "marks left", len(read()), 1)
}

func members(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for _, email := range []string{"z@example.org", "a@example.org"} {
		s.update(func(tx *store.Tx) error { _, err := tx.CreateStaff(store.Staff{Email: email}); return err })
		time.Sleep(time.Second) // of the test's own clock
	}
	s.view(func(tx *store.Tx) error {
		list, err := tx.Members()
		equal(t, "members", len(list), 2)
		equal(t, "the first", list[0].Email, "z@example.org")
		return err
	})
}
