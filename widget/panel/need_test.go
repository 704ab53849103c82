package panel

import (
	"strings"
	"testing"

	"fanfare/widget/markup"
)

func TestAVisitorIsToldBeforeTheyVoteWhatTheRulesAskFor(t *testing.T) {
	for rules, want := range map[string]string{
		`"voters":["mail","invited"]`:                "confirm your mail address",
		`"voters":["invited"]`:                       "enter your invitation",
		`"voters":["guest","jury"],"jury_points":5`:  "I have an invitation",
		`"voters":["guest","mail"]`:                  "",
		`"voters":["host","mail"]`:                   "", // the host page may sign for them
		`"voters":["guest","mail","jury","invited"]`: "",
	} {
		s := ruled(t, rules)
		if s.Doc.Has("need") != (want != "") {
			t.Errorf("%s: something is said to be missing: %v", rules, s.Doc.Has("need"))
		} else if want != "" {
			contain(t, rules, s.Doc.One("need").Words(), want)
		}
	}
}

func TestWhoBecameAVoterIsToldSoAndCastsNoVoteByThat(t *testing.T) {
	s := ruled(t, `"voters":["mail"]`)
	s.tap("need")
	if words := s.Doc.One("qualify").Words(); strings.Contains(words, "follows at once") {
		t.Errorf("a vote is promised that nobody cast: %q", words)
	}
	s.typed("mail", "ada@example.org")
	s.answers["POST session/mail"] = `{"expires_at":"2025-11-22T12:15:00Z"}`
	s.send("ask-mail")
	s.answers["POST session/mail/confirm"] = `{"fan":{"class":"mail"}}`
	s.answers["GET me"] = `{"fan":{"class":"mail"},"entries":[],"voted":[],"votes_left":5}`
	s.typed("code", "123456")
	s.send("ask-code")
	contain(t, "notice", s.Doc.One("notice").Words(), "You can vote now")
	if s.Count("PUT") != 0 || s.Doc.Has("need") {
		t.Errorf("votes sent: %d; something is still missing: %v", s.Count("PUT"), s.Doc.Has("need"))
	}
}

func TestAJurorWhoWasAskedForTheirInvitationChoosesPointsThen(t *testing.T) {
	s := ruled(t, `"voters":["jury"],"jury_points":5`)
	s.refuse["PUT entries/e_3/vote"] = "409 voter_not_admitted"
	s.tap("need")
	s.typed("invitation", "ABCD")
	s.answers["POST session/invitation"] = `{"fan":{"class":"jury"}}`
	s.answers["GET me"] = `{"fan":{"class":"jury"},"entries":[],"voted":[],"votes_left":5}`
	s.send("ask-invitation")
	if s.Count("PUT") != 0 || !s.Doc.Has("points") {
		t.Errorf("votes sent: %d; points are offered: %v", s.Count("PUT"), s.Doc.Has("points"))
	}
}

func TestRefusedPointsGoBackToWhatWasGiven(t *testing.T) {
	s := juror(t)
	s.refuse["PUT entries/e_3/vote"] = "409 votes_closed"
	s.Fire(s.in(s.row(0), "points"), "change", markup.Event{Value: "9"})
	expect(t, "points after the refusal", s.in(s.row(0), "points").Value, "7")
}

func TestABoardIsNotCalledTheResultBeforeItsCertification(t *testing.T) {
	ended := []string{`"closes":"2025-12-01T00:00:00Z"`, `"closes":"2025-11-20T00:00:00Z"`, `"closes":"2025-12-02T00:00:00Z"`, `"closes":"2025-11-21T00:00:00Z"`}
	for fields, want := range map[string]string{
		"":                                     "This is the result",
		`"audit_ends":"2025-11-24T00:00:00Z",`: "Entries and voting have ended",
		`"audit_ends":"2025-11-22T00:00:00Z","certified_at":"2025-11-22T06:00:00Z",`: "This is the result",
	} {
		s := ruled(t, `"x":1`, append(ended, `"cities":`, fields+`"cities":`)...)
		contain(t, fields, s.Doc.One("when").Words(), want)
		result := strings.Contains(s.Doc.One("tab-board").Words(), "Result")
		if result != (want == "This is the result") {
			t.Errorf("%s: the board is called the result: %v", fields, result)
		}
	}
}
