package storetest

import (
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var boardClaims = map[string]func(*testing.T, Opener){
	"what entries gained since a time is what their scores did":       gained,
	"gains are told by when they were made, with places of that time": gainedWhen,
	"published entries belong where their fans said":                  belong,
}

// clockedStage is a stage whose store has a clock that the test moves.
func clockedStage(t *testing.T, open Opener) (s *stage, clock *time.Time) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock = &now
	return setStage(t, open, nil, store.WithClock(func() time.Time { return *clock })), clock
}

// gains are the sums since a time, of entries that have any.
func (s *stage) gains(since time.Time) map[contest.EntryNumber]int64 {
	s.Helper()
	sums := map[contest.EntryNumber]int64{}
	s.view(func(tx *store.Tx) error {
		gains, _, err := tx.Gains(s.challenge.ID, since)
		for _, g := range gains {
			sums[g.Number] += g.Score
		}
		return err
	})
	for number, sum := range sums {
		if sum == 0 {
			delete(sums, number)
		}
	}
	return sums
}

func gained(t *testing.T, open Opener) {
	s, clock := clockedStage(t, open)
	e := s.entries(8, contest.Published)
	for _, entry := range e {
		for _, voter := range []string{"f_1", "f_2", "f_3"} {
			s.cast(s.ballot(entry, voter), today)
		}
	}
	s.rule(contest.Hold, "b_held", key(e[4], "f_1"))
	s.rule(contest.Exclude, "b_excluded", key(e[5], "f_1"))
	*clock = clock.Add(2 * time.Hour)
	since := *clock
	before := map[contest.EntryNumber]int64{}
	for _, entry := range e {
		before[entry.Number] = s.tally(entry).Score
	}
	s.cast(s.ballot(e[0], "f_4"), today)    // new
	s.retract(s.ballot(e[1], "f_1"), today) // an old vote goes
	s.retract(s.ballot(e[2], "f_1"), today) // goes and comes back
	s.cast(s.ballot(e[2], "f_1"), today)
	s.cast(s.ballot(e[3], "f_4"), today) // comes and goes
	s.retract(s.ballot(e[3], "f_4"), today)
	s.rule(contest.Release, "b_1", key(e[4], "f_1"))
	s.rule(contest.Restore, "b_2", key(e[5], "f_1"))
	s.cast(s.ballot(e[6], "f_4"), today) // comes, and is found to be bought, as an old one is
	s.rule(contest.Exclude, "b_3", key(e[6], "f_4"), key(e[6], "f_1"))
	s.rule(contest.Hold, "b_4", key(e[7], "f_1"))
	s.rule(contest.Exclude, "b_5", key(e[7], "f_1")) // which costs nothing more
	want := map[contest.EntryNumber]int64{}
	for _, entry := range e {
		if gain := s.tally(entry).Score - before[entry.Number]; gain != 0 {
			want[entry.Number] = gain
		}
	}
	same(t, "gains", s.gains(since), want)
	same(t, "some gains", len(want) > 4, true)
	same(t, "gains since later", s.gains(since.Add(time.Hour)), map[contest.EntryNumber]int64{})
	same(t, "gains of all time", s.gains(time.Time{}.AddDate(2000, 0, 0))[e[0].Number], 4)
}

func gainedWhen(t *testing.T, open Opener) {
	s, clock := clockedStage(t, open)
	e := s.entries(3, contest.Published)
	s.cast(s.ballot(e[2], "f_1"), today)
	*clock = clock.Add(time.Hour)
	since := *clock
	*clock = clock.Add(4 * time.Minute)
	s.cast(s.ballot(e[0], "f_1"), today)
	*clock = clock.Add(6 * time.Minute)
	s.cast(s.ballot(e[0], "f_2"), today)
	s.cast(s.ballot(e[0], "f_3"), today)
	s.view(func(tx *store.Tx) error {
		gains, changes, err := tx.Gains(s.challenge.ID, since)
		sums := map[time.Time]int64{}
		for _, g := range gains {
			equal(t, "entry", g.Number, e[0].Number)
			sums[g.At] = g.Score
		}
		same(t, "gains", sums, map[time.Time]int64{since: 1, since.Add(10 * time.Minute): 2})
		same(t, "places", changes, []contest.Change{s.read(e[0].ID).Change()})
		return err
	})
}

func belong(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("a")
	for number, status := range []contest.Status{contest.Published, contest.Published, contest.Pending, contest.Published, contest.Published} {
		s.update(func(tx *store.Tx) error {
			_, err := tx.InsertEntry(contest.Entry{
				Challenge: s.challenge.ID, Fan: fan.ID, Status: status, City: []string{"", "chongqing"}[number%2], Partner: "p", Tags: []string{"夜景", "sea"},
			})
			return err
		})
	}
	s.view(func(tx *store.Tx) error {
		found, err := tx.Memberships(s.challenge.ID, 2, 4)
		same(t, "memberships", found, []store.Membership{
			{Number: 2, City: "chongqing", Partner: "p", Tags: []string{"夜景", "sea"}}, {Number: 4, City: "chongqing", Partner: "p", Tags: []string{"夜景", "sea"}},
		})
		return err
	})
}
