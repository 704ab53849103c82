package reports

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/app/notices"
	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReports(t *testing.T) {
	for claim, hold := range map[string]func(*desk){
		"a link opens the report until it is revoked":                opensUntilRevoked,
		"a link opens the report until its end":                      opensUntilEnd,
		"a link has a label and an end":                              wishesChecked,
		"what no token is opens nothing":                             noToken,
		"a photo that is public no longer is in no report":           withdrawnLeaves,
		"a report is sent at nine on Mondays and Fridays, each once": sentOnce,
		"who may not read a report is not sent it":                   sentToReadersAlone,
	} {
		t.Run(claim, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { hold(newDesk(t)) })
		})
	}
}

// desk is a service over a database with a launched campaign, which runs for thirty days from a Sunday on in Shanghai.
type desk struct {
	*testing.T
	*Service
	campaign  contest.Campaign
	challenge contest.Challenge
	marketer  store.Staff
	zone      *time.Location
}

func newDesk(t *testing.T) *desk {
	d := &desk{T: t}
	db := storetest.OpenSQLite(t, nil, store.WithClock(time.Now))
	queue := storetest.Queue(db, func(_ job.Job, err error) { t.Error(err) })
	letters := notices.New(db, queue)
	letters.WriteBy(notices.Mail{Send: func(context.Context, notices.Letter) error { return nil }})
	d.Service = New(db, numbers.New(db, slog.New(slog.DiscardHandler)), letters, queue, func(c Closing) (contest.Text, []contest.Text) {
		return c.Campaign.Name, []contest.Text{{ZH: "顺利", EN: "on track"}}
	})
	plan := storetest.November()
	d.zone = plan.Location()
	plan.Starts = time.Date(2026, 11, 1, 0, 0, 0, 0, d.zone)
	plan.Ends = plan.Starts.AddDate(0, 0, 30)
	plan.Targets = map[kpi.Metric]int64{kpi.Entries: 10}
	d.until(plan.Starts)
	d.update("", func(tx *store.Tx) (err error) {
		if d.campaign, err = tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}}); err != nil {
			return err
		}
		if err := tx.SavePlan(d.campaign.ID, plan); err != nil {
			return err
		}
		if d.marketer, err = tx.CreateStaff(store.Staff{Email: "mei@example.org", Name: "Mei", Role: "marketer"}); err != nil {
			return err
		}
		if d.challenge, err = tx.CreateChallenge(storetest.Draft(d.campaign.ID, "night", time.Now())); err != nil {
			return err
		}
		d.challenge.LaunchedAt, d.challenge.RulesHash = time.Now(), d.challenge.Terms.Hash()
		return tx.SaveChallenge(d.challenge)
	})
	d.update("", func(tx *store.Tx) error { _, err := tx.LaunchPlan(d.campaign.ID); return err })
	return d
}

// until lets the bubble's clock go on to a time.
func (d *desk) until(at time.Time) { time.Sleep(time.Until(at)) }

func (d *desk) update(c contest.ChallengeID, fn func(*store.Tx) error) {
	d.Helper()
	if err := d.store.UpdateIn(d.Context(), c, fn); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) share(days int) (token string) {
	d.Helper()
	token, err := d.Share(d.Context(), d.marketer.ID, d.campaign.ID, "总监", days)
	if err != nil {
		d.Fatal(err)
	}
	return token
}

// opens tells whether a token opens the report of the campaign.
func (d *desk) opens(token string) bool {
	d.Helper()
	c, err := d.Shared(d.Context(), token)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		d.Fatal(err)
	}
	return err == nil && c.Campaign.ID == d.campaign.ID
}

func opensUntilRevoked(d *desk) {
	token, other := d.share(30), d.share(30)
	links, err := d.Links(d.Context(), d.campaign.ID)
	if err != nil || len(links) != 2 || !d.opens(token) || !d.opens(other) {
		d.Fatalf("links: %v, %v", links, err)
	}
	i := slices.IndexFunc(links, func(l store.ReportLink) bool { return l.Hash != "" })
	if err := d.Revoke(d.Context(), d.marketer.ID, d.campaign.ID, links[i].ID); err != nil {
		d.Fatal(err)
	}
	if d.opens(token) == d.opens(other) {
		d.Error("not one of the two links opens the report")
	}
	if err := d.Revoke(d.Context(), d.marketer.ID, d.campaign.ID, links[i].ID); !errors.Is(err, store.ErrNotFound) {
		d.Errorf("revoked twice: %v", err)
	}
	if links, err = d.Links(d.Context(), d.campaign.ID); err != nil || len(links) != 1 {
		d.Errorf("links: %v, %v", links, err)
	}
}

func opensUntilEnd(d *desk) {
	made := time.Now()
	token := d.share(7)
	d.until(made.AddDate(0, 0, 7).Add(-time.Second))
	if !d.opens(token) {
		d.Error("it opens nothing before its end")
	}
	d.until(made.AddDate(0, 0, 7).Add(time.Second))
	if d.opens(token) {
		d.Error("it opens the report after its end")
	}
}

func wishesChecked(d *desk) {
	for _, c := range []struct {
		label string
		days  int
		want  FieldError
	}{
		{" ", 7, FieldError{"report_label", "required"}}, {string(make([]byte, MaxLabel+1)), 7, FieldError{"report_label", "too_long"}},
		{"a", 0, FieldError{"report_days", "required"}}, {"a", 8, FieldError{"report_days", "required"}},
	} {
		_, err := d.Share(d.Context(), d.marketer.ID, d.campaign.ID, c.label, c.days)
		if got, ok := errors.AsType[*FieldError](err); !ok || *got != c.want {
			d.Errorf("%q for %d days: got %v, want %v", c.label, c.days, err, &c.want)
		}
	}
}

func noToken(d *desk) {
	d.share(7)
	for _, token := range []string{"", "x", string(make([]byte, tokenLength)), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		if d.opens(token) {
			d.Errorf("%q opens the report", token)
		}
	}
}

func withdrawnLeaves(d *desk) {
	var e contest.Entry
	d.update(d.challenge.ID, func(tx *store.Tx) error {
		f, err := tx.FanFor("guest", "a", "a")
		if err == nil {
			e, err = tx.InsertEntry(contest.Entry{Challenge: d.challenge.ID, Fan: f.ID, Status: contest.Published})
		}
		if err != nil {
			return err
		}
		return tx.Count(store.Count{Campaign: d.campaign.ID, Entry: e.Number, N: 3, Cell: kpi.Cell{
			Quarter: kpi.QuarterOf(time.Now()), Challenge: d.challenge.ID, Metric: kpi.Shares,
		}})
	})
	token := d.share(7)
	shown := func() int {
		c, err := d.Shared(d.Context(), token)
		if err != nil {
			d.Fatal(err)
		}
		return len(c.Engaging)
	}
	if n := shown(); n != 1 {
		d.Fatalf("%d photos before", n)
	}
	d.update(d.challenge.ID, func(tx *store.Tx) error {
		_, err := tx.Decide(e.ID, contest.Withdrawn, "", "")
		return err
	})
	if n := shown(); n != 0 { // though the numbers are remembered for seconds
		d.Errorf("%d photos after", n)
	}
}

// readers has people get the report.
func (d *desk) readers(people ...contest.StaffID) {
	d.Helper()
	if err := d.SetReaders(d.Context(), d.marketer.ID, d.campaign.ID, people, "zh-CN"); err != nil {
		d.Fatal(err)
	}
}

// sent has what is due sent, twice, as two replicas do, and counts the notices that there are by now.
func (d *desk) sent() (n int64) {
	d.Helper()
	for range 2 {
		if err := d.Send(d.Context()); err != nil {
			d.Fatal(err)
		}
	}
	tables := store.Tables()
	i := slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == "notices" })
	d.update("", func(tx *store.Tx) (err error) {
		n, err = tx.CountRows(tables[i])
		return err
	})
	return n
}

func sentOnce(d *desk) {
	d.readers(d.marketer.ID)
	day := func(n int, clock time.Duration) time.Time {
		return time.Date(2026, 11, n, 0, 0, 0, 0, d.zone).Add(clock)
	}
	for _, c := range []struct {
		at   time.Time
		want int64
	}{
		{day(2, 9*time.Hour-time.Second), 0}, {day(2, 9*time.Hour), 1}, {day(2, 10*time.Hour), 1}, {day(3, 9*time.Hour), 1},
		{day(6, 9*time.Hour-time.Second), 1}, {day(6, 12*time.Hour), 2},
		{day(9, 20*time.Hour), 2},                                                              // it was down all day
		{day(30+4, 9*time.Hour), 3}, {day(30+7, 9*time.Hour), 4}, {day(30+11, 9*time.Hour), 4}, // a week after the end nobody wants more
	} {
		d.until(c.at)
		if got := d.sent(); got != c.want {
			d.Errorf("%s: %d notices, want %d", c.at.Format(time.RFC1123), got, c.want)
		}
	}
}

func sentToReadersAlone(d *desk) {
	var moderator, gone store.Staff
	d.update("", func(tx *store.Tx) (err error) {
		if moderator, err = tx.CreateStaff(store.Staff{Email: "mo@example.org", Name: "Mo", Role: "moderator"}); err != nil {
			return err
		}
		gone, err = tx.CreateStaff(store.Staff{Email: "go@example.org", Name: "Go", Role: "administrator"})
		return err
	})
	d.readers(d.marketer.ID, moderator.ID, gone.ID, "st_none")
	people, reads, err := d.Readers(d.Context(), d.campaign.ID)
	if err != nil || len(people) != 2 || len(reads) != 2 || reads[moderator.ID] {
		d.Fatalf("readers: %v of %d people, %v", reads, len(people), err)
	}
	d.update("", func(tx *store.Tx) error { return tx.RemoveStaff(gone.ID) })
	d.update("", func(tx *store.Tx) error { return tx.SetRole(d.marketer.ID, "moderator", "", "") }) // not any more
	d.until(time.Date(2026, 11, 2, 9, 0, 0, 0, d.zone))
	if n := d.sent(); n != 0 {
		d.Errorf("%d notices", n)
	}
}
