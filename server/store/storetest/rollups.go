package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

var rollupClaims = map[string]func(*testing.T, Opener){
	"numbers of all updates of a commit are added up":                        countsAdded,
	"numbers of an update that failed are not counted":                       countsUndone,
	"a batch that comes again counts nothing, in the same commit or a later": batchesOnce,
	"a batch that comes again after midnight counts nothing":                 batchesOvernight,
	"a batch is remembered today and tomorrow":                               batchesForgotten,
	"days are the campaign's own, also when its time zone changes":           daysOwn,
	"a period is read with its bounds as they are said":                      periodsRead,
	"an update on nobody's lane counts too":                                  countsAlone,
	"text that no database holds is refused before it is counted":            countsRefuse,
	"reach is kept by audience, and salts are one until they are forgotten":  reachKept,
}

// count is one that the claims add.
func (s *stage) count(at time.Time, channel kpi.ChannelID, metric kpi.Metric, entry contest.EntryNumber, n int64) store.Count {
	return store.Count{
		Campaign: s.challenge.Campaign, Entry: entry, N: n,
		Cell: kpi.Cell{Quarter: kpi.QuarterOf(at), Challenge: s.challenge.ID, Channel: channel, Metric: metric},
	}
}

// counted adds numbers in an update of the challenge.
func (s *stage) counted(batch string, counts ...store.Count) error {
	return s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error { return tx.CountOnce(batch, counts...) })
}

// always is a period that holds every quarter-hour.
const always = kpi.Quarter(1 << 40)

// numbers are all that the campaign has counted.
func (s *stage) numbers() (quarters []kpi.Point, days []store.DayPoint, entries []store.EntryPoint) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		var errQuarters, errDays, errEntries error
		quarters, errQuarters = tx.Quarters(s.challenge.Campaign, 0, always)
		days, errDays = tx.Days(s.challenge.Campaign, "", "9999-12-31")
		entries, errEntries = tx.EntryCounts(s.challenge.ID)
		return errors.Join(errQuarters, errDays, errEntries)
	})
	return quarters, days, entries
}

func (s *stage) total() (n int64) {
	s.Helper()
	quarters, days, _ := s.numbers()
	for _, p := range quarters {
		n += p.Value
	}
	byDay := int64(0)
	for _, p := range days {
		byDay += p.Value
	}
	equal(s.T, "the sum of the days", byDay, n)
	return n
}

func countsAdded(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	release := s.held()
	before := s.store.Stats()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
				return errors.Join(
					tx.Count(s.count(noon, "weibo", kpi.Views, 1, 2), s.count(noon, "weibo", kpi.Views, 2, 1), s.count(noon, "", kpi.Views, 2, 1)),
					tx.Count(s.count(noon.Add(time.Minute), "", kpi.Impressions, 0, 1), s.count(noon.Add(time.Hour), "", kpi.Impressions, 0, 1)))
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	synctest.Wait()
	release()
	all.Wait()
	equal(t, "commits", s.store.Stats().Commits-before.Commits, int64(1))
	quarters, days, entries := s.numbers()
	cell := func(at time.Time, channel kpi.ChannelID, metric kpi.Metric) kpi.Cell {
		return kpi.Cell{Quarter: kpi.QuarterOf(at), Challenge: s.challenge.ID, Channel: channel, Metric: metric}
	}
	same(t, "quarter-hours", quarters, []kpi.Point{
		{Cell: cell(noon, "", kpi.Impressions), Value: 20}, {Cell: cell(noon, "", kpi.Views), Value: 20},
		{Cell: cell(noon, "weibo", kpi.Views), Value: 60}, {Cell: cell(noon.Add(time.Hour), "", kpi.Impressions), Value: 20},
	})
	day := func(channel kpi.ChannelID, metric kpi.Metric, value int64) store.DayPoint {
		return store.DayPoint{Day: "2026-11-22", Challenge: s.challenge.ID, Channel: channel, Metric: metric, Value: value}
	}
	same(t, "days", days, []store.DayPoint{day("", kpi.Impressions, 40), day("", kpi.Views, 20), day("weibo", kpi.Views, 60)})
	same(t, "entries", entries, []store.EntryPoint{{Entry: 1, Metric: kpi.Views, Value: 40}, {Entry: 2, Metric: kpi.Views, Value: 40}})
}

func countsUndone(t *testing.T, open Opener) {
	besides(t, open, func(s *stage) {
		err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
			return errors.Join(tx.CountOnce("a", s.count(noon, "", kpi.Views, 1, 1)), errOurs)
		})
		if !errors.Is(err, errOurs) {
			t.Errorf("got %v, want the function's own error", err)
		}
		err = s.set(context.Background(), "failed", func(tx *store.Tx) error {
			return errors.Join(tx.Count(s.count(noon, "", kpi.Views, 1, 1)), errOurs) // which has the whole commit run again
		})
		if !errors.Is(err, errOurs) {
			t.Errorf("got %v, want the function's own error", err)
		}
		equal(t, "counted", s.total(), int64(0))
		if err := s.counted("a", s.count(noon, "", kpi.Views, 1, 1)); err != nil {
			t.Error(err)
		}
		equal(t, "counted by the batch that comes again because it failed", s.total(), int64(1))
	})
}

func batchesOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	release := s.held()
	var all sync.WaitGroup
	for _, batch := range []string{"a", "b", "a", "", "a", ""} {
		all.Go(func() {
			if err := s.counted(batch, s.count(noon, "", kpi.Views, 1, 1)); err != nil {
				t.Error(err)
			}
		})
	}
	synctest.Wait()
	release()
	all.Wait()
	equal(t, "counted of two batches and twice without", s.total(), int64(4))
	if err := errors.Join(s.counted("b", s.count(noon, "", kpi.Views, 1, 1)), s.counted("c", s.count(noon, "", kpi.Views, 1, 1))); err != nil {
		t.Error(err)
	}
	equal(t, "counted with one more", s.total(), int64(5))
}

func batchesOvernight(t *testing.T, open Opener) {
	clock := noon.Truncate(24 * time.Hour).Add(-time.Millisecond)
	s := setStage(t, open, nil, store.WithClock(func() time.Time { return clock }))
	again := func() int64 {
		if err := s.counted("a", s.count(noon, "", kpi.Views, 1, 1)); err != nil {
			t.Error(err)
		}
		return s.total()
	}
	equal(t, "counted", again(), int64(1))
	clock = clock.Add(time.Millisecond)
	equal(t, "counted after midnight", again(), int64(1))
	equal(t, "counted once more", again(), int64(1))
}

func batchesForgotten(t *testing.T, open Opener) {
	clock := noon
	s := setStage(t, open, nil, store.WithClock(func() time.Time { return clock }))
	left := func() (n int64) {
		s.view(func(tx *store.Tx) (err error) {
			n, err = tx.CountRows(store.Table{Name: "event_batches"})
			return err
		})
		return n
	}
	forget := func(limit int) (more bool) {
		s.update(func(tx *store.Tx) (err error) {
			more, err = tx.ForgetBatches(limit)
			return err
		})
		return more
	}
	for _, batch := range []string{"a", "b", "c"} {
		if err := s.counted(batch, s.count(noon, "", kpi.Views, 1, 1)); err != nil {
			t.Error(err)
		}
	}
	clock = clock.Add(24 * time.Hour)
	equal(t, "more on the next day", forget(2), false)
	equal(t, "left on the next day", left(), int64(3))
	clock = clock.Add(24 * time.Hour)
	equal(t, "more of three after two", forget(2), true)
	equal(t, "left", left(), int64(1))
	equal(t, "more after the last", forget(2), false)
	equal(t, "left", left(), int64(0))
}

func daysOwn(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	evening := time.Date(2026, 11, 22, 15, 59, 59, 0, time.UTC) // in Shanghai, a second before midnight
	if err := s.counted("", s.count(evening, "", kpi.Views, 1, 1), s.count(evening.Add(time.Second), "", kpi.Views, 1, 10)); err != nil {
		t.Error(err)
	}
	point := func(day string, value int64) store.DayPoint {
		return store.DayPoint{Day: day, Challenge: s.challenge.ID, Metric: kpi.Views, Value: value}
	}
	want := []store.DayPoint{point("2026-11-22", 1), point("2026-11-23", 10)}
	_, days, _ := s.numbers()
	same(t, "days", days, want)
	plan := kpi.StartingPlan()
	plan.TimeZone = "Asia/Tokyo"
	s.update(func(tx *store.Tx) error { return tx.SavePlan(s.challenge.Campaign, plan) })
	_, days, _ = s.numbers()
	same(t, "days of another time zone", days, []store.DayPoint{point("2026-11-23", 11)})
	s.update(func(tx *store.Tx) error { return tx.Count(s.count(evening.Add(-time.Hour), "", kpi.Views, 1, 1)) })
	_, days, _ = s.numbers()
	same(t, "days with one before midnight there", days, []store.DayPoint{point("2026-11-22", 1), point("2026-11-23", 11)})
	plan.TimeZone = "Asia/Shanghai"
	s.update(func(tx *store.Tx) error {
		_, err := tx.LaunchPlan(s.challenge.Campaign)
		_, errAmend := tx.AmendPlan(s.challenge.Campaign, plan, "st_1", "the office moved")
		return errors.Join(err, errAmend)
	})
	_, days, _ = s.numbers()
	same(t, "days after an amendment", days, []store.DayPoint{point("2026-11-22", 2), point("2026-11-23", 10)})
}

func periodsRead(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for i := range 4 {
		at := noon.Add(time.Duration(i) * 24 * time.Hour)
		if err := s.counted("", s.count(at, "", kpi.Views, 1, 1), s.count(at.Add(kpi.QuarterLength), "", kpi.Views, 1, 1)); err != nil {
			t.Error(err)
		}
	}
	s.view(func(tx *store.Tx) error {
		first := kpi.QuarterOf(noon)
		quarters, err := tx.Quarters(s.challenge.Campaign, first, first+1)
		equal(t, "quarter-hours from one on and before the next", len(quarters), 1)
		days, errDays := tx.Days(s.challenge.Campaign, "2026-11-23", "2026-11-24")
		equal(t, "days from one to the next", len(days), 2)
		none, errNone := tx.Days("ca_other", "", "9999-12-31")
		equal(t, "days of another campaign", len(none), 0)
		return errors.Join(err, errDays, errNone)
	})
}

func countsAlone(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	add := func(fail error) error {
		return s.store.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.CountOnce("a", s.count(noon, "", kpi.Clicks, 0, 1)), tx.Count(s.count(noon, "", kpi.Clicks, 0, 1)), fail)
		})
	}
	if err := add(errOurs); !errors.Is(err, errOurs) {
		t.Errorf("got %v, want the function's own error", err)
	}
	if err := errors.Join(add(nil), add(nil)); err != nil {
		t.Error(err)
	}
	equal(t, "counted", s.total(), int64(3))
}

func countsRefuse(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	for _, text := range []string{"a\x00", "\xff"} {
		if err := errors.Join(s.counted("", s.count(noon, kpi.ChannelID(text), kpi.Views, 1, 1)), s.counted(text, s.count(noon, "", kpi.Views, 1, 1))); err == nil {
			t.Errorf("%q was counted", text)
		}
	}
	equal(t, "counted", s.total(), int64(0))
}

func reachKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	all := store.Audience{Campaign: s.challenge.Campaign, Day: "2026-11-22"}
	weibo := all
	weibo.Channel = "weibo"
	s.update(func(tx *store.Tx) error {
		none, err := tx.Sketch(all)
		equal(t, "bytes of no sketch", len(none), 0)
		return errors.Join(err, tx.SaveSketch(all, []byte{1}, 1), tx.SaveSketch(weibo, []byte{0}, 1), tx.SaveSketch(all, []byte{0, 2}, 2))
	})
	s.view(func(tx *store.Tx) error {
		points, err := tx.Reach(all.Campaign, "2026-11-22", "2026-11-22")
		same(t, "reach", points, []store.DayPoint{
			{Day: all.Day, Metric: kpi.Reach, Value: 2}, {Day: all.Day, Metric: kpi.Reach, Channel: "weibo", Value: 1},
		})
		return err
	})
	var salts [4]string
	salt := func(i int, day string) {
		s.update(func(tx *store.Tx) error {
			sketch, err := tx.Sketch(all)
			same(t, "sketch", sketch, []byte{0, 2})
			drawn, errSalt := tx.ReachSalt(all.Campaign, day)
			salts[i] = string(drawn)
			return errors.Join(err, errSalt)
		})
	}
	salt(0, "2026-11-22")
	salt(1, "2026-11-22")
	salt(2, "2026-11-23")
	s.update(func(tx *store.Tx) error { return tx.ForgetSalts("2026-11-23") })
	salt(3, "2026-11-22")
	equal(t, "the salt stays", salts[0] == salts[1], true)
	equal(t, "another day has another one", salts[0] == salts[2], false)
	equal(t, "a forgotten one comes back", salts[0] == salts[3], false)
}
