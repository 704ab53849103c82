package panel

import (
	"strings"
	"testing"

	"fanfare/widget/port"
)

// returning is a fan who comes back with the entries given.
func returning(t *testing.T, entries ...string) *stand {
	return open(t, func(s *stand, _ *port.Settings) {
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + strings.Join(entries, ",") + `],"voted":["e_2"],"votes_left":4}`
		s.answers["GET me/standing"] = `{"entries":[{"entry":"e_1","rank":12,"of":340,"score":10,"behind":3}],"retry_after":5}`
	})
}

func TestReturningFanSeesVotesPlaceAndOwnEntry(t *testing.T) {
	s := returning(t, entryJSON(1, "published"))
	expect(t, "place", s.Doc.One("my-standing").Words(), "#12 of 340 Votes to the next place: 3")
	expect(t, "heart of the entry voted for", s.in(s.row(1), "vote").Attrs["aria-pressed"], "true")
	contain(t, "own row", s.row(2).Attrs["class"], "own")
	contain(t, "own row", s.row(2).Words(), "Yours")
	if len(s.Doc.TestID("vote")) != 2 {
		t.Errorf("votes offered: got %d, want none for the own entry", len(s.Doc.TestID("vote")))
	}
	for i, request := range s.Sent {
		if strings.HasPrefix(request, "GET "+api1+"me") && s.Bearers[i] != "bearer" {
			t.Errorf("%s went without the bearer", request)
		}
	}
}

func TestPlaceIsTheOnlyThingAnnouncedByItself(t *testing.T) {
	s := returning(t, entryJSON(1, "published"))
	expect(t, "aria-live", s.Doc.One("my-standing").Attrs["aria-live"], "polite")
	if _, live := s.Doc.One("board").Attrs["aria-live"]; live {
		t.Error("the board announces every move")
	}
}

func TestEntryOnItsWayIsFollowedUntilItIsDecided(t *testing.T) {
	s := returning(t, entryJSON(1, "processing"))
	s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + entryJSON(1, "pending") + `],"votes_left":4}`
	s.Advance(2 * renderPause)
	s.tap("tab-mine")
	expect(t, "status", s.Doc.One("status").Words(), "Waiting for review")
	s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + strings.Replace(entryJSON(1, "rejected"), `"number"`, `"reason":"off_topic","note":"Daylight, sorry","number"`, 1) + `],"votes_left":4}`
	s.Advance(2 * reviewPause)
	expect(t, "status", s.Doc.One("status").Words(), "Not accepted")
	contain(t, "reason", s.Doc.One("my-entry").Words(), "It does not fit the challenge’s theme. Daylight, sorry")
	before := s.Count("GET " + api1 + "me")
	s.Advance(20 * reviewPause)
	if n := s.Count("GET "+api1+"me") - before; n != 0 {
		t.Errorf("asked %d times after the decision, want 0", n)
	}
}

func TestStandingIsAskedNoMoreOftenThanTheServerWishes(t *testing.T) {
	s := returning(t, entryJSON(1, "published"))
	s.Conns[0].Opened()
	before := s.Count("GET " + api1 + "me/standing")
	for i := range 25 { // five frames a second for five seconds
		s.frame(uint64(i+1), 1, 2, 3)
		s.Advance(200)
	}
	if n := s.Count("GET "+api1+"me/standing") - before; n > 1 {
		t.Errorf("asked %d times in five seconds, want at most 1", n)
	}
	s.Advance(10_000)
	s.frame(100, 2, 1, 3)
	if n := s.Count("GET "+api1+"me/standing") - before; n < 1 {
		t.Error("never asked again although the board moved")
	}
}

func TestWithdrawingAsksOnceAndCanBeLeft(t *testing.T) {
	s := returning(t, entryJSON(1, "published"))
	s.answers["DELETE entries/e_1"] = ``
	s.tap("tab-mine")
	s.tap("withdraw")
	contain(t, "question", s.Doc.One("my-entry").Words(), "Withdraw this photo? Its votes go with it.")
	s.tap("withdraw-no")
	if s.Doc.Has("withdraw-yes") || s.Count("DELETE") != 0 {
		t.Error("the question or a request is still there after keeping it")
	}
	s.tap("withdraw")
	s.tap("withdraw-yes")
	if s.Count("DELETE "+api1+"entries/e_1") != 1 || !s.Doc.Has("mine-empty") {
		t.Errorf("got %s", s.Doc.One("section-mine").Words())
	}
}

func TestEmptyMineSaysWhatToDo(t *testing.T) {
	s := open(t, nil)
	s.tap("tab-mine")
	contain(t, "empty", s.Doc.One("mine-empty").Words(), "Send one")
	if len(s.Doc.TestID("enter")) != 2 {
		t.Error("the way to send one is not offered there")
	}
}

func TestRejectionForACameraNamesIt(t *testing.T) {
	entry := strings.Replace(entryJSON(1, "rejected"), `"number"`, `"reason":"camera_not_allowed","number"`, 1)
	entry = strings.Replace(entry, `"sizes"`, `"capture":{"make":"Canon","model":"Canon EOS R6"},"sizes"`, 1)
	s := returning(t, entry)
	s.tap("tab-mine")
	contain(t, "reason", s.Doc.One("my-entry").Words(), "This camera does not take part in the challenge: Canon EOS R6")
}
