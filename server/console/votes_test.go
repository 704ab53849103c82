package console

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// voted casts so many votes for an entry, from one address.
func (d *desk) voted(e contest.Entry, n int, name, source string) {
	d.t.Helper()
	err := d.store.UpdateIn(d.t.Context(), e.Challenge, func(tx *store.Tx) error {
		for i := range n {
			b := storetest.Ballot(e.Challenge, e.ID, fmt.Sprint(name, i))
			if _, err := tx.Cast(b, "2026-11-22", 1, store.Origin{Source: source, Agent: "0123456789abcdef"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// raced makes a launched challenge with two published entries: twelve votes from a farm for the first, seven from a school for
// the second.
func (d *desk) raced() (ch contest.Challenge, first, second contest.Entry) {
	d.t.Helper()
	ch = d.launched()
	first, second = d.sent(ch, "first", "Ada"), d.sent(ch, "second", "Bob")
	d.post("/console/act", url.Values{"id": {string(first.ID), string(second.ID)}, "to": {"published"}})
	d.voted(first, 12, "bot", "farmfarm0000")
	d.voted(second, 7, "pupil", "school000000")
	return ch, first, second
}

// link is where a page leads to, found by a part of its address.
func link(t *testing.T, body, part string) string {
	t.Helper()
	for _, found := range regexp.MustCompile(`(?:href|action)="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		if address := strings.ReplaceAll(found[1], "&amp;", "&"); strings.Contains(address, part) {
			return address
		}
	}
	t.Fatalf("the page leads nowhere with %q", part)
	return ""
}

// hidden reads the fields of a preview's form.
func hidden(body string) url.Values {
	form := url.Values{}
	for _, found := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		form.Add(found[1], found[2])
	}
	return form
}

func TestAGroupOfVotesIsLookedAtHeldAndUndone(t *testing.T) {
	d := open(t)
	ch, _, _ := d.raced()
	wants(t, d.get("/console/votes"), `href="`+votesPath(ch.ID)+`"`, "<b>19</b> counted", "<b>0</b> held")
	body := d.get(votesPath(ch.ID))
	wants(t, body, "Address farmfarm", "Address school00", `No. 1 <b>12</b>`, `<b>12</b> votes`, "Nothing has been decided")
	list := d.get(link(t, body, "key=farmfarm"))
	wants(t, list, "Address farmfarm", "12 votes", "12 voters", "All 12 votes", "voter "+string(storetest.VoterOf("bot0"))[:8], "program 01234567")
	lacks(t, list, "school00", ">Release")
	preview := d.get(link(t, list, "kind=hold"))
	wants(t, preview, "Hold 12 votes?", "12 → <b>0</b>", `1 → <b class="moved">2</b>`, "0 → <b>12</b>", "Many votes from one place")
	form := hidden(preview)
	form.Set("reason", "same_source")
	form.Set("note", "all within a minute")
	next := d.post(link(t, preview, "/votes/decide"), form)
	body = d.get(next)
	wants(t, body, "12 votes held.", "all within a minute", "Many votes from one place", `>12</a>`)
	body = d.get(d.post(link(t, body, "/console/votes/undo/"), nil))
	wants(t, body, "Taken back for 12 votes.", "taken back")
}

func TestTickedVotesAloneAreExcluded(t *testing.T) {
	d := open(t)
	ch, _, second := d.raced()
	list := d.get(foundPath(ch.ID, store.VoteFilter{Trait: store.BySource, Key: "school000000"}))
	votes := regexp.MustCompile(`name="vote" value="([^"]+)"`).FindAllStringSubmatch(list, -1)
	if len(votes) != 7 {
		t.Fatalf("%d votes to tick, want 7", len(votes))
	}
	q := url.Values{"ticked": {"1"}, "kind": {"exclude"}, "vote": {votes[0][1], votes[3][1]}, "lang": {"zh-CN"}}
	preview := d.get(withQuery(votesPath(ch.ID)+"/preview", q))
	wants(t, preview, "剔除 2 票？", "7 → <b>5</b>")
	form := hidden(preview)
	form.Set("reason", "automated")
	body := d.get(d.post(votesPath(ch.ID)+"/decide", form))
	wants(t, body, "2 votes excluded.")
	wants(t, d.get(foundPath(ch.ID, store.VoteFilter{Entry: second.Number, State: contest.Excluded})), "2 votes", "Restore")
	wants(t, d.get(withQuery(votesPath(ch.ID)+"/preview", q)), "没有需要改动的票")
	none := url.Values{"ticked": {"1"}, "kind": {"hold"}}
	wants(t, d.get(withQuery(votesPath(ch.ID)+"/preview", none)), "Nothing to change")
}

func TestAddressesAboutVotesThatMakeNoSenseAreRefused(t *testing.T) {
	d := open(t)
	ch, _, _ := d.raced()
	for target, want := range map[string]int{
		votesPath(ch.ID) + "/preview?kind=cast":                     http.StatusBadRequest,
		votesPath(ch.ID) + "/preview?kind=hold&vote=1.nobody.all":   http.StatusBadRequest,
		votesPath(ch.ID) + "/preview?kind=hold&vote=1":              http.StatusBadRequest,
		votesPath(ch.ID) + "/list?entry=99":                         http.StatusNotFound,
		votesPath(ch.ID) + "/list?by=nonsense&key=%00":              http.StatusOK,
		votesPath(ch.ID) + "/list?by=source&key=%00":                http.StatusNotFound,
		votesPath("ch_none"):                                        http.StatusNotFound,
		votesPath(ch.ID) + "?by=nonsense":                           http.StatusOK,
		votesPath(ch.ID) + "/list?by=minute&key=x&from=y&upto=z":    http.StatusOK,
		votesPath(ch.ID) + "/list?state=nonsense&by=domain&key=a.b": http.StatusOK,
	} {
		if w := d.do(http.MethodGet, target, nil); w.Code != want {
			t.Errorf("%s: %d, want %d", target, w.Code, want)
		}
	}
	for _, form := range []url.Values{{"kind": {"hold"}}, {"kind": {"hold"}, "reason": {"because"}}, {"kind": {"retract"}, "reason": {"burst"}}} {
		if w := d.do(http.MethodPost, votesPath(ch.ID)+"/decide", form); w.Code != http.StatusBadRequest {
			t.Errorf("%v: %d, want 400", form, w.Code)
		}
	}
}

func TestAComplaintIsAnsweredBesideItsVotes(t *testing.T) {
	d := open(t)
	ch, first, _ := d.raced()
	preview := d.get(votesPath(ch.ID) + "/preview?kind=hold&by=source&key=farmfarm0000")
	form := hidden(preview)
	form.Set("reason", "burst")
	d.post(votesPath(ch.ID)+"/decide", form)
	fan := access.Session{Fan: contest.Fan{ID: first.Fan}, Challenge: ch.ID}
	if err := d.Reviews.Complain(t.Context(), fan, first.ID, "They are my colleagues."); err != nil {
		t.Fatal(err)
	}
	wants(t, d.get("/console"), "1 complaint about votes waits", `id="count-votes">1<`)
	wants(t, d.get("/console/votes"), "1 complaint")
	body := d.get(votesPath(ch.ID))
	wants(t, body, "They are my colleagues.", "12 held", "Look at its votes")
	next := d.post(link(t, body, "/console/votes/complaints/"), url.Values{"answer": {"We looked; they count again."}})
	wants(t, d.get(next), "The answer is sent.")
	if w := d.do(http.MethodPost, link(t, body, "/console/votes/complaints/"), url.Values{"answer": {"again"}}); w.Code != http.StatusNotFound {
		t.Errorf("answered twice: %d", w.Code)
	}
}

func TestOnceCertifiedADecisionAboutVotesIsProposed(t *testing.T) {
	d := open(t)
	ch, _, _ := d.raced()
	if err := d.store.UpdateIn(t.Context(), ch.ID, func(tx *store.Tx) error { return tx.Reveal(ch.ID) }); err != nil {
		t.Fatal(err)
	}
	preview := d.get(votesPath(ch.ID) + "/preview?kind=exclude&by=source&key=farmfarm0000")
	wants(t, preview, "takes a second member of staff", ">Propose<")
	form := hidden(preview)
	form.Set("reason", "burst")
	body := d.get(d.post(votesPath(ch.ID)+"/decide", form))
	wants(t, body, "A second member of staff has to confirm", "Exclude 12 votes", "No. 1: score 12 → 0, rank 1 → 2", "You proposed this")
	lacks(t, body, `value="confirm"`)
	path := link(t, body, "/console/votes/proposals/")
	wants(t, d.get(d.post(path, url.Values{"do": {"confirm"}})), "Somebody else has to confirm this")
	wants(t, d.get("/console"), "1 decision about votes waits")
	wants(t, d.get(d.post(path, url.Values{"do": {"decline"}})), "The proposal is closed.")
	lacks(t, d.get(entryPath(d.firstOf(ch))), `name="hold"`)
}

// firstOf is the challenge's first entry.
func (d *desk) firstOf(ch contest.Challenge) contest.EntryID {
	d.t.Helper()
	e, err := d.Reviews.Entry(d.t.Context(), ch.ID, 1)
	if err != nil {
		d.t.Fatal(err)
	}
	return e.ID
}

func TestABanHoldsTheVotesThatTheFormSays(t *testing.T) {
	d := open(t)
	ch, first, second := d.raced()
	err := d.store.UpdateIn(t.Context(), ch.ID, func(tx *store.Tx) error {
		voter, err := tx.VoterFor(ch.ID, first.Fan)
		if err != nil {
			return err
		}
		_, err = tx.Cast(contest.Ballot{Challenge: ch.ID, Entry: second.ID, Voter: voter, Class: contest.GuestVoter}, "2026-11-22", 1, store.Origin{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, d.get(entryPath(first.ID)), `name="hold"`, "Votes for this photo")
	d.post("/console/entries/"+string(first.ID)+"/ban", url.Values{"reason": {"vote_trading"}, "hold": {"1"}})
	wants(t, d.get(votesPath(ch.ID)), "1 vote held.", "Voter is banned")
	d.post("/console/bans/lift", url.Values{"challenge": {string(ch.ID)}, "fan": {string(first.Fan)}})
	wants(t, d.get(votesPath(ch.ID)), "Taken back for 1 vote.")
}

func TestNoPageOfVotesShowsAMessageKey(t *testing.T) {
	d := open(t)
	ch, first, second := d.raced()
	for kind, reason := range map[contest.LeafKind]contest.Reason{contest.Hold: contest.Burst, contest.Exclude: contest.SameSource} {
		form := url.Values{"by": {"source"}, "key": {"farmfarm0000"}, "kind": {string(kind)}, "reason": {string(reason)}, "entry": {fmt.Sprint(first.Number)}}
		d.post(votesPath(ch.ID)+"/decide", form)
	}
	fan := access.Session{Fan: contest.Fan{ID: first.Fan}, Challenge: ch.ID}
	if err := d.Reviews.Complain(t.Context(), fan, first.ID, "They are my colleagues."); err != nil {
		t.Fatal(err)
	}
	targets := []string{"/console", "/console/votes", entryPath(second.ID)}
	for _, trait := range append(slices.Clone(store.Traits), store.ByVoter, "") {
		key := map[store.Trait]string{store.BySource: "farmfarm0000", store.ByClass: "guest"}[trait]
		targets = append(targets, votesPath(ch.ID)+"?by="+string(trait), foundPath(ch.ID, store.VoteFilter{Trait: trait, Key: key, Entry: first.Number}))
	}
	for _, kind := range []string{"hold", "release", "exclude", "restore"} {
		targets = append(targets, votesPath(ch.ID)+"/preview?kind="+kind)
	}
	for _, target := range targets {
		for _, lang := range page.Langs {
			if key := bareKey.FindString(d.get(withParam(target, "lang", string(lang)))); key != "" {
				t.Errorf("%s in %s shows the key %s", target, lang, key)
			}
		}
	}
}
