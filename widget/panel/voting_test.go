package panel

import (
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/port"
)

// ruled opens a panel whose challenge has other rules.
func ruled(t *testing.T, rules string, more ...string) *stand {
	return open(t, func(s *stand, o *port.Settings) {
		c := strings.Replace(challengeJSON, `"rules":{`, `"rules":{`+rules+`,`, 1)
		for i := 0; i+1 < len(more); i += 2 {
			c = strings.Replace(c, more[i], more[i+1], 1)
		}
		s.challenge, o.Challenge = c, c
	})
}

const castE3 = `{"entry":"e_3","voted":true,"votes_left":0}`

func TestTheOneVoteMovesToAnotherPhoto(t *testing.T) {
	s := ruled(t, `"votes_per_period":1`)
	s.answers["PUT entries/e_3/vote"] = castE3
	s.answers["PUT entries/e_2/vote"] = `{"entry":"e_2","voted":true,"votes_left":0}`
	s.click(s.in(s.row(0), "vote"))
	s.click(s.in(s.row(1), "vote"))
	expect(t, "what was sent", strings.Join(s.Bodies[len(s.Bodies)-1], " "), "instead_of e_3")
	expect(t, "first heart", s.in(s.row(0), "vote").Attrs["aria-pressed"], "false")
	expect(t, "second heart", s.in(s.row(1), "vote").Attrs["aria-pressed"], "true")
}

func TestARefusedMoveLeavesTheVoteWhereItWas(t *testing.T) {
	s := ruled(t, `"votes_per_period":1`)
	s.answers["PUT entries/e_3/vote"] = castE3
	s.refuse["PUT entries/e_2/vote"] = "409 votes_closed"
	s.click(s.in(s.row(0), "vote"))
	s.click(s.in(s.row(1), "vote"))
	expect(t, "first heart", s.in(s.row(0), "vote").Attrs["aria-pressed"], "true")
	expect(t, "second heart", s.in(s.row(1), "vote").Attrs["aria-pressed"], "false")
}

func TestAVoteForGoodTakesTwoTouchesAndCannotBeTakenBack(t *testing.T) {
	s := ruled(t, `"votes_per_period":3,"votes_final":true`)
	s.answers["PUT entries/e_3/vote"] = castE3
	s.click(s.in(s.row(0), "vote"))
	if n := s.Count("PUT"); n != 0 {
		t.Errorf("votes after one touch: got %d, want none", n)
	}
	contain(t, "notice", s.Doc.One("notice").Words(), "stays as it was cast")
	s.click(s.in(s.row(0), "vote"))
	if n := s.Count("PUT"); n != 1 {
		t.Errorf("votes after two touches: got %d, want 1", n)
	}
	if strings.Contains(s.row(0).Words(), "Take") || len(s.Doc.TestID("vote")) != 2 {
		t.Error("a final vote is offered to be taken back")
	}
}

// juror is a stand whose fan is a juror and gave the first entry seven points.
func juror(t *testing.T) *stand {
	s := ruled(t, `"votes_per_period":9,"jury_points":10`)
	s.answers["POST session"] = `{"token":"bearer"}`
	s.Saved["fanfare "+host+" night"] = "bearer"
	s.answers["GET me"] = `{"fan":{"class":"jury"},"entries":[],"voted":["e_3"],"points":{"e_3":7},"votes_left":8}`
	s.panel.session.Forget()
	s.panel.session.With(func(string, func(*port.Response)) { s.panel.loadMe() }, func(*port.Response) {})
	s.Settle()
	return s
}

func TestAJurorGivesPointsAndTakesThemBack(t *testing.T) {
	s := juror(t)
	points := s.in(s.row(0), "points")
	contain(t, "choices", points.Words(), "10 pt")
	s.answers["PUT entries/e_3/vote"] = castE3
	s.Fire(points, "change", markup.Event{Value: "9"})
	expect(t, "what was sent", strings.Join(s.Bodies[len(s.Bodies)-1], " "), "#points 9")
	s.answers["DELETE entries/e_3/vote"] = `{"entry":"e_3","voted":false,"votes_left":9}`
	s.Fire(s.in(s.row(0), "points"), "change", markup.Event{Value: "0"})
	if n := s.Count("DELETE " + api1 + "entries/e_3/vote"); n != 1 {
		t.Errorf("taken back: got %d, want 1", n)
	}
}

// mineIs signs the fan in, to whom the server tells so much.
func mineIs(t *testing.T, s *stand, me string) {
	t.Helper()
	s.answers["GET me"] = me
	s.panel.session.With(func(string, func(*port.Response)) { s.panel.loadMe() }, func(*port.Response) {})
	s.Settle()
	s.tap("tab-mine")
}

func TestVotesUnderReviewAreToldAndComplainedAbout(t *testing.T) {
	s := open(t, nil)
	own := strings.Replace(entryJSON(3, "published"), `"id":`, `"under_review":{"votes":4,"excluded":2,"may_complain":true},"id":`, 1)
	mineIs(t, s, `{"fan":{"guest":true},"entries":[`+own+`],"voted":[],"votes_left":5}`)
	contain(t, "card", s.Doc.One("my-entry").Words(), "Votes under review: 4")
	contain(t, "card", s.Doc.One("my-entry").Words(), "Votes that do not count: 2")
	s.tap("appeal")
	s.typed("appeal-text", "All my classmates")
	s.answers["POST entries/e_3/complaints"] = `{}`
	s.Fire(s.Doc.One("appeal-form"), "submit", markup.Event{})
	expect(t, "what was sent", strings.Join(s.Bodies[len(s.Bodies)-1], " "), "statement All my classmates")
	contain(t, "card", s.Doc.One("my-entry").Words(), "You asked the organisers to look again")
}

func TestACertifiedPlaceIsToldAsFinal(t *testing.T) {
	s := open(t, nil)
	s.answers["GET me/standing"] = `{"entries":[{"entry":"e_3","rank":12,"of":600,"final":true,"top_percent":2}],"retry_after":5}`
	mineIs(t, s, `{"fan":{"guest":true},"entries":[`+entryJSON(3, "published")+`],"voted":[],"votes_left":5}`)
	contain(t, "card", s.Doc.One("my-entry").Words(), "Final place, among the best 2 %")
}

func TestTheWayToTheResultIsShownOnceVotesAreClosed(t *testing.T) {
	const closes = `"votes":{"opens":"2025-11-10T00:00:00Z","closes":"2025-11-20T00:00:00Z"}`
	for told, want := range map[string]string{
		`"audit_ends":"2025-11-30T00:00:00Z",`:                                       "Votes are being checked until",
		`"audit_ends":"2025-11-21T00:00:00Z",`:                                       "about to be certified",
		`"audit_ends":"2025-11-21T00:00:00Z","certified_at":"2025-11-22T00:00:00Z",`: "See the certified result",
	} {
		s := ruled(t, `"votes_per_period":3`, `"slug"`, told+`"slug"`, `"votes":{"opens":"2025-11-10T00:00:00Z","closes":"2025-12-02T00:00:00Z"}`, closes,
			`"closes":"2025-12-01T00:00:00Z"`, `"closes":"2025-11-19T00:00:00Z"`)
		contain(t, told, s.Doc.One("result").Words(), want)
	}
}

func TestEverythingIsDeletedAfterOneQuestionThatSaysWhatGoes(t *testing.T) {
	s := open(t, nil)
	mineIs(t, s, `{"fan":{"guest":true},"entries":[`+entryJSON(3, "published")+`],"voted":["e_2"],"votes_left":5}`)
	s.answers["GET me/erasure"] = `{"entries":1,"votes":6}`
	s.tap("erase")
	question := s.Doc.One("erase-ask").Words()
	contain(t, "question", question, "photos (1)")
	contain(t, "question", question, "You cannot take part again")
	s.answers["DELETE me"] = `{}`
	s.tap("erase-do")
	contain(t, "notice", s.Doc.One("notice").Words(), "deleted")
	if s.panel.session.Bearer() != "" || s.Doc.Has("my-entry") {
		t.Error("the browser still knows the fan")
	}
}

func TestWhatIsCountedLaterIsSaid(t *testing.T) {
	s := open(t, func(_ *stand, o *port.Settings) {
		o.Board = strings.Replace(boardJSON(3, 2, 1), `"entries":`, `"shows":"nothing","entries":`, 1)
	})
	contain(t, "totals", s.Doc.One("totals").Words(), "Numbers come with the certified result")
}
