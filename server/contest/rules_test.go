package contest

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// at is a time on 22 November 2026 in UTC.
func at(hour, minute int) time.Time { return time.Date(2026, 11, 22, hour, minute, 0, 0, time.UTC) }

// night is a launched challenge: entries from 8:00 to 16:00, votes from 12:00 to 20:00.
func night() Challenge {
	return Challenge{
		ID: "ch_1", Slug: "night", Hashtag: "#夜景",
		Title: Text{ZH: "夜景", EN: "Night"}, Brief: Text{ZH: "拍夜景", EN: "Show us the night"},
		LaunchedAt: at(1, 0),
		Terms: Terms{
			TimeZone: "Asia/Shanghai",
			Entries:  Window{at(8, 0), at(16, 0)},
			Votes:    Window{at(12, 0), at(20, 0)},
			Rules:    Rules{EntriesPerFan: 2, VotesPerPeriod: 3, Period: PeriodDay, Moderation: ModerateBefore},
			Cities:   []Choice{{"chongqing", Text{"重庆", "Chongqing"}}},
			Partners: []Choice{{"leica", Text{"徕卡", "Leica"}}},
			Consents: []ConsentID{"c_1", "c_2"},
		},
	}
}

// reasonOf is what a rule refused with, and "" for its yes.
func reasonOf(t *testing.T, err error) Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var refusal *Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got error %v, want a *Refusal", err)
	}
	return refusal.Reason
}

func TestPhaseFollowsFromTheWindows(t *testing.T) {
	apart := night()
	apart.Votes = Window{at(18, 0), at(20, 0)}
	reversed := night()
	reversed.Entries, reversed.Votes = Window{at(12, 0), at(20, 0)}, Window{at(8, 0), at(16, 0)}
	draft := night()
	draft.LaunchedAt = time.Time{}
	audited, certified := night(), night()
	audited.Rules.AuditHours, certified.CertifiedAt = 24, at(23, 0)
	for _, c := range []struct {
		name      string
		challenge Challenge
		now       time.Time
		want      string
	}{
		{"a draft", draft, at(13, 0), "draft"},
		{"before all", night(), at(7, 59), "upcoming"},
		{"entries open", night(), at(8, 0), "entries"},
		{"votes open too", night(), at(12, 0), "both"},
		{"entries closed", night(), at(16, 0), "votes"},
		{"votes closed", night(), at(20, 0), "ended"},
		{"long after", night(), at(23, 0), "ended"},
		{"between the windows", apart, at(17, 0), "between"},
		{"votes alone, first", reversed, at(8, 0), "votes"},
		{"entries alone, last", reversed, at(16, 0), "entries"},
		{"a result to be certified", audited, at(20, 0), "audit"},
		{"a certified result", certified, at(23, 0), "certified"},
	} {
		if got := c.challenge.Phase(c.now); got != c.want {
			t.Errorf("%s: phase %q, want %q", c.name, got, c.want)
		}
		if got := c.challenge.Ended(c.now); got != slices.Contains([]string{"ended", "audit", "certified"}, c.want) {
			t.Errorf("%s: ended %v in phase %q", c.name, got, c.want)
		}
	}
	if draft.Ended(at(23, 0)) {
		t.Error("a draft has ended")
	}
}

func TestMayEnter(t *testing.T) {
	good := Submission{Author: "阿明", Caption: "山城 #夜景", City: "chongqing", Partner: "leica", Consents: []ConsentID{"c_2", "c_1"}}
	type change = func(*Challenge, *Submission)
	for _, c := range []struct {
		name   string
		now    time.Time
		had    int
		change change
		want   Reason
	}{
		{"a good one", at(8, 0), 0, nil, ""},
		{"the last moment", at(16, 0).Add(-time.Nanosecond), 1, nil, ""},
		{"a draft", at(9, 0), 0, func(c *Challenge, _ *Submission) { c.LaunchedAt = time.Time{} }, NotLaunched},
		{"too early", at(8, 0).Add(-time.Nanosecond), 0, nil, EntriesNotOpen},
		{"too late", at(16, 0), 0, nil, EntriesClosed},
		{"one too many", at(9, 0), 2, nil, TooManyEntries},
		{"no author", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Author = " \t" }, AuthorMissing},
		{"an author of 40 letters", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Author = strings.Repeat("明", MaxAuthor) }, ""},
		{"an author of 41 letters", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Author = strings.Repeat("明", MaxAuthor+1) }, AuthorTooLong},
		{"an author that nobody sees", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Author = "\u200b\u3164" }, AuthorMissing},
		{"no caption", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Caption = "\n" }, CaptionMissing},
		{"a caption of 500 letters", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Caption = strings.Repeat("夜", MaxCaption) }, ""},
		{"a caption of 501 letters", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Caption = strings.Repeat("夜", MaxCaption+1) }, CaptionTooLong},
		{"no city", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.City = "" }, ""},
		{"a city not offered", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.City = "chengdu" }, UnknownCity},
		{"a city where none is offered", at(9, 0), 0, func(c *Challenge, _ *Submission) { c.Cities = nil }, UnknownCity},
		{"no partner", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Partner = "" }, ""},
		{"a partner not offered", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Partner = "chongqing" }, UnknownPartner},
		{"a consent missing", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Consents = []ConsentID{"c_1"} }, ConsentMissing},
		{"an old consent", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Consents = []ConsentID{"c_1", "c_0"} }, ConsentMissing},
		{"more consents than asked", at(9, 0), 0, func(_ *Challenge, s *Submission) { s.Consents = append(s.Consents, "c_3") }, ""},
	} {
		challenge, s := night(), good
		if c.change != nil {
			c.change(&challenge, &s)
		}
		if got := reasonOf(t, challenge.MayEnter(c.now, c.had, s)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAPhotoAnnouncedInTimeMayComeWithinTheGrace(t *testing.T) {
	good := Submission{Author: "林晚", Caption: "江汉关的灯", Consents: []ConsentID{"c_1", "c_2"}}
	for _, c := range []struct {
		name           string
		now, announced time.Time
		grace          int
		had            int
		want           Reason
	}{
		{"announced in the last moment", at(16, 9), at(16, 0).Add(-time.Nanosecond), 600, 0, ""},
		{"announced at the deadline", at(16, 9), at(16, 0), 600, 0, EntriesClosed},
		{"announced before the opening", at(16, 9), at(7, 0), 600, 0, EntriesClosed},
		{"not announced", at(16, 9), time.Time{}, 600, 0, EntriesClosed},
		{"the grace is over", at(16, 10), at(15, 0), 600, 0, EntriesClosed},
		{"no grace", at(16, 0), at(15, 0), 0, 0, EntriesClosed},
		{"one too many", at(16, 9), at(15, 0), 600, 2, TooManyEntries},
		{"announced early, sent in time", at(15, 0), at(9, 0), 0, 0, ""},
	} {
		challenge, s := night(), good
		challenge.Rules.GraceSeconds, s.Announced = c.grace, c.announced
		if got := reasonOf(t, challenge.MayEnter(c.now, c.had, s)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestUploadsBeginOnlyWhileEntriesAreOpen(t *testing.T) {
	for _, c := range []struct {
		name string
		now  time.Time
		had  int
		want Reason
	}{
		{"at the opening", at(8, 0), 0, ""},
		{"too early", at(7, 59), 0, EntriesNotOpen},
		{"in the grace", at(16, 0), 0, EntriesClosed},
		{"with all entries used", at(9, 0), 2, TooManyEntries},
	} {
		challenge := night()
		challenge.Rules.GraceSeconds = 600
		if got := reasonOf(t, challenge.MayUpload(c.now, c.had)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestRefusalsSayWhatTheSentenceNeeds(t *testing.T) {
	for _, c := range []struct {
		err  error
		want map[string]string
	}{
		{night().MayEnter(at(7, 0), 0, Submission{}), map[string]string{"opens": "2026-11-22T08:00:00Z"}},
		{night().MayEnter(at(9, 0), 2, Submission{}), map[string]string{"limit": "2"}},
		{night().MayRetract(at(21, 0)), map[string]string{"closed": "2026-11-22T20:00:00Z"}},
		{CaptureRules{Cameras: []string{"Leica"}}.CheckCapture(Capture{TakenAt: at(1, 0), Make: "Sony", Model: "A7"}), map[string]string{"camera": "Sony A7"}},
	} {
		var refusal *Refusal
		if !errors.As(c.err, &refusal) || !maps.Equal(refusal.Params, c.want) {
			t.Errorf("%v: got %+v, want params %v", c.err, refusal, c.want)
		}
	}
}

func TestPeriodIsTheDayInTheChallengesOwnTimeZone(t *testing.T) {
	for _, c := range []struct {
		zone, now, want string
	}{
		{"Asia/Shanghai", "2026-11-22T15:59:59Z", "2026-11-22"},
		{"Asia/Shanghai", "2026-11-22T16:00:00Z", "2026-11-23"},
		{"Asia/Shanghai", "2026-11-23T00:30:00+09:00", "2026-11-22"}, // the asker's own zone does not matter
		{"UTC", "2026-11-22T23:59:59Z", "2026-11-22"},
		{"America/Los_Angeles", "2026-11-23T07:59:59Z", "2026-11-22"},
		{"America/Los_Angeles", "2026-11-23T08:00:00Z", "2026-11-23"},
		{"Asia/Kolkata", "2026-11-22T18:30:00Z", "2026-11-23"},
		// Berlin sets the clock forward on 29 March: that day ends after 23 hours, at 22:00 UTC instead of 23:00.
		{"Europe/Berlin", "2026-03-28T22:59:59Z", "2026-03-28"},
		{"Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"},
		{"Europe/Berlin", "2026-03-29T21:59:59Z", "2026-03-29"},
		{"Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"},
		// and back on 25 October: that day has 25 hours, and its doubled hour is one day still.
		{"Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25"},
		{"Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25"},
		{"Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25"},
		{"Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25"},
		{"Europe/Berlin", "2026-10-25T23:00:00Z", "2026-10-26"},
		// Samoa had no 30 December 2011.
		{"Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"},
		{"Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"},
		{"Nowhere/Land", "2026-11-22T23:59:59Z", "2026-11-22"}, // as UTC
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		challenge := night()
		challenge.TimeZone = c.zone
		for range 2 { // the zone as read, and as kept
			if got := challenge.PeriodAt(now); got != c.want {
				t.Errorf("%s at %s: got %s, want %s", c.zone, c.now, got, c.want)
			}
		}
	}
	whole := night()
	whole.Rules.Period = PeriodChallenge
	if got := whole.PeriodAt(at(12, 0)); got != "all" {
		t.Errorf("the whole challenge's period is %q, want all", got)
	}
}

func TestCheckCapture(t *testing.T) {
	xiaomi := Capture{TakenAt: at(12, 0), Make: "Xiaomi", Model: "14 Ultra"}
	nikon := Capture{TakenAt: at(12, 0), Make: "NIKON CORPORATION", Model: "NIKON Z 8"}
	for _, c := range []struct {
		name    string
		rules   CaptureRules
		capture Capture
		want    Reason
	}{
		{"no rules, nothing known", CaptureRules{}, Capture{}, ""},
		{"required and known", CaptureRules{Required: true}, xiaomi, ""},
		{"required, no time", CaptureRules{Required: true}, Capture{Make: "Xiaomi"}, CaptureMissing},
		{"required, no camera", CaptureRules{Required: true}, Capture{TakenAt: at(12, 0)}, CaptureMissing},
		{"required, a model alone", CaptureRules{Required: true}, Capture{TakenAt: at(12, 0), Model: "14"}, ""},
		{"bounded, no time", CaptureRules{After: at(8, 0)}, Capture{Make: "Xiaomi"}, CaptureMissing},
		{"bounded, no camera", CaptureRules{After: at(8, 0)}, Capture{TakenAt: at(12, 0)}, ""},
		{"taken at the lower bound", CaptureRules{After: at(12, 0)}, xiaomi, ""},
		{"taken before the lower bound", CaptureRules{After: at(12, 1)}, xiaomi, CaptureTooEarly},
		{"taken before the upper bound", CaptureRules{Before: at(12, 1)}, xiaomi, ""},
		{"taken at the upper bound", CaptureRules{Before: at(12, 0)}, xiaomi, CaptureTooLate},
		{"between the bounds", CaptureRules{After: at(8, 0), Before: at(20, 0)}, xiaomi, ""},
		{"the make", CaptureRules{Cameras: []string{"xiaomi"}}, xiaomi, ""},
		{"make and model", CaptureRules{Cameras: []string{" XIAOMI 14 ultra "}}, xiaomi, ""},
		{"make and the model's beginning", CaptureRules{Cameras: []string{"Xiaomi 14"}}, xiaomi, ""},
		{"a maker who is in the model too", CaptureRules{Cameras: []string{"Nikon Z 8"}}, nikon, ""},
		{"another model", CaptureRules{Cameras: []string{"Xiaomi 15"}}, xiaomi, CameraNotAllowed},
		{"another make", CaptureRules{Cameras: []string{"Leica", "Nikon"}}, xiaomi, CameraNotAllowed},
		{"one of several", CaptureRules{Cameras: []string{"Leica", "Xiaomi"}}, xiaomi, ""},
		{"cameras, none known", CaptureRules{Cameras: []string{"Leica"}}, Capture{TakenAt: at(12, 0)}, CaptureMissing},
		{"cameras, no time", CaptureRules{Cameras: []string{"Xiaomi"}}, Capture{Make: "Xiaomi"}, ""},
		{"a blank camera matches none", CaptureRules{Cameras: []string{" "}}, xiaomi, CameraNotAllowed},
	} {
		if got := reasonOf(t, c.rules.CheckCapture(c.capture)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestARenderedEntryGoesWhereModerationSays(t *testing.T) {
	for _, c := range []struct {
		name       string
		moderation Moderation
		capture    Capture
		flags      []Flag
		status     Status
		reason     Reason
	}{
		{"moderated before", ModerateBefore, Capture{Make: "Xiaomi"}, nil, Pending, ""},
		{"moderated after", ModerateAfter, Capture{Make: "Xiaomi"}, nil, Published, ""},
		{"flagged, moderated after", ModerateAfter, Capture{Make: "Xiaomi"}, []Flag{{Kind: NearDuplicate}}, Pending, ""},
		{"refused by the capture rules, before", ModerateBefore, Capture{Make: "Sony"}, nil, Rejected, CameraNotAllowed},
		{"refused by the capture rules, after", ModerateAfter, Capture{}, nil, Rejected, CaptureMissing},
	} {
		challenge := night()
		challenge.Rules.Moderation = c.moderation
		challenge.Rules.Capture.Cameras = []string{"Xiaomi"}
		if status, reason := challenge.AfterRender(c.capture, c.flags); status != c.status || reason != c.reason {
			t.Errorf("%s: got %s %s, want %s %s", c.name, status, reason, c.status, c.reason)
		}
	}
}

func TestMayMove(t *testing.T) {
	allowed := map[Status][]Status{
		Processing: {Pending, Published, Rejected, Withdrawn},
		Pending:    {Published, Rejected, Withdrawn},
		Published:  {Pending, Rejected, Withdrawn},
		Rejected:   {Pending, Published, Withdrawn},
		Withdrawn:  {},
		"unknown":  {},
	}
	for from, tos := range allowed {
		want := map[Status]bool{}
		for _, to := range tos {
			want[to] = true
		}
		for to := range allowed {
			if got := MayMove(from, to); got != want[to] {
				t.Errorf("from %s to %s: got %v, want %v", from, to, got, want[to])
			}
		}
	}
}
