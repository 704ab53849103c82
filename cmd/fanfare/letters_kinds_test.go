package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/keys"
	"fanfare/server/app/staff"
	"fanfare/server/bus/bustest"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/outbound/smtptest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// correspondence is an installation that writes letters, with people of each role, a campaign that misses its target, a photo that waits
// for moderators, and an end that comes soon.
type correspondence struct {
	*postal
	bus               *bustest.NATS
	admin, bo, wuhan  string // Cookie headers
	fan, photo, other string // the fan's bearer, and their entries: one that wins and one that is rejected
	came              []smtptest.Letter
}

func newCorrespondence(t *testing.T) *correspondence {
	t.Helper()
	mail, bus := smtptest.Open(t, false), bustest.StartNATS(t)
	c := &correspondence{bus: bus, postal: &postal{office: mail, installation: install(t, func(c *contest.Challenge) {
		closes := time.Now().Add(30 * time.Second).Truncate(time.Millisecond) // a busy machine enters, decides and votes in ten
		c.Entries.Closes, c.Votes.Closes = closes, closes
		c.Rules.Moderation, c.Rules.Winners = contest.ModerateBefore, 1
		c.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉文旅", EN: "Wuhan Tourism"}}}
	}, "--rate-limits", "off", "--outbound-allow", "127.0.0.1", "--bus", bus.URL(), "--smtp", "smtp://"+mail.Address+"?starttls=off&from=night@fans.example")}}
	c.admin = c.administrator()
	o, ada := &office{installation: c.installation, mail: mail}, must(c.app.staff.Members(t.Context()))(t)[0].ID
	c.bo, c.wuhan = o.joined(ada, "bo", staff.Post{Role: access.Moderator}), o.partnerOf(ada, "wuhan")
	c.planned()
	return c
}

// planned launches a plan whose target nobody reaches at this rate.
func (c *correspondence) planned() {
	c.t.Helper()
	plan := kpi.StartingPlan()
	plan.Starts, plan.Ends = time.Now().Add(-5*24*time.Hour), time.Now().Add(5*24*time.Hour)
	plan.Targets = map[kpi.Metric]int64{kpi.Votes: 1_000_000}
	err := c.app.store.Update(c.t.Context(), func(tx *store.Tx) error {
		if err := tx.SavePlan(c.challenge.Campaign, plan); err != nil {
			return err
		}
		_, err := tx.LaunchPlan(c.challenge.Campaign)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// letter is the next one to an address whose subject says something, in both forms.
func (c *correspondence) letter(to, subject string, says ...string) {
	c.t.Helper()
	var found smtptest.Letter
	c.within(time.Minute, fmt.Sprintf("a letter to %s says %q", to, subject), func() bool {
		c.soon()
		for {
			select {
			case l := <-c.office.Letters:
				c.came = append(c.came, l)
				continue
			default:
			}
			break
		}
		for n, l := range c.came {
			if l.To == to && strings.Contains(l.Subject, subject) {
				found, c.came = l, append(c.came[:n:n], c.came[n+1:]...)
				return true
			}
		}
		return false
	})
	for _, part := range says {
		if !strings.Contains(found.Text, part) || !strings.Contains(found.HTML, strings.ReplaceAll(part, "&", "&amp;")) {
			c.t.Errorf("%q does not say %q:\n%s\n%s", found.Subject, part, found.Text, found.HTML)
		}
	}
}

// look has what watches look now.
func (c *correspondence) look(statements ...string) {
	c.t.Helper()
	if err := c.beside(append(statements, "UPDATE jobs SET due_at = 0 WHERE kind IN ('watch', 'watch backends')")...); err != nil {
		c.t.Fatal(err)
	}
}

// Everybody is told by a real mail server what concerns them, in their language and in both forms: the fan from the photo that was
// received to the post that shows it, the partner from the new photo to the post that has to go, staff of what waits for them. A program
// is told the same by a webhook.
func TestEverybodyIsToldWhatConcernsThem(t *testing.T) {
	c := newCorrespondence(t)
	const fan, wuhan, admin = "lin@example.org", "wuhan@example.org", "ada@example.org"
	gone := newSink(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusGone) })
	hears := newSink(t, func(http.ResponseWriter, *http.Request, int) {})
	at, bearer := "/api/v1/campaigns/"+string(c.challenge.Campaign), c.key(c.challenge.Campaign, keys.WebhooksWrite)
	c.hooked(at, bearer, gone.URL, "entry.published")
	c.hooked(at, bearer, hears.URL, "entry.won", "entry.featured", "repost.made", "rights.changed", "takedown.due", "entry.withdrawn")
	c.enter(fan)
	c.letter(fan, "作品已收到", "江上的桥")
	c.decide(c.photo, contest.Published, "", "")
	c.eventually("it is published", func() bool { return c.vote("PUT", c.photo, c.guest()).Status == http.StatusOK })
	c.letter(fan, "你的作品已上墙", "/e/"+c.photo)
	c.letter(wuhan, "A new photo for you to repost", "/console/partner/entries/"+c.photo+"/kit", "江上的桥")
	c.letter(admin, "Webhook switched off: "+gone.URL, "/console/webhooks/")

	c.look("UPDATE entries SET submitted_at = submitted_at - 90000000 WHERE id = '" + c.other + "'") // 25 hours
	c.letter(admin, "Target in danger: Votes", "/console/campaigns/")
	c.letter(admin, "Photos that wait for a decision: 1", "/console/queue")
	c.decide(c.other, contest.Rejected, contest.OffTopic, "这里没有夜色")
	c.letter(fan, "作品未通过审核", "这里没有夜色")
	c.busFails()
	c.letter(admin, "The bus between replicas does not answer", "10 minutes")

	c.certify()
	c.letter(fan, "你的作品获奖了", "/c/night/results")
	c.letter(wuhan, "A winner is waiting for your repost", "/console/partner/entries/"+c.photo+"/kit")
	posted := c.console(c.wuhan, "/console/partner/entries/"+c.photo+"/posted", url.Values{"post_address": {weiboPost}})
	c.want("tell of the post", posted, http.StatusSeeOther, "")
	c.letter(fan, "转发了你的作品", "武汉文旅", weiboPost)
	r := c.do(request{method: "PUT", path: "/api/v1/entries/" + c.photo + "/rights", token: c.fan, kind: "application/json", body: []byte(`{"outlets":[]}`)})
	c.want("take it back", r, http.StatusOK, "")
	c.letter(wuhan, "Please take a post down", weiboPost)

	c.want("feature", c.console(c.admin, "/console/entries/"+c.photo+"/feature", url.Values{"on": {"yes"}}), http.StatusSeeOther, "")
	c.want("withdraw", c.do(request{method: "DELETE", path: "/api/v1/entries/" + c.photo, token: c.fan}), http.StatusNoContent, "")
	c.eventually("a program is told of it all", func() bool { return len(kindsTold(t, hears)) == 6 })
}

// kindsTold are the kinds of what a program was told.
func kindsTold(t *testing.T, s *sink) map[string]bool {
	t.Helper()
	kinds := map[string]bool{}
	for _, came := range s.arrivals() {
		var message struct{ Type string }
		if err := json.Unmarshal(came.body, &message); err != nil {
			t.Fatalf("%s: %v", came.body, err)
		}
		kinds[message.Type] = true
	}
	return kinds
}

// enter has a fan ask for letters in Chinese and enter two photos, of which partners may repost the first.
func (c *correspondence) enter(mail string) {
	c.t.Helper()
	c.fan = c.guest()
	r := c.post("/api/v1/session/mail", c.fan, map[string]string{"mail": mail, "lang": "zh-CN", "letters": "on"})
	c.want("ask", r, http.StatusAccepted, "")
	code := codeInLetter.FindStringSubmatch((<-c.office.Letters).Text)
	c.want("confirm", c.post("/api/v1/session/mail/confirm", c.fan, map[string]string{"code": code[1]}), http.StatusOK, "")
	words := map[string]string{"caption": caption, "partner": "wuhan", "consents": string(c.challenge.Consents[0]) + "," + string(partner.WordsID)}
	c.photo = c.submitWith(c.fan, words, nil).text("id")
	c.other = c.submit(c.fan, "白天", nil).text("id")
	for _, id := range []string{c.photo, c.other} {
		c.eventually("it waits", func() bool { return c.get("/api/v1/entries/"+id, c.fan).text("status") == "pending" })
	}
}

// busFails takes the bus away and has it be away for an hour.
func (c *correspondence) busFails() {
	c.t.Helper()
	c.bus.Stop()
	since := func() string {
		for _, row := range c.everyTable()["settings"] {
			if row[0] == "down bus" {
				return row[1].(string)
			}
		}
		return ""
	}
	c.within(time.Minute, "somebody noticed that the bus is away", func() bool {
		c.look()
		return since() != ""
	})
	c.look(fmt.Sprintf("UPDATE settings SET value = '%s' WHERE name = 'down bus'", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)))
}

func (c *correspondence) decide(id string, to contest.Status, why contest.Reason, note string) {
	c.t.Helper()
	must(c.app.entries.Act(c.t.Context(), "", []contest.EntryID{contest.EntryID(id)}, to, why, note))(c.t)
}

// certify has two people certify the result.
func (c *correspondence) certify() {
	c.t.Helper()
	desk := "/console/challenges/" + string(c.challenge.ID) + "/results"
	c.within(time.Minute, "the challenge is over", func() bool { return c.results("")["stage"] == "due" })
	hash := regexp.MustCompile(`name="hash" value="([0-9a-f]{64})"`).FindStringSubmatch(c.page(c.admin, desk).Text)
	if hash == nil {
		c.t.Fatal("nothing to propose")
	}
	form := url.Values{"hash": {hash[1]}}
	c.want("propose", c.console(c.admin, desk+"/propose", form), http.StatusSeeOther, "")
	c.want("confirm", c.console(c.bo, desk+"/confirm", form), http.StatusSeeOther, "")
}
