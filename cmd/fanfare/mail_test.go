package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/outbound/smtptest"
	"fanfare/server/store"
)

// postal is an installation with a mail server, where voters need a confirmed mail address.
type postal struct {
	*installation
	office *smtptest.Office
}

func newPostal(t *testing.T, flags ...string) *postal {
	t.Helper()
	office := smtptest.Open(t, false)
	flags = append(flags, "--smtp", "smtp://"+office.Address+"?starttls=off&from=night@fans.example")
	return &postal{install(t, func(c *contest.Challenge) {
		c.Rules.Voters = []contest.VoterClass{contest.MailVoter, contest.JuryVoter}
	}, flags...), office}
}

var (
	codeInLetter = regexp.MustCompile(`(?m)^ +(\d{6})$`)
	linkInLetter = regexp.MustCompile(`\S+/confirm\S*#(\S+)`)
)

// ask asks for a letter and returns it with its code and the secret of its link.
func (p *postal) ask(token, mail, lang string) (letter smtptest.Letter, code, secret string) {
	p.t.Helper()
	if r := p.post("/api/v1/session/mail", token, map[string]string{"mail": mail, "lang": lang}); r.Status != http.StatusAccepted || r.text("expires_at") == "" {
		p.t.Fatalf("ask for %s: %d %s", mail, r.Status, r.Text)
	}
	letter = <-p.office.Letters
	found, link := codeInLetter.FindStringSubmatch(letter.Text), linkInLetter.FindStringSubmatch(letter.Text)
	if found == nil || link == nil || !strings.Contains(letter.HTML, found[1]) || !strings.Contains(letter.HTML, link[1]) {
		p.t.Fatalf("letter\n%s\n%s", letter.Text, letter.HTML)
	}
	return letter, found[1], link[1]
}

// confirm has a guest confirm a mailbox by the code.
func (p *postal) confirm(token, mail string) reply {
	p.t.Helper()
	_, code, _ := p.ask(token, mail, "en")
	r := p.post("/api/v1/session/mail/confirm", token, map[string]string{"code": code})
	if r.Status != http.StatusOK || fanIn(r)["class"] != "mail" {
		p.t.Fatalf("confirm %s: %d %s", mail, r.Status, r.Text)
	}
	return r
}

// press presses the button of the page that a letter's link leads to.
func (p *postal) press(secret string) reply {
	p.t.Helper()
	form := url.Values{"secret": {secret}}.Encode()
	return p.do(request{method: "POST", path: "/confirm?lang=en", kind: "application/x-www-form-urlencoded", body: []byte(form), raw: true})
}

func fanIn(r reply) map[string]any {
	fan, _ := r.Body["fan"].(map[string]any)
	return fan
}

func (i *installation) class(token string) any { return fanIn(i.get("/api/v1/me", token))["class"] }

// CHECKS 24.
func TestAMailboxIsOneVoterHoweverItIsSpelled(t *testing.T) {
	p := newPostal(t, "--rate-limits", "off")
	entry := p.published(p.guest(), "one")
	first := p.guest()
	if r := p.vote("PUT", entry, first); r.Status != http.StatusConflict || r.code() != "voter_not_admitted" {
		t.Errorf("a guest's vote: %d %s", r.Status, r.Text)
	}
	for n, spelling := range []string{
		"ada.lovelace@gmail.com", "AdaLovelace@Gmail.com", "adalovelace+vote@googlemail.com", "a.d.a.l.o.v.e.l.a.c.e@gmail.com", " adalovelace@gmail.com. ",
		"li@例子.example", "LI@XN--FSQU00A.example", "li+2@xn--fsqu00a.EXAMPLE",
	} {
		token := p.guest()
		p.later()
		p.confirm(token, spelling)
		r := p.vote("PUT", entry, token)
		if r.Status != http.StatusOK {
			t.Errorf("%s: %d %s", spelling, r.Status, r.Text)
		}
		if want := map[bool]float64{true: 1, false: 2}[n < 5]; p.board()[0]["score"] != want {
			t.Errorf("after %s the score is %v, want %v", spelling, p.board()[0]["score"], want)
		}
	}
	for _, mail := range []string{"ada@mailinator.com", "ada@x.guerrillamail.com", "ada@privaterelay.appleid.com"} {
		if r := p.post("/api/v1/session/mail", p.guest(), map[string]string{"mail": mail}); r.Status != 422 || r.code() != "mail_disposable" {
			t.Errorf("%s: %d %s", mail, r.Status, r.Text)
		}
	}
	if r := p.post("/api/v1/session/mail", p.guest(), map[string]string{"mail": "nobody"}); r.Status != 422 || r.code() != "mail_invalid" {
		t.Errorf("no address: %d %s", r.Status, r.Text)
	}
}

// later lets every mailbox be sent another letter.
func (p *postal) later() {
	p.t.Helper()
	err := p.app.store.Update(p.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec("DELETE FROM letters")
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// CHECKS 24: programs that look at letters open every link in them.
func TestOpeningALettersLinkConfirmsNothing(t *testing.T) {
	p := newPostal(t)
	token := p.guest()
	letter, _, secret := p.ask(token, "ada@example.org", "zh-CN")
	if !strings.HasPrefix(letter.Subject, "验证码 ") || !strings.Contains(letter.Text, p.url+"/confirm?lang=zh-CN#") || letter.Header.Get("Content-Language") != "zh-CN" {
		t.Errorf("the letter in Chinese: %q\n%s", letter.Subject, letter.Text)
	}
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "PUT"} {
		for _, path := range []string{"/confirm?lang=zh-CN", "/confirm?secret=" + secret, "/confirm/" + secret, "/confirm?code=" + secret} {
			p.do(request{method: method, path: path, raw: true})
		}
	}
	if class := p.class(token); class != "guest" {
		t.Errorf("after the link was opened the fan is %q", class)
	}
	if r := p.get("/confirm?lang=en", ""); r.Status != http.StatusOK || !strings.Contains(r.Text, "Yes, it was me") || strings.Contains(r.Text, secret) {
		t.Errorf("the page: %d %s", r.Status, r.Text)
	}
	cross := request{
		method: "POST", path: "/confirm", origin: "https://evil.example", kind: "application/x-www-form-urlencoded",
		body: []byte(url.Values{"secret": {secret}}.Encode()), header: map[string]string{"Sec-Fetch-Site": "cross-site"}, raw: true,
	}
	if r := p.do(cross); r.Status != http.StatusForbidden || p.class(token) != "guest" {
		t.Errorf("a form of another site: %d", r.Status)
	}
	if r := p.press("x" + secret); r.Status != http.StatusGone {
		t.Errorf("a link that is none: %d", r.Status)
	}
	for range 2 { // pressed twice
		if r := p.press(secret); r.Status != http.StatusOK || !strings.Contains(r.Text, "Your mail address is confirmed") || !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("the button: %d %s", r.Status, r.Text)
		}
	}
	if class := p.class(token); class != "mail" {
		t.Errorf("after the button the fan is %q", class)
	}
}

func TestAGuestWhoConfirmsKeepsWhatIsTheirs(t *testing.T) {
	p := newPostal(t)
	phone := p.guest()
	entry := p.published(phone, "from the phone")
	p.confirm(phone, "ada@example.org")
	if p.own(phone, entry)["id"] != entry {
		t.Error("the entry is lost")
	}
	laptop := p.guest()
	second := p.published(laptop, "from the laptop")
	p.later()
	p.confirm(laptop, "Ada@example.org")
	for _, token := range []string{phone, laptop} {
		p.own(token, entry)
		p.own(token, second)
	}
	if r := p.do(request{method: "DELETE", path: "/api/v1/entries/" + second, token: phone}); r.Status != http.StatusNoContent {
		t.Errorf("the phone withdraws what the laptop entered: %d %s", r.Status, r.Text)
	}
}

// CHECKS 51: what is answered tells nobody whose mailbox is known.
func TestAskingForALetterTellsNothingOfTheMailbox(t *testing.T) {
	p := newPostal(t)
	p.confirm(p.guest(), "known@example.org")
	p.later()
	var answers []string
	for _, mail := range []string{"known@example.org", "new@example.org"} {
		r := p.post("/api/v1/session/mail", p.guest(), map[string]string{"mail": mail})
		var headers []string
		for name := range r.Header {
			headers = append(headers, name)
		}
		slices.Sort(headers)
		keys := []string{}
		for key := range r.Body {
			keys = append(keys, key)
		}
		answers = append(answers, strings.Join(append(append(headers, keys...), http.StatusText(r.Status)), " "))
		<-p.office.Letters
		if r := p.post("/api/v1/session/mail", p.guest(), map[string]string{"mail": mail}); r.Status != http.StatusTooManyRequests || r.code() != "mail_throttled" || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s again at once: %d %s", mail, r.Status, r.Text)
		}
	}
	if answers[0] != answers[1] {
		t.Errorf("known and new mailboxes are answered\n%s\n%s", answers[0], answers[1])
	}
}

func TestGuessingACodeEndsIt(t *testing.T) {
	p := newPostal(t)
	token := p.guest()
	_, code, _ := p.ask(token, "ada@example.org", "en")
	wrong := map[bool]string{true: "000001", false: "000000"}[code == "000000"]
	for range 5 {
		if r := p.post("/api/v1/session/mail/confirm", token, map[string]string{"code": wrong}); r.Status != 422 || r.code() != "code_wrong" {
			t.Fatalf("a wrong code: %d %s", r.Status, r.Text)
		}
	}
	if r := p.post("/api/v1/session/mail/confirm", token, map[string]string{"code": code}); r.Status != http.StatusGone || r.code() != "code_ended" {
		t.Errorf("the right one afterwards: %d %s", r.Status, r.Text)
	}
	if r := p.post("/api/v1/session/mail/confirm", p.guest(), map[string]string{"code": code}); r.code() != "code_ended" {
		t.Errorf("in another session: %d %s", r.Status, r.Text)
	}
}

func TestALetterWaitsForAMailServerThatIsAway(t *testing.T) {
	p := newPostal(t)
	p.office.Refuse(451, "come back later")
	token := p.guest()
	if r := p.post("/api/v1/session/mail", token, map[string]string{"mail": "ada@example.org"}); r.Status != http.StatusAccepted {
		t.Fatalf("ask: %d %s", r.Status, r.Text)
	}
	p.eventually("the first attempt failed", func() bool {
		counts := must(p.app.queue.Stats(t.Context()))(t)
		return counts["letter"].Ready+counts["letter"].Running > 0
	})
	p.office.Refuse(0, "")
	letter := <-p.office.Letters
	code := codeInLetter.FindStringSubmatch(letter.Text)[1]
	if r := p.post("/api/v1/session/mail/confirm", token, map[string]string{"code": code}); r.Status != http.StatusOK {
		t.Errorf("confirm: %d %s", r.Status, r.Text)
	}
}

func TestAnInvitationMakesOneFanAJuror(t *testing.T) {
	p := newPostal(t)
	entry := p.published(p.guest(), "one")
	codes := must(p.app.people.Invite(t.Context(), "st_1", p.challenge.ID, contest.JuryVoter, "jury", 2))(t)
	juror := p.guest()
	for range 2 {
		r := p.post("/api/v1/session/invitation", juror, map[string]string{"code": strings.ToLower(codes[0])})
		if r.Status != http.StatusOK || fanIn(r)["class"] != "jury" || fanIn(r)["guest"] != false {
			t.Fatalf("the code: %d %s", r.Status, r.Text)
		}
	}
	if r := p.vote("PUT", entry, juror); r.Status != http.StatusOK {
		t.Errorf("a juror's vote: %d %s", r.Status, r.Text)
	}
	for _, code := range []string{codes[0], "0000-0000-0000-0000", ""} {
		if r := p.post("/api/v1/session/invitation", p.guest(), map[string]string{"code": code}); r.Status != 422 || r.code() != "invitation_invalid" {
			t.Errorf("code %q by somebody else: %d %s", code, r.Status, r.Text)
		}
	}
}

func TestRulesThatNeedMailAreNotLaunchedWithoutAServer(t *testing.T) {
	i := install(t, nil)
	if r := i.post("/api/v1/session/mail", i.guest(), map[string]string{"mail": "ada@example.org"}); r.Status != http.StatusConflict || r.code() != "mail_not_configured" {
		t.Errorf("ask: %d %s", r.Status, r.Text)
	}
	c := i.challenge
	c.Slug, c.Rules.Voters = "mail", []contest.VoterClass{contest.MailVoter}
	c = must(i.app.campaigns.Create(t.Context(), c))(t)
	problems := must(i.app.campaigns.Launch(t.Context(), c.ID, c.Hash()))(t)
	if !slices.Contains(problems, contest.Problem{Field: "voters", Code: "mail_not_configured"}) {
		t.Errorf("problems %v", problems)
	}
}

func TestTheDoctorAsksTheMailServer(t *testing.T) {
	office := smtptest.Open(t, false)
	i := healthy(t)
	i.flags = append(i.flags, "--smtp", "smtp://"+office.Address+"?starttls=off&from=night@fans.example")
	i.diagnosed("ok", "")
	flags := i.flags
	i.flags = slices.Concat(flags, []string{"--smtp", "smtp://" + office.Address + "?from=night@fans.example"}) // which wants STARTTLS
	i.diagnosed("FAIL", "mail")
	list := filepath.Join(t.TempDir(), "domains")
	if err := os.WriteFile(list, []byte("no domain here\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i.flags = slices.Concat(flags, []string{"--disposable-mail", list})
	i.diagnosed("FAIL", "mail")
}
