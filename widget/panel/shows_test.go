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
	for shows, ranks := range map[string]int{"order": 1, "nothing": 0} {
		t.Run(shows, func(t *testing.T) {
			s := silent(t, shows)
			if got := len(s.Doc.TestID("rank")); got != ranks {
				t.Errorf("%d ranks are shown, want %d", got, ranks)
			}
			if totals := s.Doc.One("totals").Words(); strings.Contains(strings.ToLower(totals), "votes 0") {
				t.Errorf("totals: %q", totals)
			}
			expect(t, "score", s.in(s.row(0), "score").Words(), "")
			s.click(s.in(s.row(0), "vote"))
			expect(t, "score after a vote", s.in(s.row(0), "score").Words(), "")
			expect(t, "the heart", s.in(s.row(0), "vote").Attrs["aria-pressed"], "true")
		})
	}
}

func TestAFrameThatOpensTheScoresShowsThem(t *testing.T) {
	s := silent(t, "nothing")
	f := wire.Frame{Room: "night", Epoch: 1, Counter: 1, Shows: wire.ShowsNothing, Entries: 1, Rows: []wire.Row{{Number: 1}}}
	s.Conns[len(s.Conns)-1].Message(f.Append(nil))
	s.Settle()
	expect(t, "score before", s.in(s.row(0), "score").Words(), "")
	s.frame(2, 1)
	expect(t, "score after", s.in(s.row(0), "score").Words(), "100")
}
