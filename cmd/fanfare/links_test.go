package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// trackedLink makes a link of a channel to the challenge's page.
func (i *installation) trackedLink(target string) kpi.Link {
	i.t.Helper()
	err := i.app.store.Update(i.t.Context(), func(tx *store.Tx) error {
		plan, err := tx.Plan(i.challenge.Campaign)
		if err != nil {
			return err
		}
		plan.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}}
		return tx.SavePlan(i.challenge.Campaign, plan.Plan)
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return must(i.app.links.Create(i.t.Context(), kpi.Link{Campaign: i.challenge.Campaign, Credit: kpi.Credit{Channel: "weibo"}, Target: target}))(i.t)
}

func (i *installation) click(method, path string, header map[string]string) reply {
	i.t.Helper()
	all := map[string]string{"User-Agent": browser}
	for name, value := range header {
		all[name] = value
	}
	return i.do(request{method: method, path: path, header: all})
}

func TestAClickLeadsOnWithATokenAndIsCountedForItsChallenge(t *testing.T) {
	i := install(t, nil)
	l := i.trackedLink("/c/night")
	r := i.click(http.MethodGet, "/t/"+string(l.Code)+"?utm_medium=qr", nil)
	to := must(url.Parse(r.Header.Get("Location")))(t)
	if r.Status != http.StatusFound || r.Header.Get("Cache-Control") != "no-store" || to.Path != "/c/night" || to.Query().Get("utm_source") != "weibo" || to.Query().Get("utm_medium") != "qr" {
		t.Errorf("%d to %s, %v", r.Status, to, r.Header)
	}
	click, err := kpi.OpenClick(must(i.app.links.ClickKey(t.Context()))(t), to.Query().Get("ff"))
	if err != nil || click.Link != l.Code {
		t.Errorf("the token is of %+v: %v", click, err)
	}
	// What the page then tells of came by the link.
	visit := strings.Replace(reportOf(1, `{"metric":"visit"}`), `"via":"weibo"`, `"via":"`+to.Query().Get("ff")+`"`, 1)
	if r := i.report("", visit, nil); r.Status != http.StatusNoContent {
		t.Errorf("visit: %d %s", r.Status, r.Text)
	}
	if got := i.counted(); got != "visits=1 clicks=1" {
		t.Errorf("counted %s", got)
	}
}

func TestClicksOfNobodyAreLedOnAndNotCounted(t *testing.T) {
	i := install(t, nil)
	path := "/t/" + string(i.trackedLink("https://shop.example.com/p?sku=1").Code)
	for name, c := range map[string]struct {
		method string
		header map[string]string
	}{
		"a robot":               {http.MethodGet, map[string]string{"User-Agent": "facebookexternalhit/1.1"}},
		"a look at the header":  {http.MethodHead, nil},
		"a page fetched ahead":  {http.MethodGet, map[string]string{"Sec-Purpose": "prefetch;prerender"}},
		"who asks not to be":    {http.MethodGet, map[string]string{"Sec-GPC": "1"}},
		"who asked so long ago": {http.MethodGet, map[string]string{"DNT": "1"}},
	} {
		r := i.click(c.method, path, c.header)
		if to := r.Header.Get("Location"); r.Status != http.StatusFound || !strings.HasPrefix(to, "https://shop.example.com/p?sku=1&") || strings.Contains(to, "ff=") {
			t.Errorf("%s: %d to %s", name, r.Status, to)
		}
	}
	if got := i.counted(); got != "" {
		t.Errorf("counted %s", got)
	}
}

func TestALinkNeverLeadsWhereAVisitorSays(t *testing.T) {
	i := install(t, nil)
	code := string(i.trackedLink("/c/night").Code)
	for _, asked := range []string{"?to=https://evil.example", "?url=//evil.example", "?%0d%0aLocation:https://evil.example", "/https://evil.example", "?ff=forged&ff=twice", "?a=#@evil.example"} {
		r := i.click(http.MethodGet, "/t/"+code+asked, nil)
		to := r.Header.Get("Location")
		if r.Status == http.StatusNotFound && to == "" {
			continue
		}
		if at := must(url.Parse(to))(t); at.Hostname() != "localhost" || at.Path != "/c/night" || at.Query().Get("ff") == "forged" {
			t.Errorf("%q leads to %s", asked, to)
		}
	}
	for _, code := range []string{"nothere0", strings.Repeat("a", 5000), "%00", "..%2f..%2fconsole", "'--"} {
		if r := i.click(http.MethodGet, "/t/"+code, nil); r.Status != http.StatusNotFound || r.Header.Get("Location") != "" {
			t.Errorf("%.20q: %d to %q", code, r.Status, r.Header.Get("Location"))
		}
	}
}

func TestAHundredClicksAtOnceAreAHundred(t *testing.T) {
	i := install(t, nil)
	l := i.trackedLink("/c/night")
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { i.click(http.MethodGet, "/t/"+string(l.Code), nil) })
	}
	all.Wait()
	if got := i.counted(); got != "clicks=100" {
		t.Errorf("counted %s", got)
	}
}

func TestTheShopsScriptIsSmallAndAnybodyMayLoadIt(t *testing.T) {
	i := install(t, nil)
	r := i.get("/ff.js", "")
	if r.Status != http.StatusOK || len(r.Text) > 2048 || r.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%d, %d bytes, %v", r.Status, len(r.Text), r.Header)
	}
}
