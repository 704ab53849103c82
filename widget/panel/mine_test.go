package panel

import (
	"strings"
	"testing"

	"fanfare/widget/markup"
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
	expect(t, "place", s.Doc.One("my-standing").Words(), "#12 of 340 Votes to the next place: 4")
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

func TestFormIsNotOfferedToAFanWhoHasEnteredAllTheyMay(t *testing.T) {
	s := returning(t, entryJSON(1, "published"), entryJSON(2, "pending"), entryJSON(3, "rejected"))
	if !s.Doc.Has("enter") {
		t.Error("a rejected photo makes no room")
	}
	s = returning(t, entryJSON(1, "published"), entryJSON(2, "pending"), entryJSON(3, "processing"))
	expect(t, "instead of the form", s.Doc.One("entered-all").Words(), "You have sent all the photos you may: 3.")
	if s.Doc.Has("enter") {
		t.Error("the form is offered for one photo too many")
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
	contain(t, "reason", s.Doc.One("my-entry").Words(), "It does not fit the challenge’s theme.")
	expect(t, "note", s.Doc.One("note").Words(), "Note from the moderator Daylight, sorry")
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

func rejectedJSON(more string) string {
	return strings.Replace(entryJSON(1, "rejected"), `"number"`, `"reason":"off_topic","mine":true,`+more+`"number"`, 1)
}

func TestMineAsksAtOnceWhenItIsOpened(t *testing.T) {
	s := returning(t, entryJSON(1, "pending"))
	s.answers["GET me"] = `{"entries":[` + rejectedJSON("") + `]}`
	s.tap("tab-mine")
	expect(t, "status", s.Doc.One("status").Words(), "Not accepted")
}

func TestRejectionCanBeAppealedOnce(t *testing.T) {
	s := returning(t, rejectedJSON(`"may_appeal":true,`))
	s.answers["POST challenges/night/appeals"] = `{}`
	s.tap("tab-mine")
	s.tap("appeal")
	s.Fire(s.Doc.One("appeal-form"), "submit", markup.Event{})
	if s.Count("POST") != 0 {
		t.Error("an appeal without a word was sent")
	}
	s.typed("appeal-text", "It was taken at midnight.")
	s.Fire(s.Doc.One("appeal-form"), "submit", markup.Event{})
	expect(t, "body", strings.Join(s.Bodies[len(s.Bodies)-1], "|"), "entry|e_1|text|It was taken at midnight.")
	contain(t, "answer", s.Doc.One("appealed").Words(), "You appealed.")
	if s.Doc.Has("appeal") || s.Doc.Has("appeal-form") {
		t.Error("a second appeal is offered")
	}
}

func TestDeclinedAppealPromisesNothingMore(t *testing.T) {
	s := returning(t, rejectedJSON(`"appealed":true,"appeal_declined":true,`))
	s.tap("tab-mine")
	contain(t, "answer", s.Doc.One("appealed").Words(), "the decision stands")
}

func TestRefusedAppealKeepsItsWords(t *testing.T) {
	s := returning(t, rejectedJSON(`"may_appeal":true,`))
	s.refuse["POST challenges/night/appeals"] = "429 rate_limited"
	s.tap("tab-mine")
	s.tap("appeal")
	s.typed("appeal-text", "Look again")
	s.Fire(s.Doc.One("appeal-form"), "submit", markup.Event{})
	contain(t, "problem", s.Doc.One("appeal-form").Words(), "Too many tries")
	expect(t, "text", s.Doc.One("appeal-text").Value, "Look again")
}

func TestNoAppealIsOfferedWhereNoneIsAllowed(t *testing.T) {
	s := returning(t, rejectedJSON(``))
	s.tap("tab-mine")
	if s.Doc.Has("appeal") {
		t.Error("an appeal is offered")
	}
}

func TestOriginalThatIsAskedForIsSentPrivately(t *testing.T) {
	s := returning(t, strings.Replace(entryJSON(1, "published"), `"number"`, `"original_asked":true,"number"`, 1))
	s.tap("tab-mine")
	contain(t, "question", s.Doc.One("original").Words(), "The organisers ask for your original")
	big := markup.File{ID: 7, Name: "IMG.DNG", Type: "image/x-adobe-dng", Size: maxOriginal + 1}
	s.Fire(s.Doc.One("original-file"), "change", markup.Event{Files: []markup.File{big}})
	contain(t, "problem", s.Doc.One("original").Words(), "larger than 100 MB")
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 200} }
	big.Size--
	s.Fire(s.Doc.One("original-file"), "change", markup.Event{Files: []markup.File{big}})
	u := s.Uploads[0]
	if u.Entry != "e_1" || u.Form != "" || u.File.ID != 7 {
		t.Errorf("sent: %+v; want the file for e_1 and no form", u)
	}
	contain(t, "answer", s.Doc.One("original-sent").Words(), "Your original has arrived.")
	s.frame(1, 1, 2, 3)
	if !s.Doc.Has("original-sent") {
		t.Error("a row of the board made the widget forget what the fan was told")
	}
}

func TestBannedFanIsToldWhyAndMayAppeal(t *testing.T) {
	s := returning(t)
	s.answers["GET me"] = `{"fan":{"guest":true},"entries":[],"votes_left":4,"banned":{"reason":"rights_doubt","note":"Three stolen photos","may_appeal":true}}`
	s.answers["POST challenges/night/appeals"] = `{}`
	s.tap("tab-mine")
	contain(t, "notice", s.Doc.One("banned").Words(), "You are excluded from this challenge. Photos were entered that others had taken.")
	expect(t, "note", s.Doc.One("note").Words(), "Note from the moderator Three stolen photos")
	if s.Doc.Has("enter") {
		t.Error("the form is offered to a fan who is excluded")
	}
	expect(t, "votes left", s.Doc.One("votes-left").Words(), "")
	s.tap("appeal")
	s.typed("appeal-text", "They are mine")
	s.Fire(s.Doc.One("appeal-form"), "submit", markup.Event{})
	expect(t, "body", strings.Join(s.Bodies[len(s.Bodies)-1], "|"), "entry||text|They are mine")
	if !s.Doc.Has("appealed") {
		t.Error("the appeal is not confirmed")
	}
}

func TestReasonThatIsNotKnownHereIsLeftOut(t *testing.T) {
	s := returning(t, strings.Replace(entryJSON(1, "rejected"), `"number"`, `"reason":"of_another_version","note":"Sorry","number"`, 1))
	s.tap("tab-mine")
	expect(t, "reason", s.Doc.One("fate").Words(), "")
	contain(t, "note", s.Doc.One("note").Words(), "Sorry")
}

func TestBanThatAVoteMeetsIsExplained(t *testing.T) {
	s := returning(t)
	s.refuse["PUT entries/e_3/vote"] = "403 banned"
	s.answers["GET me"] = `{"entries":[],"banned":{"reason":"other"}}`
	s.click(s.in(s.row(0), "vote"))
	contain(t, "notice", s.Doc.One("notice").Words(), "You are excluded")
	if !s.Doc.Has("banned") {
		t.Error("the reason is not shown")
	}
}

func TestWhoIsInAPhotoFindsTheWayToHaveItTakenDown(t *testing.T) {
	s := open(t, nil)
	s.tap("tab-gallery")
	s.click(s.Doc.TestID("open")[0])
	expect(t, "link", s.Doc.One("takedown").Attrs["href"], host+"/e/e_1/takedown?lang=en")
	expect(t, "rel", s.Doc.One("takedown").Attrs["rel"], "noopener")
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
