package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/partner"
)

// allow says where partners may repost an entry.
func (i *installation) allow(token, id string, body map[string]any) reply {
	i.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		i.t.Fatal(err)
	}
	return i.do(request{method: "PUT", path: "/api/v1/entries/" + id + "/rights", token: token, kind: "application/json", body: text})
}

// grantedBy enters a photo that partners may repost, by the fields given, and waits until the public sees it.
func (i *installation) grantedBy(token, caption string, fields map[string]string) string {
	i.t.Helper()
	words := map[string]string{"caption": caption, "consents": string(i.challenge.Consents[0]) + "," + string(partner.WordsID)}
	maps.Copy(words, fields)
	r := i.submitWith(token, words, nil)
	if r.Status != 201 {
		i.t.Fatalf("submit: %d %s", r.Status, r.Text)
	}
	id := r.text("id")
	i.eventually("the entry is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == 200 })
	return id
}

// rights are where partners may repost an entry and until when, as everybody reads it; empty where they may not.
func (i *installation) rights(id string) string {
	i.t.Helper()
	r := i.get("/api/v1/entries/"+id+"/rights", "")
	rights, ok := r.Body["rights"].(map[string]any)
	if r.Status != 200 || !ok {
		return ""
	}
	var outlets []string
	for _, o := range rights["outlets"].([]any) {
		outlets = append(outlets, o.(string))
	}
	return strings.Join(outlets, " ") + " until " + rights["until"].(string)
}

// CHECKS 62: what a fan did not tick, or ticked under other words, allows nothing; a receipt names the exact text.
func TestAFanAllowsRepostsByTheExactWordsAndTakesThemBackAtOnce(t *testing.T) {
	i := install(t, nil)
	offered := i.get("/api/v1/reposting", "")
	if offered.text("consent") != string(partner.WordsID) || !strings.Contains(offered.Text, partner.Words.EN) {
		t.Fatalf("offered: %s", offered.Text)
	}
	author := i.guest()
	unticked := i.published(author, "unticked")
	if got := i.rights(unticked); got != "" {
		t.Errorf("without a tick partners may repost it on %s", got)
	}
	last := time.Now().AddDate(0, 2, 0).Format(time.DateOnly)
	id := i.grantedBy(author, "some", map[string]string{"repost": "x,weibo", "repost_until": last})
	if got, want := i.rights(id), "weibo x until "+last; got != want {
		t.Errorf("allowed %q, want %q", got, want)
	}
	for claim, body := range map[string]map[string]any{
		"no words":       {"outlets": []string{"weibo"}},
		"other words":    {"outlets": []string{"weibo"}, "consent": "c_00"},
		"another outlet": {"outlets": []string{"myspace"}, "consent": partner.WordsID},
		"a day before":   {"outlets": []string{"weibo"}, "consent": partner.WordsID, "until": "2020-01-01"},
	} {
		if r := i.allow(author, id, body); r.Status != 409 {
			t.Errorf("%s: %d %s", claim, r.Status, r.Text)
		}
	}
	if r := i.allow(i.guest(), id, map[string]any{"outlets": []string{}}); r.Status != 404 {
		t.Errorf("by somebody else: %d", r.Status)
	}
	if r := i.allow(author, id, map[string]any{"outlets": []string{"site"}, "consent": partner.WordsID, "months": 3}); r.Status != 200 {
		t.Fatalf("narrowed: %d %s", r.Status, r.Text)
	}
	if got := i.rights(id); !strings.HasPrefix(got, "site until ") {
		t.Errorf("allowed %q, want only the site", got)
	}
	if r := i.allow(author, id, map[string]any{"outlets": []string{}}); r.Status != 200 {
		t.Fatalf("taken back: %d %s", r.Status, r.Text)
	}
	if got := i.rights(id); got != "" {
		t.Errorf("after all was taken back partners may repost it on %s", got)
	}
	passport := i.get("/api/v1/entries/"+id+"/rights", author)
	said, _ := passport.Body["history"].([]any)
	if len(said) != 3 || strings.Count(passport.Text, string(partner.WordsID)) != 2 || !strings.Contains(passport.Text, partner.Words.ZH) {
		t.Errorf("the passport says %s", passport.Text)
	}
}

// CHECKS 61, 62: whatever takes the entry away takes its rights in the same moment.
func TestRightsEndWithTheEntry(t *testing.T) {
	i := install(t, nil)
	author := i.guest()
	withdrawn, taken := i.grantedBy(author, "withdrawn", nil), i.grantedBy(author, "taken down", nil)
	for _, id := range []string{withdrawn, taken} {
		if got := i.rights(id); !strings.HasPrefix(got, "weibo wechat xiaohongshu douyin instagram x site until ") {
			t.Fatalf("allowed %q, want all outlets", got)
		}
		if page := i.get("/e/"+id+"?lang=en", ""); !strings.Contains(page.Text, "Partners may repost this photo") {
			t.Error("the entry's page does not say so")
		}
	}
	if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + withdrawn, token: author}); r.Status != 204 {
		t.Fatalf("withdrawal: %d %s", r.Status, r.Text)
	}
	body := []byte(`{"contact":"li@example.org","statement":"That is me, and I was not asked."}`)
	if r := i.do(request{method: "POST", path: "/api/v1/entries/" + taken + "/takedowns", kind: "application/json", body: body}); r.Status != 201 {
		t.Fatalf("takedown: %d %s", r.Status, r.Text)
	}
	for _, id := range []string{withdrawn, taken} {
		if got := i.rights(id); got != "" {
			t.Errorf("entry %s: partners may still repost it on %s", id, got)
		}
	}
	if mine := i.get("/api/v1/entries/"+taken, author); !strings.Contains(mine.Text, `"open":false`) {
		t.Errorf("the fan is told %s, want what they allowed and that it is not open", mine.Text)
	}
}

// A partner's feed has what its fans allow at the moment it is read, in every format, and nothing else.
func TestAPartnersFeedHasOnlyWhatFansAllow(t *testing.T) {
	i := install(t, func(c *contest.Challenge) {
		c.Partners = []contest.Choice{{ID: "lens", Name: contest.Text{ZH: "镜头", EN: "Lens"}}}
	})
	author := i.guest()
	silent := i.publishedFrom(author, "without a word", "", "lens")
	id := i.grantedBy(author, "granted", map[string]string{"partner": "lens"})
	for _, format := range []string{"atom", "rss", "json"} {
		path := "/c/night/partners/lens/feed." + format + "?lang=en"
		if r := i.get(path, ""); r.Status != 200 || !strings.Contains(r.Text, "/e/"+id) || strings.Contains(r.Text, silent) || !strings.Contains(r.Text, "on every channel") {
			t.Errorf("%s: %d %s", path, r.Status, r.Text)
		}
	}
	if r := i.get("/c/night/partners/nobody/feed.rss", ""); r.Status != 404 {
		t.Errorf("a partner that is none: %d", r.Status)
	}
	if r := i.allow(author, id, map[string]any{"outlets": []string{}}); r.Status != 200 {
		t.Fatalf("taken back: %d %s", r.Status, r.Text)
	}
	if r := i.get("/c/night/partners/lens/feed.atom", ""); r.Status != 200 || strings.Contains(r.Text, id) {
		t.Errorf("after the fan took it back: %d %s", r.Status, r.Text)
	}
}
