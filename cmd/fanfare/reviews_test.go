package main

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fanfare/server/contest"
)

// reviewed is an installation with two photos: eight votes for the first come from one address, three for the second from
// everywhere.
type reviewed struct {
	*installation
	fans, ids []string
	desk      string // the console's page of the votes
}

func review(t *testing.T, edit func(*contest.Challenge)) *reviewed {
	t.Helper()
	i := install(t, edit, "--trusted-proxies", "127.0.0.1")
	r := &reviewed{installation: i, fans: []string{i.guest(), i.guest()}, desk: "/console/challenges/" + string(i.challenge.ID) + "/votes"}
	for k, fan := range r.fans {
		r.ids = append(r.ids, i.published(fan, fmt.Sprint("photo ", k+1)))
	}
	for range 8 {
		r.votedFrom("203.0.113.9", r.ids[0])
	}
	for k := range 3 {
		r.votedFrom(fmt.Sprint("198.51.100.", k+1), r.ids[1])
	}
	return r
}

func (r *reviewed) votedFrom(address, entry string) {
	r.t.Helper()
	put := r.do(request{
		method: "PUT", path: "/api/v1/entries/" + entry + "/vote", token: r.guest(), header: map[string]string{"X-Forwarded-For": address},
	})
	if put.Status != http.StatusOK {
		r.t.Fatalf("vote: %d %s", put.Status, put.Text)
	}
}

// link is the first address on a page that holds a part.
func (r *reviewed) link(page reply, part string) string {
	r.t.Helper()
	for _, found := range regexp.MustCompile(`(?:href|action)="([^"]+)"`).FindAllStringSubmatch(page.Text, -1) {
		if address := strings.ReplaceAll(found[1], "&amp;", "&"); strings.Contains(address, part) {
			return address
		}
	}
	r.t.Fatalf("the page leads nowhere with %q: %d %s", part, page.Status, page.Text)
	return ""
}

// decide does to the largest group of votes from one address what a button of its page says, and returns the page that follows.
func (r *reviewed) decide(cookie, kind string) reply {
	r.t.Helper()
	list := r.page(cookie, r.link(r.page(cookie, r.desk), "by=source&key="))
	preview := r.page(cookie, r.link(list, "kind="+kind))
	form := url.Values{"reason": {"same_source"}, "note": {"all from one place"}}
	for _, field := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(preview.Text, -1) {
		form.Add(field[1], field[2])
	}
	done := r.console(cookie, r.desk+"/decide", form)
	if done.Status != http.StatusSeeOther {
		r.t.Fatalf("%s: %d %s", kind, done.Status, done.Text)
	}
	return r.page(cookie, done.Header.Get("Location"))
}

// press sends one of a page's forms and returns the page that follows.
func (r *reviewed) press(cookie string, page reply, action string, form url.Values) reply {
	r.t.Helper()
	done := r.console(cookie, r.link(page, action), form)
	if done.Status != http.StatusSeeOther {
		r.t.Fatalf("%s: %d %s", action, done.Status, done.Text)
	}
	return r.page(cookie, done.Header.Get("Location"))
}

// under is what an entry's fan sees of the votes for it that do not count; nil for nothing.
func (r *reviewed) under(k int) map[string]any {
	r.t.Helper()
	under, _ := r.own(r.fans[k], r.ids[k])["under_review"].(map[string]any)
	return under
}

// leads holds which entry is first on the public board, with its score.
func (r *reviewed) leads(k int, score float64) {
	r.t.Helper()
	r.eventually(fmt.Sprint("entry ", k+1, " leads with ", score), func() bool {
		rows := r.board()
		return len(rows) == 2 && rows[0]["entry"] == r.ids[k] && rows[0]["score"] == score
	})
}

func TestDoubtfulVotesAreHeldTheirEntrantComplainsAndUndoingGivesTheSameBoard(t *testing.T) {
	r := review(t, nil)
	ada := r.administrator()
	r.leads(0, 8)
	if under := r.under(0); under != nil {
		t.Errorf("before anything is held the entrant sees %v", under)
	}
	held := r.decide(ada, "hold")
	if !strings.Contains(held.Text, "8 votes held.") {
		t.Errorf("the desk does not say what was done: %d %s", held.Status, held.Text)
	}
	r.leads(1, 3)
	if under := r.under(0); under["votes"] != 8.0 || under["may_complain"] != true || under["complained"] != nil {
		t.Errorf("the entrant sees %v", under)
	}
	if other := r.get("/api/v1/entries/"+r.ids[0], r.fans[1]); other.Body["under_review"] != nil {
		t.Errorf("others see %v", other.Body["under_review"])
	}
	complain := func(fan int, statement string) reply {
		return r.post("/api/v1/entries/"+r.ids[0]+"/complaints", r.fans[fan], map[string]string{"statement": statement})
	}
	if c := complain(1, "not mine"); c.Status != http.StatusNotFound {
		t.Errorf("a complaint about somebody else's entry: %d %s", c.Status, c.Text)
	}
	if c := complain(0, "她们都是我的同学"); c.Status != http.StatusCreated {
		t.Fatalf("complain: %d %s", c.Status, c.Text)
	}
	if c := complain(0, "真的"); c.code() != "complaint_open" {
		t.Errorf("complained twice: %d %s", c.Status, c.Text)
	}
	desk := r.page(ada, r.desk)
	if !strings.Contains(desk.Text, "她们都是我的同学") {
		t.Error("staff do not see the complaint")
	}
	r.press(ada, desk, "/console/votes/undo/", nil)
	r.press(ada, desk, "/console/votes/complaints/", url.Values{"answer": {"已核实，重新计入。"}})
	r.leads(0, 8)
	if under := r.under(0); under["answer"] != "已核实，重新计入。" || under["votes"] != 0.0 || under["may_complain"] != nil {
		t.Errorf("afterwards the entrant sees %v", under)
	}
	r.fanfare("verify", "--quick")
}

func TestAnEntrantLearnsNoNumberOfHiddenVotes(t *testing.T) {
	r := review(t, func(c *contest.Challenge) { c.Rules.Tally, c.Rules.Winners = contest.TallyHidden, 1 })
	r.decide(r.administrator(), "hold")
	r.eventually("the entrant sees that votes are looked at", func() bool { return r.under(0) != nil })
	if under := r.under(0); under["votes"] != nil || under["excluded"] != nil || under["may_complain"] != true {
		t.Errorf("the entrant sees %v", under)
	}
}

func TestAfterTheCertificationTwoPeopleAmendTheResult(t *testing.T) {
	r := review(t, func(c *contest.Challenge) { c.Rules.Winners = 1 })
	ada := r.administrator()
	bo := r.invited(ada, "bo")
	r.ended()
	results := "/console/challenges/" + string(r.challenge.ID) + "/results"
	hash := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(r.page(ada, results).Text)
	if hash == nil {
		t.Fatal("nothing to certify")
	}
	if c := r.console(ada, results+"/propose", url.Values{"hash": {hash[1]}}); c.Status != http.StatusSeeOther {
		t.Fatalf("propose: %d %s", c.Status, c.Text)
	}
	if c := r.console(bo, results+"/confirm", url.Values{"hash": {hash[1]}}); c.Status != http.StatusSeeOther {
		t.Fatalf("confirm: %d %s", c.Status, c.Text)
	}
	if w := first(r.results(""), "winners"); w["entry"] != r.ids[0] {
		t.Fatalf("the winner is %v", w)
	}
	proposed := r.decide(bo, "exclude")
	if !strings.Contains(proposed.Text, "A second member of staff has to confirm") {
		t.Errorf("the desk does not say that it waits: %d %s", proposed.Status, proposed.Text)
	}
	if own := r.press(bo, proposed, "/console/votes/proposals/", url.Values{"do": {"confirm"}}); !strings.Contains(own.Text, "Somebody else has to confirm") {
		t.Errorf("confirmed by who proposed it: %d", own.Status)
	}
	if w := first(r.results(""), "winners"); w["entry"] != r.ids[0] {
		t.Errorf("a proposal changed the winner to %v", w)
	}
	r.press(ada, r.page(ada, r.desk), "/console/votes/proposals/", url.Values{"do": {"confirm"}})
	if w := first(r.results(""), "winners"); w["entry"] != r.ids[1] || w["score"] != 3.0 {
		t.Errorf("the amended winner is %v", w)
	}
	r.leads(1, 3)
	r.fanfare("verify", "--quick")
}
