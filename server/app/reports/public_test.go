package reports

import (
	"testing"
	"time"

	"fanfare/server/app/numbers"
	"fanfare/server/contest"
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
