package reports

import (
	"reflect"
	"testing"
	"time"

	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

func TestWhatIsConcealedIsNotToldByTheOrderOfCities(t *testing.T) {
	concealed := contest.Challenge{ID: "c_1", LaunchedAt: time.Unix(1, 0)}
	concealed.Rules.Tally = contest.TallyHidden
	c := Closing{Overview: numbers.Overview{Challenges: []contest.Challenge{concealed}}}
	c.Cities = []numbers.City{{ID: "wuhan", Entries: 2, Votes: 9}, {ID: "beijing", Entries: 2, Votes: 5}, {ID: "chengdu", Entries: 3, Votes: 1}}
	got := c.Public().Cities
	if len(got) != 3 || got[0].ID != "chengdu" || got[1].ID != "beijing" || got[2].ID != "wuhan" || got[2].Votes != 0 {
		t.Errorf("the cities are %+v", got)
	}
}

// Two reports that differ in votes alone are one to the public, while the rules show no true numbers.
func TestNothingOfVotesThatAreConcealedIsInAPublicReport(t *testing.T) {
	for mode, shows := range map[contest.TallyMode]bool{contest.TallyLive: true, contest.TallyRanks: false, contest.TallyDelayed: false, contest.TallyHidden: false} {
		challenge := contest.Challenge{ID: "c_1", LaunchedAt: time.Unix(1, 0)}
		challenge.Rules.Tally = mode
		report := func(votes int64) Closing {
			c := Closing{Overview: numbers.Overview{Challenges: []contest.Challenge{challenge}}}
			for _, m := range []kpi.Metric{kpi.Votes, kpi.Participants} {
				c.Figures = append(c.Figures, numbers.Figure{Definition: kpi.Definition{Metric: m}, Measured: votes, HasMeasured: true})
			}
			c.Channels = []numbers.Group{{ID: "weibo", Measured: map[kpi.Metric]int64{kpi.Votes: votes, kpi.Visits: 7}}}
			c.Partners = []numbers.Group{{ID: "wuhan", Measured: map[kpi.Metric]int64{kpi.Participants: votes}}}
			c.Cities = []numbers.City{{ID: "wuhan", Entries: 2, Votes: votes}}
			entry := contest.Entry{ID: "e_1", Challenge: "c_1", Number: 1}
			c.Engaging = []numbers.Entry{{Entry: entry, Votes: votes, Shares: 2}}
			c.Selling = []numbers.Entry{{Entry: entry, Votes: votes, Orders: 3}}
			c.Changes = []Change{{Kind: Held, Challenge: "c_1", Count: int(votes)}, {Kind: TakenAway, Challenge: "c_1", Count: 1}}
			return c.Public()
		}
		if equal := reflect.DeepEqual(report(5), report(6)); equal == shows {
			t.Errorf("%s: two reports that differ in votes are equal: %t, want %t", mode, equal, !shows)
		}
		if got := report(5); len(got.Selling) != 1 || got.Selling[0].Orders != 3 || got.Channels[0].Measured[kpi.Visits] != 7 {
			t.Errorf("%s: more is left out than votes: %+v", mode, got)
		}
	}
}
