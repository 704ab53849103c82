package panel

import (
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/port"
)

const repostingJSON = `{"consent":"c_r","text":{"zh-CN":"可转发","en":"Partners may repost it"},"outlets":["weibo","x","site"],"months":[3,6,12]}`

// offering is a fan who comes back to a server that offers reposts.
func offering(t *testing.T, entries ...string) *stand {
	return open(t, func(s *stand, _ *port.Settings) {
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.answers["GET reposting"] = repostingJSON
		s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + strings.Join(entries, ",") + `],"votes_left":4}`
	})
}

func (s *stand) tick(id string, on bool) {
	s.T.Helper()
	s.Fire(s.Doc.One(id), "change", markup.Event{Checked: on})
}

// outlet ticks an outlet, or takes it away.
func (s *stand) outlet(name string, on bool) {
	s.T.Helper()
	for _, box := range s.Doc.TestID("outlet") {
		if box.Attrs["value"] == name {
			s.Fire(box, "change", markup.Event{Checked: on})
			return
		}
	}
	s.T.Fatalf("no outlet %s", name)
}

// allowing is a form with everything but what the test does about reposts.
func allowing(t *testing.T) *stand {
	s := offering(t)
	s.tap("enter")
	s.pick(photo)
	s.typed("caption", "Blue hour")
	s.typed("author", "Lin")
	s.agree()
	return s
}

// sentRights are the fields of the entry that was sent which are about reposts.
func (s *stand) sentRights() string {
	s.T.Helper()
	s.submit()
	if len(s.Uploads) != 1 {
		s.T.Fatalf("uploads: got %d, want 1", len(s.Uploads))
	}
	fields := strings.Join(s.Uploads[0].Fields, " ")
	_, rest, _ := strings.Cut(fields, "consents c_2")
	return strings.TrimSpace(rest)
}

func TestNothingIsAllowedThatAFanDidNotTick(t *testing.T) {
	s := allowing(t)
	if _, ticked := s.Doc.One("rights-allow").Attrs["checked"]; ticked || s.Doc.Has("outlet") {
		t.Error("reposts are ticked before the fan did")
	}
	contain(t, "words", s.Doc.One("rights").Words(), "Partners may repost it")
	expect(t, "sent", s.sentRights(), "")
}

func TestATickAllowsAllOutletsForAYear(t *testing.T) {
	s := allowing(t)
	s.tick("rights-allow", true)
	expect(t, "sent", s.sentRights(), "consents c_r repost weibo,x,site repost_months 12")
}

func TestAFanChoosesOutletsAndADay(t *testing.T) {
	s := allowing(t)
	s.tick("rights-allow", true)
	s.outlet("x", false)
	s.Fire(s.Doc.One("repost-term"), "change", markup.Event{Value: "day"})
	s.submit()
	contain(t, "problem", s.Doc.One("form-problem").Words(), "Choose a day from today on")
	s.Fire(s.Doc.One("repost-until"), "change", markup.Event{Value: "2026-03-01"})
	expect(t, "sent", s.sentRights(), "consents c_r repost weibo,site repost_until 2026-03-01")
}

func TestNoOutletIsNoPermission(t *testing.T) {
	s := allowing(t)
	s.tick("rights-allow", true)
	for _, name := range []string{"weibo", "x", "site"} {
		s.outlet(name, false)
	}
	expect(t, "sent", s.sentRights(), "")
}

func TestAFanChangesAndTakesBackWhatPartnersMay(t *testing.T) {
	entry := strings.Replace(entryJSON(1, "published"), `"number"`, `"mine":true,"rights":{"outlets":["weibo","x"],"until":"2026-03-01","open":true},"number"`, 1)
	s := offering(t, entry)
	s.answers["PUT entries/e_1/rights"] = `{"rights":{"outlets":["weibo"],"until":"2026-03-01","open":true},"history":[]}`
	s.tap("tab-mine")
	expect(t, "allowed", s.Doc.One("rights-now").Words(), "Partners may repost it until 2026-03-01: Weibo, X")
	s.tap("rights-change")
	s.outlet("x", false)
	s.Fire(s.Doc.One("rights-form"), "submit", markup.Event{})
	expect(t, "sent", strings.Join(s.Bodies[len(s.Bodies)-1], " "), "*outlets weibo consent c_r until 2026-03-01")
	expect(t, "allowed", s.Doc.One("rights-now").Words(), "Partners may repost it until 2026-03-01: Weibo")
	s.answers["PUT entries/e_1/rights"] = `{"rights":{"outlets":[],"open":false},"history":[]}`
	s.tap("rights-change")
	s.tick("rights-allow", false)
	s.Fire(s.Doc.One("rights-form"), "submit", markup.Event{})
	expect(t, "outlets sent", s.Bodies[len(s.Bodies)-1][1], "")
	expect(t, "allowed", s.Doc.One("rights-now").Words(), "Partners may not repost it.")
	if s.Doc.Has("rights-form") {
		t.Error("the form is open still")
	}
	expect(t, "focus", s.Focused, s.Doc.One("rights-now").Attrs["id"])
}

func TestAFanSeesWhatTheySaidAndWhen(t *testing.T) {
	s := offering(t, strings.Replace(entryJSON(1, "published"), `"number"`, `"mine":true,"number"`, 1))
	s.answers["GET entries/e_1/rights"] = `{"history":[{"version":2,"at":"2026-01-02T00:00:00Z","outlets":[]},7,` +
		`{"version":1,"at":"2026-01-01T00:00:00Z","outlets":["weibo"],"until":"2026-03-01"}]}`
	s.tap("tab-mine")
	if s.Doc.Has("rights-said") {
		t.Error("it stands there before the fan asks for it")
	}
	s.tap("rights-change")
	words := s.Doc.One("rights-said").Words()
	contain(t, "the newest", words, "Partners may not repost it.")
	contain(t, "the first", words, "Partners may repost it until 2026-03-01: Weibo")
}

func TestATermThatIsOverIsSaidToBe(t *testing.T) {
	s := offering(t, strings.Replace(entryJSON(1, "published"), `"number"`, `"mine":true,"rights":{"outlets":["x"],"until":"2025-12-01","open":false,"over":true},"number"`, 1))
	s.tap("tab-mine")
	expect(t, "allowed", s.Doc.One("rights-now").Words(), "Partners may no longer repost it: 2025-12-01 was the last day.")
}

func TestARefusedTermStaysInTheForm(t *testing.T) {
	s := offering(t, strings.Replace(entryJSON(1, "published"), `"number"`, `"mine":true,"number"`, 1))
	s.refuse["PUT entries/e_1/rights"] = "409 term_invalid"
	s.tap("tab-mine")
	s.tap("rights-change")
	s.tick("rights-allow", true)
	s.Fire(s.Doc.One("rights-form"), "submit", markup.Event{})
	contain(t, "problem", s.Doc.One("rights-form").Words(), "Choose a day from today on, within three years.")
}
