package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// running makes a challenge whose campaign is in its tenth day, and returns the campaign.
func (d *desk) running() contest.CampaignID {
	d.t.Helper()
	ch := d.launched()
	plan := storetest.November()
	today := time.Now().In(plan.Location())
	plan.Starts = time.Date(today.Year(), today.Month(), today.Day()-9, 0, 0, 0, 0, plan.Location())
	plan.Ends = plan.Starts.AddDate(0, 0, 30)
	plan.Targets = map[kpi.Metric]int64{kpi.Views: 3000, kpi.Visits: 100}
	plan.Baseline.Figures = map[kpi.Metric]int64{kpi.Visits: 50}
	d.update(func(tx *store.Tx) error { return tx.SavePlan(ch.Campaign, plan) })
	d.count(ch, kpi.Views, 600)
	d.count(ch, kpi.Visits, 200)
	return ch.Campaign
}

func (d *desk) update(fn func(*store.Tx) error) {
	d.t.Helper()
	if err := d.store.Update(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) count(ch contest.Challenge, m kpi.Metric, n int64) {
	d.t.Helper()
	d.update(func(tx *store.Tx) error {
		return tx.Count(store.Count{Campaign: ch.Campaign, N: n, Cell: kpi.Cell{Quarter: kpi.QuarterOf(tx.Now()), Challenge: ch.ID, Channel: "weibo", Metric: m}})
	})
}

func TestTheDashboardAnswersInOneSentence(t *testing.T) {
	d := open(t)
	body := d.get(numbersPath(d.running()) + "?lang=en")
	for _, want := range []string{
		"1 of 2 targets on track. Behind: Content views.", "Day 10 of 30", `<span class="target-completion">20&nbsp;%</span>`, `<span class="target-completion">200&nbsp;%</span>`,
		"&#43;300&nbsp;%", "against 2025",
	} {
		if !strings.Contains(strings.ReplaceAll(body, "\u00a0", "&nbsp;"), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "ZgotmplZ") || strings.Contains(body, "style=") {
		t.Error("the page has what its policy or its templates refuse")
	}
}

func TestTheDashboardIsSentAgainOnlyWhereItChanged(t *testing.T) {
	d := open(t)
	campaign := d.running()
	body := d.get(numbersPath(campaign) + "?lang=en&metric=visits")
	_, rest, _ := strings.Cut(body, `hx-get="`)
	next, _, _ := strings.Cut(rest, `"`)
	next = strings.ReplaceAll(next, "&amp;", "&")
	if w := d.do(http.MethodGet, next, nil); w.Code != http.StatusNoContent || w.Body.Len() > 0 {
		t.Errorf("%s: got %d with %d bytes, want 204 and none", next, w.Code, w.Body.Len())
	}
	w := d.do(http.MethodGet, numbersPath(campaign)+"/live?is=other&metric=visits&lang=en", nil)
	if got := w.Body.String(); w.Code != http.StatusOK || !strings.HasPrefix(got, `<div id="live"`) || !strings.Contains(got, next[strings.Index(next, "is="):strings.Index(next, "is=")+19]) {
		t.Errorf("got %d: %.200s", w.Code, got)
	}
}

func TestEachMetricSaysWhatItMeansAndIsMadeOf(t *testing.T) {
	d := open(t)
	campaign := d.running()
	for _, def := range kpi.Definitions {
		for _, by := range []string{"day", "hour", "quarter"} {
			body := d.get(metricPath(campaign, def.Metric) + "?lang=en&by=" + by)
			if !strings.Contains(strings.ReplaceAll(body, "&#39;", "'"), def.Means.EN) {
				t.Errorf("%s by %s: its meaning is missing", def.Metric, by)
			}
			if !strings.Contains(body, `<details class="twin">`) || !strings.Contains(body, "What it is made of") {
				t.Errorf("%s by %s: the chart's table is missing, or where the number comes from", def.Metric, by)
			}
		}
	}
	long, short := d.get(metricPath(campaign, kpi.Visits)+"?by=hour"), d.get(metricPath(campaign, kpi.Visits)+"?by=day")
	if !strings.Contains(long, "data-closer") || strings.Count(long, "data-n=") < 9*24 || !strings.Contains(long, `data-n="200" data-more="0"`) {
		t.Error("the table of a long chart does not tell the script its numbers")
	}
	if strings.Contains(short, "data-closer") || strings.Contains(short, "data-n=") {
		t.Error("a chart of columns is drawn once more")
	}
	for _, path := range []string{metricPath(campaign, "likes"), metricPath("ca_none", kpi.Votes), numbersPath("ca_none"), numbersPath("ca_none") + "/live"} {
		if w := d.do(http.MethodGet, path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, w.Code)
		}
	}
}
