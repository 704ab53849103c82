package panel

import (
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/markup/markuptest"
	"fanfare/widget/port"
)

func TestFirstDrawingShowsWhatTheLoaderBroughtWithoutAskingAgain(t *testing.T) {
	s := open(t, nil)
	expect(t, "order", s.order(), "e_3 e_2 e_1")
	contain(t, "head", s.Doc.Root.Words(), "#夜景 Reconnecting… City nights Show us Entries close in 8\u00a0d\u00a012\u00a0h")
	if n := s.Count("GET " + api1 + "challenges/night/board"); n != 0 {
		t.Errorf("boards asked for: got %d, want 0", n)
	}
	if n := s.Count("POST"); n != 0 {
		t.Errorf("sessions opened: got %d, want 0", n)
	}
}

func TestRoomIsKeptForRowsOnTheirWay(t *testing.T) {
	items := func(entries string) int {
		s := open(t, func(_ *stand, o *port.Settings) {
			o.Board = strings.Replace(boardJSON(3, 2, 1), `"entries":3`, `"entries":`+entries, 1)
		})
		return len(s.Doc.All(func(e *markuptest.Element) bool { return e.Tag == "li" }))
	}
	for entries, want := range map[string]int{"3": 3, "7": 7, "900": boardRows} {
		if got := items(entries); got != want {
			t.Errorf("%s entries: got room for %d rows, want %d", entries, got, want)
		}
	}
}

func TestChineseIsSpokenOnChinesePages(t *testing.T) {
	s := open(t, func(_ *stand, o *port.Settings) { o.Lang = "zh-CN" })
	contain(t, "head", s.Doc.Root.Words(), "城市夜景 拍 投稿还剩 8\u00a0天\u00a012\u00a0小时")
	expect(t, "lang", s.Doc.One("panel").Attrs["lang"], "zh-CN")
}

func TestFrameMovesRowsAndTellsThatItIsLive(t *testing.T) {
	s := open(t, nil)
	s.Conns[0].Opened()
	s.frame(1, 1, 3, 2)
	expect(t, "order", s.order(), "e_1 e_3 e_2")
	expect(t, "state", s.Doc.One("live-state").Words(), "Live")
	s.Doc.Count = map[markup.Op]int{}
	s.frame(2, 1, 2, 3)
	if n := s.Doc.Count[markup.Insert] - s.Doc.Count[markup.CreateElement]; n > 1 {
		t.Errorf("rows moved for one that rose: got %d", n)
	}
	contain(t, "class of who rose", s.row(1).Attrs["class"], "rose")
}

func TestLossIsToldInWordsAndTheBoardPolled(t *testing.T) {
	s := open(t, nil)
	for range 3 {
		s.Conns[len(s.Conns)-1].Closed(1006)
		s.Advance(10_000)
	}
	contain(t, "state", s.Doc.One("live-state").Words(), "Offline")
	before := s.Count("GET " + api1 + "challenges/night/board")
	s.Advance(2 * pollPause)
	if n := s.Count("GET "+api1+"challenges/night/board") - before; n < 1 || n > 3 {
		t.Errorf("polls in a minute: got %d, want 1 to 3", n)
	}
	s.panel.Shown(false)
	before = len(s.Sent)
	s.Advance(10 * pollPause)
	if n := len(s.Sent) - before; n != 0 {
		t.Errorf("requests of a hidden page: got %d, want 0", n)
	}
}

func TestVoteOpensASessionFillsTheHeartAndCanBeTakenBack(t *testing.T) {
	s := open(t, nil)
	s.answers["PUT entries/e_3/vote"] = `{"entry":"e_3","voted":true,"score":31,"votes_left":4,"period":"2025-11-22"}`
	s.answers["DELETE entries/e_3/vote"] = `{"entry":"e_3","voted":false,"score":30,"votes_left":5,"period":"2025-11-22"}`
	heart := func() *markuptest.Element { return s.in(s.row(0), "vote") }
	expect(t, "name", heart().Attrs["aria-label"], "Vote for “Caption 3” by Author 3, votes: 30")
	s.click(heart())
	expect(t, "pressed", heart().Attrs["aria-pressed"], "true")
	expect(t, "score", heart().Words(), "31")
	expect(t, "left", s.Doc.One("votes-left").Words(), "Votes left today: 4")
	expect(t, "told", strings.Join(s.Told, "; "), "fanfare:voted entry=e_3 voted=true")
	s.click(heart())
	expect(t, "pressed", heart().Attrs["aria-pressed"], "false")
	expect(t, "score", heart().Words(), "30")
	if n := s.Count("POST " + api1 + "session"); n != 1 {
		t.Errorf("sessions: got %d, want 1", n)
	}
	s.Advance(noticePause)
	expect(t, "notice after a while", s.Doc.One("notice").Words(), "")
}

func TestRefusedVoteIsUndoneAndExplained(t *testing.T) {
	s := open(t, nil)
	s.refuse["PUT entries/e_3/vote"] = "409 vote_limit"
	s.click(s.in(s.row(0), "vote"))
	expect(t, "pressed", s.in(s.row(0), "vote").Attrs["aria-pressed"], "false")
	contain(t, "notice", s.Doc.One("notice").Words(), "You have used all your votes: 5.")
}

func TestHostPageIsToldWhereItMustSignItsFanIn(t *testing.T) {
	s := open(t, nil)
	s.refuse["POST session"] = "403 guests_not_allowed"
	s.click(s.in(s.row(0), "vote"))
	contain(t, "notice", s.Doc.One("notice").Words(), "Sign in on this page")
	expect(t, "told", strings.Join(s.Told, "; "), "fanfare:signin code=guests_not_allowed")
}

func TestVotingIsOfferedOnlyInsideItsWindow(t *testing.T) {
	s := open(t, func(_ *stand, o *port.Settings) {
		o.Challenge = strings.NewReplacer("2025-12-01T00:00:00Z", "2025-11-22T12:05:00Z", "2025-12-02T00:00:00Z", "2025-11-22T12:06:00Z").
			Replace(challengeJSON)
	})
	contain(t, "head", s.Doc.Root.Words(), "Entries close in 5:00")
	if len(s.Doc.TestID("vote")) == 0 {
		t.Fatal("no vote is offered while votes are open")
	}
	s.Advance(7 * 60_000) // past both windows, seen by the widget's own clock
	if s.Doc.Has("vote") || s.Doc.Has("enter") {
		t.Error("a vote or an entry is offered after the end")
	}
	contain(t, "head", s.Doc.Root.Words(), "Ended. This is the result.")
	expect(t, "first tab", s.Doc.One("tab-board").Words(), "Result")
}

func TestGalleryIsSearchedOnceTheFanStopsTyping(t *testing.T) {
	s := open(t, nil)
	s.tap("tab-gallery")
	s.answers["GET challenges/night/search"] = `{"entries":[]}`
	for _, query := range []string{"夜", "夜景", "夜景 桥"} {
		s.typed("search", query)
		s.Advance(searchPause / 2)
	}
	s.Advance(searchPause)
	if n := s.Count("GET " + api1 + "challenges/night/search"); n != 1 {
		t.Errorf("searches: got %d, want 1", n)
	}
	contain(t, "last request", s.Sent[len(s.Sent)-1], "q=%E5%A4%9C%E6%99%AF%20%E6%A1%A5")
	contain(t, "empty state", s.Doc.One("no-hits").Words(), "Nothing found for “夜景 桥”. Try")
	s.tap("clear-search")
	s.Advance(searchPause)
	if n := len(s.Doc.TestID("cell")); n != 2 {
		t.Errorf("cells after clearing: got %d, want 2", n)
	}
}

func TestLateAnswerToAnOldWishIsDropped(t *testing.T) {
	s := open(t, nil)
	s.tap("tab-gallery")
	s.panel.search("old")
	s.panel.loadGallery(false)
	s.answers["GET challenges/night/search"] = `{"entries":[` + entryJSON(1, "published") + `]}`
	s.panel.search("")
	s.panel.loadGallery(false)
	s.Settle()
	if n := len(s.Doc.TestID("cell")); n != 2 {
		t.Errorf("cells: got %d, want the 2 of the newer wish", n)
	}
}

func TestMoreIsAppendedAndNothingShownTwice(t *testing.T) {
	s := open(t, func(s *stand, _ *port.Settings) {
		s.entries = `{"entries":[` + entryJSON(1, "published") + `],"next":"cur/sor"}`
	})
	s.tap("tab-gallery")
	s.entries = `{"entries":[` + entryJSON(1, "published") + `,` + entryJSON(5, "published") + `]}`
	s.tap("more")
	contain(t, "request", s.Sent[len(s.Sent)-1], "cursor=cur%2Fsor")
	if n := len(s.Doc.TestID("cell")); n != 2 || s.Doc.Has("more") {
		t.Errorf("cells: got %d, more offered: %v; want 2 and none", n, s.Doc.Has("more"))
	}
}

func TestViewerWalksByArrowsAndSwipesAndStopsAtTheEnds(t *testing.T) {
	s := open(t, nil)
	s.click(s.in(s.row(0), "open"))
	name := func() string { return s.Doc.One("viewer").Attrs["aria-label"] }
	expect(t, "first", name(), "“Caption 3” by Author 3")
	s.Fire(s.Doc.One("viewer"), "keydown", markup.Event{Key: "ArrowLeft"})
	expect(t, "before the first", name(), "“Caption 3” by Author 3")
	s.Fire(s.Doc.One("viewer"), "keydown", markup.Event{Key: "ArrowRight"})
	expect(t, "after an arrow", name(), "“Caption 2” by Author 2")
	stage := s.Doc.All(func(e *markuptest.Element) bool { return e.Attrs["class"] == "stage" })[0]
	s.Fire(stage, "pointerdown", markup.Event{X: 300})
	s.Fire(stage, "pointerup", markup.Event{X: 280})
	expect(t, "after a short move", name(), "“Caption 2” by Author 2")
	s.Fire(stage, "pointerdown", markup.Event{X: 300})
	s.Fire(stage, "pointerup", markup.Event{X: 100})
	expect(t, "after a swipe", name(), "“Caption 1” by Author 1")
	if s.Doc.Has("viewer-next") {
		t.Error("a next one is offered after the last")
	}
	s.Fire(s.Doc.One("viewer"), "cancel", markup.Event{})
	if s.Doc.Has("viewer") {
		t.Error("the viewer is still there after Esc")
	}
	told := "fanfare:viewed entry=e_3 number=3; fanfare:viewed entry=e_2 number=2; fanfare:viewed entry=e_1 number=1"
	expect(t, "told", strings.Join(s.Told, "; "), told)
}

func TestReportIsSentWithItsReason(t *testing.T) {
	s := open(t, nil)
	var body []string
	s.Answer = func(r port.Request) port.Response {
		if strings.HasSuffix(r.URL, "/reports") {
			body = r.Body
			return port.Response{Status: 201}
		}
		return s.answer(r)
	}
	s.click(s.in(s.row(0), "open"))
	s.tap("report")
	if _, disabled := s.Doc.One("report-send").Attrs["disabled"]; !disabled {
		t.Error("a report without a reason can be sent")
	}
	s.Fire(s.Doc.One("reason-rights"), "change", markup.Event{})
	s.typed("report-note", "mine")
	s.Fire(s.Doc.One("report-form"), "submit", markup.Event{})
	expect(t, "body", strings.Join(body, " "), "reason rights note mine")
	contain(t, "notice", s.Doc.One("notice").Words(), "Thank you")
}

func TestMissingChallengeAndMissingNetworkAreSaid(t *testing.T) {
	gone := open(t, func(s *stand, o *port.Settings) {
		o.Challenge, o.Board = "", ""
		s.refuse["GET challenges/night"] = "404 not_found"
	})
	contain(t, "gone", gone.Doc.One("missing").Words(), "There is no challenge here")
	out := open(t, func(s *stand, o *port.Settings) {
		o.Challenge, o.Board = "", ""
		s.refuse["GET challenges/night"] = "503 unavailable"
	})
	contain(t, "out", out.Doc.One("failed").Words(), "Check the connection")
	delete(out.refuse, "GET challenges/night")
	out.tap("try-again")
	contain(t, "after trying again", out.Doc.Root.Words(), "City nights")
}

func TestWideStandsInTwoColumnsWithTheBoardAlwaysThere(t *testing.T) {
	s := open(t, func(_ *stand, o *port.Settings) { o.Width = 1200 })
	if !s.Doc.Has("board") || !s.Doc.Has("gallery") || s.Doc.Has("tab-board") {
		t.Errorf("wide: board %v, gallery %v, board's tab %v", s.Doc.Has("board"), s.Doc.Has("gallery"), s.Doc.Has("tab-board"))
	}
	s.panel.Resize(390)
	s.Settle()
	if !s.Doc.Has("board") || s.Doc.Has("gallery") {
		t.Error("narrow: want the board alone")
	}
}

func TestArrowsWalkTheTabs(t *testing.T) {
	s := open(t, nil)
	s.Fire(s.Doc.One("tab-board"), "keydown", markup.Event{Key: "ArrowLeft"})
	expect(t, "selected", s.Doc.One("tab-mine").Attrs["aria-selected"], "true")
	expect(t, "focus", s.Focused, "tab-mine")
	if !s.Doc.Has("section-mine") || s.Doc.Has("section-board") {
		t.Error("the section shown is not the tab's")
	}
}
