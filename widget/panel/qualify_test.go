package panel

import (
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/port"
)

// refused lets a vote be refused to guests, where the classes may vote.
func refused(t *testing.T, classes string) *stand {
	s := open(t, nil)
	answer := s.Answer
	s.Answer = func(r port.Request) port.Response {
		if r.Method == "PUT" && s.answers["PUT entries/e_3/vote"] == "" {
			return port.Response{Status: 409, Body: `{"code":"voter_not_admitted","params":{"classes":"` + classes + `"}}`}
		}
		return answer(r)
	}
	s.click(s.in(s.row(0), "vote"))
	return s
}

func (s *stand) send(form string) {
	s.T.Helper()
	s.Fire(s.Doc.One(form), "submit", markup.Event{})
}

func TestAVoterWhoMustConfirmAnAddressIsAskedAndVotesWithTheCode(t *testing.T) {
	s := refused(t, "mail,invited")
	contain(t, "dialog", s.Doc.One("qualify").Words(), "One step before you vote")
	s.typed("mail", "ada@example.org")
	s.answers["POST session/mail"] = `{"expires_at":"2025-11-22T12:15:00Z"}`
	s.send("ask-mail")
	contain(t, "dialog", s.Doc.One("qualify").Words(), "ada@example.org")
	s.answers["PUT entries/e_3/vote"] = `{"entry":"e_3","voted":true,"votes_left":4}`
	s.answers["POST session/mail/confirm"] = `{"fan":{"class":"mail"}}`
	s.typed("code", "123456")
	s.send("ask-code")
	if n := s.Count("PUT " + api1 + "entries/e_3/vote"); n != 2 {
		t.Errorf("votes sent: got %d, want the one refused and the one after", n)
	}
	if s.Doc.Has("qualify") {
		t.Error("the dialog is still there")
	}
}

func TestAnAddressConfirmedOnAnotherDeviceCastsTheVote(t *testing.T) {
	s := refused(t, "mail")
	s.typed("mail", "ada@example.org")
	s.answers["POST session/mail"] = `{"expires_at":"2025-11-22T12:15:00Z"}`
	s.send("ask-mail")
	s.answers["PUT entries/e_3/vote"] = `{"entry":"e_3","voted":true,"votes_left":4}`
	s.answers["GET me"] = `{"fan":{"class":"guest"},"missing":["mail"],"entries":[],"voted":[],"votes_left":5}`
	s.Advance(2 * letterPause)
	if !s.Doc.Has("qualify") {
		t.Fatal("the dialog went before the address was confirmed")
	}
	s.answers["GET me"] = `{"fan":{"class":"mail"},"entries":[],"voted":[],"votes_left":5}`
	s.Advance(2 * letterPause)
	if s.Doc.Has("qualify") || s.Count("PUT "+api1+"entries/e_3/vote") != 2 {
		t.Errorf("the vote was not cast after the confirmation: %v", s.Sent)
	}
}

func TestARefusedCodeIsToldInTheDialog(t *testing.T) {
	s := refused(t, "jury")
	s.refuse["POST session/invitation"] = "422 invitation_invalid"
	s.typed("invitation", "ABCD")
	s.send("ask-invitation")
	contain(t, "problem", s.Doc.One("qualify-problem").Words(), "somebody has used it")
}

func TestWhoOnlyTheHostCanSignForSeesNoDialog(t *testing.T) {
	s := refused(t, "host")
	if s.Doc.Has("qualify") {
		t.Error("a dialog opened with nothing to do in it")
	}
	contain(t, "notice", s.Doc.One("notice").Words(), "cannot vote here as a guest")
}

func TestWhatTheLogSaysOfVotesIsTold(t *testing.T) {
	for found, want := range map[string]string{
		`{"stands":2,"waits":0,"broken":0}`: "stand in the public log: 2",
		`{"stands":2,"waits":1,"broken":0}`: "recorded: 1. They will be in the public log in a moment",
		`{"stands":2,"waits":1,"broken":3}`: "does not match your votes: 3",
	} {
		s := open(t, func(s *stand, _ *port.Settings) { s.Proof = found })
		s.answers["PUT entries/e_3/vote"] = `{"entry":"e_3","voted":true,"votes_left":4,"receipt":{"leaf":"x"}}`
		s.click(s.in(s.row(0), "vote"))
		s.Advance(2 * proofPause)
		contain(t, "proof", s.Doc.One("proof").Words(), want)
		contain(t, "what was handed over", s.Proved[0], `"leaf":"x"`)
	}
}

func meWith(letters string) string {
	return `{"fan":{"class":"guest"},"letters":"` + letters + `","entries":[` + entryJSON(1, "pending") + `],"voted":[],"votes_left":5}`
}

func TestAFanAsksForLettersAndEndsThem(t *testing.T) {
	s := open(t, func(s *stand, _ *port.Settings) {
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.answers["GET me"] = meWith("off")
	})
	s.tap("tab-mine")
	s.click(s.Doc.One("letters-ask"))
	s.typed("mail", "ada@example.org")
	s.answers["POST session/mail"] = `{"expires_at":"2025-11-22T12:15:00Z"}`
	s.send("ask-mail")
	s.answers["POST session/mail/confirm"] = `{"fan":{"class":"guest"}}`
	s.answers["GET me"] = meWith("on")
	s.typed("code", "123456")
	s.send("ask-code")
	contain(t, "mine", s.Doc.One("letters").Words(), "You get news about your photos")
	s.answers["DELETE me/letters"] = `{}`
	s.click(s.Doc.One("letters-stop"))
	if !s.Doc.Has("letters-ask") {
		t.Error("letters still go to the fan")
	}
}
