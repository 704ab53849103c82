package numbers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// begins is midnight of the first day of the stage's campaign, in Kolkata.
var begins = time.Date(2026, 11, 1, 0, 0, 0, 0, zone("Asia/Kolkata"))

func zone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

// stage is a campaign of thirty days with a launched challenge, and a clock.
type stage struct {
	*testing.T
	*Service
	campaign  contest.Campaign
	challenge contest.Challenge
	clock     time.Time
}

func set(t *testing.T) *stage {
	s := &stage{T: t, clock: begins.AddDate(0, 0, -1)}
	now := func() time.Time { return s.clock }
	s.Service = New(storetest.OpenSQLite(t, nil, store.WithClock(now)), slog.New(slog.DiscardHandler))
	s.now = now
	plan := storetest.November()
	plan.TimeZone, plan.Starts, plan.Ends = "Asia/Kolkata", begins, begins.AddDate(0, 0, 30)
	plan.Targets = map[kpi.Metric]int64{kpi.Views: 3000, kpi.Orders: 60, kpi.AverageOrder: 10_000}
	plan.Baseline.Figures = map[kpi.Metric]int64{kpi.Orders: 20}
	s.update("", func(tx *store.Tx) (err error) {
		if s.campaign, err = tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}}); err != nil {
			return err
		}
		if err := tx.SavePlan(s.campaign.ID, plan); err != nil {
			return err
		}
		draft := storetest.Draft(s.campaign.ID, "night", s.clock)
		if s.challenge, err = tx.CreateChallenge(draft); err != nil {
			return err
		}
		s.challenge.LaunchedAt, s.challenge.RulesHash = s.clock, s.challenge.Terms.Hash()
		return tx.SaveChallenge(s.challenge)
	})
	s.clock = begins
	return s
}

func (s *stage) update(c contest.ChallengeID, fn func(*store.Tx) error) {
	s.Helper()
	if err := s.store.UpdateIn(context.Background(), c, fn); err != nil {
		s.Fatal(err)
	}
}

// at moves the clock to an hour of a day of the campaign, the first of which is 1.
func (s *stage) at(day, hour int) {
	s.clock = begins.AddDate(0, 0, day-1).Add(time.Duration(hour) * time.Hour)
}

func (s *stage) count(m kpi.Metric, channel kpi.ChannelID, n int64) {
	s.Helper()
	s.update(s.challenge.ID, func(tx *store.Tx) error {
		return tx.Count(store.Count{
			Campaign: s.campaign.ID, N: n, Cell: kpi.Cell{Quarter: kpi.QuarterOf(s.clock), Challenge: s.challenge.ID, Channel: channel, Metric: m},
		})
	})
}

func (s *stage) overview() Overview {
	s.Helper()
	o, err := s.Overview(s.Context(), s.campaign.ID)
	if err != nil {
		s.Fatal(err)
	}
	return o
}

func (s *stage) fan(name string) (f contest.Fan) {
	s.update("", func(tx *store.Tx) (err error) {
		f, err = tx.FanFor("guest", name, name)
		return err
	})
	return f
}

func (s *stage) entry(fan contest.Fan, city string) (e contest.Entry) {
	s.update(s.challenge.ID, func(tx *store.Tx) (err error) {
		e, err = tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, City: city, Status: contest.Published})
		return err
	})
	return e
}

func (s *stage) vote(fan contest.Fan, e contest.Entry) {
	s.update(s.challenge.ID, func(tx *store.Tx) error {
		voter, err := tx.VoterFor(s.challenge.ID, fan.ID)
		if err != nil {
			return err
		}
		_, err = tx.Cast(contest.Ballot{Challenge: s.challenge.ID, Entry: e.ID, Fan: fan.ID, Voter: voter, Class: contest.GuestVoter}, "all", 1, store.Origin{})
		return err
	})
}

func TestAFigureIsHeldAgainstItsTargetAndItsPace(t *testing.T) {
	s := set(t)
	for day := 1; day <= 10; day++ {
		s.at(day, 12)
		s.count(kpi.Views, "weibo", 50)
	}
	s.at(11, 0)
	o := s.overview()
	f := o.Figure(kpi.Views)
	if f.Measured != 500 || f.Completion != 1667 || f.HasReported {
		t.Errorf("got %d, completion %d, reported %v, want 500, 1667, false", f.Measured, f.Completion, f.HasReported)
	}
	// The last seven buckets are six whole days and the moment of the seventh: 300 in six days.
	if want := (kpi.Pace{Due: 1000, AtEnd: 1500, Completion: 5000, PerDay: 125}); !f.HasPace || f.Pace != want {
		t.Errorf("got pace %+v, want %+v", f.Pace, want)
	}
	if got := o.Figure(kpi.Conversion); got.HasMeasured {
		t.Errorf("without a visit the conversion is %d", got.Measured)
	}
	if len(f.Days) != 11 || !f.Days[10].Partial || f.Days[9].Value != 50 || f.Days[9].Day() != "2026-11-10" {
		t.Errorf("got days %+v", f.Days)
	}
}

func TestWhatLiesOutsideThePeriodDoesNotCount(t *testing.T) {
	s := set(t)
	for _, at := range []time.Time{begins.Add(-1), begins, begins.AddDate(0, 0, 30).Add(-1), begins.AddDate(0, 0, 30)} {
		s.clock = at
		s.count(kpi.Views, "", 1)
		s.entry(s.fan(at.String()), "")
	}
	o := s.overview()
	if views, entries, people := o.Figure(kpi.Views).Measured, o.Figure(kpi.Entries).Measured, o.Figure(kpi.Participants).Measured; views != 2 || entries != 2 || people != 2 {
		t.Errorf("got %d views, %d entries and %d participants, want 2 each", views, entries, people)
	}
}

func TestChannelsOfThePlanComeFirstAndSumToTheWhole(t *testing.T) {
	s := set(t)
	s.count(kpi.Visits, "", 7)
	s.count(kpi.Visits, "newsletter", 2)
	s.count(kpi.Visits, "weibo", 1)
	o := s.overview()
	sum := int64(0)
	for _, g := range o.Channels {
		sum += g.Total(kpi.Visits)
	}
	if o.Channels[0].ID != "weibo" || o.Channels[0].Measured[kpi.Visits] != 1 || sum != 10 {
		t.Errorf("got %+v", o.Channels)
	}
}

func TestVotesEntriesAndParticipantsAreCountedFromRows(t *testing.T) {
	s := set(t)
	a, b, c := s.fan("a"), s.fan("b"), s.fan("c")
	wuhan, nowhere := s.entry(a, "wuhan"), s.entry(b, "")
	s.vote(b, wuhan)
	s.vote(c, wuhan)
	s.vote(c, nowhere)
	if err := s.Fold(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := s.overview()
	for m, want := range map[kpi.Metric]int64{kpi.Votes: 3, kpi.Entries: 2, kpi.Participants: 3} {
		if got := o.Figure(m).Measured; got != want {
			t.Errorf("%s: got %d, want %d", m, got, want)
		}
	}
	if len(o.Cities) != 2 || o.Cities[0].ID != "wuhan" || o.Cities[0].Votes != 2 || o.Cities[0].Entries != 1 {
		t.Errorf("got cities %+v", o.Cities)
	}
	if len(o.Engaging) != 2 || o.Engaging[0].ID != wuhan.ID || o.Engaging[0].Votes != 2 {
		t.Errorf("got entries %+v", o.Engaging)
	}
}

func TestAnOverviewIsRememberedForAMoment(t *testing.T) {
	s := set(t)
	s.count(kpi.Views, "", 1)
	s.overview()
	s.count(kpi.Views, "", 1)
	s.clock = s.clock.Add(fresh - 1)
	if got := s.overview().Figure(kpi.Views).Measured; got != 1 {
		t.Errorf("within the time: got %d, want 1", got)
	}
	s.clock = s.clock.Add(1)
	if got := s.overview().Figure(kpi.Views).Measured; got != 2 {
		t.Errorf("after it: got %d, want 2", got)
	}
}

func TestACrowdIsCountedAgainWhereSomebodyLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := set(t)
		s.entry(s.fan("a"), "")
		s.overview()
		s.entry(s.fan("b"), "")
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Service.Run(ctx); close(ended) }()
		for range 2 { // the first one finds it old
			synctest.Wait()
			s.clock = s.clock.Add(fresh)
			s.overview()
			time.Sleep(tick) // of the test's own clock
		}
		synctest.Wait()
		s.clock = s.clock.Add(fresh)
		if got := s.overview().Figure(kpi.Participants).Measured; got != 2 {
			t.Errorf("got %d participants, want 2", got)
		}
		stop()
		<-ended
	})
}

func TestNoCampaignHasNoNumbers(t *testing.T) {
	s := set(t)
	if _, err := s.Overview(t.Context(), "ca_none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want not found", err)
	}
	if len(s.known) != 0 {
		t.Error("what is not there is remembered")
	}
	if _, err := s.Detail(t.Context(), s.campaign.ID, "likes", Span{}); !errors.Is(err, ErrMetric) {
		t.Errorf("got %v, want no metric", err)
	}
}

func TestHoursAndQuarterHoursSumToTheirDay(t *testing.T) {
	s := set(t)
	for hour := range 24 {
		s.at(3, hour)
		s.count(kpi.Votes, "", int64(hour))
		s.count(kpi.Visits, "weibo", 4)
		s.entry(s.fan(fmt.Sprint(hour)), "")
	}
	s.at(9, 0)
	for _, m := range []kpi.Metric{kpi.Votes, kpi.Visits, kpi.Entries, kpi.Participants} {
		want := s.overview().Figure(m).Days[2].Value
		for by, buckets := range map[kpi.Step]int{kpi.ByHour: 24, kpi.ByQuarter: 96, kpi.ByDay: 1} {
			d, err := s.Detail(t.Context(), s.campaign.ID, m, Span{By: by, First: "2026-11-03", Last: "2026-11-03"})
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Series.Sum(); got != want || got == 0 || len(d.Series) != buckets {
				t.Errorf("%s by %s: got %d in %d buckets, want %d in %d", m, by, got, len(d.Series), want, buckets)
			}
		}
	}
}

func TestWhatIsDueToEachChannelSumsToTheWhole(t *testing.T) {
	s := set(t)
	s.at(3, 5)
	s.count(kpi.Visits, "", 7)
	s.count(kpi.Visits, "weibo", 4)
	s.at(4, 5)
	s.count(kpi.Visits, "weibo", 1)
	s.count(kpi.Impressions, "newsletter", 50)
	s.at(9, 0)
	sum := func(m kpi.Metric, by kpi.Step, f Filter) int64 {
		t.Helper()
		d, err := s.Detail(t.Context(), s.campaign.ID, m, Span{By: by, Filter: f})
		if err != nil {
			t.Fatal(err)
		}
		return d.Series.Sum()
	}
	for _, by := range []kpi.Step{kpi.ByDay, kpi.ByHour} {
		for f, want := range map[Filter]int64{{}: 12, {Channel: "weibo"}: 5, {Channel: Nobody}: 7, {Channel: "none"}: 0, {Partner: Nobody}: 12, {Partner: "lens"}: 0} {
			if got := sum(kpi.Visits, by, f); got != want {
				t.Errorf("visits by %s of %+v: got %d, want %d", by, f, got, want)
			}
		}
	}
	for m, f := range map[kpi.Metric]Filter{kpi.Votes: {Channel: "weibo"}, kpi.Participants: {Partner: Nobody}, kpi.Reach: {Channel: Nobody}} {
		if _, err := s.Detail(t.Context(), s.campaign.ID, m, Span{Filter: f}); !errors.Is(err, ErrFilter) {
			t.Errorf("%s of %+v: got %v, want ErrFilter", m, f, err)
		}
	}
}

func TestASpanIsBroughtToWhatThereIs(t *testing.T) {
	s := set(t)
	s.at(10, 1)
	for asked, want := range map[Span]Span{
		{}:                  {By: kpi.ByDay, First: "2026-11-01", Last: "2026-11-10"},
		{By: kpi.ByHour}:    {By: kpi.ByHour, First: "2026-11-01", Last: "2026-11-10"},
		{By: kpi.ByQuarter}: {By: kpi.ByQuarter, First: "2026-11-09", Last: "2026-11-10"},
		{By: kpi.ByQuarter, First: "2026-11-04", Last: "2026-11-04"}: {By: kpi.ByQuarter, First: "2026-11-04", Last: "2026-11-04"},
		{By: "decade", First: "1999-01-01", Last: "2026-11-02"}:      {By: kpi.ByDay, First: "2026-11-01", Last: "2026-11-02"},
	} {
		d, err := s.Detail(t.Context(), s.campaign.ID, kpi.Views, asked)
		if err != nil {
			t.Fatal(err)
		}
		if d.Span != want {
			t.Errorf("%+v: got %+v, want %+v", asked, d.Span, want)
		}
	}
}
