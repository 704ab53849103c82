package main

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/app/keys"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// festival is a campaign that comes to the figures of Xiaomi's fan festival of 2024, of which its report tells: exposure 103.86 %, content
// views 201 %, GMV 114.5 %, or 4.58 million yuan, and 131.4 % more orders than the time before. Sizes of which it tells nothing are ours.
var festival = struct {
	targets, baseline                  map[kpi.Metric]int64
	impressions, views, orders, amount int64
}{
	targets:     map[kpi.Metric]int64{kpi.Impressions: 50_000, kpi.Views: 3_000, kpi.GMV: 4_000_000_00},
	baseline:    map[kpi.Metric]int64{kpi.Orders: 500},
	impressions: 51_930, views: 6_030, orders: 1_157, amount: 4_580_000_00,
}

// Ratios that people answer for come out of what happened one by one, whatever comes twice or goes back, on all that shows them.
func TestAFestivalsFiguresComeOutOfRawEvents(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	at, bearer := "/api/v1/campaigns/"+string(i.challenge.Campaign), i.key("", keys.Scopes...)
	i.holdsFestival()
	i.published(i.guest(), "Mi fans") // No. 1
	i.happens(at, bearer, `"metric":"impression"`, festival.impressions)
	i.happens(at, bearer, `"metric":"view","entry":1`, festival.views)
	i.sells()

	metrics := map[string]map[string]any{}
	i.eventually("the numbers of a moment ago are forgotten", func() bool {
		for _, m := range i.get(at+"/numbers", bearer).Body["metrics"].([]any) {
			metrics[m.(map[string]any)["metric"].(string)] = m.(map[string]any)
		}
		return metrics["orders"]["value"] == float64(festival.orders)
	})
	for metric, want := range map[string]struct {
		value  int64
		ratio  string
		ratios float64
	}{
		"impressions": {festival.impressions, "completion", 103_86}, "views": {festival.views, "completion", 201_00},
		"gmv": {festival.amount, "completion", 114_50}, "orders": {festival.orders, "uplift", 131_40},
	} {
		if m := metrics[metric]; m["value"] != float64(want.value) || m[want.ratio] != want.ratios {
			t.Errorf("%s: %v, want %d with a %s of %.0f", metric, m, want.value, want.ratio, want.ratios)
		}
	}
	admin := i.administrator()
	campaign := "/console/campaigns/" + string(i.challenge.Campaign)
	shared := "/r/" + must(i.app.reports.Share(t.Context(), "", i.challenge.Campaign, "board", 7))(t)
	for _, path := range []string{campaign + "/numbers", campaign + "/report", shared} {
		for lang, words := range map[string][]string{
			"en":    {"103.86\u00a0%", "201\u00a0%", "114.5\u00a0%", "+131.4\u00a0%", "¥4,580,000"},
			"zh-CN": {"103.86%", "201%", "114.5%", "+131.4%", "¥4,580,000"},
		} {
			text := html.UnescapeString(i.page(admin, path+"?lang="+lang).Text)
			for _, word := range words {
				if !strings.Contains(text, word) {
					t.Errorf("%s does not say %s in %s", path, word, lang)
				}
			}
		}
	}
}

// holdsFestival launches the plan, which began the day before yesterday.
func (i *installation) holdsFestival() {
	i.t.Helper()
	plan := kpi.StartingPlan()
	plan.Starts, plan.Ends = time.Now().AddDate(0, 0, -2), time.Now().AddDate(0, 0, 2)
	plan.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}}
	plan.Targets, plan.Baseline = festival.targets, kpi.Baseline{Label: "2023", Figures: festival.baseline}
	err := i.app.store.Update(i.t.Context(), func(tx *store.Tx) error {
		if err := tx.SavePlan(i.challenge.Campaign, plan); err != nil {
			return err
		}
		_, err := tx.LaunchPlan(i.challenge.Campaign)
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
}

// atOnce does something so many times, eight at a time.
func atOnce(times int64, do func(n int64)) {
	var all sync.WaitGroup
	next := make(chan int64)
	for range 8 {
		all.Go(func() {
			for n := range next {
				do(n)
			}
		})
	}
	for n := range times {
		next <- n
	}
	close(next)
	all.Wait()
}

// happens tells of an event in reports of many, every third of which comes twice.
func (i *installation) happens(at, bearer, event string, times int64) {
	i.t.Helper()
	const most, each = 1_000, 100 // of one report, and of one event in it
	atOnce((times+most-1)/most, func(n int64) {
		var events []string
		for left := min(most, times-n*most); left > 0; left -= each {
			events = append(events, fmt.Sprintf(`{%s,"n":%d}`, event, min(left, each)))
		}
		body := fmt.Sprintf(`{"batch":"%024x%08x","challenge":"night","channel":"weibo","events":[%s]}`, n, len(event), strings.Join(events, ","))
		for range 1 + n%3/2 {
			if r := i.tell("POST", at+"/events", bearer, body, nil); r.Status != http.StatusNoContent {
				i.t.Errorf("%s: %d %s", body, r.Status, r.Text)
			}
		}
	})
}

// sells has a shop tell of orders, each paid in full; every tenth comes twice, and every twentieth had something sent back of what it
// was larger by.
func (i *installation) sells() {
	i.t.Helper()
	shop, secret, err := i.app.orders.OpenShop(i.t.Context(), "", kpi.Shop{Campaign: i.challenge.Campaign, Name: "Mall", Kind: kpi.APIShop}, "")
	if err != nil {
		i.t.Fatal(err)
	}
	placed := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	tell := func(key, kind, more string) {
		event := fmt.Sprintf(`{"type":"order.%s","timestamp":%q,"data":{%s}}`, kind, placed, more)
		r := i.tell("POST", "/api/v1/shops/"+string(shop.ID)+"/orders", secret, event, map[string]string{"Idempotency-Key": key})
		if r.Status != http.StatusOK {
			i.t.Errorf("%s: %d %s", event, r.Status, r.Text)
		}
	}
	each, rest := festival.amount/festival.orders, festival.amount%festival.orders
	atOnce(festival.orders, func(n int64) {
		amount, back := each, int64(0)
		if n == 0 {
			amount += rest
		}
		if n%20 == 0 {
			back = 99_00
		}
		for range 1 + n%10/9 {
			tell(fmt.Sprint("paid ", n), "paid", fmt.Sprintf(`"order":"%d","amount":%d,"currency":"CNY","placed_at":%q`, n, amount+back, placed))
		}
		if back > 0 {
			tell(fmt.Sprint("back ", n), "refunded", fmt.Sprintf(`"order":"%d","refund":"r%[1]d","amount":%d,"currency":"CNY"`, n, back))
		}
	})
}
