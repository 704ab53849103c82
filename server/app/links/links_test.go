package links

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const own = "https://photos.example.org"

// desk is a campaign with two channels, a partner and a challenge.
type desk struct {
	*testing.T
	*Service
	store     *store.Store
	campaign  contest.CampaignID
	challenge contest.Challenge
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{T: t, store: storetest.OpenSQLite(t, nil)}
	d.Service = New(d.store, own)
	p := kpi.StartingPlan()
	p.Starts = time.Now().Add(-10 * 24 * time.Hour)
	p.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}, {ID: "mail", Name: contest.Text{ZH: "邮件", EN: "Newsletter"}}}
	p.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "文旅武汉", EN: "Wuhan Tourism"}}}
	d.update(func(tx *store.Tx) error {
		c, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		if err != nil {
			return err
		}
		d.campaign = c.ID
		if d.challenge, err = tx.CreateChallenge(storetest.Draft(c.ID, "night", tx.Now())); err != nil {
			return err
		}
		return tx.SavePlan(c.ID, p)
	})
	return d
}

func (d *desk) update(fn func(*store.Tx) error) {
	d.Helper()
	if err := d.store.Update(d.Context(), fn); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) link(target string) kpi.Link {
	d.Helper()
	l, err := d.Create(d.Context(), kpi.Link{Campaign: d.campaign, Credit: kpi.Credit{Channel: "weibo", Partner: "wuhan"}, Target: target, Staff: "st_1"})
	if err != nil {
		d.Fatal(err)
	}
	return l
}

func (d *desk) follow(code string, counts bool) (to *url.URL) {
	d.Helper()
	address, lost, err := d.Follow(d.Context(), code, "utm_medium=qr", counts)
	if err != nil || lost != nil {
		d.Fatal(err, lost)
	}
	to, err = url.Parse(address)
	if err != nil {
		d.Fatal(err)
	}
	return to
}

func (d *desk) clicks() (n int64) {
	d.Helper()
	o, err := d.Overview(d.Context(), d.campaign)
	if err != nil {
		d.Fatal(err)
	}
	for _, l := range o.Links {
		n += l.Clicks
	}
	return n
}

func TestAClickIsCountedAndTakesItsTokenAlong(t *testing.T) {
	d := open(t)
	l := d.link("https://shop.example.com/p")
	before := time.Now().Truncate(time.Second)
	to := d.follow(strings.ToUpper(string(l.Code)), true)
	key, err := d.ClickKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	click, err := kpi.OpenClick(key, to.Query().Get("ff"))
	if err != nil || click.Link != l.Code || click.At.Before(before) || to.Host != "shop.example.com" || to.Query().Get("utm_medium") != "qr" {
		t.Errorf("led to %s, a click %+v, %v", to, click, err)
	}
	if n := d.clicks(); n != 1 {
		t.Errorf("%d clicks", n)
	}
}

func TestWhoIsNotCountedIsLedOnWithoutAToken(t *testing.T) {
	d := open(t)
	l := d.link("/c/night")
	robot := d.follow(string(l.Code), false)
	if err := d.Retire(t.Context(), "st_1", d.campaign, l.Code, true); err != nil {
		t.Fatal(err)
	}
	retired := d.follow(string(l.Code), true)
	for _, to := range []*url.URL{robot, retired} {
		if to.Query().Has("ff") || to.Path != "/c/night" || to.Host != "photos.example.org" {
			t.Errorf("led to %s", to)
		}
	}
	if n := d.clicks(); n != 0 {
		t.Errorf("%d clicks", n)
	}
	if err := d.Retire(t.Context(), "st_1", d.campaign, l.Code, false); err != nil {
		t.Fatal(err)
	}
	if to := d.follow(string(l.Code), true); !to.Query().Has("ff") || d.clicks() != 1 {
		t.Errorf("a link that was brought back leads to %s and has %d clicks", to, d.clicks())
	}
	if _, _, err := d.Follow(t.Context(), "nothere0", "", true); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an unknown code: %v", err)
	}
}

func TestAVisitorGetsThereWhereTheCountDoesNot(t *testing.T) {
	d := open(t)
	l := d.link("/c/night")
	d.follow(string(l.Code), true)
	d.store.Close() // as if the database had gone
	to, lost, err := d.Follow(t.Context(), string(l.Code), "", true)
	if err != nil || lost == nil || !strings.HasPrefix(to, own+"/c/night?") {
		t.Errorf("led to %q, lost %v, %v", to, lost, err)
	}
}

func TestALinkToAChallengesPageIsTheChallenges(t *testing.T) {
	d := open(t)
	if l := d.link("/c/night?board=city"); l.Challenge != d.challenge.ID {
		t.Errorf("challenge %q", l.Challenge)
	}
	if l := d.link(own + "/c/other"); l.Challenge != "" || l.Target != "/c/other" {
		t.Errorf("challenge %q, target %s", l.Challenge, l.Target)
	}
}

func TestWhatIsWrongWithALinkIsSaid(t *testing.T) {
	d := open(t)
	good := kpi.Link{Campaign: d.campaign, Credit: kpi.Credit{Channel: "weibo"}, Target: "/c/night"}
	for want, change := range map[string]func(*kpi.Link){
		"channel: required": func(l *kpi.Link) { l.Channel = "nowhere" },
		"partner: unknown":  func(l *kpi.Link) { l.Partner = "nobody" },
		"target: invalid":   func(l *kpi.Link) { l.Target = "javascript:alert(1)" },
		"label: too_long":   func(l *kpi.Link) { l.Label = strings.Repeat("夜", kpi.MaxLinkLabel+1) },
	} {
		l := good
		change(&l)
		if _, err := d.Create(t.Context(), l); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestMissingLinksAreMadeOnce(t *testing.T) {
	d := open(t)
	d.link("https://shop.example.com/") // of weibo and wuhan
	for _, want := range []int{3, 0} {
		n, err := d.CreateMissing(t.Context(), "st_1", d.campaign, "/c/night")
		o, errOverview := d.Overview(t.Context(), d.campaign)
		if err != nil || errOverview != nil || n != want || len(o.Links) != 4 || o.Missing != 0 {
			t.Errorf("made %d, want %d; %d links, %d missing; %v %v", n, want, len(o.Links), o.Missing, err, errOverview)
		}
	}
}

func TestAnotherCampaignsLinkIsNotThere(t *testing.T) {
	d := open(t)
	l := d.link("/c/night")
	for name, act := range map[string]func() error{
		"read":   func() error { _, err := d.Link(t.Context(), "ca_other", l.Code); return err },
		"change": func() error { return d.Change(t.Context(), "st_1", "ca_other", l.Code, "/", "") },
		"retire": func() error { return d.Retire(t.Context(), "st_1", "ca_other", l.Code, true) },
	} {
		if err := act(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := d.Link(t.Context(), d.campaign, l.Code); err != nil || got != l {
		t.Errorf("the link became %+v, %v", got, err)
	}
}

func TestEveryActOnALinkIsOnRecord(t *testing.T) {
	d := open(t)
	l := d.link("/c/night")
	err := errors.Join(
		d.Change(t.Context(), "st_1", d.campaign, l.Code, "https://shop.example.com/", "poster"), d.Retire(t.Context(), "st_1", d.campaign, l.Code, true),
		d.Retire(t.Context(), "st_1", d.campaign, l.Code, false),
	)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	d.update(func(tx *store.Tx) error {
		page, err := tx.Acts(store.ActQuery{Object: "link/" + string(l.Code), Limit: 10})
		for _, a := range page.Acts {
			acts = append(acts, a.Action)
		}
		return err
	})
	if len(acts) != 4 {
		t.Errorf("acts %v", acts)
	}
}

// yesterday is a day of the desk's campaign.
func yesterday() string { return kpi.StartingPlan().Day(time.Now().Add(-24 * time.Hour)) }

func TestAReportCountsWhenItIsConfirmedAndNotOnceItIsUndone(t *testing.T) {
	d := open(t)
	file := "日期,平台,账号,曝光量(次),阅读量\n" + yesterday() + ",微博,文旅武汉,\"1,234\",1.2万\n" + yesterday() + ",邮件,,-,7\n"
	draft, err := d.ReadReport(t.Context(), "st_1", d.campaign, "微博后台", Defaults{}, strings.NewReader(file))
	if err != nil || len(draft.Faults) > 0 || draft.Sums[kpi.Impressions] != 1234 || draft.Sums[kpi.Views] != 12007 {
		t.Fatalf("%+v, %v", draft, err)
	}
	count := func() (sum int64) {
		d.update(func(tx *store.Tx) error {
			days, err := tx.ReportedDays(d.campaign, yesterday(), yesterday())
			for _, f := range days {
				sum += f.Value
			}
			return err
		})
		return sum
	}
	if n := count(); n != 0 {
		t.Errorf("%d count before anybody confirmed", n)
	}
	if err := d.Confirm(t.Context(), "st_1", "ca_other", draft.Batch.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another campaign confirms it: %v", err)
	}
	if err := d.Confirm(t.Context(), "st_1", d.campaign, draft.Batch.ID); err != nil || count() != 1234+12007 {
		t.Errorf("confirmed: %v, %d", err, count())
	}
	again, err := d.ReadReport(t.Context(), "st_1", d.campaign, "微博后台", Defaults{}, strings.NewReader(file))
	if err != nil || again.Replaces != 3 {
		t.Errorf("the same again replaces %d, %v", again.Replaces, err)
	}
	if err := d.Undo(t.Context(), "st_1", d.campaign, draft.Batch.ID); err != nil || count() != 0 {
		t.Errorf("undone: %v, %d", err, count())
	}
}

func TestATypedFigureCountsAtOnce(t *testing.T) {
	d := open(t)
	f := store.Reported{Day: yesterday(), Channel: "weibo", Metric: kpi.Impressions}
	if err := d.Type(t.Context(), "st_1", d.campaign, "微博", f, "458万"); err != nil {
		t.Fatal(err)
	}
	d.update(func(tx *store.Tx) error {
		days, err := tx.ReportedDays(d.campaign, yesterday(), yesterday())
		if len(days) != 1 || days[0].Value != 4_580_000 || days[0].Source != "微博" {
			t.Errorf("%+v", days)
		}
		return err
	})
	for want, change := range map[string]func(*store.Reported){
		"day: outside":      func(f *store.Reported) { f.Day = "2001-01-01" },
		"day: required":     func(f *store.Reported) { f.Day = "soon" },
		"channel: unknown":  func(f *store.Reported) { f.Channel = "nowhere" },
		"channel: required": func(f *store.Reported) { f.Channel = "" },
		"metric: required":  func(f *store.Reported) { f.Metric = kpi.GMV },
	} {
		wrong := f
		change(&wrong)
		if err := d.Type(t.Context(), "st_1", d.campaign, "微博", wrong, "1"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := d.Type(t.Context(), "st_1", d.campaign, "微博", f, "-1"); err == nil || err.Error() != "value: number" {
		t.Errorf("a negative one: %v", err)
	}
}

func TestTheTemplateIsReadAsItIsHandedOut(t *testing.T) {
	d := open(t)
	plan, err := d.plan(t.Context(), d.campaign)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "zh-CN"} {
		var file strings.Builder
		if err := WriteTemplate(&file, sheet.CSV, plan, yesterday(), lang, func(column string) string { return column }); err != nil {
			t.Fatal(err)
		}
		table, err := sheet.Read(strings.NewReader(file.String()))
		if err != nil {
			t.Fatal(err)
		}
		for i := range table.Rows {
			table.Rows[i].Cells[3] = "5" // impressions
		}
		r := read(table, plan, Defaults{}, time.Now())
		if len(r.Faults) > 0 || len(r.Figures) != 4 {
			t.Errorf("%s: %d figures, faults %+v", lang, len(r.Figures), r.Faults)
		}
		for _, use := range r.Uses {
			if use.Column == "" {
				t.Errorf("%s: %q is not known", lang, use.Title)
			}
		}
	}
}

func TestAWishThatComesAgainUnderItsKeyHasItsLink(t *testing.T) {
	d := open(t)
	wish := kpi.Link{Campaign: d.campaign, Credit: kpi.Credit{Channel: "weibo"}, Target: "/", Staff: "st_1"}
	first, err := d.CreateOnce(t.Context(), wish, "links/one", "1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := d.CreateOnce(t.Context(), wish, "links/one", "1")
	if err != nil || again.Code != first.Code {
		t.Errorf("again: %s (%v), want %s", again.Code, err, first.Code)
	}
	other, err := d.CreateOnce(t.Context(), wish, "links/another", "1")
	if err != nil || other.Code == first.Code {
		t.Errorf("another program's link: %s (%v), want another than %s", other.Code, err, first.Code)
	}
	wish.Label = "another"
	if _, err := d.CreateOnce(t.Context(), wish, "links/one", "1"); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another wish under the key: %v, want %v", err, store.ErrKeyReused)
	}
	o, err := d.Overview(t.Context(), d.campaign)
	if err != nil || len(o.Links) != 2 {
		t.Errorf("%d links (%v), want 2", len(o.Links), err)
	}
}
