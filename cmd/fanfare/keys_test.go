package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/app/keys"
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// key makes one and returns its bearer.
func (i *installation) key(campaign contest.CampaignID, scopes ...keys.Scope) string {
	i.t.Helper()
	_, bearer, err := i.app.keys.Make(i.t.Context(), "", keys.Wish{Name: fmt.Sprintf("for %d scopes", len(scopes)), Scopes: scopes, Campaign: campaign})
	if err != nil {
		i.t.Fatal(err)
	}
	return bearer
}

// keyed lists the operations that ask for a key, by the scope that they need.
func (i *installation) keyed() map[operation]keys.Scope {
	i.t.Helper()
	var described struct {
		Paths map[string]map[string]struct{ Security []map[string][]string }
	}
	if err := json.Unmarshal([]byte(i.get("/api/v1/openapi.json", "").Text), &described); err != nil {
		i.t.Fatal(err)
	}
	list := map[operation]keys.Scope{}
	for path, methods := range described.Paths {
		for method, o := range methods {
			for _, way := range o.Security {
				if scopes, ok := way["key"]; ok && len(scopes) == 1 && len(o.Security) == 1 {
					list[operation{strings.ToUpper(method), path}] = keys.Scope(scopes[0])
				}
			}
			if _, ok := list[operation{strings.ToUpper(method), path}]; strings.HasPrefix(path, "/api/v1/campaigns") && !ok {
				i.t.Errorf("%s %s asks for no key", method, path)
			}
		}
	}
	if len(list) < 9 {
		i.t.Fatalf("only %d operations ask for a key", len(list))
	}
	return list
}

// as does a keyed operation on a campaign.
func (i *installation) as(bearer string, o operation, campaign contest.CampaignID) reply {
	path := strings.NewReplacer("{campaign}", url.PathEscape(string(campaign)), "{metric}", "views").Replace(o.path)
	return i.tell(o.method, path, bearer, "{}", nil)
}

func (i *installation) tell(method, path, bearer, body string, header map[string]string) reply {
	i.t.Helper()
	r := request{method: method, path: path, token: bearer, header: header}
	if method != http.MethodGet {
		r.kind, r.body = "application/json", []byte(body)
	}
	return i.do(r)
}

// planned gives the installation's campaign a plan and returns the path of its operations.
func (i *installation) planned() string {
	i.trackedLink("/c/night") // which gives it the channel weibo
	return "/api/v1/campaigns/" + string(i.challenge.Campaign)
}

// CHECKS 42, 44: a key does what its scopes say, for the campaign that it is for, and nothing else. The operations are asked,
// not a list of them.
func TestAKeyDoesWhatItsScopesSayAndNothingElse(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	i.planned()
	other := must(i.app.campaigns.CreateCampaign(t.Context(), "", contest.Text{EN: "Other"}))(t)
	fan := i.guest()
	one, elsewhere := map[keys.Scope]string{}, i.key(other.ID, keys.Scopes...)
	for _, scope := range keys.Scopes {
		one[scope] = i.key("", scope)
	}
	before, used := i.content(), map[keys.Scope]bool{}
	for o, needs := range i.keyed() {
		used[needs] = true
		for scope, bearer := range one {
			r := i.as(bearer, o, i.challenge.Campaign)
			if scope != needs && (r.Status != http.StatusForbidden || r.code() != "scope_missing") {
				t.Errorf("%s %s with %s: %d %s", o.method, o.path, scope, r.Status, r.Text)
			}
			if scope == needs && (r.Status == http.StatusForbidden || r.Status == http.StatusUnauthorized || r.Status >= 500 || o.method == http.MethodGet && r.Status != http.StatusOK && !strings.Contains(o.path, "{webhook}")) {
				t.Errorf("%s %s with its scope: %d %s", o.method, o.path, r.Status, r.Text)
			}
		}
		for who, bearer := range map[string]string{"nobody": "", "a fan": fan, "a guess": "ffk_" + strings.Repeat("a", 43), "no algorithm": "eyJhbGciOiJub25lIn0.e30.", "10 KB": strings.Repeat("a", 10<<10)} {
			if r := i.as(bearer, o, i.challenge.Campaign); r.Status != http.StatusUnauthorized || r.code() == "" {
				t.Errorf("%s %s by %s: %d %s", o.method, o.path, who, r.Status, r.Text)
			}
		}
		if !strings.Contains(o.path, "{campaign}") {
			continue
		}
		got, want := i.as(elsewhere, o, i.challenge.Campaign), i.as(elsewhere, o, "ca_nothing")
		if got.Status != http.StatusNotFound || got.Text != want.Text {
			t.Errorf("%s %s with another campaign's key: %d %s; and where nothing is: %d %s", o.method, o.path, got.Status, got.Text, want.Status, want.Text)
		}
		for _, id := range []contest.CampaignID{"ca_nothing", "..%2f..", "\x00", contest.CampaignID(strings.Repeat("a", 3000))} {
			if r := i.as(one[needs], o, id); r.Status < 400 || r.Status >= 500 {
				t.Errorf("%s %s of %.20q: %d %s", o.method, o.path, id, r.Status, r.Text)
			}
		}
	}
	if len(used) != len(keys.Scopes) {
		t.Errorf("scopes %v are used of %v", used, keys.Scopes)
	}
	if list := i.get("/api/v1/campaigns", elsewhere); strings.Contains(list.Text, string(i.challenge.Campaign)) || !strings.Contains(list.Text, string(other.ID)) {
		t.Errorf("another campaign's key lists %s", list.Text)
	}
	i.unwritten(before)
}

// CHECKS 44.
func TestARevokedKeyIsNoneAtOnceAndAMegabyteNever(t *testing.T) {
	i := install(t, nil)
	cookie := i.administrator()
	form := func(path string, fields url.Values) reply {
		return i.do(request{
			method: "POST", path: path, origin: i.url, header: map[string]string{"Cookie": cookie},
			kind: "application/x-www-form-urlencoded", body: []byte(fields.Encode()),
		})
	}
	made := form("/console/keys", url.Values{
		"key_name": {"Daily <report>"}, "key_scope": {"plan:read", "numbers:read"}, "key_days": {"30"}, "key_campaign": {string(i.challenge.Campaign)},
		"id": {"ak_mine"}, "hash": {"mine"}, "staff": {"st_other"}, "scopes": {"orders:read"}, "expires_at": {"0"},
	})
	at := strings.Index(made.Text, "ffk_")
	if made.Status != http.StatusCreated || at < 0 {
		t.Fatalf("made: %d", made.Status)
	}
	bearer := made.Text[at : at+47]
	list, _, err := i.app.keys.All(t.Context())
	if err != nil || len(list) != 1 || list[0].ID == "ak_mine" || list[0].By != "Ada" || !slices.Equal(list[0].Scopes, []string{"plan:read", "numbers:read"}) || list[0].ExpiresAt.IsZero() {
		t.Fatalf("made %+v, %v", list, err)
	}
	page := i.do(request{method: "GET", path: "/console/keys", header: map[string]string{"Cookie": cookie}})
	if page.Status != 200 || strings.Contains(page.Text, bearer) || strings.Contains(page.Text, "<report>") || !strings.Contains(page.Text, "Daily &lt;report&gt;") {
		t.Errorf("the list: %d", page.Status)
	}
	if r := i.get("/api/v1/campaigns", bearer); r.Status != 200 || r.Header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("before: %d %s", r.Status, r.Text)
	}
	if r := form("/console/keys/"+list[0].ID+"/revoke", nil); r.Status != http.StatusSeeOther {
		t.Fatalf("revoked: %d", r.Status)
	}
	if r := i.get("/api/v1/campaigns", bearer); r.Status != http.StatusUnauthorized || r.code() != "key_invalid" {
		t.Errorf("after: %d %s", r.Status, r.Text)
	}
	if r := form("/console/keys/"+list[0].ID+"/revoke", nil); r.Status != http.StatusNotFound {
		t.Errorf("revoked again: %d", r.Status)
	}
	if r := i.get("/api/v1/campaigns", "ffk_"+strings.Repeat("a", 1<<20)); r.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a megabyte: %d", r.Status)
	}
	acts := i.do(request{method: "GET", path: "/console/audit?area=key", header: map[string]string{"Cookie": cookie}})
	if !strings.Contains(acts.Text, "Made an API key") || !strings.Contains(acts.Text, "Revoked an API key") || strings.Contains(acts.Text, bearer) {
		t.Error("the audit log does not tell of it, or tells too much")
	}
}

// CHECKS 43: what a program may not set it cannot.
func TestAKeySetsNoFieldThatIsNotItsOwn(t *testing.T) {
	i := install(t, nil)
	at, bearer := i.planned(), i.key("", keys.Scopes...)
	before, once := i.content(), map[string]string{"Idempotency-Key": "0"}
	for _, field := range []string{`"campaign":"x"`, `"staff":"st_1"`, `"code":"mine0000"`, `"clicks":9`, `"retired_at":"2026-01-01T00:00:00Z"`, `"created_at":"2026-01-01T00:00:00Z"`, `"Channel":"weibo"`} {
		if r := i.tell("POST", at+"/links", bearer, `{"channel":"weibo","target":"/",`+field+`}`, once); r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusBadRequest {
			t.Errorf("a link with %s: %d %s", field, r.Status, r.Text)
		}
	}
	row := `{"day":"` + i.today() + `","channel":"weibo","metric":"impressions","value":1}`
	for body, header := range map[string]map[string]string{
		`{"source":"Weibo","rows":[` + row + `],"confirmed_at":0}`:                                  {"Idempotency-Key": "1"},
		`{"source":"Weibo","rows":[` + strings.Replace(row, "impressions", "votes", 1) + `]}`:       {"Idempotency-Key": "2"},
		`{"source":"Weibo","rows":[` + strings.Replace(row, `":1}`, `":-1}`, 1) + `]}`:              {"Idempotency-Key": "3"},
		`{"source":"Weibo","rows":[` + strings.Replace(row, `":1}`, `":1e300}`, 1) + `]}`:           {"Idempotency-Key": "4"},
		`{"source":"Weibo","rows":[` + strings.Replace(row, "weibo", "tv", 1) + `]}`:                {"Idempotency-Key": "5"},
		`{"source":"Weibo","rows":[` + row + "," + row + `]}`:                                       {"Idempotency-Key": "6"},
		`{"source":"Weibo","rows":[` + strings.Replace(row, i.today(), "2999-01-01", 1) + `]}`:      {"Idempotency-Key": "7"},
		`{"source":" ","rows":[` + row + `]}`:                                                       {"Idempotency-Key": "8"},
		`{"source":"Weibo","rows":[]}`:                                                              {"Idempotency-Key": "9"},
		`{"source":"Weibo","rows":[` + strings.TrimSuffix(strings.Repeat(row+",", 501), ",") + `]}`: {"Idempotency-Key": "10"},
		`{"source":"Weibo","rows":[` + row + `]}`:                                                   nil,
		`{"source":"Weibo","source":"Douyin","rows":[` + row + `]}`:                                 {"Idempotency-Key": "11"},
	} {
		if r := i.tell("POST", at+"/reported", bearer, body, header); r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusBadRequest {
			t.Errorf("%.120s: %d %s", body, r.Status, r.Text)
		}
	}
	if r := i.tell("POST", at+"/reported", bearer, strings.Repeat(" ", 1<<20), map[string]string{"Idempotency-Key": "12"}); r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte: %d", r.Status)
	}
	i.unwritten(before)
}

// today is the day in the campaign's time zone.
func (i *installation) today() string {
	return must(i.app.campaigns.Planned(i.t.Context(), i.challenge.Campaign))(i.t).Day(time.Now())
}

func TestFiguresThatAProgramTellsOfCountOnce(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	at, bearer := i.planned(), i.key(i.challenge.Campaign, keys.ReportedWrite, keys.NumbersRead)
	body := func(value int) string {
		return fmt.Sprintf(`{"source":"Weibo","rows":[{"day":%q,"channel":"weibo","metric":"impressions","value":%d},{"day":%[1]q,"channel":"weibo","metric":"reposts","value":7}]}`, i.today(), value)
	}
	var mu sync.Mutex // guards batches
	batches := map[string]bool{}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			r := i.tell("POST", at+"/reported", bearer, body(5000), map[string]string{"Idempotency-Key": "first"})
			mu.Lock()
			defer mu.Unlock()
			batches[fmt.Sprint(r.Status, r.text("batch"))] = true
		})
	}
	all.Wait()
	if len(batches) != 1 {
		t.Errorf("twenty tellings at once: %v", batches)
	}
	if r := i.tell("POST", at+"/reported", bearer, body(1), map[string]string{"Idempotency-Key": "first"}); r.Status != http.StatusConflict {
		t.Errorf("the key with other rows: %d %s", r.Status, r.Text)
	}
	if r := i.tell("POST", at+"/reported", bearer, body(6000), map[string]string{"Idempotency-Key": "second"}); r.Status != http.StatusCreated {
		t.Errorf("the second report: %d %s", r.Status, r.Text)
	}
	reports := must(i.app.links.Reports(t.Context(), i.challenge.Campaign))(t)
	if len(reports) != 2 {
		t.Errorf("%d reports, want 2", len(reports))
	}
	var n struct {
		Metrics []struct {
			Metric                    kpi.Metric
			Unit                      kpi.Unit
			Definition                map[string]string
			Value, Measured, Reported *int64
		}
	}
	r := i.get(at+"/numbers", bearer)
	if err := json.Unmarshal([]byte(r.Text), &n); err != nil || len(n.Metrics) != len(kpi.Metrics) {
		t.Fatalf("%d %v %s", r.Status, err, r.Text)
	}
	for _, m := range n.Metrics {
		d, known := kpi.Define(m.Metric)
		if !known || m.Unit != d.Unit || m.Definition["en"] != d.Means.EN || m.Definition["zh-CN"] != d.Means.ZH {
			t.Errorf("%s is defined as %v, in %s", m.Metric, m.Definition, m.Unit)
		}
		if m.Metric == kpi.Impressions && (m.Reported == nil || *m.Reported != 6000 || *m.Value != *m.Measured+6000) {
			t.Errorf("impressions: %s", r.Text)
		}
	}
	var s struct{ Points []struct{ Reported *int64 } }
	if r := i.get(at+"/numbers/impressions/series?by=day", bearer); json.Unmarshal([]byte(r.Text), &s) != nil || len(s.Points) != 1 || s.Points[0].Reported == nil || *s.Points[0].Reported != 6000 {
		t.Errorf("series: %d %s", r.Status, r.Text)
	}
}

// described holds that the API's description has the fields of an answer.
func (i *installation) described(schema string, answer map[string]any) {
	i.t.Helper()
	var api struct {
		Components struct {
			Schemas map[string]struct{ Properties map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(i.get("/api/v1/openapi.json", "").Text), &api); err != nil {
		i.t.Fatal(err)
	}
	for field := range answer {
		if api.Components.Schemas[schema].Properties[field] == nil {
			i.t.Errorf("%s is described without %s", schema, field)
		}
	}
}

func TestProgramsReadWhatTheDashboardShows(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	at, bearer := i.planned(), i.key("", keys.Scopes...)
	for range 2 { // the second is the same batch again
		r := i.tell("POST", at+"/events", bearer, `{"batch":"00000000000000000000000000000001","challenge":"night","channel":"weibo","events":[{"metric":"impression","n":90},{"metric":"visit","n":3}]}`, nil)
		if r.Status != http.StatusNoContent {
			t.Fatalf("events: %d %s", r.Status, r.Text)
		}
	}
	if r := i.tell("POST", at+"/events", bearer, `{"batch":"00000000000000000000000000000002","challenge":"nowhere","events":[{"metric":"visit"}]}`, nil); r.Status != http.StatusNotFound {
		t.Errorf("events of no challenge: %d %s", r.Status, r.Text)
	}
	once, wish := map[string]string{"Idempotency-Key": "1"}, `{"channel":"weibo","target":"/c/night","label":"bot"}`
	made := i.tell("POST", at+"/links", bearer, wish, once)
	if made.Status != http.StatusCreated || made.text("challenge") != "night" || !strings.HasPrefix(made.text("address"), i.url+"/t/") {
		t.Fatalf("link: %d %s", made.Status, made.Text)
	}
	if again := i.tell("POST", at+"/links", bearer, wish, once); again.Status != http.StatusCreated || again.text("code") != made.text("code") {
		t.Errorf("the link again: %d %s", again.Status, again.Text)
	}
	if r := i.tell("POST", at+"/links", bearer, strings.Replace(wish, "bot", "boat", 1), once); r.Status != http.StatusConflict || r.code() != "idempotency_key_reused" {
		t.Errorf("another link under the same key: %d %s", r.Status, r.Text)
	}
	if r := i.tell("POST", at+"/links", bearer, wish, nil); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a link without a key of its own: %d %s", r.Status, r.Text)
	}
	i.click(http.MethodGet, strings.TrimPrefix(made.text("address"), i.url), nil)
	if r := i.get(at+"/links", bearer); r.Status != 200 || !strings.Contains(r.Text, `"label":"bot","clicks":1`) {
		t.Errorf("links: %d %s", r.Status, r.Text)
	}
	if got := i.counted(); got != "impressions=90 visits=3 clicks=1" {
		t.Errorf("counted %s", got)
	}
	o := must(i.app.numbers.Overview(t.Context(), i.challenge.Campaign))(t)
	numbers := i.get(at+"/numbers", bearer)
	for _, want := range []string{
		fmt.Sprintf(`"value":%d,"measured":%d`, o.Figure(kpi.Impressions).Total(), o.Figure(kpi.Impressions).Measured),
		`{"metric":"visits","value":3,"of":"impressions","share":333}`, `"id":"weibo"`,
	} {
		if !strings.Contains(numbers.Text, want) {
			t.Errorf("numbers lack %s: %s", want, numbers.Text)
		}
	}
	i.described("MetricBody", numbers.Body["metrics"].([]any)[0].(map[string]any))
	i.described("ChannelBody", numbers.Body["channels"].([]any)[0].(map[string]any))
	i.described("SeriesBody", i.get(at+"/numbers/visits/series", bearer).Body)
	again := i.do(request{method: "GET", path: at + "/plan", token: bearer, header: map[string]string{"If-None-Match": i.get(at+"/plan", bearer).Header.Get("ETag")}})
	if again.Status != http.StatusNotModified || again.Text != "" {
		t.Errorf("the plan again: %d %s", again.Status, again.Text)
	}
	for by, sum := range map[string]int64{"hour": 90, "day": 90} {
		var s struct {
			By, Unit string
			Points   []struct {
				Start   time.Time
				Value   int64
				Partial bool
			}
		}
		r := i.get(at+"/numbers/impressions/series?by="+by, bearer)
		if err := json.Unmarshal([]byte(r.Text), &s); err != nil || s.By != by || s.Unit != "count" || len(s.Points) == 0 || !s.Points[len(s.Points)-1].Partial {
			t.Fatalf("%s: %v %s", by, err, r.Text)
		}
		for _, p := range s.Points {
			sum -= p.Value
		}
		if sum != 0 {
			t.Errorf("by %s %d are missing", by, sum)
		}
	}
	for path, status := range map[string]int{
		"/numbers/likes/series": 404, "/numbers/views/series?by=minute": 422, "/numbers/views/series?from=yesterday": 422, "/numbers/views/series?from=2999-01-01": 200,
		"/numbers/votes/series?channel=weibo": 422, "/numbers/votes/series?partner=-": 200, "/numbers/views/series?channel=weibo&by=hour": 200,
		"/orders?after=o_none": 422, "/orders?state=lost": 422, "/orders?from=2026-01-01&to=2026-12-31&unattributed=true": 200,
	} {
		if r := i.get(at+path, bearer); r.Status != status {
			t.Errorf("%s: %d %s, want %d", path, r.Status, r.Text, status)
		}
	}
}

func TestOrdersAreReadPageByPageByTheirOwnCampaignsKey(t *testing.T) {
	i := install(t, nil, "--rate-limits", "off")
	at, bearer := i.planned(), i.key("", keys.OrdersRead)
	other := must(i.app.campaigns.CreateCampaign(t.Context(), "", contest.Text{EN: "Other"}))(t)
	for _, campaign := range []contest.CampaignID{i.challenge.Campaign, other.ID} {
		shop, secret, err := i.app.orders.OpenShop(t.Context(), "", kpi.Shop{Campaign: campaign, Name: "Shop", Kind: kpi.APIShop}, "")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 53 {
			placed := time.Now().Add(-time.Duration(n) * time.Second).UTC().Format(time.RFC3339)
			event := fmt.Sprintf(`{"type":"order.paid","timestamp":%q,"data":{"order":"%d","amount":%d,"currency":"CNY","placed_at":%[1]q}}`, placed, n, 100+n)
			if r := i.tell("POST", "/api/v1/shops/"+string(shop.ID)+"/orders", secret, event, map[string]string{"Idempotency-Key": fmt.Sprint(n)}); r.Status != http.StatusOK {
				t.Fatalf("order: %d %s", r.Status, r.Text)
			}
		}
	}
	read := func(path string) (numbers []string, next, sums string) {
		var list struct {
			Orders []struct{ ID, Number string }
			Next   string
			Sums   json.RawMessage
		}
		r := i.get(path, bearer)
		if err := json.Unmarshal([]byte(r.Text), &list); err != nil || r.Status != http.StatusOK {
			t.Fatalf("%d %v %s", r.Status, err, r.Text)
		}
		for _, o := range list.Orders {
			numbers = append(numbers, o.Number)
		}
		return numbers, list.Next, string(list.Sums)
	}
	first, next, sums := read(at + "/orders")
	second, last, _ := read(at + "/orders?after=" + next)
	if all := slices.Concat(first, second); len(all) != 53 || all[0] != "0" || all[52] != "52" || last != "" {
		t.Errorf("read %v, then %q", all, last)
	}
	if want := `[{"currency":"CNY","orders":53,"amount":6678,"refunded":0,"no_rate":0,"unattributed":53}]`; sums != want {
		t.Errorf("they come to %s, want %s", sums, want)
	}
	_, foreign, _ := read("/api/v1/campaigns/" + string(other.ID) + "/orders")
	got, want := i.get(at+"/orders?after="+foreign, bearer), i.get(at+"/orders?after=o_none", bearer)
	if got.Status != want.Status || got.Text != want.Text {
		t.Errorf("another campaign's cursor: %d %s; one of nothing: %d %s", got.Status, got.Text, want.Status, want.Text)
	}
}
