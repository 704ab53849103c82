package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"fanfare/server/contest"
)

func TestAPhotoBecomesAnEntryThatIsShownFoundVotedForAndWithdrawn(t *testing.T) {
	i := install(t, nil)
	author, voter := i.guest(), i.guest()
	id := i.published(author, "外滩夜景 #武汉 the river")

	e := i.get("/api/v1/entries/"+id, "")
	photo, _ := e.Body["photo"].(map[string]any)
	if photo == nil || photo["width"] != 320.0 || len(photo["sizes"].([]any)) != 4 {
		t.Fatalf("photo is %v", photo)
	}
	square := photo["sizes"].([]any)[3].(map[string]any)
	file := i.get(square["url"].(string), "")
	if file.Status != 200 || file.Header.Get("Content-Type") != "image/jpeg" || file.Header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(file.Header.Get("Cache-Control"), "immutable") || !strings.Contains(file.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("rendition: %d %v", file.Status, file.Header)
	}

	v := i.vote("PUT", id, voter)
	if v.Status != 200 || v.Body["voted"] != true || v.Body["votes_left"] != 4.0 || v.Body["score"] != 1.0 {
		t.Errorf("vote: %d %s", v.Status, v.Text)
	}
	if row := i.board()[0]; row["entry"] != id || row["rank"] != 1.0 || row["score"] != 1.0 || row["number"] != 1.0 {
		t.Errorf("board row is %v", row)
	}
	for _, q := range []string{"夜景", "外滩", "#武汉", "＃武汉", "#夜景", "river", "riv", "rivre"} {
		i.eventually("a search for "+q+" finds it", func() bool {
			found := i.get("/api/v1/challenges/night/search?q="+url.QueryEscape(q), "")
			list, _ := found.Body["entries"].([]any)
			return len(list) == 1
		})
	}
	if r := i.get("/api/v1/me/standing", author); !strings.Contains(r.Text, `"rank":1`) {
		t.Errorf("standing: %s", r.Text)
	}

	if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + id, token: voter}); r.Status != 404 {
		t.Errorf("a stranger's withdrawal: %d, want 404", r.Status)
	}
	if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + id, token: author}); r.Status != 204 {
		t.Errorf("withdrawal: %d %s", r.Status, r.Text)
	}
	if r := i.get("/api/v1/entries/"+id, ""); r.Status != 404 {
		t.Errorf("a withdrawn entry: %d, want 404", r.Status)
	}
	if rows := i.board(); len(rows) != 0 {
		t.Errorf("the board still has %v", rows)
	}
	i.eventually("its photo is gone", func() bool { return i.get(square["url"].(string), "").Status == 404 })
}

func (i *installation) board() []map[string]any {
	i.t.Helper()
	r := i.get("/api/v1/challenges/night/board", "")
	if r.Status != 200 {
		i.t.Fatalf("board: %d %s", r.Status, r.Text)
	}
	var rows []map[string]any
	for _, row := range r.Body["rows"].([]any) {
		rows = append(rows, row.(map[string]any))
	}
	return rows
}

func TestARepeatedSubmissionIsTheSameEntry(t *testing.T) {
	i := install(t, nil)
	token := i.guest()
	key := map[string]string{"Idempotency-Key": "k1"}
	first := i.submit(token, "one", key)
	again := i.submit(token, "one", key)
	if first.Status != 201 || again.Status != 201 || first.text("id") != again.text("id") {
		t.Errorf("got %s and %s", first.Text, again.Text)
	}
	if r := i.submit(token, "another", key); r.Status != 409 || r.code() != "idempotency_key_reused" {
		t.Errorf("other words under the same key: %d %s", r.Status, r.Text)
	}
	if r := i.submit(i.guest(), "one", key); r.text("id") == first.text("id") {
		t.Error("another fan's key was taken for the first one's")
	}
}

// CHECKS 16.
func TestTwoHundredIdenticalVotesInOneInstantCountOnce(t *testing.T) {
	i := install(t, nil)
	id, voter := i.published(i.guest(), "one"), i.guest()
	statuses := i.storm(200, func(int) reply { return i.vote("PUT", id, voter) })
	if len(statuses) != 1 || statuses[http.StatusOK] == 0 {
		t.Errorf("got statuses %v; want 200 for all that the limit let through", statuses)
	}
	if score := i.board()[0]["score"]; score != 1.0 {
		t.Errorf("score is %v, want 1", score)
	}
}

// CHECKS 16.
func TestADailyLimitHoldsAgainstParallelVotes(t *testing.T) {
	i := install(t, nil)
	var ids []string
	for n := range 25 {
		ids = append(ids, i.published(i.guest(), fmt.Sprint("photo ", n)))
	}
	voter := i.guest()
	statuses := i.storm(len(ids), func(n int) reply { return i.vote("PUT", ids[n], voter) })
	if statuses[200] != 5 || statuses[409] != 20 {
		t.Errorf("got %v; want 5 votes and 20 refusals", statuses)
	}
	if r := i.vote("PUT", ids[0], voter); r.Status == 409 && r.code() != "vote_limit" {
		t.Errorf("refusal says %q, want vote_limit", r.code())
	}
}

// storm does n requests at once and counts their statuses; 429 is left out.
func (i *installation) storm(n int, do func(int) reply) map[int]int {
	statuses := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for k := range n {
		all.Go(func() {
			r := do(k)
			mu.Lock()
			defer mu.Unlock()
			if r.Status != http.StatusTooManyRequests {
				statuses[r.Status]++
			}
		})
	}
	all.Wait()
	return statuses
}

func TestRefusalsNameTheirReason(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.EntriesPerFan = 1 })
	author := i.guest()
	id := i.published(author, "mine")
	consent := string(i.challenge.Consents[0])
	submit := func(fields map[string]string, photo []byte) reply {
		kind, body := i.form(photo, fields)
		return i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: i.guest(), kind: kind, body: body})
	}
	gif := []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")
	cases := []struct {
		claim  string
		got    reply
		status int
		code   string
	}{
		{"one's own entry", i.vote("PUT", id, author), 409, "own_entry"},
		{"a vote without a session", i.vote("PUT", id, ""), 401, "unauthorized"},
		{"a vote with a made-up session", i.vote("PUT", id, "nonsense"), 401, "session_expired"},
		{"an entry that is not there", i.vote("PUT", "e_nothing", i.guest()), 404, "not_found"},
		{"a second entry", i.submit(author, "two", nil), 409, "too_many_entries"},
		{"no consent", submit(map[string]string{"caption": "c", "author": "a"}, picture()), 409, "consent_missing"},
		{"a city not offered", submit(map[string]string{"caption": "c", "author": "a", "city": "atlantis", "consents": consent}, picture()), 409, "unknown_city"},
		{"a GIF", submit(map[string]string{"caption": "c", "author": "a", "consents": consent}, gif), 422, "unsupported_type"},
		{"half a photo", submit(map[string]string{"caption": "c", "author": "a", "consents": consent}, picture()[:12]), 422, "broken"},
		{"an unknown challenge", i.get("/api/v1/challenges/day", ""), 404, "not_found"},
		{"an unknown address", i.get("/api/v1/nothing", ""), 404, "not_found"},
		{"a cursor of nobody", i.get("/api/v1/challenges/night/entries?cursor=xx", ""), 422, "invalid"},
		{"a sort of nobody", i.get("/api/v1/challenges/night/entries?sort=best", ""), 422, "invalid"},
	}
	for _, c := range cases {
		if c.got.Status != c.status || c.got.code() != c.code {
			t.Errorf("%s: got %d %q, want %d %q: %s", c.claim, c.got.Status, c.got.code(), c.status, c.code, c.got.Text)
		}
		if kind := c.got.Header.Get("Content-Type"); kind != "application/problem+json" {
			t.Errorf("%s: Content-Type is %q", c.claim, kind)
		}
	}
}

func TestAnOversizedPhotoIsRefusedBeforeItIsRead(t *testing.T) {
	i := install(t, nil)
	kind, body := i.form(make([]byte, 26<<20), map[string]string{"caption": "c", "author": "a"})
	r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: i.guest(), kind: kind, body: body})
	if r.Status != http.StatusRequestEntityTooLarge || r.code() != "too_large" {
		t.Errorf("got %d %s", r.Status, r.Text)
	}
}

// CHECKS 43: nobody gets more by sending more.
func TestFieldsThatClientsMayNotSetAreRefusedOrIgnored(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.Moderation = contest.ModerateBefore })
	token := i.guest()
	fields := map[string]string{
		"caption": "c", "author": "a", "consents": string(i.challenge.Consents[0]),
		"status": "published", "score": "1000", "number": "7", "id": "e_mine", "fan": "f_other", "version": "99", "role": "administrator", "weight": "5",
	}
	kind, body := i.form(picture(), fields)
	r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body})
	if r.Status == 201 {
		id := r.text("id")
		i.eventually("it waits for the moderator", func() bool {
			return i.get("/api/v1/entries/"+id, token).text("status") == "pending"
		})
		if e := i.get("/api/v1/entries/"+id, token); id == "e_mine" || e.Body["score"] != 0.0 || e.Body["number"] != 1.0 {
			t.Errorf("got %s", e.Text)
		}
		if public := i.get("/api/v1/entries/"+id, ""); public.Status != 404 {
			t.Errorf("the public sees a pending entry: %d", public.Status)
		}
	} else if r.Status != 422 {
		t.Errorf("got %d %s", r.Status, r.Text)
	}
	for _, extra := range []string{`,"role":"administrator"`, `,"fan":"f_other"`, `,"weight":9`} {
		r := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"` + extra + `}`)})
		if r.Status != 422 && r.Status != 201 {
			t.Errorf("session with %s: %d", extra, r.Status)
		}
	}
}

// CHECKS 46.
func TestOnlyRegisteredOriginsMayCall(t *testing.T) {
	i := install(t, nil)
	for origin, want := range map[string]int{
		hostOrigin: 201, i.url: 201, "": 201, "null": 403, "https://host.example.evil.org": 403, "https://xhost.example": 403,
		"http://host.example": 403, "https://host.example:8443": 403, "https://HOST.example": 403,
	} {
		r := i.do(request{method: "POST", path: "/api/v1/session", origin: origin, kind: "application/json", body: []byte(`{"challenge":"night"}`)})
		if r.Status != want {
			t.Errorf("origin %q: got %d, want %d", origin, r.Status, want)
		}
		if allowed := r.Header.Get("Access-Control-Allow-Origin"); want == 201 && origin != allowed || want == 403 && allowed != "*" {
			t.Errorf("origin %q: Access-Control-Allow-Origin is %q", origin, allowed)
		}
		if !strings.Contains(strings.Join(r.Header.Values("Vary"), ","), "Origin") {
			t.Errorf("origin %q: Vary is %q", origin, r.Header.Values("Vary"))
		}
		if r.Header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("origin %q: credentials are allowed", origin)
		}
	}
	pre := i.do(request{method: "OPTIONS", path: "/api/v1/session", origin: hostOrigin, header: map[string]string{"Access-Control-Request-Method": "POST"}})
	if pre.Status != 204 || !strings.Contains(pre.Header.Get("Access-Control-Allow-Headers"), "Idempotency-Key") {
		t.Errorf("preflight: %d %v", pre.Status, pre.Header)
	}
}

// CHECKS 46: what a form on another site can send changes nothing.
func TestCrossSiteFormsAreRefused(t *testing.T) {
	i := install(t, nil)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		body := []byte(`{"challenge":"night"}`)
		if r := i.do(request{method: "POST", path: "/api/v1/session", origin: "https://evil.example", kind: kind, body: body}); r.Status != 403 {
			t.Errorf("API, %s: got %d, want 403", kind, r.Status)
		}
		cross := map[string]string{"Sec-Fetch-Site": "cross-site"}
		if r := i.do(request{method: "POST", path: "/console/sign-in", origin: "https://evil.example", kind: kind, body: []byte("email=a"), header: cross}); r.Status != 403 {
			t.Errorf("console, %s: got %d, want 403", kind, r.Status)
		}
	}
}

// CHECKS 44, as far as sessions exist.
func TestHostSignedSessionsAreBoundToTheirSiteAndChallenge(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.Guests = false })
	if r := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)}); r.Status != 403 || r.code() != "guests_not_allowed" {
		t.Errorf("a guest: %d %s", r.Status, r.Text)
	}
	sign := func(secret string, claims jwt.MapClaims) string {
		return must(jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret)))(t)
	}
	claims := jwt.MapClaims{"iss": string(i.site.ID), "aud": i.url, "sub": "42", "name": "李雷", "exp": time.Now().Add(time.Minute).Unix()}
	session := func(origin, token string) reply {
		return i.do(request{
			method: "POST", path: "/api/v1/session", origin: origin, kind: "application/json",
			body: fmt.Appendf(nil, `{"challenge":"night","token":%q}`, token),
		})
	}
	good := session(hostOrigin, sign(i.site.Secret, claims))
	if good.Status != 201 || !strings.Contains(good.Text, "李雷") {
		t.Fatalf("a good token: %d %s", good.Status, good.Text)
	}
	if r := session(hostOrigin, sign("guess", claims)); r.Status != 401 || r.code() != "token_invalid" {
		t.Errorf("another secret: %d %s", r.Status, r.Text)
	}
	if r := session(i.url, sign(i.site.Secret, claims)); r.Status != 401 {
		t.Errorf("the site's token on another origin: %d", r.Status)
	}
	if r := i.do(request{method: "GET", path: "/api/v1/me", token: good.text("token"), origin: hostOrigin}); r.Status != 200 {
		t.Errorf("its own origin: %d", r.Status)
	}
	if r := i.do(request{method: "GET", path: "/api/v1/me", token: good.text("token"), origin: i.url}); r.Status != 401 {
		t.Errorf("the session on another origin: %d, want 401", r.Status)
	}
	again := session(hostOrigin, sign(i.site.Secret, claims))
	i.published(good.text("token"), "from the first session")
	if r := i.get("/api/v1/me", again.text("token")); !strings.Contains(r.Text, "from the first session") {
		t.Error("the same subject in a second session is another fan")
	}
}

// CHECKS 50: one key for hashtags that look alike, in database, search and answers.
func TestLookAlikeHashtagsAreOne(t *testing.T) {
	i := install(t, nil)
	for _, caption := range []string{"#Café", "#Cafe\u0301", "＃ＣＡＦÉ", "#caf\u200bé", "#CAFÉ#"} {
		e := i.get("/api/v1/entries/"+i.published(i.guest(), caption), "")
		if tags := fmt.Sprint(e.Body["tags"]); tags != "[夜景 café]" {
			t.Errorf("%q has tags %s", caption, tags)
		}
	}
	i.eventually("one search finds all five", func() bool {
		r := i.get("/api/v1/challenges/night/search?q="+url.QueryEscape("#CAFE\u0301"), "")
		list, _ := r.Body["entries"].([]any)
		return len(list) == 5
	})
}

func TestTheAPIDescribesItself(t *testing.T) {
	i := install(t, nil)
	r := i.get("/api/v1/openapi.json", "")
	if r.Status != 200 || r.Body["openapi"] != "3.1.0" {
		t.Fatalf("got %d %v", r.Status, r.Body["openapi"])
	}
	paths := r.Body["paths"].(map[string]any)
	for _, path := range []string{"/api/v1/challenges/{slug}/entries", "/api/v1/entries/{id}/vote", "/api/v1/session", "/api/v1/me/standing"} {
		if paths[path] == nil {
			t.Errorf("%s is not described", path)
		}
	}
}

func TestTheBoardIsNotSentAgainWhileItStandsStill(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	tag := i.get("/api/v1/challenges/night/board", "").Header.Get("ETag")
	same := request{method: "GET", path: "/api/v1/challenges/night/board", header: map[string]string{"If-None-Match": tag}}
	if r := i.do(same); r.Status != 304 || tag == "" {
		t.Errorf("unchanged board: %d, ETag %q", r.Status, tag)
	}
	i.vote("PUT", id, i.guest())
	if r := i.do(same); r.Status != 200 {
		t.Errorf("changed board: %d", r.Status)
	}
}

func TestReadsAreCompressedAsTheBrowserTakesThem(t *testing.T) {
	i := install(t, nil)
	for accepted, want := range map[string]string{"gzip, deflate, br": "br", "gzip": "gzip", "": ""} {
		r := i.do(request{method: "GET", path: "/api/v1/challenges/night/board", header: map[string]string{"Accept-Encoding": accepted + " "}, raw: true})
		if got := r.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: got %q, want %q", accepted, got, want)
		}
	}
}

func TestEveryBackendIsReady(t *testing.T) {
	i := install(t, nil)
	r := i.get("/readyz", "")
	if r.Status != 200 || r.Body["status"] != "ok" || len(r.Body["dependencies"].([]any)) != 4 {
		t.Errorf("got %d %s", r.Status, r.Text)
	}
	if r := i.get("/livez", ""); r.Status != 200 {
		t.Errorf("livez: %d", r.Status)
	}
}

// CHECKS 64: no default password, the console reachable only by a one-time link.
func TestTheFirstAdministratorComesByAOneTimeLink(t *testing.T) {
	i := install(t, nil)
	for _, path := range []string{"/console", "/console/queue", "/console/sites"} {
		if r := i.get(path, ""); r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/console/sign-in") {
			t.Errorf("%s without a session: %d to %q", path, r.Status, r.Header.Get("Location"))
		}
	}
	token, spare := must(i.app.staff.SetupLink(t.Context()))(t), must(i.app.staff.SetupLink(t.Context()))(t)
	setUp := func(token, password string) reply {
		form := url.Values{"token": {token}, "name": {"Ada"}, "email": {token + "@example.org"}, "password": {password}}
		return i.do(request{method: "POST", path: "/console/setup", origin: i.url, kind: "application/x-www-form-urlencoded", body: []byte(form.Encode())})
	}
	if r := setUp("guess", "a long password"); r.Status == http.StatusSeeOther {
		t.Error("a guessed link set up an administrator")
	}
	if r := setUp(token, "short"); r.Status == http.StatusSeeOther {
		t.Error("a short password was taken")
	}
	r := setUp(token, "a long password")
	if r.Status != http.StatusSeeOther || r.Header.Get("Set-Cookie") == "" {
		t.Fatalf("set-up: %d %s", r.Status, r.Text)
	}
	cookie := map[string]string{"Cookie": strings.SplitN(r.Header.Get("Set-Cookie"), ";", 2)[0]}
	if r := i.do(request{method: "GET", path: "/console/queue", header: cookie}); r.Status != 200 {
		t.Errorf("signed in: %d", r.Status)
	}
	if r := setUp(token, "a long password"); r.Status == http.StatusSeeOther {
		t.Error("the link worked twice")
	}
	if r := setUp(spare, "a long password"); r.Status == http.StatusSeeOther {
		t.Error("a link of before the first administrator still works")
	}
}
