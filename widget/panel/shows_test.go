package panel

import (
	"fmt"
	"strings"
	"testing"

	"fanfare/widget/port"
	"fanfare/widget/wire"
)

// silent is a stand whose challenge shows no more of its votes than it says.
func silent(t *testing.T, shows string) *stand {
	return open(t, func(s *stand, settings *port.Settings) {
		rank := ""
		if shows == "order" {
			rank = `"rank":1,`
		}
		settings.Board = fmt.Sprintf(`{"entries":1,"shows":%q,"rows":[{%s"entry":"e_1","number":1,"caption":"Caption 1","author":"A"}]}`, shows, rank)
		settings.Challenge = strings.Replace(challengeJSON, `"totals":`, fmt.Sprintf(`"tally":{"mode":"x","shows":%q},"totals":`, shows), 1)
		s.challenge = settings.Challenge
		s.answers["PUT entries/e_1/vote"] = `{"entry":"e_1","voted":true,"votes_left":4}`
	})
}

func TestWhatMayNotBeSeenOfVotesIsNotShown(t *testing.T) {
	s := silent(t, "order")
	if got := len(s.Doc.TestID("rank")); got != 1 {
		t.Errorf("%d ranks are shown, want 1", got)
	}
	expect(t, "score", s.in(s.row(0), "score").Words(), "")
	s.click(s.in(s.row(0), "vote"))
	s.holdsNoNumbers()
	expect(t, "score after a vote", s.in(s.row(0), "score").Words(), "")
	expect(t, "the heart", s.in(s.row(0), "vote").Attrs["aria-pressed"], "true")
}

func (s *stand) holdsNoNumbers() {
	s.T.Helper()
	if totals := s.Doc.One("totals").Words(); strings.Contains(strings.ToLower(totals), "votes 0") {
		s.T.Errorf("totals: %q", totals)
	}
}

func TestWhereNothingOfVotesIsSeenThereIsAShuffledGalleryAndNoBoard(t *testing.T) {
	s := silent(t, "nothing")
	for _, absent := range []string{"board", "tab-board", "rank", "sort-top", "live-state"} {
		if s.Doc.Has(absent) {
			t.Errorf("%s is shown", absent)
		}
	}
	s.holdsNoNumbers()
	expect(t, "shuffle", s.Doc.One("sort-shuffle").Attrs["aria-pressed"], "true")
	expect(t, "the gallery's tab", s.Doc.One("tab-gallery").Attrs["aria-selected"], "true")
	if n := s.Count("GET " + api1 + "challenges/night/entries?limit=24&sort=shuffle&seed=1073741823"); n != 1 {
		t.Errorf("shuffled lists asked for: got %d, want 1: %v", n, s.Sent)
	}
	if n := s.Count("GET " + api1 + "challenges/night/entries?limit=24&sort=newest"); n != 0 {
		t.Error("the newest were asked for, which favours them")
	}
}

func TestAFrameThatOpensTheScoresBringsTheBoard(t *testing.T) {
	s := silent(t, "nothing")
	f := wire.Frame{Room: "night", Epoch: 1, Counter: 1, Shows: wire.ShowsNothing, Entries: 1, Rows: []wire.Row{{Number: 1}}}
	s.Conns[len(s.Conns)-1].Message(f.Append(nil))
	s.Settle()
	if s.Doc.Has("board") {
		t.Error("a board is shown before")
	}
	s.frame(2, 1)
	s.tap("tab-board")
	expect(t, "score after", s.in(s.row(0), "score").Words(), "100")
}
