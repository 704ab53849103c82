package main

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"fanfare/server/app/notices"
	"fanfare/server/contest"
	"fanfare/server/outbound/smtptest"
	"fanfare/server/store"
)

// soon lets nobody wait for what is to be told later.
func (p *postal) soon() {
	p.t.Helper()
	err := p.app.store.Update(p.t.Context(), func(tx *store.Tx) error {
		if _, err := tx.Exec("UPDATE notices SET due_at = 0 WHERE done_at = 0"); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE jobs SET due_at = 0 WHERE kind = 'notice' AND state = 'ready'")
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// rows counts rows of a table.
func (p *postal) rows(table string) int {
	p.t.Helper()
	return len(p.everyTable()[table])
}

// wanting is a fan who asked for letters at an address, with an entry that is public.
func (p *postal) wanting(mail string) (token, entry string) {
	p.t.Helper()
	token = p.guest()
	if r := p.post("/api/v1/session/mail", token, map[string]string{"mail": mail, "lang": "zh-CN", "letters": "on"}); r.Status != http.StatusAccepted {
		p.t.Fatalf("ask: %d %s", r.Status, r.Text)
	}
	letter := <-p.office.Letters
	if !strings.Contains(letter.Text, "作品的消息") {
		p.t.Errorf("the letter does not say what the address is for:\n%s", letter.Text)
	}
	if n := p.rows("correspondents"); n != 0 {
		p.t.Errorf("%d addresses are kept before any was confirmed", n)
	}
	code := codeInLetter.FindStringSubmatch(letter.Text)
	p.want("confirm", p.post("/api/v1/session/mail/confirm", token, map[string]string{"code": code[1]}), http.StatusOK, "")
	entry = p.published(token, "夜色")
	return token, entry
}

// live waits for the letter that says that a photo is live.
func (p *postal) live() smtptest.Letter {
	p.t.Helper()
	p.eventually("notices are written", func() bool { return p.rows("notices") >= 2 }) // received, and live
	p.soon()
	return <-p.office.Letters
}

var stopAddress = regexp.MustCompile(`^<(\S+)>$`)

// A fan asks for letters, gets them, and ends them by the button of the mail program, which no program that looks at letters presses.
func TestAFanGetsLettersUntilTheyEndThem(t *testing.T) {
	p := newPostal(t, "--rate-limits", "off")
	token, entry := p.wanting("ada@example.org")
	letter := p.live()
	if !strings.HasPrefix(letter.Subject, "你的作品已上墙 · ") || letter.To != "ada@example.org" || !strings.Contains(letter.Text, p.url+"/e/"+entry) {
		t.Errorf("to %s: %q\n%s", letter.To, letter.Subject, letter.Text)
	}
	if got := letter.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post: %q", got)
	}
	if r := p.get("/api/v1/me", token); r.text("letters") != "on" {
		t.Errorf("me: %s", r.Text)
	}
	found := stopAddress.FindStringSubmatch(letter.Header.Get("List-Unsubscribe"))
	if found == nil {
		t.Fatalf("List-Unsubscribe: %q", letter.Header.Get("List-Unsubscribe"))
	}
	path := strings.TrimPrefix(found[1], p.url)
	for range 2 {
		if r := p.do(request{method: "GET", path: path + "&lang=en", raw: true}); r.Status != http.StatusOK || !strings.Contains(r.Text, "Stop all letters") {
			t.Errorf("the page: %d %s", r.Status, r.Text)
		}
	}
	if n := p.rows("correspondents"); n != 1 {
		t.Fatalf("opening the link left %d addresses, want 1", n)
	}
	stop := request{method: "POST", path: path, kind: "application/x-www-form-urlencoded", body: []byte("List-Unsubscribe=One-Click"), raw: true}
	if r := p.do(stop); r.Status != http.StatusOK {
		t.Errorf("one click: %d %s", r.Status, r.Text)
	}
	if n := p.rows("correspondents"); n != 0 {
		t.Errorf("%d addresses are kept", n)
	}
	if r := p.get("/api/v1/me", token); r.text("letters") != "off" {
		t.Errorf("me: %s", r.Text)
	}
	if r := p.do(request{method: "GET", path: "/letters?t=" + url.QueryEscape("x.y"), raw: true}); r.Status != http.StatusNotFound {
		t.Errorf("a link that is none: %d", r.Status)
	}
}

// CHECKS 61: the address goes with the fan.
func TestAnErasedFanGetsNoLetter(t *testing.T) {
	p := newPostal(t, "--rate-limits", "off")
	token, _ := p.wanting("jing.yi@gmail.com")
	p.eventually("notices wait", func() bool { return p.rows("notices") >= 2 })
	p.want("delete", p.do(request{method: "DELETE", path: "/api/v1/me?confirm=everything", token: token}), http.StatusNoContent, "")
	for _, rows := range p.everyTable() {
		for _, row := range rows {
			for _, value := range row {
				if text, ok := value.(string); ok && strings.Contains(text, "jing.yi") {
					t.Errorf("the address stays in %v", row)
				}
			}
		}
	}
	p.soon()
	p.eventually("nothing waits", func() bool {
		for _, row := range p.everyTable()["jobs"] {
			if row[0] == "notice" {
				return false
			}
		}
		return true
	})
	if len(p.office.Letters) != 0 {
		t.Errorf("a letter went out: %+v", <-p.office.Letters)
	}
}

// Somebody in a photo asks for it to be taken down, has no account, and hears what became of that.
func TestWhoeverAskedForATakedownGetsTheAnswerInTheirLanguage(t *testing.T) {
	p := newPostal(t, "--rate-limits", "off")
	entry := p.published(p.guest(), "夜色")
	asked := map[string]string{"contact": "li@example.org", "statement": "照片里是我", "lang": "zh-CN"}
	p.want("ask", p.post("/api/v1/entries/"+entry+"/takedowns", "", asked), http.StatusCreated, "")
	open, err := p.app.entries.Takedowns(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.app.entries.DecideTakedown(t.Context(), "", open[0].ID, true); err != nil {
		t.Fatal(err)
	}
	p.eventually("a notice is written", func() bool { return p.rows("notices") == 1 })
	p.soon()
	letter := <-p.office.Letters
	if letter.To != "li@example.org" || !strings.HasPrefix(letter.Subject, "照片已下架 · ") || strings.Contains(letter.HTML, "<img") || !strings.Contains(letter.Text, "希望是你") {
		t.Errorf("to %s: %q\n%s", letter.To, letter.Subject, letter.Text)
	}
}

// A mail server that breaks off after it took a letter is sent it once more, under the name that it had.
func TestALetterThatIsSentAgainKeepsItsName(t *testing.T) {
	p := newPostal(t, "--rate-limits", "off")
	p.office.Refuse(451, "later")
	send := func() {
		err := p.app.store.Update(t.Context(), func(tx *store.Tx) error {
			return p.app.notices.Send(tx, notices.Notice{
				Key: "report/1", To: "boss@example.org", Language: "en", Kind: notices.Report,
				About: notices.About{Title: contest.Text{EN: "Monday's report", ZH: "周一报告"}, Path: "/r/token", Lines: []contest.Text{{EN: "Orders: 103.86 %", ZH: "订单：103.86%"}}},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	send()
	named := func() (letter string) {
		for _, row := range p.everyTable()["notices"] {
			if row[0] == "report/1" {
				letter, _ = row[7].(string)
			}
		}
		return letter
	}
	p.eventually("the letter has a name", func() bool { return named() != "" })
	name := named()
	send() // the same key: nothing more
	p.office.Refuse(0, "")
	p.soon()
	letter := <-p.office.Letters
	if got := letter.Header.Get("Message-ID"); got != "<"+name+"@fans.example>" {
		t.Errorf("Message-ID %q, want that of %s", got, name)
	}
	if letter.Subject != "Monday's report" || !strings.Contains(letter.Text, "Orders: 103.86 %") || !strings.Contains(letter.Text, p.url+"/r/token?lang=en") {
		t.Errorf("%q\n%s", letter.Subject, letter.Text)
	}
	p.eventually("it is done", func() bool {
		for _, row := range p.everyTable()["notices"] {
			if row[0] == "report/1" && row[10] != int64(0) && row[4] == "" {
				return true
			}
		}
		return false
	})
	if len(p.office.Letters) != 0 {
		t.Error("it went twice")
	}
}
