package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"fanfare/server/kpi"
	"fanfare/server/store"
)

// browser is what somebody's phone calls itself.
const browser = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"

// report tells of events as a page does that needs no preflight; header says more.
func (i *installation) report(origin, body string, header map[string]string) reply {
	i.t.Helper()
	all := map[string]string{"User-Agent": browser}
	for name, value := range header {
		all[name] = value
	}
	return i.do(request{method: http.MethodPost, path: "/api/v1/events", origin: origin, kind: "text/plain;charset=UTF-8", body: []byte(body), header: all})
}

// reportOf is the body of a report with one batch.
func reportOf(batch int, events string) string {
	return fmt.Sprintf(`{"batch":"%032x","challenge":"night","via":"weibo","events":[%s]}`, batch, events)
}

// counted is what the installation's campaign has counted, as "metric=value".
func (i *installation) counted() string {
	i.t.Helper()
	sums := map[kpi.Metric]int64{}
	err := i.app.store.View(i.t.Context(), func(tx *store.Tx) error {
		days, err := tx.Days(i.challenge.Campaign, "", "9999-12-31")
		for _, p := range days {
			sums[p.Metric] += p.Value
		}
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	var out []string
	for _, m := range kpi.Metrics {
		if sums[m] != 0 {
			out = append(out, fmt.Sprintf("%s=%d", m, sums[m]))
		}
	}
	return strings.Join(out, " ")
}

func TestAPageOfARegisteredSiteTellsOfEventsWithoutAPreflight(t *testing.T) {
	i := install(t, nil)
	i.published(i.guest(), "one")
	body := reportOf(1, `{"metric":"impression"},{"metric":"view","entry":1,"n":2},{"metric":"visit"},{"metric":"share","entry":1}`)
	for range 2 { // the second is the same batch again
		r := i.report(hostOrigin, body, nil)
		if r.Status != http.StatusNoContent || r.Text != "" || r.Header.Get("Access-Control-Allow-Origin") != hostOrigin {
			t.Errorf("got %d %s %v", r.Status, r.Text, r.Header)
		}
		if allowed := r.Header.Get("Access-Control-Allow-Credentials"); allowed != "" {
			t.Errorf("credentials are allowed: %s", allowed)
		}
	}
	if got := i.counted(); got != "impressions=1 views=2 visits=1 shares=1" {
		t.Errorf("counted %s", got)
	}
	if r := i.report("https://elsewhere.example", reportOf(2, `{"metric":"visit"}`), nil); r.Status != http.StatusForbidden {
		t.Errorf("a site that is not registered: %d", r.Status)
	}
	if got := i.counted(); got != "impressions=1 views=2 visits=1 shares=1" {
		t.Errorf("counted %s", got)
	}
}

func TestWhoAsksNotToBeCountedIsNotCountedAndNobodysBrowserNeither(t *testing.T) {
	i := install(t, nil)
	cookie := i.administrator()
	for n, header := range []map[string]string{
		{"Sec-GPC": "1"}, {"DNT": "1"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"User-Agent": "Googlebot/2.1"}, {"User-Agent": ""},
		{"Cookie": cookie},
	} {
		if r := i.report("", reportOf(n, `{"metric":"visit"}`), header); r.Status != http.StatusNoContent {
			t.Errorf("%v: got %d %s, want an answer like others", header, r.Status, r.Text)
		}
	}
	if got := i.counted(); got != "" {
		t.Errorf("counted %s", got)
	}
	if r := i.report("", reportOf(99, `{"metric":"visit"}`), map[string]string{"Sec-GPC": "0", "DNT": "0"}); r.Status != http.StatusNoContent || i.counted() != "visits=1" {
		t.Errorf("got %d %s, counted %s", r.Status, r.Text, i.counted())
	}
}

func TestReportsThatAreNoneAreRefusedAndCountNothing(t *testing.T) {
	i := install(t, nil)
	good := `{"metric":"visit"}`
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "x", "a list": "[]", "null": "null", "no batch": `{"challenge":"night","events":[` + good + `]}`,
		"a key twice":        `{"batch":"` + strings.Repeat("0", 32) + `","challenge":"night","challenge":"night","events":[` + good + `]}`,
		"an unknown key":     strings.Replace(reportOf(1, good), `"via"`, `"role"`, 1),
		"two values":         reportOf(1, good) + reportOf(2, good),
		"no events":          reportOf(1, ""),
		"NaN":                reportOf(1, `{"metric":"visit","n":NaN}`),
		"less than none":     reportOf(1, `{"metric":"visit","n":-1}`),
		"more than a page":   reportOf(1, `{"metric":"visit","n":101}`),
		"half an event":      reportOf(1, `{"metric":"visit","n":1.5}`),
		"an order":           reportOf(1, `{"metric":"orders"}`),
		"a view of nothing":  reportOf(1, `{"metric":"view"}`),
		"a huge number":      reportOf(1, `{"metric":"view","entry":4294967297}`),
		"a negative number":  reportOf(1, `{"metric":"view","entry":-1}`),
		"too many events":    reportOf(1, strings.Repeat(good+",", 100)+good),
		"a long batch":       strings.Replace(reportOf(1, good), `"batch":"`, `"batch":"0`, 1),
		"a NUL in the name":  strings.Replace(reportOf(1, good), "night", `\u0000`, 1),
		"a via of 201 bytes": strings.Replace(reportOf(1, good), "weibo", strings.Repeat("a", 201), 1),
	} {
		if r := i.report("", body, nil); r.Status < 400 || r.Status >= 500 || r.code() == "" {
			t.Errorf("%s: got %d %s", name, r.Status, r.Text)
		}
	}
	if r := i.report("", strings.Replace(reportOf(1, good), "night", "day", 1), nil); r.Status != http.StatusNotFound {
		t.Errorf("another challenge: %d", r.Status)
	}
	if r := i.report("", reportOf(1, good+strings.Repeat(" ", 20<<10)), nil); r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("20 KiB: got %d", r.Status)
	}
	if got := i.counted(); got != "" {
		t.Errorf("counted %s", got)
	}
}

func TestABatchThatComesAHundredTimesAtOnceCountsOnce(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	voter, id := i.guest(), i.published(i.guest(), "one")
	var all sync.WaitGroup
	for n := range 100 {
		all.Go(func() {
			if r := i.report("", reportOf(n%4, `{"metric":"view","entry":1}`), nil); r.Status != http.StatusNoContent {
				t.Errorf("got %d %s", r.Status, r.Text)
			}
		})
	}
	all.Go(func() { // beside them
		if r := i.vote(http.MethodPut, id, voter); r.Status != http.StatusOK {
			t.Errorf("vote: %d %s", r.Status, r.Text)
		}
	})
	all.Wait()
	if got := i.counted(); got != "views=4" {
		t.Errorf("counted %s, want the views of four batches", got)
	}
}

func TestADraftCountsNothingAndIsNotTold(t *testing.T) {
	i := install(t, nil)
	draft := i.challenge
	draft.Slug = "draft"
	if _, err := i.app.campaigns.Create(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	of := func(slug string) reply {
		return i.report("", strings.Replace(reportOf(1, `{"metric":"visit"}`), "night", slug, 1), nil)
	}
	if got, want := of("draft"), of("nowhere"); got.Status != http.StatusNotFound || got.Text != want.Text {
		t.Errorf("a draft: %d %s; nothing: %d %s", got.Status, got.Text, want.Status, want.Text)
	}
	if got := i.counted(); got != "" {
		t.Errorf("counted %s", got)
	}
}
