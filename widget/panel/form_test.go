package panel

import (
	"slices"
	"strings"
	"testing"

	"fanfare/widget/markup"
	"fanfare/widget/markup/markuptest"
	"fanfare/widget/port"
)

var photo = markup.File{ID: 1, Name: "night.jpg", Type: "image/jpeg", Size: 5 << 20, Modified: 1700000000000}

func (s *stand) pick(f markup.File) {
	s.T.Helper()
	s.Fire(s.Doc.One("photo"), "change", markup.Event{Files: []markup.File{f}})
}

func (s *stand) agree() {
	s.T.Helper()
	for i := range s.Doc.TestID("consent") {
		s.Fire(s.Doc.TestID("consent")[i], "change", markup.Event{Checked: true})
	}
}

func (s *stand) submit() {
	s.T.Helper()
	form := s.Doc.All(func(e *markuptest.Element) bool { return e.Tag == "form" })[0]
	s.Fire(form, "submit", markup.Event{})
}

// filled is a form that lacks nothing.
func filled(t *testing.T) *stand {
	s := open(t, nil)
	s.tap("enter")
	s.pick(photo)
	s.typed("caption", "Blue hour at the Bund #夜景")
	s.typed("author", "Lin")
	s.Fire(s.Doc.One("city"), "change", markup.Event{Value: "wuhan"})
	s.agree()
	return s
}

func TestFormAsksForWhatIsMissingInItsOrderAndMovesThere(t *testing.T) {
	s := open(t, nil)
	s.tap("enter")
	for _, step := range []struct {
		problem, focus string
		mend           func()
	}{
		{"Choose a photo first.", "field-photo", func() { s.pick(photo) }},
		{"Write a caption", "field-caption", func() { s.typed("caption", " \n\u3000") }},
		{"Write a caption", "field-caption", func() { s.typed("caption", strings.Repeat("夜", maxCaption+1)) }},
		{"At most 500 characters", "field-caption", func() { s.typed("caption", strings.Repeat("夜", maxCaption)) }},
		{"Write the name", "field-author", func() { s.typed("author", "Lin") }},
		{"Please agree", "field-c_1", s.agree},
	} {
		s.submit()
		contain(t, "problem", s.Doc.One("form-problem").Words(), step.problem)
		expect(t, "focus", s.Focused, step.focus)
		step.mend()
	}
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 201, Body: entryJSON(9, "processing")} }
	s.submit()
	if !s.Doc.Has("sent") {
		t.Errorf("nothing is missing and still: %s", s.Doc.One("form-problem").Words())
	}
}

func TestNothingIsTickedForTheFan(t *testing.T) {
	s := open(t, nil)
	s.tap("enter")
	boxes := s.Doc.TestID("consent")
	if len(boxes) != 2 {
		t.Fatalf("consents: got %d, want 2", len(boxes))
	}
	for _, box := range boxes {
		if box.Checked {
			t.Error("a consent is ticked before the fan did")
		}
	}
	contain(t, "texts", s.Doc.One("entry-form").Words(), "I took it You may show it")
}

func TestFilesThatTheServerWouldRefuseAreRefusedBeforeTheUpload(t *testing.T) {
	s := open(t, nil)
	s.tap("enter")
	heic, big := photo, photo
	heic.Type, big.Size = "image/heic", maxFile+1
	for file, want := range map[*markup.File]string{&heic: "Send a JPEG, PNG or WebP", &big: "larger than 25 MB"} {
		s.pick(*file)
		contain(t, "problem", s.Doc.One("form-problem").Words(), want)
		if s.Doc.Has("preview") {
			t.Errorf("%s: a preview is shown", want)
		}
	}
	limit := photo
	limit.Size, limit.Type = maxFile, "" // exactly at the limit, of a type that the browser does not know
	s.pick(limit)
	expect(t, "problem", s.Doc.One("form-problem").Words(), "")
	expect(t, "preview", s.Doc.One("preview").Attrs["src"], "blob:night.jpg")
}

func TestEntryIsSentWhole(t *testing.T) {
	s := filled(t)
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 201, Body: entryJSON(9, "processing")} }
	s.submit()
	u := s.Uploads[0]
	expect(t, "address", u.URL, api1+"challenges/night/entries")
	expect(t, "bearer", u.Bearer, "bearer")
	want := []string{"caption", "Blue hour at the Bund #夜景", "author", "Lin", "city", "wuhan", "partner", "", "consents", "c_1", "consents", "c_2"}
	if !slices.Equal(u.Fields, want) {
		t.Errorf("fields: got %q, want %q", u.Fields, want)
	}
	contain(t, "answer", s.Doc.One("sent").Words(), "It has number 9.")
	expect(t, "told", strings.Join(s.Told, "; "), "fanfare:entered entry=e_9 number=9")
	s.tap("sent-done")
	contain(t, "mine", s.Doc.One("my-entry").Words(), "Being prepared Caption 9 No. 9")
}

func TestLostAnswerIsRetriedUnderTheSameKeyOverAReload(t *testing.T) {
	s := filled(t)
	s.submit() // no answer comes
	contain(t, "problem", s.Doc.One("form-problem").Words(), "The connection broke.")
	expect(t, "button", s.Doc.One("send").Words(), "Try again")
	s.submit()
	again := filled(t) // the page is loaded anew and the same photo chosen
	again.Saved = s.Saved
	again.submit()
	first := s.Uploads[0].Key
	if first == "" || s.Uploads[1].Key != first || again.Uploads[0].Key != first {
		t.Errorf("keys: got %q, %q, %q; want one", first, s.Uploads[1].Key, again.Uploads[0].Key)
	}
	other := photo
	other.Name = "other.jpg"
	s.pick(other)
	s.submit()
	if s.Uploads[2].Key == first {
		t.Error("another photo was sent under the first one's key")
	}
}

func TestKeyEndsWithTheServersAnswer(t *testing.T) {
	s := filled(t)
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 201, Body: entryJSON(9, "processing")} }
	s.submit()
	for name := range s.Saved {
		if strings.Contains(name, "sending") {
			t.Errorf("still kept after the answer: %q", name)
		}
	}
}

func TestEarlierAttemptThatHadArrivedIsShownNotDoubled(t *testing.T) {
	s := filled(t)
	s.answers["GET me"] = `{"fan":{"guest":true},"entries":[` + entryJSON(9, "pending") + `],"votes_left":5}`
	s.Upload = func(port.Upload) port.Response {
		return port.Response{Status: 409, Body: `{"code":"idempotency_key_reused"}`}
	}
	s.submit()
	contain(t, "problem", s.Doc.One("form-problem").Words(), "This photo had arrived already.")
	s.tap("form-close")
	s.tap("tab-mine")
	contain(t, "mine", s.Doc.One("my-entry").Words(), "Waiting for review")
}

func TestRefusalOfTheServerKeepsWhatWasTyped(t *testing.T) {
	s := filled(t)
	s.Upload = func(port.Upload) port.Response {
		return port.Response{Status: 422, Body: `{"code":"too_many_pixels"}`}
	}
	s.submit()
	contain(t, "problem", s.Doc.One("form-problem").Words(), "more than 50 million pixels")
	expect(t, "caption", s.Doc.One("caption").Value, "Blue hour at the Bund #夜景")
}

func TestProgressIsShown(t *testing.T) {
	s := filled(t)
	seen := ""
	s.Upload = func(port.Upload) port.Response {
		var tree markup.Tree
		now := markuptest.New(t)
		now.Apply(tree.Update(s.View()))
		seen = now.One("progress").Attrs["aria-valuenow"] + " " + now.One("progress").Attrs["aria-label"]
		return port.Response{}
	}
	s.submit()
	expect(t, "while sending", seen, "60 Sending… 60%")
}

func TestClosingEndsTheUpload(t *testing.T) {
	s := filled(t)
	s.Upload = func(port.Upload) port.Response { t.Error("the upload went on"); return port.Response{} }
	s.panel.submit()
	s.panel.closeForm()
	s.Settle()
}

func TestNameIsRememberedForTheNextVisit(t *testing.T) {
	s := filled(t)
	s.submit()
	again := open(t, func(other *stand, _ *port.Settings) { other.Saved = s.Saved })
	again.tap("enter")
	expect(t, "author", again.Doc.One("author").Value, "Lin")
}
