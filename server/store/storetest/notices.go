package storetest

import (
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var noticeClaims = map[string]func(*testing.T, Opener){
	"a notice is stored once for its key":                           noticeOnce,
	"notices wait by person and topic, the first due leading":       noticesWait,
	"nothing of a notice that is done is kept but that it was":      noticesEnd,
	"letters to a person are counted, however much each tells of":   lettersCounted,
	"how somebody wants letters is kept, and goes with what waits":  correspondents,
	"addresses of fans go when no challenge of theirs needs them":   addressesGo,
	"who leaves the staff is forgotten among those who get letters": leaverForgotten,
	"a confirmation remembers that the fan wants letters":           confirmationLetters,
	"old notices go, so many at a time":                             noticesGo,
	"lines in which something is overdue are listed in turn":        noticesOverdue,
}

func (s *stage) notice(key, person string, due time.Duration) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		_, err := tx.InsertNotice(store.Notice{
			Key: key, Person: person, Topic: "won", Kind: "won", Address: "ada@example.org", Language: "en", About: "{}", DueAt: tx.Now().Add(due),
		})
		return err
	})
}

func (s *stage) waiting(person string) (list []store.Notice) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		list, err = tx.WaitingNotices(person, "won", 10)
		return err
	})
	return list
}

func noticeOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for n, want := range []bool{true, false} {
		s.update(func(tx *store.Tx) error {
			isNew, err := tx.InsertNotice(store.Notice{Key: "k", Person: "fan/f_1", Topic: "won", About: []string{"first", "second"}[n]})
			equal(t, "new", isNew, want)
			return err
		})
	}
	s.view(func(tx *store.Tx) error {
		list, err := tx.WaitingNotices("fan/f_1", "won", 10)
		if len(list) != 1 || list[0].About != "first" {
			t.Errorf("got %+v", list)
		}
		return err
	})
}

func noticesWait(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.notice("late", "fan/f_1", time.Hour)
	s.notice("early", "fan/f_1", time.Minute)
	s.notice("other", "fan/f_2", 0)
	list := s.waiting("fan/f_1")
	if len(list) != 2 || list[0].Key != "early" || list[1].Key != "late" {
		t.Errorf("got %+v", list)
	}
}

func noticesEnd(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.notice("k", "mail/x", 0)
	s.update(func(tx *store.Tx) error { return tx.PutInLetter([]string{"k"}, "l_1") })
	equal(t, "the letter", s.waiting("mail/x")[0].Letter, "l_1")
	s.update(func(tx *store.Tx) error { return tx.EndNotices([]string{"k"}, true) })
	equal(t, "waiting", len(s.waiting("mail/x")), 0)
	for _, row := range dump(t, s.store)["notices"] {
		for _, value := range row {
			if value == "ada@example.org" || value == "{}" {
				t.Errorf("the row still has %v", value)
			}
		}
	}
}

func lettersCounted(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for letter, keys := range map[string][]string{"l_1": {"a", "b"}, "l_2": {"c"}} {
		for _, key := range keys {
			s.notice(key, "fan/f_1", 0)
		}
		s.update(func(tx *store.Tx) error { return tx.PutInLetter(keys, letter) })
		s.update(func(tx *store.Tx) error { return tx.EndNotices(keys, true) })
	}
	s.notice("never sent", "fan/f_1", 0)
	s.update(func(tx *store.Tx) error { return tx.EndNotices([]string{"never sent"}, false) })
	s.view(func(tx *store.Tx) error {
		n, first, err := tx.CountNoticeLetters("fan/f_1", tx.Now().Add(-time.Hour))
		equal(t, "letters", n, 2)
		equal(t, "the first is known", first.IsZero(), false)
		return err
	})
	s.view(func(tx *store.Tx) error {
		n, _, err := tx.CountNoticeLetters("fan/f_1", tx.Now().Add(time.Hour))
		equal(t, "letters after that", n, 0)
		return err
	})
}

func correspondents(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	want := store.Correspondent{Person: "fan/f_1", Address: "ada@example.org", Language: "zh-CN", Refused: []string{"won"}}
	s.update(func(tx *store.Tx) error {
		return tx.SaveCorrespondent(store.Correspondent{Person: "fan/f_1", Address: "old@example.org"})
	})
	s.update(func(tx *store.Tx) error { return tx.SaveCorrespondent(want) })
	s.view(func(tx *store.Tx) error {
		got, err := tx.Correspondent("fan/f_1")
		want.CreatedAt = got.CreatedAt
		same(t, "correspondent", got, want)
		return err
	})
	s.notice("k", "fan/f_1", 0)
	s.update(func(tx *store.Tx) error { return tx.RemoveCorrespondent("fan/f_1") })
	equal(t, "waiting", len(s.waiting("fan/f_1")), 0)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Correspondent("fan/f_1"); return err })
}

func addressesGo(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	entered, gone := s.fan("entered"), s.fan("gone")
	s.entry(entered, contest.Published)
	for _, person := range []string{store.FanPerson(entered.ID), store.FanPerson(gone.ID)} {
		s.update(func(tx *store.Tx) error {
			return tx.SaveCorrespondent(store.Correspondent{Person: person, Address: "a@example.org"})
		})
	}
	s.update(func(tx *store.Tx) error {
		return tx.SaveCorrespondent(store.Correspondent{Person: "staff/st_1", Language: "en"})
	})
	known := func() (n int) {
		s.view(func(tx *store.Tx) error {
			for _, person := range []string{store.FanPerson(entered.ID), store.FanPerson(gone.ID), "staff/st_1"} {
				if _, err := tx.Correspondent(person); err == nil {
					n++
				}
			}
			return nil
		})
		return n
	}
	forget := func(before time.Duration) {
		s.update(func(tx *store.Tx) error { return tx.ForgetFanAddresses(tx.Now().Add(before)) })
	}
	forget(-time.Hour)
	equal(t, "known while both are new", known(), 3)
	forget(time.Hour) // the challenge closes in a day
	equal(t, "known while a challenge runs", known(), 2)
	forget(48 * time.Hour)
	equal(t, "known when it is over", known(), 1)
}

func leaverForgotten(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	var who store.Staff
	s.update(func(tx *store.Tx) (err error) {
		who, err = tx.CreateStaff(store.Staff{Email: "a@example.org", Role: "marketer"})
		return err
	})
	person := store.StaffPerson(who.ID)
	s.update(func(tx *store.Tx) error {
		return tx.SaveCorrespondent(store.Correspondent{Person: person, Language: "en"})
	})
	s.notice("k", person, 0)
	s.update(func(tx *store.Tx) error { return tx.RemoveStaff(who.ID) })
	equal(t, "waiting", len(s.waiting(person)), 0)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Correspondent(person); return err })
}

func confirmationLetters(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for _, want := range []bool{true, false} {
		s.update(func(tx *store.Tx) error {
			return tx.AskConfirmation(store.Confirmation{Token: "t", Link: "l", Letters: want})
		})
		s.view(func(tx *store.Tx) error {
			c, err := tx.Confirmation("t")
			equal(t, "letters", c.Letters, want)
			return err
		})
	}
}

func noticesGo(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.notice("k", "fan/f_1", 0)
	s.notice("l", "fan/f_1", 0)
	forget := func(before time.Duration, limit int, gone int64, kept int) {
		t.Helper()
		s.update(func(tx *store.Tx) error {
			n, err := tx.ForgetNotices(tx.Now().Add(before), limit)
			equal(t, "gone", n, gone)
			return err
		})
		equal(t, "kept", len(s.waiting("fan/f_1")), kept)
	}
	forget(-time.Hour, 9, 0, 2)
	forget(time.Hour, 1, 1, 1)
	forget(time.Hour, 9, 1, 0)
}

func noticesOverdue(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for key, person := range map[string]string{"a": "fan/f_1", "b": "fan/f_1", "c": "fan/f_2", "d": "staff/s_1"} {
		s.notice(key, person, -5*time.Hour)
	}
	s.notice("e", "fan/f_3", time.Hour)
	s.update(func(tx *store.Tx) error { return tx.EndNotices([]string{"c"}, true) })
	var lines []store.NoticeLine
	var last store.NoticeLine
	for _, want := range []int{1, 1, 0} {
		s.view(func(tx *store.Tx) error {
			page, err := tx.OverdueNotices(tx.Now().Add(-4*time.Hour), last, 1)
			equal(t, "on a page", len(page), want)
			lines = append(lines, page...)
			return err
		})
		last = lines[len(lines)-1]
	}
	if want := []store.NoticeLine{{Person: "fan/f_1", Topic: "won"}, {Person: "staff/s_1", Topic: "won"}}; !slices.Equal(lines, want) {
		t.Errorf("got %v, want %v", lines, want)
	}
}
