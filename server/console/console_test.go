package console

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/links"
	"fanfare/server/app/news"
	"fanfare/server/app/notices"
	"fanfare/server/app/numbers"
	"fanfare/server/app/orders"
	"fanfare/server/app/people"
	"fanfare/server/app/results"
	"fanfare/server/app/reviews"
	"fanfare/server/app/staff"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/page/pagetest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// desk is a console over a store of its own, with a member of staff at it.
type desk struct {
	*Console
	t      *testing.T
	store  *store.Store
	bucket *blob.Bucket
	mux    *http.ServeMux
	as     contest.StaffID // who signed in
	sentAt int64           // the newest entry's time, in milliseconds
}

func open(t *testing.T) *desk {
	t.Helper()
	s := storetest.OpenSQLite(t, nil)
	pages, err := page.New("https://photos.example.org")
	if err != nil {
		t.Fatal(err)
	}
	queue := storetest.Queue(s, nil)
	service := campaigns.New(s, "https://photos.example.org")
	log := slog.New(slog.DiscardHandler)
	driver, err := dirblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	bucket := blob.NewBucket(driver)
	told := news.New(queue)
	certified := results.New(s, service, nil, told) // nothing is certified here
	members, err := staff.New(s, &url.URL{Scheme: "https", Host: "photos.example.org"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Parts{
		Links:   links.New(s, "https://photos.example.org"),
		Reviews: reviews.New(s, certified), Orders: orders.New(s, queue), Numbers: numbers.New(s, log),
		Pages: pages, Campaigns: service, People: people.New(s, service, "https://photos.example.org"), Staff: members,
		Entries: entries.New(entries.Parts{Store: s, Campaigns: service, Bucket: bucket, Queue: queue, News: told, Log: log}, 1),
		Results: certified, Notices: notices.New(s, queue),
		Client: func(*http.Request) string { return "192.0.2.1" }, Log: log,
		Pulse: func(context.Context, contest.ChallengeID) (int, *int64, error) { return 0, nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{Console: c, t: t, store: s, bucket: bucket, mux: http.NewServeMux(), as: "s_1"}
	for _, route := range c.Routes() {
		d.mux.HandleFunc(route.Method+" "+route.Pattern, route.Handler)
	}
	return d
}

// do sends a request as signed-in staff.
func (d *desk) do(method, target string, form url.Values) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r = r.WithContext(access.WithStaff(r.Context(), access.Staff{ID: d.as, Name: "Ada", Email: "ada@example.org", Role: access.Administrator}))
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	return w
}

// get returns a page's body and holds it to status 200.
func (d *desk) get(target string) string {
	d.t.Helper()
	w := d.do(http.MethodGet, target, nil)
	if w.Code != http.StatusOK {
		d.t.Fatalf("GET %s: %d\n%s", target, w.Code, w.Body)
	}
	return w.Body.String()
}

// post sends a form and returns where the browser is sent on to.
func (d *desk) post(target string, form url.Values) string {
	d.t.Helper()
	w := d.do(http.MethodPost, target, form)
	if w.Code != http.StatusSeeOther {
		d.t.Fatalf("POST %s: got %d, want 303\n%s", target, w.Code, w.Body)
	}
	return w.Header().Get("Location")
}

// filled is a complete form.
func (d *desk) filled() url.Values {
	v := newValues(d.now(), d.drawer)
	for name, value := range map[string]string{
		"slug": "night", "hashtag": "#夜景", "title_zh": "城市之夜", "title_en": "City at night",
		"brief_zh": "拍下夜色。", "brief_en": "Photograph the night.", "cities": "wuhan | 武汉 | Wuhan",
	} {
		v.Set(name, value)
	}
	return v
}

// created makes a challenge by the form.
func (d *desk) created(form url.Values) contest.Challenge {
	d.t.Helper()
	path, _, _ := strings.Cut(d.post("/console/challenges", form), "?")
	ch, err := d.Campaigns.Challenge(d.t.Context(), contest.ChallengeID(path[strings.LastIndex(path, "/")+1:]))
	if err != nil {
		d.t.Fatal(err)
	}
	return ch
}

// launched makes and launches a challenge by its forms.
func (d *desk) launched() contest.Challenge {
	d.t.Helper()
	ch := d.created(d.filled())
	d.post(challengePath(ch.ID)+"/launch", url.Values{"hash": {ch.Hash()}, "sure": {"on"}})
	ch, err := d.Campaigns.Challenge(d.t.Context(), ch.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return ch
}

var photo = contest.Photo{Width: 400, Height: 300, Renditions: []contest.Rendition{
	{Name: "1024", Key: "p-1024.jpg", Width: 400, Height: 300}, {Name: "square", Key: "p-square.jpg", Width: 160, Height: 160},
}, Capture: contest.Capture{Make: "Xiaomi", Model: "15 Ultra", TakenAt: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}}

// sent puts an entry into the queue.
func (d *desk) sent(ch contest.Challenge, caption, author string) (e contest.Entry) {
	d.t.Helper()
	for time.Now().UnixMilli() == d.sentAt { // each has a time of its own, which orders the queue
		runtime.Gosched()
	}
	err := d.store.UpdateIn(d.t.Context(), ch.ID, func(tx *store.Tx) error {
		d.sentAt = tx.Now().UnixMilli()
		fan, err := tx.FanFor("guest", access.NewToken(), author)
		if err != nil {
			return err
		}
		e, err = tx.InsertEntry(contest.Entry{
			Challenge: ch.ID, Fan: fan.ID, Author: author, Caption: caption, Tags: []string{"夜景"}, City: "wuhan",
			Status: contest.Processing, Original: "original/" + access.NewToken(), SHA256: access.NewToken(),
		})
		if err != nil {
			return err
		}
		e, err = tx.SetPhoto(e.ID, photo, nil, contest.Pending, "")
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

func (d *desk) status(id contest.EntryID) contest.Status {
	d.t.Helper()
	e, err := d.Entries.Entry(d.t.Context(), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return e.Status
}

func (d *desk) reported(e contest.Entry, note string) {
	d.t.Helper()
	err := d.store.Update(d.t.Context(), func(tx *store.Tx) error {
		return tx.InsertReport(contest.Report{Entry: e.ID, Reason: "rights", Note: note})
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// undo is where the page that a decision led to has its undo.
func (d *desk) undo(location string) string {
	d.t.Helper()
	found := regexp.MustCompile(`action="(/console/undo/[^"]+)"`).FindStringSubmatch(d.get(location))
	if found == nil {
		d.t.Fatalf("%s offers no undo", location)
	}
	return found[1]
}

// asked files somebody's request that a photo be taken away.
func (d *desk) asked(e contest.Entry, statement string) {
	d.t.Helper()
	if _, err := d.Entries.Takedown(d.t.Context(), e.ID, contest.Takedown{Name: "Ada", Contact: "ada@example.org", Statement: statement}); err != nil {
		d.t.Fatal(err)
	}
}

// flagged marks an entry for a moderator.
func (d *desk) flagged(e contest.Entry, flags ...contest.Flag) {
	d.t.Helper()
	err := d.store.UpdateIn(d.t.Context(), e.Challenge, func(tx *store.Tx) error { return tx.SetFlags(e.ID, flags) })
	if err != nil {
		d.t.Fatal(err)
	}
}

// appealed has an entry's fan ask for a second look at its rejection.
func (d *desk) appealed(e contest.Entry, text string) {
	d.t.Helper()
	fan := access.Session{Fan: contest.Fan{ID: e.Fan}, Challenge: e.Challenge}
	if err := d.Entries.Appeal(d.t.Context(), fan, e.ID, text); err != nil {
		d.t.Fatal(err)
	}
}

func wants(t *testing.T, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not contain %q", part)
		}
	}
}

func TestBothLanguagesSayTheSameThings(t *testing.T) {
	if _, err := page.LoadMessages(files); err != nil {
		t.Error(err)
	}
}

// A key without a message is shown as it is; a dotted lower-case word between tags or in a label is one.
var bareKey = regexp.MustCompile(`[>"\s](?:error|takedowns?|appeals?|bans?|words|flag|twin|history|original|evidence|ticked|batch|files|note|zoom|fan|take|field|help|form|done|status|reason|report|launch|challenge|queue|keys|site|sites|entry|nav|phase|rule|deadline|capture|period|moderation|undo|embed|setup|sign_in|dashboard|votes|vote_reason|vote_state|voter_class)\.[a-z_]+[a-z_.]*[<"]`)

func TestNoPageShowsAMessageKey(t *testing.T) {
	d := open(t)
	draft := d.created(d.filled())
	form := d.filled()
	form.Set("slug", "second")
	running := d.created(form)
	d.post(challengePath(running.ID)+"/launch", url.Values{"hash": {running.Hash()}})
	one, two := d.sent(running, "江汉关的灯", "林晚"), d.sent(running, "bridge", "Ada")
	d.reported(one, "mine")
	three := d.sent(running, "bridge again", "Ada")
	d.post("/console/act", url.Values{"id": {string(two.ID), string(three.ID)}, "to": {"published"}})
	d.flagged(one, contest.Flag{Kind: contest.NearDuplicate, Twin: two.ID, Distance: 3}, contest.Flag{Kind: contest.WordsFound, Words: []string{"刷票"}})
	d.asked(two, "that is me")
	d.post("/console/entries/"+string(three.ID)+"/reject", url.Values{"reason": {"off_topic"}})
	d.appealed(three, "look again")
	d.post("/console/entries/"+string(three.ID)+"/ban", url.Values{"reason": {"vote_trading"}})
	d.do(http.MethodPost, "/console/sites", siteForm(running, "https://host.example"))
	targets := []string{
		"/console", "/console/sign-in", "/console/setup?token=x", "/console/challenges/new", challengePath(draft.ID),
		challengePath(draft.ID) + "/edit", challengePath(draft.ID) + "/launch", challengePath(draft.ID) + "/preview",
		challengePath(running.ID), challengePath(running.ID) + "/edit", challengePath(running.ID) + "/entries",
		"/console/queue", "/console/queue?entry=" + string(two.ID), "/console/reports", entryPath(one.ID), entryPath(two.ID), entryPath(three.ID),
		"/console/sites", "/console/queue?view=grid", "/console/takedowns", "/console/appeals", "/console/bans", "/console/words",
		"/console/votes", votesPath(running.ID),
	}
	for _, target := range targets {
		for _, lang := range page.Langs {
			separator := "?"
			if strings.Contains(target, "?") {
				separator = "&"
			}
			w := d.do(http.MethodGet, target+separator+"lang="+string(lang), nil)
			if key := bareKey.FindString(w.Body.String()); key != "" {
				t.Errorf("%s in %s shows the key %s", target, lang, key)
			}
		}
	}
}

// Every message that a template or a handler names exists.
func TestNoMessageIsMissing(t *testing.T) {
	words := open(t).drawer.Context(httptest.NewRequest(http.MethodGet, "/", nil))
	named := regexp.MustCompile(`(?:words\.T|words\.N|\.T|\.N) ?\(?"([a-z_.0-9]+)"`)
	for _, folder := range []string{".", "templates"} {
		names, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range names {
			b, err := os.ReadFile(folder + "/" + e.Name())
			if err != nil {
				continue // a folder
			}
			for _, found := range named.FindAllStringSubmatch(string(b), -1) {
				if key := found[1]; !words.Has(key) && !words.Has(key+".one") && !strings.HasSuffix(key, ".") {
					t.Errorf("%s names %q, which is no message", e.Name(), key)
				}
			}
		}
	}
}

func TestTemplatesHaveNothingInline(t *testing.T) { pagetest.NothingInline(t, files) }

func TestOnlyWaysInAreForStrangers(t *testing.T) {
	want := []string{
		"/console/forgotten", "/console/join", "/console/reset", "/console/setup", "/console/sign-in", "/console/sign-in/code", "/console/sign-in/factor", "/console/sign-in/issuer", "/console/sign-in/issuer/return",
	}
	var public []string
	for _, route := range open(t).Routes() {
		if route.Roles == nil && route.Method == http.MethodGet {
			public = append(public, route.Pattern)
		}
	}
	if slices.Sort(public); !slices.Equal(public, want) {
		t.Errorf("strangers reach %v, want %v", public, want)
	}
}

// A form that was refused is drawn at the address that it was sent to, which the reader may then ask for in another language.
func TestTheAddressOfAFormCanBeRead(t *testing.T) {
	d := open(t)
	for _, route := range d.Routes() {
		address := strings.NewReplacer("{id}", "x%2F1", "{", "", "}", "").Replace(route.Pattern)
		if _, pattern := d.mux.Handler(httptest.NewRequest(http.MethodGet, address, nil)); route.Roles != nil && pattern != "GET "+route.Pattern {
			t.Errorf("%s answers %q when it is read", route.Pattern, pattern)
		}
	}
	for address, want := range map[string]string{
		"/console/challenges?lang=zh-CN":                         "/console?lang=zh-CN",
		"/console/staff/invite":                                  "/console/staff",
		"/console/campaigns/c_1/report/links":                    "/console/campaigns/c_1/report",
		"/console/webhooks/w%2F1/deliveries/d_1/resend":          "/console/webhooks/w%2F1/deliveries/d_1",
		"/console/campaigns/c_1/reposts/r_1/reach?lang=en":       "/console/campaigns/c_1/reposts?lang=en",
		"/console/partner/entries/e_1/kit/focus?outlet=weibo":    "/console/partner/entries/e_1/kit",
		"/console/campaigns/c_1/orders/shops/s_1/try?lang=zh-CN": "/console/campaigns/c_1/orders/shops/s_1?lang=zh-CN",
	} {
		w := httptest.NewRecorder()
		d.mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s leads to %q (%d), want %q", address, got, w.Code, want)
		}
	}
}
