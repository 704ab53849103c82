package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// conceal has the stage's challenge show tallies as a mode says.
func (s *stage) conceal(mode contest.TallyMode) {
	s.Helper()
	s.challenge.Rules.Tally = mode
	s.update(func(tx *store.Tx) error { return tx.SaveChallenge(s.challenge) })
	s.launch()
}

func concealed(t *testing.T, open Opener) {
	told := 0
	s := setStage(t, open, func(c []contest.Change) { told += len(c) })
	s.conceal(contest.TallyDelayed)
	entries := s.entries(2, contest.Published)
	e := entries[0]
	told = 0
	v := s.cast(s.ballot(e, "f_1"), today)
	s.cast(s.ballot(e, "f_2"), today)
	s.rule(contest.Hold, "b_1", key(e, "f_1"))
	s.retract(s.ballot(e, "f_1"), today)
	equal(t, "changes told", told, 0)
	equal(t, "public place", s.read(e.ID).Change(), e.Change())
	equal(t, "public place in the answer", v.Change, e.Change())
	equal(t, "true tally", s.tally(e), contest.Tally{Score: 1, Votes: 1, Reached: 2})
	s.update(func(tx *store.Tx) error {
		candidate, err := tx.Candidate(e.ID)
		equal(t, "candidate's place", candidate.Change(), e.Change())
		head, errHead := tx.Head(s.challenge.ID)
		equal(t, "concealed, and shown never", fmt.Sprint(head.Concealed, head.ShownAt.IsZero()), "true true")
		return errors.Join(err, errHead)
	})
	s.update(func(tx *store.Tx) error { return tx.ShowTallies(s.challenge.ID) })
	equal(t, "changes told when shown", told, 1)
	want := e.Change()
	want.Score, want.Reached, want.Version = 1, 2, e.Version+1
	equal(t, "public place when shown", s.read(e.ID).Change(), want)
	s.update(func(tx *store.Tx) error { return tx.ShowTallies(s.challenge.ID) })
	equal(t, "changes told of nothing new", told, 1)
	s.cast(s.ballot(e, "f_3"), today)
	equal(t, "public place until the next time", s.read(e.ID).Change(), want)
	s.view(func(tx *store.Tx) error {
		head, err := tx.Head(s.challenge.ID)
		equal(t, "shown", head.ShownAt.IsZero(), false)
		equal(t, "leaves", head.Leaves, 5)
		changes, errChanges := tx.Changes(s.challenge.ID)
		equal(t, "board", len(changes), 2)
		equal(t, "place on the board", changes[slices.IndexFunc(changes, func(c contest.Change) bool { return c.Entry == e.ID })], want)
		return errors.Join(err, errChanges)
	})
}

func revealed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.conceal(contest.TallyHidden)
	e := s.entries(1, contest.Published)[0]
	s.cast(s.ballot(e, "f_1"), today)
	s.update(func(tx *store.Tx) error {
		if err := tx.Reveal(s.challenge.ID); err != nil {
			return err
		}
		_, err := Cast(tx, s.ballot(e, "f_2"), today) // a decision may come in the same commit
		return err
	})
	equal(t, "score", s.read(e.ID).Score, 2)
	s.rule(contest.Hold, "b_1", key(e, "f_1"))
	equal(t, "score after a decision", s.read(e.ID).Score, 1)
	s.view(func(tx *store.Tx) error {
		c, err := tx.Challenge(s.challenge.ID)
		head, errHead := tx.Head(s.challenge.ID)
		equal(t, "certified, concealed", fmt.Sprint(c.Certified(), c.Concealed(), head.Concealed), "true false false")
		return errors.Join(err, errHead)
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.Reveal(s.challenge.ID) })
}
