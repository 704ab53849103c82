package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/ledger"
)

// console sends a form as whoever has the cookie.
func (i *installation) console(cookie, path string, form url.Values) reply {
	i.t.Helper()
	return i.do(request{
		method: "POST", path: path, origin: i.url, kind: "application/x-www-form-urlencoded", body: []byte(form.Encode()), header: map[string]string{"Cookie": cookie},
	})
}

func (i *installation) page(cookie, path string) reply {
	i.t.Helper()
	return i.do(request{method: "GET", path: path, header: map[string]string{"Cookie": cookie, "Accept-Language": "en"}})
}

// invited makes a second member of staff by a link from the first one's console.
func (i *installation) invited(cookie, name string) string {
	i.t.Helper()
	shown := i.console(cookie, "/console/staff/invite", url.Values{"email": {name + "@example.org"}, "role": {"administrator"}})
	link := regexp.MustCompile(`/console/join\?token=([A-Za-z0-9_-]+)`).FindStringSubmatch(shown.Text)
	if shown.Status != http.StatusCreated || link == nil {
		i.t.Fatalf("invite: %d %s", shown.Status, shown.Text)
	}
	if again := i.page(cookie, "/console/staff"); strings.Contains(again.Text, link[1]) {
		i.t.Error("the link is shown twice")
	}
	person := url.Values{"token": {link[1]}, "name": {name}, "password": {adminPassword}}
	in := i.console("", "/console/join", person)
	if in.Status != http.StatusSeeOther {
		i.t.Fatalf("join: %d %s", in.Status, in.Text)
	}
	if again := i.console("", "/console/join", person); again.Status != http.StatusGone {
		i.t.Errorf("the link used twice: %d", again.Status)
	}
	cookieOf, _, _ := strings.Cut(in.Header.Get("Set-Cookie"), ";")
	return cookieOf
}

// results is the result as the API tells it.
func (i *installation) results(query string) map[string]any {
	i.t.Helper()
	r := i.get("/api/v1/challenges/night/results"+query, "")
	if r.Status != http.StatusOK {
		i.t.Fatalf("results: %d %s", r.Status, r.Text)
	}
	return r.Body
}

// first returns the first of a list in an answer, nil where it is empty.
func first(body map[string]any, list string) map[string]any {
	all, _ := body[list].([]any)
	if len(all) == 0 {
		return nil
	}
	return all[0].(map[string]any)
}

func TestAHiddenResultIsOpenedByTwoPeopleAndEverybodySeesTheSame(t *testing.T) {
	i := install(t, func(c *contest.Challenge) {
		closes := time.Now().Add(12 * time.Second).Truncate(time.Millisecond) // a busy machine enters and votes in four
		c.Entries.Closes, c.Votes.Closes = closes, closes
		c.Rules.Tally, c.Rules.Winners = contest.TallyHidden, 1
	})
	fans := []string{i.guest(), i.guest(), i.guest()}
	var ids []string
	for k, fan := range fans {
		ids = append(ids, i.published(fan, fmt.Sprint("photo ", k+1)))
	}
	for k, votes := range []int{3, 2, 1} {
		for range votes {
			if r := i.vote("PUT", ids[k], i.guest()); r.Status != http.StatusOK {
				t.Fatalf("vote: %d %s", r.Status, r.Text)
			}
		}
	}
	leader := must(i.app.entries.Entry(t.Context(), contest.EntryID(ids[0])))(t)
	ban := contest.Ban{Challenge: i.challenge.ID, Fan: leader.Fan, Reason: contest.VoteTrading}
	if err := i.app.entries.Ban(t.Context(), ban, false); err != nil {
		t.Fatal(err)
	}
	ada := i.administrator()
	bo := i.invited(ada, "bo")
	desk := "/console/challenges/" + string(i.challenge.ID) + "/results"
	i.within(30*time.Second, "the challenge is over", func() bool { return i.results("")["stage"] == "due" })

	if b := i.results("?number=1"); b["stage"] != "due" || first(b, "winners") != nil || first(b, "places") != nil || b["totals"] != nil || b["found"] != nil {
		t.Errorf("before it is proposed: %v", b)
	}
	hash := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(i.page(ada, desk).Text)
	if hash == nil {
		t.Fatal("nothing to propose")
	}
	form := url.Values{"hash": {hash[1]}}
	if r := i.console(ada, desk+"/confirm", form); r.Status != http.StatusConflict {
		t.Errorf("confirmed before it was proposed: %d", r.Status)
	}
	if r := i.console(ada, desk+"/propose", form); r.Status != http.StatusSeeOther {
		t.Fatalf("propose: %d %s", r.Status, r.Text)
	}
	if r := i.console(ada, desk+"/confirm", form); r.Status != http.StatusConflict {
		t.Errorf("confirmed by who proposed it: %d", r.Status)
	}
	if b := i.results(""); b["stage"] != "proposed" || first(b, "winners") != nil || first(b, "passed_over") != nil || b["totals"] != nil {
		t.Errorf("before it is certified: %v", b)
	}
	if r := i.get("/c/night/results.json", ""); r.Status != http.StatusNotFound {
		t.Errorf("the result's file before it is certified: %d", r.Status)
	}
	if r := i.console(bo, desk+"/confirm", form); r.Status != http.StatusSeeOther {
		t.Fatalf("confirm: %d %s", r.Status, r.Text)
	}
	i.certified(ids, fans, hash[1])

	i.auditable()

	award := url.Values{"entry": {ids[1]}, "award_zh": {"一等奖"}, "award_en": {"First prize"}}
	if r := i.console(bo, desk+"/award", award); r.Status != http.StatusSeeOther {
		t.Errorf("award: %d %s", r.Status, r.Text)
	}
	if r := i.console(bo, "/console/entries/"+ids[2]+"/feature", url.Values{"on": {"yes"}}); r.Status != http.StatusSeeOther {
		t.Errorf("feature: %d %s", r.Status, r.Text)
	}
	for path, words := range map[string][]string{
		"/c/night/results":           {"The winners", "First prize", "photo 2", "Featured", "photo 3", "its author was banned", hash[1]},
		"/c/night/results?number=3":  {"No. 3 takes place 2 of 2"},
		"/c/night/results?number=1":  {"No. 1 was passed over"},
		"/c/night/results/feed.atom": {"<title>First prize: photo 2</title>", "<title>Featured: photo 3</title>"},
		"/e/" + ids[0]:               {"no place in the result"},
		"/e/" + ids[1]:               {"Final rank", "Among the best 50 %"},
	} {
		shown := i.page("", path)
		for _, part := range words {
			if shown.Status != http.StatusOK || !strings.Contains(shown.Text, part) {
				t.Errorf("%s: %d, without %q", path, shown.Status, part)
			}
		}
	}
}

// certified holds that the API, the board, the file and the fans' own places tell the result of the hash: the second entry
// wins, the first is passed over.
func (i *installation) certified(ids, fans []string, hash string) {
	i.t.Helper()
	b := i.results("?number=3")
	winner, over, found := first(b, "winners"), first(b, "passed_over"), b["found"].(map[string]any)
	if b["stage"] != "certified" || winner["entry"] != ids[1] || winner["score"] != 2.0 || over["number"] != 1.0 || over["reason"] != "banned" || found["rank"] != 2.0 {
		i.t.Errorf("the API tells %v", b)
	}
	file := i.do(request{method: "GET", path: "/c/night/results.json", raw: true})
	if sum := sha256.Sum256([]byte(file.Text)); hex.EncodeToString(sum[:]) != hash {
		i.t.Errorf("the file is not the one of the hash: %s", file.Text)
	}
	i.eventually("the board is the result", func() bool {
		rows := i.board()
		return len(rows) == 2 && rows[0]["entry"] == ids[1] && rows[0]["score"] == 2.0 && rows[1]["entry"] == ids[2]
	})
	i.eventually("fans see their final places", func() bool { // a session remembers its challenge for seconds
		place := first(i.get("/api/v1/me/standing", fans[2]).Body, "entries")
		return place != nil && place["final"] == true && place["rank"] == 2.0 && place["of"] == 2.0 && place["top_percent"] == 100.0 && place["behind"] == 1.0
	})
	if place := first(i.get("/api/v1/me/standing", fans[0]).Body, "entries"); place != nil {
		i.t.Errorf("who is passed over is told of the place %v", place)
	}
	if e := i.get("/api/v1/entries/"+ids[0], ""); e.text("passed_over") != "banned" || e.Body["rank"] != nil {
		i.t.Errorf("the entry that is passed over: %s", e.Text)
	}
	i.eventually("places of the result are told without the database", func() bool {
		i.get("/api/v1/entries/"+ids[1], "")
		i.get("/api/v1/me/standing", fans[2])
		defer i.withoutDatabase()()
		return i.answered("/api/v1/entries/"+ids[1], "") == http.StatusOK && i.answered("/api/v1/me/standing", fans[2]) == http.StatusOK
	})
}

// auditable holds that the published log, counted again by nothing else, gives the certified result.
func (i *installation) auditable() {
	i.t.Helper()
	if err := i.app.audits.Seal(i.t.Context(), i.challenge.ID); err != nil {
		i.t.Fatal(err)
	}
	published := i.do(request{method: "GET", path: "/log/" + string(i.challenge.ID) + "/export.jsonl", raw: true})
	report, err := ledger.Audit(strings.NewReader(published.Text), nil)
	if err != nil || report.Results != 1 {
		i.t.Errorf("the published log: %d, %v, %d results", published.Status, err, report.Results)
	}
}

func TestResultsAreWrittenBySignedInStaffOnly(t *testing.T) {
	i := install(t, func(c *contest.Challenge) { c.Rules.Winners = 1 })
	desk, ada := "/console/challenges/"+string(i.challenge.ID)+"/results", i.administrator()
	for _, path := range []string{desk + "/propose", desk + "/confirm", desk + "/withdraw", desk + "/award", "/console/staff/invite", "/console/entries/e_1/feature"} {
		if r := i.console("", path, nil); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/console/sign-in" {
			t.Errorf("%s: %d to %s", path, r.Status, r.Header.Get("Location"))
		}
		forged := request{method: "POST", path: path, origin: "https://elsewhere.example", kind: "application/x-www-form-urlencoded", header: map[string]string{"Cookie": ada}}
		if r := i.do(forged); r.Status != http.StatusForbidden {
			t.Errorf("%s from another site: %d", path, r.Status)
		}
	}
}
