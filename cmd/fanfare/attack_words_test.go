package main

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fanfare/server/app/keys"
	"fanfare/server/app/news"
	hooks "fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// hostile are words that would run where they are not written as text, short enough for every field.
const hostile = `"><img src=x onerror=alert('ff')>'<ff>`

// runs are what is in a page where they would.
var runs = []string{"<img src=x", "<ff>", "onerror=alert('ff')>"}

// marked is an office where partners, marketers, shops and fans wrote hostile words wherever there is a field for words.
func marked(t *testing.T) (o *office, open map[string]string) {
	t.Helper()
	o = openOffice(t)
	ctx, campaign, words := t.Context(), o.challenge.Campaign, contest.Text{ZH: hostile, EN: hostile}
	ada := must(o.app.staff.Members(ctx))(t)[0].ID
	o.plan(ada, words)
	entry := o.grantedBy(o.fan, hostile, map[string]string{"author": hostile, "partner": "wuhan"})
	if err := o.app.results.Feature(ctx, ada, contest.EntryID(entry), true); err != nil {
		t.Fatal(err)
	}
	must(o.app.links.Create(ctx, kpi.Link{Campaign: campaign, Credit: kpi.Credit{Channel: "weibo", Partner: "wuhan"}, Target: "/c/night", Label: hostile}))(t)
	if _, _, err := o.app.keys.Make(ctx, ada, keys.Wish{Name: hostile, Scopes: keys.Scopes[:1]}); err != nil {
		t.Fatal(err)
	}
	must(o.app.webhooks.Create(ctx, hooks.Scope{Staff: ada}, hooks.Wish{Address: "https://hooks.example.org/?" + url.QueryEscape(hostile), Description: hostile, Kinds: []news.Kind{news.EntryWon}}))(t)
	shop, secret, err := o.app.orders.OpenShop(ctx, ada, kpi.Shop{Campaign: campaign, Name: hostile, Kind: kpi.APIShop}, "")
	if err != nil {
		t.Fatal(err)
	}
	order := fmt.Sprintf(`{"type":"order.paid","timestamp":%q,"data":{"order":%q,"amount":100,"currency":"CNY","placed_at":%[1]q}}`, time.Now().UTC().Format(time.RFC3339), hostile)
	o.want("an order", o.tell("POST", "/api/v1/shops/"+string(shop.ID)+"/orders", secret, order, map[string]string{"Idempotency-Key": "1"}), http.StatusOK, "")
	posted := o.console(o.wuhan, "/console/partner/entries/"+entry+"/posted", url.Values{"post_address": {weiboPost + "?from=" + url.QueryEscape(hostile)}})
	o.want("tell of the post", posted, http.StatusSeeOther, "")
	report := "/r/" + must(o.app.reports.Share(ctx, ada, campaign, hostile, 7))(t)
	return o, map[string]string{
		"/console": o.admin, "/console/campaigns/" + string(campaign): o.admin, "/console/partner": o.wuhan, "/console/partner/entries/" + entry + "/kit?outlet=weibo": o.wuhan,
		"/": "", "/c/night": "", "/e/" + entry: "", report: "", "/c/night?board=partner/wuhan": "",
	}
}

// plan launches a plan of hostile words and amends it.
func (o *office) plan(by contest.StaffID, words contest.Text) {
	o.t.Helper()
	plan := kpi.StartingPlan()
	plan.Starts, plan.Ends = time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour)
	plan.Channels = []kpi.Channel{{ID: "weibo", Name: words}}
	plan.Partners = []contest.Choice{{ID: "wuhan", Name: words}}
	plan.Baseline = kpi.Baseline{Label: hostile, Figures: map[kpi.Metric]int64{kpi.Entries: 1}}
	plan.Prizes = []kpi.Prize{{Name: words, Value: 100, Currency: "CNY", Count: 1, How: kpi.ByRank}}
	plan.Targets, plan.PrizeTerms = map[kpi.Metric]int64{kpi.Entries: 1}, words
	var launched store.Plan
	err := o.app.store.Update(o.t.Context(), func(tx *store.Tx) (err error) {
		if err = tx.SavePlan(o.challenge.Campaign, plan); err == nil {
			launched, err = tx.LaunchPlan(o.challenge.Campaign)
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	plan.Targets[kpi.Entries] = 2
	if problems := must(o.app.campaigns.AmendPlan(o.t.Context(), by, o.challenge.Campaign, plan, hostile, launched.SHA256))(o.t); len(problems) > 0 {
		o.t.Fatalf("amend: %v", problems)
	}
}

var followed = regexp.MustCompile(`href="(/[^"#]*|\?[^"#]*)`)

// read looks at a page, and returns the pages of ours that it leads to.
func (o *office) read(path, cookie string) (shown bool, leads []string) {
	o.t.Helper()
	r := o.do(request{method: "GET", path: path, raw: true, header: map[string]string{"Cookie": cookie, "Accept-Language": "en", "User-Agent": hostile, "Referer": hostile, "Accept-Encoding": "identity"}})
	if r.Status >= http.StatusInternalServerError {
		o.t.Errorf("%s: %d", path, r.Status)
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		return false, nil
	}
	o.inert(path, r.Text)
	at := must(url.Parse(path))(o.t)
	for _, found := range followed.FindAllStringSubmatch(r.Text, -1) {
		if to, err := at.Parse(html.UnescapeString(found[1])); err == nil {
			leads = append(leads, to.RequestURI())
		}
	}
	return strings.Contains(html.UnescapeString(r.Text), hostile), leads
}

// inert holds that nothing in a text would run.
func (o *office) inert(where, text string) {
	o.t.Helper()
	for _, raw := range runs {
		if strings.Contains(text, raw) {
			o.t.Errorf("%s contains %s", where, raw)
		}
	}
}

// shape is an address without what makes many of one page.
var shape = regexp.MustCompile(`(_|/)[a-z0-9]{12,}|[0-9]+|lang=[^&]*`)

// CHECKS 48: what fans, partners, marketers, shops and browsers write is text on every page that anybody can click to, at the console, at
// the desk and outside, and in every letter.
func TestWhatAnybodyWritesIsTextOnEveryPageAndInEveryLetter(t *testing.T) {
	o, open := marked(t)
	const enough = 3 // pages of one shape
	visited, shapes, shown := map[string]bool{}, map[string]int{}, 0
	for start, cookie := range open {
		for next := []string{start}; len(next) > 0; {
			path := next[0]
			next = next[1:]
			alike := cookie + shape.ReplaceAllString(path, "_")
			if visited[cookie+path] || shapes[alike] == enough || strings.HasPrefix(path, "/m/") || strings.HasPrefix(path, "/assets/") {
				continue
			}
			visited[cookie+path], shapes[alike] = true, shapes[alike]+1
			there, leads := o.read(path, cookie)
			next = append(next, leads...)
			if there {
				shown++
			}
		}
	}
	if len(visited) < 400 || shown < 100 {
		t.Errorf("%d pages were looked at, and %d show the words: too few to mean anything", len(visited), shown)
	}
	p := &postal{o.installation, o.mail}
	o.eventually("letters wait", func() bool { return p.rows("notices") > 0 })
	p.soon()
	letter := <-o.mail.Letters
	o.inert(letter.Subject, letter.HTML)
	if !strings.Contains(letter.Text, hostile) || letter.HTML == "" {
		t.Errorf("the letter does not show the words:\n%s", letter.Text)
	}
}
