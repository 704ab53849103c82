package main

import (
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// CHECKS 17: after a storm the board is what the log says, and each fan's votes are what that fan was told last.
func TestStormsOfCastsAndRetractionsEndAsTheLogSays(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 3 })
	const fans, entriesInAll, acts = 12, 6, 25
	ids := make([]string, entriesInAll)
	for n := range ids {
		ids[n] = i.published(i.guest(), fmt.Sprint("photo ", n))
	}
	tokens := make([]string, fans)
	told := make([]map[string]bool, fans)
	for n := range tokens {
		tokens[n], told[n] = i.guest(), map[string]bool{}
	}
	var all sync.WaitGroup
	for n := range tokens {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(n)))
			for range acts {
				id, method := ids[random.IntN(len(ids))], []string{"PUT", "DELETE"}[random.IntN(2)]
				r := i.vote(method, id, tokens[n])
				switch {
				case r.Status == http.StatusOK:
					told[n][id] = method == "PUT"
				case r.Status != http.StatusConflict || r.code() != "vote_limit":
					t.Errorf("%s: %d %s", method, r.Status, r.Text)
				}
			}
		})
	}
	all.Wait()
	var leaves []contest.Leaf
	err := i.app.store.View(t.Context(), func(tx *store.Tx) (err error) {
		leaves, err = tx.Leaves(i.challenge.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := contest.Recount(leaves)
	if err != nil {
		t.Error(err)
	}
	want := map[string]int64{}
	for n := range told {
		standing := 0
		for id, voted := range told[n] {
			if voted {
				want[id]++
				standing++
			}
		}
		if standing > 3 {
			t.Errorf("fan %d was told of %d votes, the limit is 3", n, standing)
		}
		me := i.get("/api/v1/me", tokens[n])
		if voted := me.Body["voted"].([]any); len(voted) != standing || me.Body["votes_left"] != float64(3-standing) {
			t.Errorf("fan %d has %d votes, was told of %d: %s", n, len(voted), standing, me.Text)
		}
	}
	for _, row := range i.board() {
		id := row["entry"].(string)
		logged := tallies[contest.EntryNumber(row["number"].(float64))].Score
		if score := int64(row["score"].(float64)); score < 0 || score != want[id] || score != logged {
			t.Errorf("%s: board %d, told %d, log %d", id, score, want[id], logged)
		}
	}
}

// CHECKS 20: a limit follows the address that the trusted proxy names, and no header that anybody can write.
func TestLimitsFollowTheRightAddress(t *testing.T) {
	i := install(t, nil, "--trusted-proxies", "127.0.0.1")
	id := i.published(i.guest(), "one")
	report := func(header map[string]string) reply {
		return i.do(request{method: "POST", path: "/api/v1/entries/" + id + "/reports", kind: "application/json", body: []byte(`{"reason":"other"}`), header: header})
	}
	statuses := i.limited(70, func(n int) reply {
		return report(map[string]string{"X-Forwarded-For": fmt.Sprintf("10.0.0.%d, 203.0.113.5", n), "X-Real-IP": fmt.Sprint("9.9.9.", n), "Forwarded": "for=8.8.8.8", "CF-Connecting-IP": "7.7.7.7"})
	})
	if statuses[201] != 60 || statuses[429] != 10 {
		t.Errorf("one address behind the proxy: %v, want 60 taken and 10 refused", statuses)
	}
	if r := report(map[string]string{"X-Forwarded-For": "203.0.113.6"}); r.Status != 201 {
		t.Errorf("its neighbour: %d", r.Status)
	}
	statuses = i.limited(70, func(n int) reply {
		return report(map[string]string{"X-Forwarded-For": fmt.Sprintf("2001:db8:1:2:%x::%x", n, n*77)})
	})
	if statuses[429] != 10 {
		t.Errorf("one IPv6 subscriber with seventy addresses: %v, want ten refused", statuses)
	}
	if r := report(map[string]string{"X-Forwarded-For": "2001:db8:1:3::1"}); r.Status != 201 {
		t.Errorf("the next subscriber: %d", r.Status)
	}
	direct := install(t, nil)
	id = direct.published(direct.guest(), "one")
	statuses = direct.limited(70, func(n int) reply {
		return direct.do(request{method: "POST", path: "/api/v1/entries/" + id + "/reports", kind: "application/json", body: []byte(`{"reason":"other"}`), header: map[string]string{"X-Forwarded-For": fmt.Sprint("10.0.0.", n)}})
	})
	if statuses[429] != 10 {
		t.Errorf("forged addresses of an untrusted peer: %v, want ten refused", statuses)
	}
}

// limited does n requests one after the other and counts all statuses.
func (i *installation) limited(n int, do func(int) reply) map[int]int {
	statuses := map[int]int{}
	for k := range n {
		r := do(k)
		statuses[r.Status]++
		if r.Status == http.StatusTooManyRequests && (r.code() != "rate_limited" || r.Header.Get("Retry-After") == "") {
			i.t.Errorf("429 says %s, Retry-After is %q", r.Text, r.Header.Get("Retry-After"))
		}
	}
	return statuses
}

// CHECKS 20: one session has one limit, however its header is written.
func TestALimitOfOneSessionHoldsHoweverItIsWritten(t *testing.T) {
	i := install(t, nil)
	id, token := i.published(i.guest(), "one"), i.guest()
	statuses := i.limited(160, func(n int) reply {
		scheme := []byte("bearer")
		for bit := range scheme {
			if n>>bit&1 == 1 {
				scheme[bit] -= 'a' - 'A'
			}
		}
		return i.do(request{method: "PUT", path: "/api/v1/entries/" + id + "/vote", header: map[string]string{"Authorization": string(scheme) + " " + token}})
	})
	if statuses[200] != 120 || statuses[429] != 40 {
		t.Errorf("got %v, want 120 taken and 40 refused", statuses)
	}
}

// CHECKS 21: what one of a hall is refused does not use up the share of the others.
func TestOneAbuserDoesNotBlockTheOthersBehindTheSameAddress(t *testing.T) {
	i := install(t, nil)
	id, abuser := i.published(i.guest(), "one"), i.guest()
	report := func(token string) reply {
		return i.do(request{method: "POST", path: "/api/v1/entries/" + id + "/reports", token: token, kind: "application/json", body: []byte(`{"reason":"other"}`)})
	}
	if statuses := i.limited(100, func(int) reply { return report(abuser) }); statuses[201] != 20 || statuses[429] != 80 {
		t.Errorf("the abuser: %v, want 20 taken and 80 refused", statuses)
	}
	if statuses := i.limited(30, func(int) reply { return report(i.guest()) }); statuses[201] != 30 {
		t.Errorf("thirty others behind the address: %v, want all taken", statuses)
	}
}

// CHECKS 21: a hall of people behind one address votes undisturbed, limits on.
func TestFiveHundredVotersBehindOneAddressAreAllCounted(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	gate := make(chan struct{}, 32)
	statuses := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			r := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)})
			if r.Status == http.StatusCreated {
				r = i.vote("PUT", id, r.text("token"))
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[r.Status]++
		})
	}
	all.Wait()
	if statuses[200] != 500 || i.board()[0]["score"] != 500.0 {
		t.Errorf("got %v and a score of %v, want 500", statuses, i.board()[0]["score"])
	}
}

// payloads are what would run where it is not written as text.
var payloads = []string{
	`<script>alert('ff')</script>`, `"><img src=x onerror=alert('ff')>`, `'-alert('ff')-'`, `javascript:alert('ff')`, `</title><svg/onload=alert('ff')>`,
	`{{.}}${7*7}<%= 7*7 %>`, `<!--<ff>`, "\u2028</script><ff>", `&lt;script&gt;alert('ff')`, `<a href="data:text/html,ff">`,
}

// CHECKS 48: what fans write is text on every page.
func TestWhatFansWriteIsShownAsText(t *testing.T) {
	i := install(t, nil)
	var ids []string
	for _, payload := range payloads {
		kind, body := i.form(picture(), map[string]string{"caption": payload + " #" + payload, "author": payload, "consents": string(i.challenge.Consents[0])})
		r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: i.guest(), kind: kind, body: body})
		if r.Status != http.StatusCreated {
			t.Fatalf("%q: %d %s", payload, r.Status, r.Text)
		}
		ids = append(ids, r.text("id"))
		i.do(request{method: "POST", path: "/api/v1/entries/" + r.text("id") + "/reports", kind: "application/json", body: fmt.Appendf(nil, `{"reason":"other","note":%q}`, "<ff>")})
	}
	paths := []string{"/", "/c/night", "/?lang=" + url.QueryEscape(payloads[1]), "/c/night?lang=en&x=" + url.QueryEscape(payloads[0]), "/nothing/" + url.PathEscape(payloads[1])}
	for _, id := range ids {
		i.eventually("it is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == 200 })
		paths = append(paths, "/e/"+id, "/api/v1/entries/"+id)
	}
	cookie := i.administrator()
	paths = append(paths, "/console", "/console/reports", "/console/queue", "/console/challenges/"+string(i.challenge.ID)+"/entries", "/console/entries/"+ids[0])
	for _, path := range paths {
		r := i.do(request{method: "GET", path: path, header: map[string]string{"Cookie": cookie, "User-Agent": payloads[0], "Referer": payloads[1]}})
		if r.Status >= 500 {
			t.Errorf("%s: %d", path, r.Status)
		}
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			continue // no browser draws it: nosniff and a policy that runs nothing
		}
		for _, raw := range []string{"<script>alert", "<img src=x", "<svg/onload", "<ff>", `href="javascript:`, `href="data:`, "onerror=alert('ff')>"} {
			if strings.Contains(r.Text, raw) {
				t.Errorf("%s contains %s", path, raw)
			}
		}
		policy := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-inline") || strings.Contains(policy, "'unsafe-eval'") {
			t.Errorf("%s: Content-Security-Policy is %q", path, policy)
		}
	}
	if r := i.get("/e/"+ids[0], ""); !strings.Contains(html.UnescapeString(r.Text), payloads[0]) {
		t.Error("the words are not shown at all, so nothing was tried")
	}
}

// CHECKS 50: words may not turn the text around them, or carry what no database and no frame can.
func TestWordsCarryNoControlCharacters(t *testing.T) {
	i := install(t, nil)
	kind, body := i.form(picture(), map[string]string{
		"caption": "a\x00b\u202ec\u2066d\x1b[31m\r\ne\xffé", "author": " Li\n\u202e\x00Lei\xc3 ", "consents": string(i.challenge.Consents[0]),
	})
	r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: i.guest(), kind: kind, body: body})
	if r.Status != http.StatusCreated || r.text("caption") != "abcd[31m\neé" || r.text("author") != "Li Lei" {
		t.Errorf("got %d %q by %q", r.Status, r.text("caption"), r.text("author"))
	}
	blank := "\u202e\x00\u2066 \n"
	kind, body = i.form(picture(), map[string]string{"caption": "c", "author": blank, "consents": string(i.challenge.Consents[0])})
	if r := i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: i.guest(), kind: kind, body: body}); r.Status != http.StatusConflict || r.code() != "author_missing" {
		t.Errorf("an author of nothing that shows: %d %s", r.Status, r.Text)
	}
	s := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night","name":"\u202eLi\u0000\n\u200bLei"}`)})
	if fan, _ := s.Body["fan"].(map[string]any); fan["name"] != "LiLei" {
		t.Errorf("session: %s", s.Text)
	}
}
