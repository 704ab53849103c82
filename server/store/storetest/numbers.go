package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

var numberClaims = map[string]func(*testing.T, Opener){
	"votes are booked when they happen, whatever is decided about them later":           votesBooked,
	"lines from before they said what they change are corrected, and so are their sums": votesMended,
	"a day that is not its quarter-hours is found, and summed anew":                     daysMended,
	"a fold is booked once":                               foldOnce,
	"entries count where they stand, by time and place":   entryGroups,
	"a fan who entered and voted is one participant":      participantsOnce,
	"who takes all back takes no part":                    participantsGone,
	"roll-ups are summed by day, by group and by quarter": rollupsSummed,
	"what engages most comes first":                       engaging,
	"votes are summed by the cities of their entries":     cityVotes,
}

// fold brings the challenge's votes into the roll-ups, so many lines at a time.
func (s *stage) fold(limit int64) {
	s.Helper()
	for more := true; more; {
		var f store.Fold
		s.view(func(tx *store.Tx) (err error) {
			f, err = tx.VoteFold(s.challenge.ID, limit)
			return err
		})
		if more = f.More; f.From != f.To {
			s.update(func(tx *store.Tx) error { return tx.BookFold(f) })
		}
	}
}

// votesOf sums the votes that the roll-ups have between two times.
func (s *stage) votesOf(from, before time.Time) (n int64) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		points, err := tx.QuartersOf(s.challenge.Campaign, kpi.Votes, kpi.QuarterOf(from), kpi.QuarterOf(before))
		for _, p := range points {
			n += p.Value
		}
		return err
	})
	return n
}

func votesBooked(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	e := s.entries(1, contest.Published)[0]
	first := time.Now()
	for _, fan := range []string{"f_1", "f_2", "f_3"} {
		s.cast(s.ballot(e, fan), today)
	}
	s.fold(2)
	time.Sleep(time.Hour) // of the claim's own clock
	s.retract(s.ballot(e, "f_1"), today)
	s.rule(contest.Exclude, "b_1", key(e, "f_1"), key(e, "f_2")) // of which the first one stands no more
	s.cast(s.ballot(e, "f_1"), today)                            // which does not count
	s.fold(100)
	time.Sleep(time.Hour)
	s.undo("b_1", "b_2")
	s.fold(1)
	last := time.Now()
	equal(t, "in the first hour", s.votesOf(first, first.Add(time.Hour)), 3)
	equal(t, "in the second", s.votesOf(first.Add(time.Hour), first.Add(2*time.Hour)), -2)
	equal(t, "in the third", s.votesOf(last, last.Add(time.Hour)), 2)
}

func votesMended(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	for _, fan := range []string{"f_1", "f_2", "f_3"} {
		s.cast(s.ballot(e, fan), today)
	}
	s.rule(contest.Hold, "b_1", key(e, "f_1"), key(e, "f_2"))
	s.retract(s.ballot(e, "f_1"), today)
	s.cast(s.ballot(e, "f_1"), today)
	s.retract(s.ballot(e, "f_2"), today)
	s.rule(contest.Exclude, "b_2", key(e, "f_2"))
	misread := func() (wrong map[int64]bool) {
		s.Helper()
		s.view(func(tx *store.Tx) (err error) {
			wrong, err = tx.MisreadLines(s.challenge.ID)
			return err
		})
		return wrong
	}
	drift := func() (logged store.Fold, missing []store.Count) {
		s.Helper()
		s.view(func(tx *store.Tx) (err error) {
			if logged, err = tx.LoggedVotes(s.challenge.ID); err == nil {
				missing, err = tx.VoteDrift(logged)
			}
			return err
		})
		return logged, missing
	}
	off := func() int {
		s.Helper()
		_, missing := drift()
		return len(missing)
	}
	equal(t, "lines misread", len(misread()), 0)
	equal(t, "drift before anything is booked", off(), 0)
	s.update(func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE vote_log SET idle = 0")
		return err
	})
	s.fold(100)
	wrong := misread()
	same(t, "lines misread", wrong, map[int64]bool{6: true, 7: true, 8: true, 9: true})
	s.update(func(tx *store.Tx) error {
		for position, idle := range wrong {
			if err := tx.CorrectLine(s.challenge.ID, position, idle); err != nil {
				return err
			}
		}
		return nil
	})
	equal(t, "lines misread, once corrected", len(misread()), 0)
	logged, missing := drift()
	for again, want := range []int{len(missing), 0} { // the second had looked before the first mended
		s.update(func(tx *store.Tx) error {
			cells, err := tx.MendVotes(logged)
			equal(t, fmt.Sprintf("cells mended, time %d", again+1), cells, want)
			return err
		})
	}
	equal(t, "drift, once mended", off(), 0)
	equal(t, "votes booked", s.votesOf(time.Unix(0, 0), time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)), 1)
	s.cast(s.ballot(e, "f_4"), today)
	s.fold(100)
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.MendVotes(logged)
		return err
	})
}

func daysMended(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.update(func(tx *store.Tx) error {
		return tx.Count(store.Count{Campaign: s.challenge.Campaign, N: 7, Cell: kpi.Cell{Quarter: kpi.QuarterOf(tx.Now()), Challenge: s.challenge.ID, Metric: kpi.Views}})
	})
	drifts := func() (found []store.DayDrift) {
		s.Helper()
		s.view(func(tx *store.Tx) (err error) {
			found, err = tx.DayDrifts(s.challenge.Campaign)
			return err
		})
		return found
	}
	equal(t, "days off", len(drifts()), 0)
	for statement, days := range map[string]int64{"UPDATE rollup_days SET value = value + 1": 8, "DELETE FROM rollup_days": 0} {
		s.update(func(tx *store.Tx) error {
			_, err := tx.Exec(statement)
			return err
		})
		found := drifts()
		equal(t, "days off", len(found), 1)
		same(t, "sums", []int64{found[0].Days, found[0].Quarters}, []int64{days, 7})
		s.update(func(tx *store.Tx) error { return tx.RebuildDays(s.challenge.Campaign) })
		equal(t, "days off, once rebuilt", len(drifts()), 0)
	}
}

func foldOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	s.cast(s.ballot(e, "f_1"), today)
	var f store.Fold
	for range 2 {
		s.view(func(tx *store.Tx) (err error) {
			f, err = tx.VoteFold(s.challenge.ID, 100)
			return err
		})
		s.update(func(tx *store.Tx) error { return tx.BookFold(f) })
		s.refused(store.ErrConflict, func(tx *store.Tx) error { return tx.BookFold(f) })
		s.cast(s.ballot(e, "f_2"), today)
	}
	equal(t, "votes", s.total(), 2)
}

// placed enters a photo from a city and for a partner.
func (s *stage) placed(fan contest.Fan, city, partner string, status contest.Status) (e contest.Entry) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, City: city, Partner: partner, Status: status})
		return err
	})
	return e
}

func entryGroups(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	fan, begun := s.fan("author"), kpi.QuarterOf(time.Now())
	s.placed(fan, "wuhan", "", contest.Published)
	s.placed(fan, "wuhan", "", contest.Pending)
	s.placed(fan, "wuhan", "", contest.Rejected)
	s.placed(fan, "wuhan", "", contest.Withdrawn)
	time.Sleep(time.Hour)
	s.placed(fan, "wuhan", "club", contest.Processing)
	got := map[store.EntryGroup]bool{}
	s.view(func(tx *store.Tx) error {
		groups, err := tx.EntryGroups(s.challenge.ID)
		for _, g := range groups {
			got[g] = true
		}
		return err
	})
	same(t, "groups", got, map[store.EntryGroup]bool{
		{Quarter: begun, City: "wuhan", N: 2}: true, {Quarter: begun + 4, City: "wuhan", Partner: "club", N: 1}: true,
	})
}

// participants are how many take part in the campaign.
func (s *stage) participants() (n int64) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		points, err := tx.Participants(s.challenge.Campaign)
		for _, p := range points {
			n += p.Value
		}
		return err
	})
	return n
}

// voted casts a vote under the pseudonym that the fan really has.
func (s *stage) voted(e contest.Entry, fan contest.Fan) contest.Ballot {
	s.Helper()
	b := s.ballot(e, fan.Name)
	s.update(func(tx *store.Tx) (err error) {
		b.Fan = fan.ID
		if b.Voter, err = tx.VoterFor(s.challenge.ID, fan.ID); err != nil {
			return err
		}
		_, err = tx.Cast(b, today, 1, store.Origin{})
		return err
	})
	return b
}

func participantsOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	one, two, three := s.fan("one"), s.fan("two"), s.fan("three")
	a, b := s.entry(one, contest.Published), s.entry(two, contest.Published)
	s.entry(one, contest.Published)
	s.voted(a, two)
	s.voted(b, one)
	s.voted(a, three)
	s.voted(b, three)
	equal(t, "participants", s.participants(), 3)
}

func participantsGone(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	one, two := s.fan("one"), s.fan("two")
	e := s.entry(one, contest.Published)
	s.entry(s.fan("refused"), contest.Rejected)
	ballot := s.voted(e, two)
	equal(t, "with the vote", s.participants(), 2)
	s.retract(ballot, today)
	equal(t, "without it", s.participants(), 1)
}

func rollupsSummed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	day := time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)
	counts := []store.Count{
		s.count(day, "weibo", kpi.Views, 1, 5), s.count(day.Add(time.Hour), "weibo", kpi.Views, 1, 7), s.count(day.Add(24*time.Hour), "", kpi.Views, 0, 11),
		s.count(day, "weibo", kpi.Clicks, 0, 13),
	}
	counts[1].Partner = "club"
	if err := s.counted("", counts...); err != nil {
		t.Fatal(err)
	}
	campaign := s.challenge.Campaign
	days, groups := map[store.DaySum]bool{}, map[store.GroupSum]bool{}
	var quarters []kpi.Point
	s.view(func(tx *store.Tx) error {
		byDay, errDays := tx.DaySums(campaign, "2026-11-22", "2026-11-22")
		byGroup, errGroups := tx.GroupSums(campaign, "2026-11-22", "2026-11-23")
		var errQuarters error
		quarters, errQuarters = tx.QuartersOf(campaign, kpi.Views, kpi.QuarterOf(day), kpi.QuarterOf(day)+4)
		for _, d := range byDay {
			days[d] = true
		}
		for _, g := range byGroup {
			groups[g] = true
		}
		return errors.Join(errDays, errGroups, errQuarters)
	})
	same(t, "days", days, map[store.DaySum]bool{{Day: "2026-11-22", Metric: kpi.Views, Value: 12}: true, {Day: "2026-11-22", Metric: kpi.Clicks, Value: 13}: true})
	same(t, "groups", groups, map[store.GroupSum]bool{
		{Metric: kpi.Views, Value: 11}: true, {Channel: "weibo", Metric: kpi.Views, Value: 5}: true,
		{Channel: "weibo", Partner: "club", Metric: kpi.Views, Value: 7}: true, {Channel: "weibo", Metric: kpi.Clicks, Value: 13}: true,
	})
	same(t, "quarter-hours", quarters, []kpi.Point{{Cell: counts[0].Cell, Value: 5}})
}

func engaging(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(4, contest.Published)
	s.entries(1, contest.Pending)
	s.cast(s.ballot(e[1], "f_1"), today)
	s.cast(s.ballot(e[1], "f_2"), today)
	if err := s.counted("", s.count(time.Now(), "", kpi.Shares, 3, 3), s.count(time.Now(), "", kpi.Views, 4, 100)); err != nil {
		t.Fatal(err)
	}
	var got []store.Engagement
	s.view(func(tx *store.Tx) (err error) {
		got, err = tx.Engaging(s.challenge.ID, 3)
		return err
	})
	same(t, "entries", got, []store.Engagement{{Number: 3, Shares: 3}, {Number: 2, Votes: 2}, {Number: 1}})
}

func cityVotes(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	fan := s.fan("author")
	a, b := s.placed(fan, "wuhan", "", contest.Published), s.placed(fan, "wuhan", "", contest.Published)
	s.placed(fan, "", "", contest.Published)
	s.cast(s.ballot(a, "f_1"), today)
	s.cast(s.ballot(b, "f_1"), today)
	got := map[store.CityVotes]bool{}
	s.view(func(tx *store.Tx) error {
		cities, err := tx.CityVotes(s.challenge.ID)
		for _, c := range cities {
			got[c] = true
		}
		return err
	})
	same(t, "cities", got, map[store.CityVotes]bool{{City: "wuhan", Votes: 2}: true, {}: true})
}
