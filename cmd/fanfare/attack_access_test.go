package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"fanfare/server/app/staff"
	"fanfare/server/console"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// administrator sets one up and returns the Cookie header of a session.
func (i *installation) administrator() string {
	i.t.Helper()
	link := must(i.app.staff.SetupLink(i.t.Context()))(i.t)
	entry := must(i.app.staff.SetUp(i.t.Context(), link, staff.Newcomer{Name: "Ada", Email: "ada@example.org", Password: adminPassword}))(i.t)
	return "fanfare_staff=" + entry.Token
}

const adminPassword = "a long password"

// hidden submits an entry that waits for a moderator.
func (i *installation) hidden(token string) string {
	i.t.Helper()
	id := i.submit(token, "hidden words", nil).text("id")
	i.eventually("it waits", func() bool { return i.get("/api/v1/entries/"+id, token).text("status") == "pending" })
	return id
}

// operation is one line of /api/v1/openapi.json.
type operation struct{ method, path string }

func (i *installation) operations() (list []operation) {
	i.t.Helper()
	paths, _ := i.get("/api/v1/openapi.json", "").Body["paths"].(map[string]any)
	for path, methods := range paths {
		for method := range methods.(map[string]any) {
			list = append(list, operation{strings.ToUpper(method), path})
		}
	}
	if len(list) < 14 {
		i.t.Fatalf("only %d operations are described", len(list))
	}
	return list
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

// call does an operation on something, with a body that it takes.
func (i *installation) call(o operation, on, token string) reply {
	r := request{method: o.method, path: placeholder.ReplaceAllString(strings.ReplaceAll(o.path, "{number}", "1"), url.PathEscape(on)), token: token}
	switch {
	case strings.HasSuffix(o.path, "/reports"):
		r.kind, r.body = "application/json", []byte(`{"reason":"rights"}`)
	case strings.HasSuffix(o.path, "/takedowns"):
		r.kind, r.body = "application/json", []byte(`{"contact":"ada@example.org","statement":"I am in it."}`)
	case strings.HasSuffix(o.path, "/rights"):
		r.kind, r.body = "application/json", []byte(`{"outlets":[]}`)
	case strings.HasSuffix(o.path, "/appeals"):
		r.kind, r.body = "application/json", []byte(`{"text":"It was mine."}`)
	case strings.HasSuffix(o.path, "/complaints"):
		r.kind, r.body = "application/json", []byte(`{"statement":"They are honest."}`)
	case strings.HasPrefix(o.path, uploadsAt):
		r.kind, r.header = "application/offset+octet-stream", map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
	case strings.HasSuffix(o.path, "/orders"):
		r.kind, r.body = "application/json", []byte(`{"type":"order.cancelled","timestamp":"2026-11-22T12:00:00Z","data":{"order":"1"}}`)
		r.header = map[string]string{"Idempotency-Key": "1"}
	case strings.HasSuffix(o.path, "/session"):
		r.kind, r.body = "application/json", fmt.Appendf(nil, `{"challenge":%q}`, on)
	case o.method == http.MethodPost:
		r.kind, r.body = i.form(picture(), map[string]string{"caption": "c", "author": "a", "consents": string(i.challenge.Consents[0])})
	}
	if strings.HasSuffix(o.path, "/search") {
		r.path += "?q=x"
	}
	return i.do(r)
}

// CHECKS 42: what is not yours is not there, whichever route is asked and whoever asks.
func TestHiddenThingsAreAnsweredLikeThingsThatAreNotThere(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.Moderation = contest.ModerateBefore }, "--rate-limits", "off")
	owner, stranger := i.guest(), i.guest()
	hidden := i.hidden(owner)
	draft := i.challenge
	draft.Slug = "draft"
	draft = must(i.app.campaigns.Create(t.Context(), draft))(t)
	upload := strings.TrimPrefix(i.begin(owner, 9, nil), uploadsAt+"/")
	nothing := strings.Repeat("0", 13)
	things := map[string]string{hidden: "e_" + nothing, draft.Slug: "nowhere", upload: "u_" + nothing}
	before := must(i.app.entries.Entry(t.Context(), contest.EntryID(hidden)))(t)
	for _, o := range i.operations() {
		for thing, nothing := range things {
			if !strings.Contains(o.path, "{") && !strings.HasSuffix(o.path, "/session") {
				continue
			}
			for who, token := range map[string]string{"nobody": "", "a stranger": stranger, "a made-up bearer": "x"} {
				got, want := i.call(o, thing, token), i.call(o, nothing, token)
				if got.Status != want.Status || got.Text != want.Text || got.Status != 404 && got.Status != 401 {
					t.Errorf("%s %s by %s on %s: %d %s; and on what is not there: %d %s", o.method, o.path, who, thing, got.Status, got.Text, want.Status, want.Text)
				}
			}
		}
	}
	for _, path := range []string{"/e/" + hidden, "/c/draft"} {
		if r := i.get(path, stranger); r.Status != 404 || strings.Contains(r.Text, "hidden words") {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	if offset := i.offset(uploadsAt+"/"+upload, owner); offset != 0 {
		t.Errorf("the upload went on to %d", offset)
	}
	if after := must(i.app.entries.Entry(t.Context(), contest.EntryID(hidden)))(t); after.Version != before.Version || after.Status != before.Status {
		t.Errorf("the hidden entry became %+v", after)
	}
}

// CHECKS 42: whoever is not signed in is led to the sign-in page, from every page that is for staff.
func TestEveryConsoleRouteIsClosedToStrangers(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.Moderation = contest.ModerateBefore })
	fan := i.guest()
	hidden := i.hidden(fan)
	pages := must(page.New(i.url))(t)
	table := must(console.New(console.Parts{Pages: pages}))(t).Routes()
	cookies := map[string]string{"nobody": "", "a fan": "fanfare_staff=" + fan, "a guess": "fanfare_staff=administrator", "another cookie": "__Host-fanfare_staff=x; staff=1; role=administrator"}
	admin := i.administrator()
	ids := []string{hidden, string(i.challenge.ID), string(i.site.ID), "nothing", "..%2f..", strings.Repeat("a", 3000)}
	closed := 0
	for _, route := range table {
		if route.Roles == nil {
			continue
		}
		closed++
		for _, id := range ids {
			path := placeholder.ReplaceAllString(route.Pattern, id)
			for who, cookie := range cookies {
				r := i.do(request{method: route.Method, path: path, header: map[string]string{"Cookie": cookie}})
				if r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/console/sign-in" || strings.Contains(r.Text, "hidden words") {
					t.Errorf("%s %.60s by %s: %d to %q", route.Method, path, who, r.Status, r.Header.Get("Location"))
				}
			}
			cross := map[string]string{"Cookie": admin, "Sec-Fetch-Site": "cross-site"}
			if r := i.do(request{method: route.Method, path: path, origin: "https://evil.example", header: cross}); route.Method != "GET" && r.Status != 403 {
				t.Errorf("%s %.60s from another site with the administrator's cookie: %d, want 403", route.Method, path, r.Status)
			}
			if !strings.Contains(route.Pattern, "{") || id == hidden || id == string(i.challenge.ID) || id == string(i.site.ID) {
				continue
			}
			form := "reason=rights&title_zh-CN=x"
			own := request{method: route.Method, path: path, origin: i.url, header: map[string]string{"Cookie": admin}, kind: "application/x-www-form-urlencoded", body: []byte(form)}
			if r := i.do(own); r.Status < 400 && r.Status != http.StatusSeeOther || r.Status >= 500 {
				t.Errorf("%s %.60s by the administrator: %d, want 404", route.Method, path, r.Status)
			}
		}
	}
	if closed < 15 {
		t.Errorf("only %d routes are for staff", closed)
	}
	if e := must(i.app.entries.Entry(t.Context(), contest.EntryID(hidden)))(t); e.Status != contest.Pending {
		t.Errorf("the entry became %s", e.Status)
	}
	if sites := must(i.app.campaigns.Sites(t.Context()))(t); len(sites) != 1 {
		t.Errorf("%d sites, want 1", len(sites))
	}
}

// CHECKS 44.
func TestForgedHostTokensOpenNoSession(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.Guests = false })
	other := must(i.app.campaigns.CreateSite(t.Context(), i.challenge.Campaign, "other", []string{"https://other.example"}))(t)
	good := jwt.MapClaims{"iss": string(i.site.ID), "aud": i.url, "sub": "42", "exp": time.Now().Add(time.Minute).Unix()}
	with := func(key string, value any) jwt.MapClaims {
		c := maps.Clone(good)
		if value == nil {
			delete(c, key)
		} else {
			c[key] = value
		}
		return c
	}
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		return must(jwt.NewWithClaims(method, claims).SignedString(key))(t)
	}
	secret := []byte(i.site.Secret)
	valid := sign(jwt.SigningMethodHS256, secret, good)
	parts := strings.Split(valid, ".")
	tokens := map[string]string{
		"alg none": sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good), "alg None": "eyJhbGciOiJOb25lIn0." + parts[1] + ".",
		"HS384": sign(jwt.SigningMethodHS384, secret, good), "HS512": sign(jwt.SigningMethodHS512, secret, good),
		"an empty secret": sign(jwt.SigningMethodHS256, []byte{}, good), "another site's secret": sign(jwt.SigningMethodHS256, []byte(other.Secret), good),
		"another site": sign(jwt.SigningMethodHS256, []byte(other.Secret), with("iss", string(other.ID))), "expired": sign(jwt.SigningMethodHS256, secret, with("exp", time.Now().Add(-time.Minute).Unix())),
		"no expiry": sign(jwt.SigningMethodHS256, secret, with("exp", nil)), "a year": sign(jwt.SigningMethodHS256, secret, with("exp", time.Now().AddDate(1, 0, 0).Unix())),
		"an expiry in words": sign(jwt.SigningMethodHS256, secret, with("exp", "never")), "an endless expiry": sign(jwt.SigningMethodHS256, secret, with("exp", 1e300)),
		"another audience": sign(jwt.SigningMethodHS256, secret, with("aud", "https://elsewhere.example")), "no audience": sign(jwt.SigningMethodHS256, secret, with("aud", nil)),
		"a longer audience": sign(jwt.SigningMethodHS256, secret, with("aud", i.url+".evil.example")), "no issuer": sign(jwt.SigningMethodHS256, secret, with("iss", nil)),
		"no subject": sign(jwt.SigningMethodHS256, secret, with("sub", "")), "a long subject": sign(jwt.SigningMethodHS256, secret, with("sub", strings.Repeat("s", 201))),
		"not yet": sign(jwt.SigningMethodHS256, secret, with("nbf", time.Now().Add(time.Hour).Unix())), "no signature": parts[0] + "." + parts[1] + ".",
		"a cut signature": valid[:len(valid)-4], "two parts": parts[0] + "." + parts[1], "five parts": valid + ".a.b", "rubbish": "....", "1 MB": strings.Repeat("a", 1<<20),
	}
	open := func(token string) reply {
		return i.do(request{method: "POST", path: "/api/v1/session", origin: hostOrigin, kind: "application/json", body: fmt.Appendf(nil, `{"challenge":"night","token":%q}`, token)})
	}
	for name, token := range tokens {
		want := []int{401, 403}
		if name == "1 MB" {
			want = []int{413}
		}
		if r := open(token); !slices.Contains(want, r.Status) {
			t.Errorf("%s: %d %.100s, want %v", name, r.Status, r.Text, want)
		}
	}
	if r := open(valid); r.Status != 201 {
		t.Errorf("the true token: %d %s", r.Status, r.Text)
	}
}

// CHECKS 30, 44: what a site's fans hold ends with the site.
func TestSessionsOfADeletedSiteEndWithinFiveSeconds(t *testing.T) {
	i := install(t, nil)
	open := i.do(request{method: "POST", path: "/api/v1/session", origin: hostOrigin, kind: "application/json", body: []byte(`{"challenge":"night"}`)})
	token := open.text("token")
	for _, origin := range []string{hostOrigin, ""} {
		if r := i.do(request{method: "GET", path: "/api/v1/me", origin: origin, token: token}); r.Status != 200 {
			t.Fatalf("before, from %q: %d %s", origin, r.Status, r.Text)
		}
	}
	if err := i.app.campaigns.DeleteSite(t.Context(), i.site.ID); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if r := i.do(request{method: "GET", path: "/api/v1/me", origin: hostOrigin, token: token}); r.Status != 403 && r.Status != 401 {
		t.Errorf("from the deleted site: %d at once, want 403", r.Status)
	}
	i.eventually("the session ends without an origin, too", func() bool { return i.get("/api/v1/me", token).Status == 401 })
	if took := time.Since(began); took > 6*time.Second {
		t.Errorf("it took %v, want at most 5 s", took)
	}
}

// CHECKS 51.
func TestSignInTellsNobodyWhoExistsAndSlowsGuessing(t *testing.T) {
	i := install(t, nil, "--trusted-proxies", "127.0.0.0/8")
	i.administrator()
	try := func(email, password, from string) reply {
		form := url.Values{"email": {email}, "password": {password}}
		return i.do(request{
			method: "POST", path: "/console/sign-in", origin: i.url, kind: "application/x-www-form-urlencoded", body: []byte(form.Encode()),
			header: map[string]string{"X-Forwarded-For": from},
		})
	}
	var known, unknown []time.Duration
	var answers []string
	for n := range 5 {
		for _, email := range []string{"ada@example.org", fmt.Sprintf("nobody%d@example.org", n)} {
			began := time.Now()
			r := try(email, "wrong password", fmt.Sprintf("198.51.100.%d", n))
			took := time.Since(began)
			answers = append(answers, fmt.Sprint(r.Status, strings.ReplaceAll(r.Text, email, "")))
			if email == "ada@example.org" {
				known = append(known, took)
			} else {
				unknown = append(unknown, took)
			}
		}
	}
	if slices.Sort(answers); len(slices.Compact(answers)) != 1 {
		t.Errorf("answers differ between somebody and nobody")
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	if a, b := median(known), median(unknown); a > 2*b || b > 2*a {
		t.Errorf("somebody's median is %v and nobody's %v: the time tells who exists", a, b)
	}
	if r := try("ada@example.org", adminPassword, "203.0.113.1"); r.Status != http.StatusSeeOther {
		t.Fatalf("the right password after five wrong ones: %d", r.Status)
	}
	statuses := i.storm(40, func(n int) reply {
		r := try("ada@example.org", "wrong password", fmt.Sprintf("192.0.2.%d", n))
		r.Header = nil
		return r
	})
	if statuses[http.StatusUnprocessableEntity] > 10 {
		t.Errorf("of forty guesses at once %d were judged, want at most 10", statuses[http.StatusUnprocessableEntity])
	}
	if r := try("ada@example.org", adminPassword, "203.0.113.2"); r.Status != http.StatusTooManyRequests {
		t.Errorf("a guess that is right comes through while guessing is slowed: %d", r.Status)
	}
	for range 12 { // as somebody's address
		try("203.0.113.77", "wrong password", "198.51.100.200")
	}
	if r := try("eve@example.org", "wrong password", "203.0.113.77"); r.Status == http.StatusTooManyRequests {
		t.Error("failing as a mail address that looks like an address locked that address out")
	}
}

func TestFormsOfTheConsoleAreBounded(t *testing.T) {
	i := install(t, nil)
	for _, body := range []string{"email=" + strings.Repeat("a", 2<<20), strings.Repeat("a=b&", 200_000), "email=a&password=" + strings.Repeat("p", 900<<10), "%zz", "a;b=c"} {
		began := time.Now()
		r := i.do(request{method: "POST", path: "/console/sign-in", origin: i.url, kind: "application/x-www-form-urlencoded", body: []byte(body)})
		if r.Status < 400 || r.Status >= 500 || time.Since(began) > 3*time.Second {
			t.Errorf("%.20s…: %d after %v", body, r.Status, time.Since(began))
		}
	}
}
