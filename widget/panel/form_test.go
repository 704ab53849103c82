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
	of := func(mediaType string, size int64) markup.File {
		return markup.File{ID: 1, Name: "x", Type: mediaType, Size: size}
	}
	for _, c := range []struct {
		file markup.File
		want string
	}{
		{of("image/jpeg", maxFile+1), "larger than 25 MB"},
		{of("image/heic", maxFile+1), "larger than 25 MB"},
		{of("image/avif", 9), "saved as AVIF, which is not taken. Choose JPEG or HEIC in the camera’s settings"},
		{of("image/tiff", 9), "TIFF is a format for editing. Export the photo as JPEG"},
		{of("image/x-adobe-dng", 9), "RAW is a format for editing"},
		{of("image/gif", 9), "GIF is a moving picture. Send a photo."},
		{of("video/quicktime", 9), "is a moving picture"},
		{of("image/svg+xml", 9), "Send a JPEG, HEIC, PNG or WebP."},
		{of("application/pdf", 9), "Send a JPEG, HEIC, PNG or WebP."},
	} {
		s.pick(c.file)
		contain(t, c.file.Type, s.Doc.One("form-problem").Words(), c.want)
		contain(t, c.file.Type+" beside the picker", s.Doc.One("field-problem").Words(), c.want)
		if s.Doc.Has("preview") {
			t.Errorf("%s: a preview is shown", c.want)
		}
	}
	for _, taken := range []string{"image/jpeg", "image/heic", "image/heif", "image/png", "image/webp", ""} {
		s.pick(of(taken, maxFile)) // exactly at the limit; the last is of a type that the browser does not know
		expect(t, taken, s.Doc.One("form-problem").Words(), "")
		expect(t, taken, s.Doc.One("preview").Attrs["src"], "blob:x")
	}
}

func TestReasonOfARefusedFileOutlivesTryingToSendWithoutOne(t *testing.T) {
	s := open(t, nil)
	s.tap("enter")
	s.pick(markup.File{ID: 1, Name: "x", Type: "image/avif", Size: 9})
	s.submit()
	contain(t, "problem", s.Doc.One("form-problem").Words(), "saved as AVIF")
	expect(t, "focus", s.Focused, "field-photo")
	s.pick(photo)
	expect(t, "problem with another photo", s.Doc.One("form-problem").Words(), "Write a caption, a few words are enough.")
}

func TestPhotoThatTheBrowserCannotShowIsNamedAndStillSent(t *testing.T) {
	s := filled(t)
	heic := photo
	heic.Name, heic.Type = "IMG_2682.HEIC", "image/heic"
	s.pick(heic)
	s.Fire(s.Doc.One("preview"), "error", markup.Event{})
	expect(t, "name", s.Doc.One("unseen").Words(), "IMG_2682.HEIC")
	s.submit()
	expect(t, "sent", s.Uploads[0].File.Name, "IMG_2682.HEIC")
	s.pick(photo)
	if !s.Doc.Has("preview") {
		t.Error("a photo that can be shown is not")
	}
}

func TestEntryIsSentWhole(t *testing.T) {
	s := filled(t)
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 201, Body: entryJSON(9, "processing")} }
	s.submit()
	u := s.Uploads[0]
	expect(t, "address", u.URL, api1+"uploads")
	expect(t, "form", u.Form, api1+"challenges/night/entries")
	expect(t, "bearer", u.Bearer, "bearer")
	want := []string{"caption", "Blue hour at the Bund #夜景", "author", "Lin", "city", "wuhan", "partner", "", "consents", "c_1", "consents", "c_2"}
	if !slices.Equal(u.Fields, want) {
		t.Errorf("fields: got %q, want %q", u.Fields, want)
	}
	contain(t, "answer", s.Doc.One("sent").Words(), "It has number 9.")
	expect(t, "told", strings.Join(s.Told, "; "), "fanfare:entered entry=e_9 number=9")
	s.tap("sent-done")
	contain(t, "mine", s.Doc.One("my-entry").Words(), "Being prepared Caption 9 No. 9")
	expect(t, "focus", s.Focused, "tab-mine")
}

func TestPlaceIsToldOnlyByFansWhoTickIt(t *testing.T) {
	s := filled(t)
	if s.Doc.One("place").Checked {
		t.Error("the place is ticked for the fan")
	}
	s.Fire(s.Doc.One("place"), "change", markup.Event{Checked: true})
	s.submit()
	if i := slices.Index(s.Uploads[0].Fields, "share_place"); i < 0 || s.Uploads[0].Fields[i+1] != "1" {
		t.Errorf("fields: got %q, want share_place 1", s.Uploads[0].Fields)
	}
}

func TestWhatWasTypedOutlivesAReloadUntilThePhotoHasArrived(t *testing.T) {
	s := filled(t)
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 507, Body: `{"code":"storage_full"}`} }
	s.submit()
	again := open(t, func(other *stand, _ *port.Settings) { other.Saved = s.Saved })
	again.tap("enter")
	expect(t, "caption", again.Doc.One("caption").Value, "Blue hour at the Bund #夜景")
	expect(t, "author", again.Doc.One("author").Value, "Lin")
	s.Upload = func(port.Upload) port.Response { return port.Response{Status: 201, Body: entryJSON(9, "processing")} }
	s.submit()
	for name := range s.Saved {
		if strings.Contains(name, "begun") {
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

func TestRefusalOfTheServerStandsAtItsFieldAndKeepsWhatWasTyped(t *testing.T) {
	for body, want := range map[string]struct{ field, words string }{
		`{"code":"too_many_pixels"}`:                             {"photo", "more than 50 million pixels"},
		`{"code":"duplicate_photo","params":{"number":"12"}}`:    {"photo", "in the challenge already: no. 12."},
		`{"code":"unsupported_type","params":{"format":"avif"}}`: {"photo", "saved as AVIF"},
		`{"code":"caption_too_long","params":{"limit":"500"}}`:   {"caption", "At most 500 characters"},
		`{"code":"too_many_uploads"}`:                            {"", "begun to send too many photos"},
	} {
		s := filled(t)
		s.Upload = func(port.Upload) port.Response { return port.Response{Status: 422, Body: body} }
		s.submit()
		contain(t, body, s.Doc.One("form-problem").Words(), want.words)
		expect(t, "caption", s.Doc.One("caption").Value, "Blue hour at the Bund #夜景")
		if want.field == "" {
			if s.Doc.Has("field-problem") {
				t.Errorf("%s stands at a field: %q", body, s.Doc.One("field-problem").Words())
			}
			continue
		}
		expect(t, body, s.Doc.One("field-problem").Attrs["id"], "problem-"+want.field)
		contain(t, body, s.Doc.One("field-problem").Words(), want.words)
	}
}

// during is what the form shows while an upload that has told the percents is under way.
func during(t *testing.T, moves ...int) (words, shown string) {
	s := filled(t)
	s.Moves = moves
	s.Upload = func(port.Upload) port.Response {
		var tree markup.Tree
		now := markuptest.New(t)
		now.Apply(tree.Update(s.View()))
		words, shown = now.One("sending").Words()+now.One("waits").Words(), now.One("progress").Attrs["aria-valuenow"]
		return port.Response{}
	}
	s.submit()
	return words, shown
}

func TestProgressIsShownAndGoesOnAfterAWait(t *testing.T) {
	for _, c := range []struct {
		moves        []int
		words, shown string
	}{
		{[]int{60}, "Sending… 60%", "60"},
		{[]int{60, port.NoNetwork}, "Waiting for the network. Nothing is lost; it goes on by itself.", "60"},
		{[]int{60, port.Busy}, "The server is busy. Nothing is lost; it goes on by itself.", "60"},
		{[]int{60, port.NoNetwork, 61}, "Sending… 61%", "61"},
		{[]int{100}, "Arrived, being saved…", "100"},
	} {
		words, shown := during(t, c.moves...)
		expect(t, "words", words, c.words)
		expect(t, "percent", shown, c.shown)
	}
}

func TestClosingKeepsWhatArrivedAndCancellingForgetsIt(t *testing.T) {
	for _, c := range []struct {
		how      string
		act      func(*Panel)
		unwanted bool
	}{{"closed", (*Panel).closeForm, false}, {"cancelled", (*Panel).cancelForm, true}} {
		s := filled(t)
		s.Saved["fanfare "+host+" night"] = "bearer"
		s.Upload = func(port.Upload) port.Response { t.Error("the upload went on"); return port.Response{} }
		s.Moves = nil
		s.panel.session.With(func(string, func(*port.Response)) {}, nil) // a session is there before the form is sent
		s.Settle()
		s.panel.submit()
		c.act(s.panel)
		s.Settle()
		if !slices.Equal(s.Stopped, []bool{c.unwanted}) {
			t.Errorf("%s: stopped %v, want one with unwanted %v", c.how, s.Stopped, c.unwanted)
		}
	}
}

func TestPhotoBegunInTimeMayArriveWithinTheGrace(t *testing.T) {
	late := func(begun, grace string, now string) *stand {
		return open(t, func(s *stand, o *port.Settings) {
			o.Challenge = strings.Replace(challengeJSON, `"rules":{`, `"rules":{"grace_seconds":`+grace+`,`, 1)
			o.Challenge = strings.Replace(o.Challenge, "2025-11-22T12:00:00Z", now, 1)
			if begun != "" {
				s.Saved["fanfare begun "+host+" night"] = begun
			}
		})
	}
	s := late("At dusk", "7200", "2025-12-01T01:00:00Z")
	expect(t, "button", s.Doc.One("enter").Words(), "Finish sending my photo")
	s.tap("enter")
	contain(t, "hint", unspaced(s.Doc.One("grace").Words()), "can still arrive: 1 h 0 min left.")
	expect(t, "caption", s.Doc.One("caption").Value, "At dusk")
	for what, s := range map[string]*stand{
		"nothing was begun":   late("", "7200", "2025-12-01T01:00:00Z"),
		"there is no grace":   late("At dusk", "0", "2025-12-01T01:00:00Z"),
		"the grace has ended": late("At dusk", "7200", "2025-12-01T02:00:00Z"),
	} {
		if s.Doc.Has("enter") {
			t.Errorf("%s, and still the form is offered", what)
		}
	}
}

func unspaced(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

func TestNameIsRememberedForTheNextVisit(t *testing.T) {
	s := filled(t)
	s.submit()
	again := open(t, func(other *stand, _ *port.Settings) { other.Saved = s.Saved })
	again.tap("enter")
	expect(t, "author", again.Doc.One("author").Value, "Lin")
}
