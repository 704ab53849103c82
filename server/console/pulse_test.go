package console

import (
	"context"
	"net/http"
	"testing"

	"fanfare/server/contest"
)

func TestAChallengesPageTellsHowLivelyItIsAndGoesOnTelling(t *testing.T) {
	d := open(t)
	path := "/console/challenges/" + string(d.launched().ID)
	votes := int64(35)
	for _, c := range []struct {
		votes      *int64
		page, poll string
	}{
		{&votes, `<div><dt>votes a minute</dt><dd id="pulse-votes">35</dd></div>`, `{"watching":1024,"votes_per_minute":35}` + "\n"},
		{nil, `<div hidden><dt>votes a minute</dt><dd id="pulse-votes"></dd></div>`, `{"watching":1024}` + "\n"},
	} {
		d.Pulse = func(context.Context, contest.ChallengeID) (int, *int64, error) { return 1024, c.votes, nil }
		wants(t, d.get(path), `data-pulse="`+path+`/pulse"`, `<dd id="pulse-watching">1,024</dd>`, c.page)
		if w := d.do(http.MethodGet, path+"/pulse", nil); w.Body.String() != c.poll || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("the pulse is %s, want %s", w.Body, c.poll)
		}
	}
	if w := d.do(http.MethodGet, "/console/challenges/ch_none/pulse", nil); w.Code != http.StatusNotFound {
		t.Errorf("the pulse of no challenge: %d", w.Code)
	}
}
