package panel

import (
	"fmt"
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/markup/markuptest"
	"fanfare/widget/port"
	"fanfare/widget/port/porttest"
	"fanfare/widget/text"
	"fanfare/widget/wire"
)

const (
	host = "https://h.example"
	api1 = host + "/api/v1/"
	noon = 1_763_812_800_000 // 2025-11-22T12:00:00Z
)

// server is a small Fanfare: one challenge, some entries, one fan.
type server struct {
	challenge string
	entries   string            // of the gallery
	answers   map[string]string // other answers by "METHOD path"
	refuse    map[string]string // problems by "METHOD path": "409 vote_limit"
}

const challengeJSON = `{"slug":"night","hashtag":"#夜景","title":{"zh-CN":"城市夜景","en":"City nights"},"brief":{"zh-CN":"拍","en":"Show us"},
	"time_zone":"Asia/Shanghai","now":"2025-11-22T12:00:00Z","entries":{"opens":"2025-11-01T00:00:00Z","closes":"2025-12-01T00:00:00Z"},
	"votes":{"opens":"2025-11-10T00:00:00Z","closes":"2025-12-02T00:00:00Z"},"rules":{"entries_per_fan":3,"period":"day","guests":true},
	"cities":[{"id":"wuhan","name":{"zh-CN":"武汉","en":"Wuhan"}}],
	"consents":[{"id":"c_1","text":{"zh-CN":"我拍的","en":"I took it"}},{"id":"c_2","text":{"zh-CN":"可展示","en":"You may show it"}}],
	"totals":{"entries":3,"votes":60}}`

func entryJSON(number int, status string) string {
	return fmt.Sprintf(`{"id":"e_%d","number":%d,"status":%q,"caption":"Caption %d","author":"Author %d","score":%d,
		"photo":{"width":300,"height":200,"sizes":[{"name":"1024","url":"/m/%d-1024.jpg","width":1024},{"name":"square","url":"/m/%d-sq.jpg","width":160}]}}`,
		number, number, status, number, number, number*10, number, number)
}

func boardJSON(numbers ...int) string {
	var rows []string
	for i, n := range numbers {
		row := strings.Replace(entryJSON(n, "published"), `"id":`, fmt.Sprintf(`"rank":%d,"entry":`, i+1), 1)
		rows = append(rows, row)
	}
	return fmt.Sprintf(`{"entries":%d,"votes":60,"rows":[%s]}`, len(numbers), strings.Join(rows, ","))
}

func (s *server) answer(r port.Request) port.Response {
	path := r.Method + " " + strings.TrimPrefix(strings.SplitN(r.URL, "?", 2)[0], api1)
	if code := s.refuse[path]; code != "" {
		var status int
		var name string
		fmt.Sscanf(code, "%d %s", &status, &name)
		return port.Response{Status: status, Body: `{"code":"` + name + `","params":{"limit":"5"}}`}
	}
	if body, ok := s.answers[path]; ok {
		return port.Response{Status: 200, Body: body}
	}
	switch path {
	case "GET challenges/night":
		return port.Response{Status: 200, Body: s.challenge}
	case "GET challenges/night/board":
		return port.Response{Status: 200, Body: boardJSON(3, 2, 1)}
	case "GET challenges/night/entries":
		return port.Response{Status: 200, Body: s.entries}
	case "POST session":
		return port.Response{Status: 201, Body: `{"token":"bearer"}`}
	case "GET me":
		return port.Response{Status: 200, Body: `{"fan":{"name":"","guest":true},"entries":[],"voted":[],"votes_left":5}`}
	}
	return port.Response{Status: 404, Body: `{"code":"not_found"}`}
}

// stand is a panel in a world, with a server behind it.
type stand struct {
	*porttest.World
	*server
	panel *Panel
}

func open(t *testing.T, change func(*stand, *port.Settings)) *stand {
	s := &stand{World: porttest.New(t, noon), server: &server{
		challenge: challengeJSON, entries: `{"entries":[` + entryJSON(1, "published") + `,` + entryJSON(2, "published") + `]}`,
		answers: map[string]string{}, refuse: map[string]string{},
	}}
	s.Answer = s.answer
	settings := &port.Settings{
		Base: host, Slug: "night", Lang: "en", Width: 390, Board: boardJSON(3, 2, 1), Challenge: challengeJSON,
	}
	if change != nil {
		change(s, settings)
	}
	settings.Sentences = text.Catalogue(settings.Lang)
	s.panel = New(s.Ports(), settings)
	s.View = s.panel.View
	s.panel.Start()
	s.Settle()
	return s
}

func (s *stand) click(e *markuptest.Element) { s.T.Helper(); s.Fire(e, "click", markup.Event{}) }
func (s *stand) tap(id string)               { s.T.Helper(); s.click(s.Doc.One(id)) }
func (s *stand) typed(id, value string) {
	s.T.Helper()
	s.Fire(s.Doc.One(id), "input", markup.Event{Value: value})
}
func (s *stand) row(i int) *markuptest.Element { s.T.Helper(); return s.Doc.TestID("row")[i] }
func (s *stand) in(e *markuptest.Element, id string) *markuptest.Element {
	s.T.Helper()
	for _, found := range s.Doc.TestID(id) {
		if e.Contains(found) {
			return found
		}
	}
	s.T.Fatalf("no %s in %s", id, e.Words())
	return nil
}

func (s *stand) frame(counter uint64, numbers ...uint64) {
	s.T.Helper()
	f := wire.Frame{Room: "night", Epoch: 1, Counter: counter, Entries: 3, Votes: 61}
	for i, n := range numbers {
		f.Rows = append(f.Rows, wire.Row{Number: n, Score: uint64(100 - i)})
		f.Cards = append(f.Cards, wire.Card{Number: n, Entry: fmt.Sprint("e_", n), Caption: fmt.Sprint("Caption ", n), Author: "A", Thumb: "x.jpg"})
	}
	s.Conns[len(s.Conns)-1].Message(f.Append(nil))
	s.Settle()
}

func (s *stand) order() string {
	var ids []string
	for _, r := range s.Doc.TestID("row") {
		ids = append(ids, r.Attrs["data-entry"])
	}
	return strings.Join(ids, " ")
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func contain(t *testing.T, what, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%s: got %q, want %q in it", what, got, want)
	}
}
