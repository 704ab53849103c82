package main

import (
	"errors"
	"net/http"
	"testing"

	"fanfare/server/app/votes"
	"fanfare/server/contest"
)

// A replica remembers a session for seconds after its fan was erased at another one, and requests are on their way meanwhile.
// What they cast must not come on top of the votes of the same person, who comes back with nothing to their name.
func TestWhoWasErasedCastsNoMoreVotesWhileTheyComeBack(t *testing.T) {
	i := install(t, func(c *contest.Challenge) {
		c.Rules.Guests, c.Rules.Voters = false, []contest.VoterClass{contest.HostVoter}
	})
	author := i.signed("author", "Author").text("token")
	entry := i.published(author, "one")
	for range 3 {
		token := i.signed("cheater", "Cheater").text("token")
		remembered, _, err := i.app.people.Session(t.Context(), token, "")
		if err != nil {
			t.Fatal(err)
		}
		i.want("delete", i.do(request{method: "DELETE", path: "/api/v1/me?confirm=everything", token: token}), http.StatusNoContent, "")
		wish := votes.Wish{Entry: contest.EntryID(entry)}
		if _, err := i.app.votes.Cast(t.Context(), remembered, wish); !errors.Is(err, votes.ErrErased) {
			t.Errorf("a vote of somebody who was erased: %v", err)
		}
		if _, err := i.app.votes.Retract(t.Context(), remembered, wish); !errors.Is(err, votes.ErrErased) {
			t.Errorf("taking one back: %v", err)
		}
	}
	token := i.signed("cheater", "Cheater").text("token")
	i.want("the vote after it", i.vote("PUT", entry, token), http.StatusOK, "")
	if score := i.board()[0]["score"]; score != 1.0 {
		t.Errorf("one person cast %v votes", score)
	}
}
