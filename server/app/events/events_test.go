package events

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// noon is in the evening of the day in Shanghai.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// stage is a launched challenge with two entries, in a campaign with the channel weibo, and a clock.
type stage struct {
	*testing.T
	store     *store.Store
	campaigns *campaigns.Service
	events    *Service
	challenge contest.Challenge
	now       atomic.Int64 // nanoseconds since 1970
	reports   int
}

func set(t *testing.T) *stage {
	s := &stage{T: t}
	s.now.Store(noon.UnixNano())
	s.store = storetest.OpenSQLite(t, nil, store.WithClock(func() time.Time { return time.Unix(0, s.now.Load()).UTC() }))
	s.campaigns = campaigns.New(s.store, "https://photos.example.org")
	s.events = s.process()
	campaign, err := s.campaigns.CreateCampaign(t.Context(), "", contest.Text{ZH: "夜", EN: "Night"})
	if err == nil {
		s.challenge, err = s.campaigns.Create(t.Context(), storetest.Draft(campaign.ID, "night", noon))
	}
	if err != nil {
		t.Fatal(err)
	}
	if problems, err := s.campaigns.Launch(t.Context(), s.challenge.ID, s.challenge.Hash()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	err = s.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error {
		plan := kpi.StartingPlan()
		plan.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}}
		fan, err := tx.FanFor("guest", "author", "author")
		for range 2 {
			_, errEntry := tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Status: contest.Published})
			err = errors.Join(err, errEntry)
		}
		return errors.Join(err, tx.SavePlan(campaign.ID, plan))
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// process is the service as another process has it.
func (s *stage) process() *Service { return New(s.store, s.campaigns, slog.New(slog.DiscardHandler)) }

// report is a good one, of a batch that is new.
func (s *stage) report(via string, list ...Event) Report {
	s.reports++
	return Report{
		Batch: fmt.Sprintf("%032x", s.reports), Challenge: "night", Via: via, Events: list, From: Client{Address: "192.0.2.1", Agent: "Browser"},
	}
}

func (s *stage) count(r Report) {
	s.Helper()
	if err := s.events.Count(s.Context(), r); err != nil {
		s.Fatal(err)
	}
}

// expect holds what the campaign has counted by day, as "day channel metric value".
func (s *stage) expect(want ...string) {
	s.Helper()
	var got []string
	err := s.store.View(s.Context(), func(tx *store.Tx) error {
		days, err := tx.Days(s.challenge.Campaign, "", "9999-12-31")
		for _, p := range days {
			got = append(got, fmt.Sprint(p.Day, " ", p.Channel, " ", p.Metric, " ", p.Value))
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	if g, w := strings.Join(got, "; "), strings.Join(want, "; "); g != w {
		s.Errorf("counted:\n got %s\nwant %s", g, w)
	}
}

func TestAReportCountsByItsChannelAndOnce(t *testing.T) {
	s := set(t)
	r := s.report("weibo", Event{kpi.Impressions, 0, 1}, Event{kpi.Views, 1, 2}, Event{kpi.Views, 2, 1}, Event{kpi.Visits, 0, 1})
	s.count(r)
	s.count(r)
	s.count(s.report("somewhere", Event{kpi.Views, 1, 1}, Event{kpi.Shares, 1, 1}))
	s.expect("2026-11-22  shares 1", "2026-11-22  views 1", "2026-11-22 weibo impressions 1", "2026-11-22 weibo views 3", "2026-11-22 weibo visits 1")
	var entries []store.EntryPoint
	err := s.store.View(t.Context(), func(tx *store.Tx) (err error) {
		entries, err = tx.EntryCounts(s.challenge.ID)
		return err
	})
	if got := fmt.Sprint(entries); err != nil || got != "[{1 shares 1} {1 views 3} {2 views 1}]" {
		t.Errorf("entries have %s, error %v", got, err)
	}
}

func TestAPageAddsNoMoreThanAPageCan(t *testing.T) {
	s := set(t)
	visit, seen, opened, shared := Event{kpi.Visits, 0, 100}, Event{kpi.Impressions, 0, 100}, Event{kpi.Views, 1, 100}, Event{kpi.Shares, 0, 100}
	s.count(s.report("", visit, visit, seen, opened, Event{kpi.Views, 3, 100}, opened, seen, Event{kpi.Views, 2, 2}, Event{kpi.Shares, 1, 4}, shared))
	s.expect("2026-11-22  impressions 1", "2026-11-22  shares 5", "2026-11-22  views 5", "2026-11-22  visits 1")
	byKey := s.report("weibo", visit, seen, opened, opened, shared)
	byKey.From = Client{}
	s.count(byKey)
	s.expect("2026-11-22  impressions 1", "2026-11-22  shares 5", "2026-11-22  views 5", "2026-11-22  visits 1",
		"2026-11-22 weibo impressions 100", "2026-11-22 weibo shares 100", "2026-11-22 weibo views 200", "2026-11-22 weibo visits 100")
}

func TestAVisitorWhoFollowedALinkCountsForItsChannelAndPartner(t *testing.T) {
	s := set(t)
	link := kpi.Link{Campaign: s.challenge.Campaign, Credit: kpi.Credit{Channel: "weibo", Partner: "lens"}, Target: "/c/night"}
	retired, foreign := link, link
	retired.RetiredAt, foreign.Campaign = noon, "ca_other"
	tokens := map[string]string{}
	err := s.store.Update(t.Context(), func(tx *store.Tx) error {
		other, err := tx.CreateCampaign(contest.Campaign{})
		key, errKey := tx.Secret(kpi.ClickSecret)
		foreign.Campaign = other.ID
		for name, l := range map[string]kpi.Link{"good": link, "retired": retired, "foreign": foreign} {
			made, errLink := tx.CreateLink(l)
			err = errors.Join(err, errLink)
			tokens[name] = kpi.SignClick(key, kpi.Click{Link: made.Code, At: noon}, 1)
			tokens[name+" before"] = kpi.SignClick(key, kpi.Click{Link: made.Code, At: noon.Add(-time.Second)}, 2)
		}
		tokens["unknown"] = kpi.SignClick(key, kpi.Click{Link: "00000000", At: noon}, 3)
		return errors.Join(err, errKey)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, via := range []string{tokens["good"], tokens["retired before"], tokens["retired"], tokens["foreign"], tokens["unknown"], tokens["good"][1:], "x"} {
		s.count(s.report(via, Event{kpi.Visits, 0, 1}))
	}
	var got []string
	err = s.store.View(t.Context(), func(tx *store.Tx) error {
		days, err := tx.Days(s.challenge.Campaign, "", "9999-12-31")
		for _, p := range days {
			got = append(got, fmt.Sprint(p.Channel, " ", p.Partner, " ", p.Value))
		}
		return err
	})
	if want := "[  5 weibo lens 2]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("counted %q, error %v, want %q", got, err, want)
	}
}

func TestAnEventAboutAPhotoThatIsNotThereCountsNothing(t *testing.T) {
	s := set(t)
	s.count(s.report("", Event{kpi.Views, 3, 1}, Event{kpi.Shares, 4_000_000_000, 1}))
	s.expect()
	s.count(s.report("", Event{kpi.Views, 3, 1}, Event{kpi.Views, 2, 1}))
	s.expect("2026-11-22  views 1")
}

func TestAMalformedReportIsRefused(t *testing.T) {
	s := set(t)
	for name, spoil := range map[string]func(*Report){
		"no batch":         func(r *Report) { r.Batch = "" },
		"short batch":      func(r *Report) { r.Batch = r.Batch[1:] },
		"batch in letters": func(r *Report) { r.Batch = strings.Repeat("G", len(r.Batch)) },
		"no events":        func(r *Report) { r.Events = nil },
		"too many events":  func(r *Report) { r.Events = make([]Event, MaxEvents+1) },
		"long via":         func(r *Report) { r.Via = strings.Repeat("a", MaxVia+1) },
		"never":            func(r *Report) { r.Events[0].Times = 0 },
		"less than never":  func(r *Report) { r.Events[0].Times = -1 },
		"too often":        func(r *Report) { r.Events[0].Times = MaxTimes + 1 },
		"another metric":   func(r *Report) { r.Events[0].Metric = kpi.Orders },
		"a view of none":   func(r *Report) { r.Events[0].Entry = 0 },
	} {
		r := s.report("", Event{kpi.Views, 1, 1})
		spoil(&r)
		if err := s.events.Count(t.Context(), r); !errors.Is(err, ErrReport) {
			t.Errorf("%s: got %v, want ErrReport", name, err)
		}
	}
	r := s.report("", Event{kpi.Views, 1, 1})
	r.Challenge = "day"
	if err := s.events.Count(t.Context(), r); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another challenge: got %v, want not found", err)
	}
	s.expect()
}

// reached returns the reach of the campaign's day, of its challenge and of the channel.
func (s *stage) reached() (day string) {
	s.Helper()
	err := s.store.View(s.Context(), func(tx *store.Tx) error {
		points, err := tx.Reach(s.challenge.Campaign, "", "9999-12-31")
		for _, p := range points {
			day += fmt.Sprintf("%s %t %s: %d; ", p.Day, p.Challenge != "", p.Channel, p.Value)
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
	return day
}

func (s *stage) flush() {
	s.Helper()
	if err := s.events.Flush(s.Context()); err != nil {
		s.Fatal(err)
	}
}

func TestAVisitorIsReachedOnceADayByAllProcesses(t *testing.T) {
	s := set(t)
	visit := func(via, address, agent string) {
		s.Helper()
		r := s.report(via, Event{kpi.Impressions, 0, 1})
		r.From = Client{address, agent}
		s.count(r)
	}
	visit("", "192.0.2.1", "A")
	visit("weibo", "192.0.2.1", "A")
	visit("weibo", "192.0.2.1", "B")
	visit("", "192.0.2.2", "A")
	s.flush()
	s.events = s.process()
	visit("weibo", "192.0.2.1", "A")
	visit("weibo", "192.0.2.3", "A")
	s.flush()
	s.flush() // of nothing
	if got, want := s.reached(), "2026-11-22 false : 4; 2026-11-22 false weibo: 3; 2026-11-22 true : 4; "; got != want {
		t.Errorf("reached %s\nwant    %s", got, want)
	}
}

func TestReachIsNearTheTruth(t *testing.T) {
	s := set(t)
	const visitors = 50_000
	for n := range visitors {
		v := visit{s.challenge.Campaign, "2026-11-22", s.challenge.ID, "", Client{fmt.Sprint("address ", n), "Browser"}}
		if err := s.events.reach.saw(t.Context(), v); err != nil {
			t.Fatal(err)
		}
	}
	s.flush()
	var value int64
	err := s.store.View(t.Context(), func(tx *store.Tx) error {
		points, err := tx.Reach(s.challenge.Campaign, "2026-11-22", "2026-11-22")
		value = points[0].Value
		return err
	})
	if off := float64(value)/visitors - 1; err != nil || off < -0.03 || off > 0.03 { // the sketch's error is 0.8 % in two of three days
		t.Errorf("reach is %d of %d, error %v", value, visitors, err)
	}
}

func TestNobodyCanTellAfterADayWhoWasCounted(t *testing.T) {
	s := set(t)
	salts := func() (n int64) {
		s.Helper()
		if err := s.events.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		err := s.store.View(t.Context(), func(tx *store.Tx) (err error) {
			n, err = tx.CountRows(store.Table{Name: "reach_salts"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	s.count(s.report("", Event{kpi.Impressions, 0, 1}))
	if n := salts(); n != 1 {
		t.Errorf("%d salts on the day, want 1", n)
	}
	s.now.Add(int64(24 * time.Hour))
	s.count(s.report("", Event{kpi.Impressions, 0, 1}))
	s.now.Add(int64(13 * time.Hour))
	if n := salts(); n != 1 {
		t.Errorf("%d salts after the day, want that of the next", n)
	}
	if n := len(s.events.reach.salts); n != 1 {
		t.Errorf("%d salts in memory, want 1", n)
	}
	day := time.Date(2026, 11, 24, 12, 59, 0, 0, time.UTC) // when the 23rd has been over for less than an hour, as late as it is anywhere
	for _, c := range []struct {
		at   time.Time
		want int
	}{{day, 1}, {day.Add(time.Minute), 0}} {
		s.events.reach.forget(c.at)
		if n := len(s.events.reach.salts); n != c.want {
			t.Errorf("%d salts in memory at %s though nobody came, want %d", n, c.at, c.want)
		}
	}
	s.flush()
	if got, want := s.reached(), "2026-11-22 false : 1; 2026-11-22 true : 1; 2026-11-23 false : 1; 2026-11-23 true : 1; "; got != want {
		t.Errorf("reached %s\nwant    %s", got, want)
	}
}

func TestWhomWeCouldNotWriteDownIsWrittenDownLater(t *testing.T) {
	s := set(t)
	s.count(s.report("", Event{kpi.Impressions, 0, 1}))
	fresh := s.events.reach.take()
	r := s.report("", Event{kpi.Impressions, 0, 1})
	r.From.Address = "192.0.2.2"
	s.count(r)
	s.events.reach.putBack(fresh)
	s.flush()
	if got, want := s.reached(), "2026-11-22 false : 2; 2026-11-22 true : 2; "; got != want {
		t.Errorf("reached %s\nwant    %s", got, want)
	}
}
