package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Who confirmed a mailbox on two devices is one person: erased on both, and known when they come back under any spelling.
func TestAMailboxThatWasErasedDoesNotVoteTwice(t *testing.T) {
	p := newPostal(t, "--rate-limits", "off")
	entry := p.published(p.guest(), "one")
	phone, laptop := p.guest(), p.guest()
	p.confirm(phone, "jing.yi@gmail.com")
	p.want("vote", p.vote("PUT", entry, phone), http.StatusOK, "")
	theirs := p.published(laptop, "entered as a guest")
	p.later()
	p.confirm(laptop, "Jingyi+contest@googlemail.com")
	if r := p.get("/api/v1/me/erasure", laptop); r.Text != `{"entries":1,"votes":1,"may_return":false}`+"\n" {
		t.Errorf("what would be deleted: %d %s", r.Status, r.Text)
	}
	p.want("delete", p.do(request{method: "DELETE", path: "/api/v1/me?confirm=everything", token: laptop}), http.StatusNoContent, "")
	for device, token := range map[string]string{"phone": phone, "laptop": laptop} {
		p.want(device, p.get("/api/v1/me", token), http.StatusUnauthorized, "session_expired")
	}
	p.want("what was entered as a guest", p.get("/api/v1/entries/"+theirs, ""), http.StatusNotFound, "not_found")
	if score := p.board()[0]["score"]; score != 1.0 {
		t.Errorf("the vote counts %v, want 1", score)
	}
	if n := len(p.everyTable()["mailboxes"]); n != 0 {
		t.Errorf("%d mailboxes are kept", n)
	}
	for _, rows := range p.everyTable() {
		for _, row := range rows {
			if line := strings.ToLower(fmt.Sprint(row...)); strings.Contains(line, "jingyi") || strings.Contains(line, "jing.yi") {
				t.Errorf("the address stays in %s", line)
			}
		}
	}
	again := p.guest()
	p.later()
	_, code, secret := p.ask(again, "jingyi@gmail.com", "en")
	p.want("coming back", p.post("/api/v1/session/mail/confirm", again, map[string]string{"code": code}), http.StatusForbidden, "departed")
	if r := p.press(secret); r.Status != http.StatusConflict || !strings.Contains(r.Text, "deleted at their wish") {
		t.Errorf("coming back by the letter's link: %d %s", r.Status, r.Text)
	}
	if r := p.vote("PUT", entry, again); r.code() != "voter_not_admitted" {
		t.Errorf("a second vote: %d %s", r.Status, r.Text)
	}
	// Whoever cannot come back is a guest like others, and another mailbox is another person.
	p.later()
	p.confirm(p.guest(), "somebody.else@gmail.com")
}
