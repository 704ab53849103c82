package panel

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/markup/markuptest"
	"fanfare/widget/port"
	"fanfare/widget/wire"
)

const boardsJSON = `"boards":["rising","city","cities","partner","partners","friends"],
	"partners":[{"id":"club","name":{"zh-CN":"夜行社","en":"Night club"}}],
	"cities":[{"id":"wuhan","name":{"zh-CN":"武汉","en":"Wuhan"}},{"id":"xian","name":{"zh-CN":"西安","en":"Xi'an"}},{"id":"harbin","name":{"zh-CN":"哈尔滨","en":"Harbin"}}]`

const citiesJSON = `{"scope":"cities","entries":3,"votes":60,"shows":"scores","rows":[
	{"rank":1,"number":2,"group":"xian","members":2,"score":40},{"rank":2,"number":1,"group":"wuhan","members":1,"score":20},
	{"number":3,"group":"harbin","members":0,"score":0}]}`

const averagesJSON = `{"scope":"cities/average","entries":9,"votes":60,"shows":"scores","rows":[
	{"rank":1,"number":1,"group":"wuhan","members":7,"score":1234},{"number":2,"group":"xian","members":2,"score":2000}]}`

// openBoards opens a challenge with many boards; each scope answers with its own.
func openBoards(t *testing.T, boards map[string]string, change func(*stand, *port.Settings)) *stand {
	return open(t, func(s *stand, o *port.Settings) {
		s.challenge = strings.Replace(challengeJSON, `"cities":[{"id":"wuhan","name":{"zh-CN":"武汉","en":"Wuhan"}}]`, boardsJSON, 1)
		o.Challenge = s.challenge
		s.Answer = func(r port.Request) port.Response {
			if u, _ := url.Parse(r.URL); strings.HasSuffix(u.Path, "/board") && u.Query().Get("scope") != "" {
				if body := boards[u.Query().Get("scope")]; body != "" {
					return port.Response{Status: 200, Body: body}
				}
				return port.Response{Status: 404, Body: `{"code":"not_found"}`}
			}
			return s.answer(r)
		}
		if change != nil {
			change(s, o)
		}
	})
}

func scopeJSON(scope string, numbers ...int) string {
	return strings.Replace(boardJSON(numbers...), "{", `{"scope":"`+scope+`","shows":"scores",`, 1)
}

// choose changes a field's value.
func (s *stand) choose(id, value string) {
	s.T.Helper()
	s.Fire(s.Doc.One(id), "change", markup.Event{Value: value})
}

// roomFrame is a frame of any room.
func (s *stand) roomFrame(room string, counter uint64, rows ...wire.Row) {
	s.T.Helper()
	f := wire.Frame{Room: room, Epoch: 1, Counter: counter, Entries: 3, Votes: 61, Rows: rows}
	for _, r := range rows {
		f.Cards = append(f.Cards, wire.Card{Number: r.Number, Entry: fmt.Sprint("e_", r.Number), Author: "A", Thumb: "x.jpg"})
	}
	s.Conns[len(s.Conns)-1].Message(f.Append(nil))
	s.Settle()
}

func (s *stand) room() string {
	s.T.Helper()
	var join wire.Join
	sent := s.Conns[len(s.Conns)-1].Sent
	if err := join.Decode(sent[len(sent)-1]); err != nil {
		s.T.Fatal(err)
	}
	return join.Room
}

func pressed(e *markuptest.Element) bool { return e.Attrs["aria-pressed"] == "true" }

func TestAChallengeWithOneBoardOffersNoOther(t *testing.T) {
	s := open(t, nil)
	if s.Doc.Has("boards") {
		t.Error("boards are offered")
	}
}

func TestOnlyBoardsOfTheChallengeAreOffered(t *testing.T) {
	s := openBoards(t, nil, func(s *stand, o *port.Settings) {
		o.Challenge = strings.Replace(s.challenge, `"rising","city","cities","partner","partners","friends"`, `"city"`, 1)
	})
	if !s.Doc.Has("board-") || !s.Doc.Has("board-city") {
		t.Error("the overall board or those of cities are not offered")
	}
	for _, kind := range []string{"rising", "cities", "partner", "partners", "friends", "tag"} {
		if s.Doc.Has("board-" + kind) {
			t.Errorf("%s is offered", kind)
		}
	}
}

func TestChoosingABoardJoinsItsRoomOnTheSameSocketAndShowsItsRows(t *testing.T) {
	s := openBoards(t, map[string]string{"city/wuhan": scopeJSON("city/wuhan", 1)}, nil)
	s.Conns[0].Opened()
	s.frame(1, 3, 2, 1)
	s.choose("board-city", "wuhan")
	expect(t, "room", s.room(), "night/city/wuhan")
	expect(t, "rows", s.order(), "e_1")
	expect(t, "list", s.Doc.One("board").Attrs["aria-label"], "Wuhan")
	s.frame(2, 2, 3, 1) // of the room before
	expect(t, "rows after a late frame", s.order(), "e_1")
	s.roomFrame("night/city/wuhan", 1, wire.Row{Number: 5, Score: 9}, wire.Row{Number: 1, Score: 8})
	expect(t, "rows after a frame", s.order(), "e_5 e_1")
	contain(t, "the whole challenge's numbers", s.Doc.One("totals").Words(), "Photos 3")
	if len(s.Conns) != 1 {
		t.Errorf("sockets: got %d, want 1", len(s.Conns))
	}
	s.tap("board-")
	expect(t, "room", s.room(), "night")
	expect(t, "rows of the overall board", s.order(), "e_3 e_2 e_1")
}

func TestNothingJumpsWhileABoardIsOnItsWay(t *testing.T) {
	s := openBoards(t, nil, nil)
	s.Answer = func(port.Request) port.Response { return port.Response{} }
	s.tap("board-rising")
	items := s.Doc.All(func(e *markuptest.Element) bool { return e.Tag == "li" })
	if len(items) != 3 || s.order() != "" {
		t.Errorf("got %d places and rows %q, want 3 places", len(items), s.order())
	}
	expect(t, "busy", s.Doc.One("board").Attrs["aria-busy"], "true")
}

func TestTheBoardIsRememberedForTheNextVisit(t *testing.T) {
	s := openBoards(t, map[string]string{"city/wuhan": scopeJSON("city/wuhan", 1)}, nil)
	s.choose("board-city", "wuhan")
	expect(t, "kept", s.Saved["fanfare "+host+" night board"], "city/wuhan")
	s.choose("board-city", "")
	expect(t, "kept of the overall board", s.Saved["fanfare "+host+" night board"], "")
	again := openBoards(t, nil, func(_ *stand, o *port.Settings) { o.Board = scopeJSON("city/wuhan", 1) })
	again.Conns[0].Opened()
	expect(t, "room", again.room(), "night/city/wuhan")
	expect(t, "rows", again.order(), "e_1")
}

func TestABoardThatIsGoneGivesWayToTheOverallOne(t *testing.T) {
	s := openBoards(t, nil, nil)
	s.choose("board-city", "wuhan")
	expect(t, "rows", s.order(), "e_3 e_2 e_1")
	if !pressed(s.Doc.One("board-")) {
		t.Error("the overall board is not the one pressed")
	}
}

func TestALateAnswerOfAnotherBoardIsDropped(t *testing.T) {
	s := openBoards(t, map[string]string{"rising": scopeJSON("rising", 2)}, nil)
	s.panel.show("rising")
	s.panel.show("")
	s.Settle()
	expect(t, "rows", s.order(), "e_3 e_2 e_1")
}

func TestRisingTellsWhatWasGainedAndLeavesScoresAlone(t *testing.T) {
	s := openBoards(t, map[string]string{"rising": scopeJSON("rising", 7, 2)}, nil)
	s.tap("board-rising")
	contain(t, "row", s.row(0).Words(), "+70")
	expect(t, "button", s.in(s.row(0), "vote").Attrs["aria-label"], "Vote for “Caption 7” by Author 7, within the last hour: +70")
	s.answers["GET entries/e_7"] = entryJSON(7, "published")
	s.click(s.in(s.row(0), "open"))
	if n := s.Count("GET " + api1 + "entries/e_7"); n != 1 {
		t.Errorf("the score of a photo of which a gain alone is known: asked for %d times, want 1", n)
	}
	s.tap("viewer-next")
	if n := s.Count("GET " + api1 + "entries/e_2"); n != 0 {
		t.Error("asked for a photo whose score is known")
	}
	contain(t, "viewer", s.Doc.One("viewer").Words(), "20")
}

func TestCitiesCompeteByTotalsAndByAverages(t *testing.T) {
	s := openBoards(t, map[string]string{
		"cities": citiesJSON, "cities/average": averagesJSON, "city/xian": scopeJSON("city/xian", 2),
	}, nil)
	s.tap("board-cities")
	var words []string
	for _, r := range s.Doc.TestID("row") {
		words = append(words, r.Words())
	}
	expect(t, "totals", strings.Join(words, "; "), "1 Xi'an 40 Photos 2; 2 Wuhan 20 Photos 1; Harbin 0 Photos 0")
	bars := s.Doc.All(func(e *markuptest.Element) bool { return e.Tag == "i" })
	expect(t, "second bar", bars[1].Styles["width"], "50%")
	s.tap("by-average")
	expect(t, "averages", s.row(0).Words()+"; "+s.row(1).Words(), "1 Wuhan 12.34 Photos 7; Xi'an Photos 2 · too few for an average")
	if !pressed(s.Doc.One("by-average")) || !pressed(s.Doc.One("board-cities")) {
		t.Error("average or cities is not pressed")
	}
	s.click(s.in(s.row(1), "group"))
	expect(t, "rows of the city", s.order(), "e_2")
	expect(t, "focus", s.Focused, "board-city")
	expect(t, "choice", s.Doc.One("board-city").Value, "xian")
}

func TestWhereNumbersAreKeptBackCitiesHaveAnOrderAlone(t *testing.T) {
	ordered := `"shows":"order"`
	s := openBoards(t, map[string]string{"cities": strings.NewReplacer(`"votes":60,"shows":"scores"`, ordered, `,"score":40`, "", `,"score":20`, "", `,"score":0`, "").Replace(citiesJSON)},
		func(s *stand, o *port.Settings) {
			o.Board = strings.Replace(o.Board, `"votes":60`, ordered, 1)
			s.answers["GET challenges/night/board"] = o.Board
		})
	s.tap("board-cities")
	expect(t, "first", s.row(0).Words(), "1 Xi'an Photos 2")
	if bars := s.Doc.All(func(e *markuptest.Element) bool { return e.Tag == "i" }); len(bars) != 0 {
		t.Errorf("%d bars tell what may not be seen", len(bars))
	}
}

func TestTheStripTellsThePlaceOnTheBoardShown(t *testing.T) {
	s := openBoards(t, map[string]string{"city/wuhan": scopeJSON("city/wuhan", 1), "cities": citiesJSON}, func(s *stand, _ *port.Settings) {
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + entryJSON(1, "published") + `],"voted":[],"votes_left":5}`
		answer := s.Answer
		s.Answer = func(r port.Request) port.Response {
			switch strings.TrimPrefix(r.URL, api1) {
			case "me/standing":
				return port.Response{Status: 200, Body: `{"entries":[{"entry":"e_1","rank":1234,"of":60000,"score":10,"behind":3}],"retry_after":5}`}
			case "me/standing?scope=city%2Fwuhan":
				return port.Response{Status: 200, Body: `{"entries":[{"entry":"e_1","rank":2,"of":40,"score":10,"behind":0}],"retry_after":5}`}
			}
			return answer(r)
		}
	})
	overall := "#1,234 of 60,000 Votes to the next place: 4"
	expect(t, "overall", s.Doc.One("my-standing").Words(), overall)
	s.choose("board-city", "wuhan")
	expect(t, "city", s.Doc.One("my-standing").Words(), "Wuhan #2 of 40 Votes to the next place: 1")
	s.tap("board-cities")
	expect(t, "cities", s.Doc.One("my-standing").Words(), overall)
}

func TestHowManyWatchIsToldWhileItIsLive(t *testing.T) {
	s := open(t, nil)
	pulse := func(p wire.Pulse) {
		s.Conns[0].Message(p.Append(nil))
		s.Settle()
	}
	s.Conns[0].Opened()
	s.frame(1, 1)
	pulse(wire.Pulse{Watching: 1024, VotesShown: true, VotesPerMinute: 35})
	expect(t, "pulse", s.Doc.One("pulse").Words(), "1,024 watching · 35 votes a minute")
	pulse(wire.Pulse{Watching: 1, VotesShown: true, VotesPerMinute: 1})
	expect(t, "one who watches alone", s.Doc.One("pulse").Words(), "")
	pulse(wire.Pulse{Watching: 57})
	expect(t, "votes not shown", s.Doc.One("pulse").Words(), "57 watching")
	s.Conns[0].Closed(1006)
	s.Settle()
	expect(t, "after a loss", s.Doc.One("pulse").Words(), "")
}

func TestAHiddenPageDrawsNothingAndCatchesUpWithOneFrame(t *testing.T) {
	s := open(t, nil)
	s.Conns[0].Opened()
	s.frame(1, 1, 2, 3)
	s.panel.Shown(false)
	sent := len(s.Sent)
	for counter := uint64(2); counter < 40; counter++ {
		s.frame(counter, counter, 1, 2)
	}
	for range 3 {
		s.Advance(pollPause)
		s.Conns[0].Message(nil) // the server is there
	}
	expect(t, "hidden", s.order(), "e_1 e_2 e_3")
	if got := s.Sent[sent:]; len(got) != 0 {
		t.Errorf("a hidden page asks for %v", got)
	}
	s.panel.Shown(true)
	s.Settle()
	expect(t, "on return", s.order(), "e_39 e_1 e_2")
}

func TestWhereNoFramesArriveTheBoardShownIsPolled(t *testing.T) {
	s := openBoards(t, map[string]string{"rising": scopeJSON("rising", 2)}, nil)
	s.tap("board-rising")
	s.Advance(2 * pollPause)
	if n := s.Count("GET " + api1 + "challenges/night/board?limit=20&scope=rising"); n < 2 {
		t.Errorf("asked for the board shown %d times, want at least twice", n)
	}
	if n := s.Count("GET " + api1 + "challenges/night/board?limit=1"); n < 2 {
		t.Errorf("asked for the challenge's numbers %d times, want at least twice", n)
	}
}

func TestAFanFarBelowSeesWhoStandsAroundThem(t *testing.T) {
	place := `{"entries":[{"entry":"e_1","rank":1234,"of":60000,"score":10,"behind":3}],"retry_after":5}`
	around := strings.NewReplacer(`"rank":1,`, `"rank":1233,`, `"rank":2,`, `"rank":1234,`, `"rank":3,`, `"rank":20,`).Replace(boardJSON(7, 1, 9))
	s := openBoards(t, nil, func(s *stand, _ *port.Settings) {
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + entryJSON(1, "published") + `],"voted":[],"votes_left":5}`
		answer := s.Answer
		s.Answer = func(r port.Request) port.Response {
			switch strings.TrimPrefix(r.URL, api1) {
			case "me/standing":
				return port.Response{Status: 200, Body: place}
			case "challenges/night/board?around=1&limit=2":
				return port.Response{Status: 200, Body: around}
			}
			return answer(r)
		}
	})
	near := s.Doc.One("near")
	expect(t, "label", near.Attrs["aria-label"], "Around your photo")
	var words []string
	for _, row := range near.Children {
		words = append(words, s.in(row, "rank").Words()+" "+row.Attrs["data-entry"])
	}
	expect(t, "neighbours", strings.Join(words, ", "), "1,233 e_7, 1,234 e_1") // the twentieth stands on the board itself
	s.click(s.in(near.Children[0], "open"))
	expect(t, "photo opened", s.Doc.One("viewer").Attrs["aria-label"], "“Caption 7” by Author 7")
	s.tap("viewer-close")
	place = strings.Replace(place, "1234", "20", 1)
	s.Conns[0].Opened()
	s.frame(1, 3, 2, 1)
	s.Advance(10_000)
	s.frame(2, 3, 1, 2)
	if s.Doc.Has("near") {
		t.Error("neighbours are shown of one who stands on the board")
	}
}
