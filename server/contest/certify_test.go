package contest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// ended is night with winners, an audit of a day, and rules for cameras.
func ended() Challenge {
	c := night()
	c.RulesHash = "ab"
	c.Rules.Winners, c.Rules.AuditHours = 2, 24
	c.Rules.Capture = CaptureRules{Required: true, Cameras: []string{"Xiaomi"}}
	return c
}

// candidate breaks no rule of ended; each is of a fan of its own.
func candidate(number EntryNumber, score, reached int64) Candidate {
	return Candidate{
		Number: number, Fan: FanID(fmt.Sprint("f_", number)), Status: Published, SHA256: fmt.Sprint("sha", number), Rendered: true,
		Capture: Capture{TakenAt: at(7, 0), Make: "Xiaomi", Model: "15"}, Consents: []ConsentID{"c_2", "c_1"}, SubmittedAt: at(9, 0),
		Tally: Tally{Score: score, Votes: score, Reached: reached},
	}
}

// order lists the entries of a result's places.
func order(r Result) (numbers []EntryNumber) {
	for i, p := range r.Places {
		if p.Rank != i+1 {
			return nil
		}
		numbers = append(numbers, p.Entry)
	}
	return numbers
}

func TestAResultRanksByScoreThenByWhoReachedItFirstThenByNumber(t *testing.T) {
	r := Certify(ended(), []Candidate{
		candidate(1, 0, 0), candidate(2, 5, 30), candidate(3, 5, 20), candidate(4, 0, 0), candidate(5, 9, 40),
	})
	if got, want := order(r), []EntryNumber{5, 3, 2, 1, 4}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if r.Winners != 2 || len(r.PassedOver) != 0 {
		t.Errorf("got %d winners and %v passed over", r.Winners, r.PassedOver)
	}
}

func TestAnEntryWithoutAVoteDoesNotWin(t *testing.T) {
	if r := Certify(ended(), []Candidate{candidate(1, 1, 1), candidate(2, 0, 0)}); r.Winners != 1 {
		t.Errorf("got %d winners, want 1", r.Winners)
	}
	none := ended()
	none.Rules.Winners = 0
	if r := Certify(none, []Candidate{candidate(1, 1, 1)}); r.Winners != 0 {
		t.Errorf("got %d winners where the rules name none", r.Winners)
	}
}

func TestAnEntryThatBreaksARuleIsPassedOverAndTheNextMovesUp(t *testing.T) {
	for reason, breaks := range map[Reason]func(*Candidate){
		EntryWithdrawn:   func(e *Candidate) { e.Status = Withdrawn },
		EntryRejected:    func(e *Candidate) { e.Status = Rejected },
		EntryUndecided:   func(e *Candidate) { e.Status = Pending },
		TakedownOpen:     func(e *Candidate) { e.Contested = true },
		Banned:           func(e *Candidate) { e.Banned = true },
		DuplicatePhoto:   func(e *Candidate) { e.SHA256 = "sha1" },
		EntriesClosed:    func(e *Candidate) { e.SubmittedAt = at(16, 0) },
		EntriesNotOpen:   func(e *Candidate) { e.SubmittedAt = at(7, 59) },
		ConsentMissing:   func(e *Candidate) { e.Consents = []ConsentID{"c_1"} },
		CaptureMissing:   func(e *Candidate) { e.Capture.TakenAt = time.Time{} },
		CameraNotAllowed: func(e *Candidate) { e.Capture.Make = "Leica" },
	} {
		leader := candidate(2, 9, 9)
		breaks(&leader)
		r := Certify(ended(), []Candidate{candidate(1, 1, 5), leader, candidate(3, 2, 7)})
		if got, want := order(r), []EntryNumber{3, 1}; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", reason, got, want)
		}
		if want := []PassedOver{{2, 9, 9, reason}}; !slices.Equal(r.PassedOver, want) {
			t.Errorf("%s: passed over %v, want %v", reason, r.PassedOver, want)
		}
		if r.Votes.Counted != 12 {
			t.Errorf("%s: got %d votes, want all 12 that the log counts", reason, r.Votes.Counted)
		}
	}
}

func TestOfAFansEntriesTheFirstCountAsManyAsTheRulesAllow(t *testing.T) {
	list := []Candidate{candidate(4, 8, 8), candidate(3, 2, 7), candidate(2, 1, 1), candidate(1, 9, 9)}
	for i := range list {
		list[i].Fan = "f"
	}
	list[3].Status = Rejected // entered first, and counts no more than when it was entered
	r := Certify(ended(), list)
	if got, want := order(r), []EntryNumber{3, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := []PassedOver{{1, 9, 9, EntryRejected}, {4, 8, 8, TooManyEntries}}; !slices.Equal(r.PassedOver, want) {
		t.Errorf("passed over %v, want %v", r.PassedOver, want)
	}
}

func TestAPhotoSentInTheGraceThatTheRulesGiveIsInTime(t *testing.T) {
	c, late := ended(), candidate(1, 1, 1)
	c.Rules.GraceSeconds, late.SubmittedAt = 3600, at(16, 59)
	if r := Certify(c, []Candidate{late}); len(r.Places) != 1 {
		t.Errorf("passed over: %v", r.PassedOver)
	}
}

// Erasing a fan empties the entry, and must not let another one win.
func TestAPlaceStaysWhenItsFanWithdrawsAfterTheCertification(t *testing.T) {
	gone := Candidate{Number: 2, Status: Withdrawn, Tally: Tally{Score: 9, Votes: 9, Reached: 9}, Placed: true}
	if got, want := order(Certify(ended(), []Candidate{candidate(1, 1, 5), gone})), []EntryNumber{2, 1}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Nor may it let one come to a place that was passed over for its sake.
func TestAWithdrawnPlaceStillCountsAmongItsFansEntries(t *testing.T) {
	c := ended()
	c.Rules.EntriesPerFan = 1
	gone, more, copied := candidate(1, 9, 9), candidate(2, 1, 1), candidate(3, 1, 2)
	gone.Status, gone.Placed, more.Fan, copied.SHA256 = Withdrawn, true, gone.Fan, gone.SHA256
	r := Certify(c, []Candidate{gone, more, copied})
	if got, want := order(r), []EntryNumber{1}; !slices.Equal(got, want) || len(r.PassedOver) != 2 {
		t.Errorf("got %v and %v passed over, want %v", got, r.PassedOver, want)
	}
}

// Entries that never were public say nothing to anybody.
func TestEntriesThatNobodySawAreNotNamed(t *testing.T) {
	list := []Candidate{candidate(1, 0, 0), candidate(2, 0, 0), candidate(3, 0, 0)}
	list[0].Status, list[1].Status, list[2].Status = Rejected, Pending, Withdrawn
	if r := Certify(ended(), list); len(r.Places)+len(r.PassedOver) != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestHeldAndExcludedVotesAreCountedApart(t *testing.T) {
	a, b := candidate(1, 3, 3), candidate(2, 1, 9)
	a.Tally.Held, b.Tally.Held, b.Tally.Excluded = 2, 1, 4
	if got, want := Certify(ended(), []Candidate{a, b}).Votes, (VoteTotals{4, 3, 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The JSON is hashed and published: another byte would be another result.
func TestTheJSONOfAResultIsFixed(t *testing.T) {
	withdrawn := candidate(2, 1, 4)
	withdrawn.Status = Withdrawn
	r := Certify(ended(), []Candidate{candidate(1, 3, 3), withdrawn})
	r.Leaves = 4
	want := `{"version":1,"challenge":"ch_1","rules_hash":"ab","leaves":4,"amendment":0,"amends":"","votes":{"counted":4,"held":0,"excluded":0},` +
		`"winners":1,"places":[{"rank":1,"entry":1,"score":3,"reached":3}],"passed_over":[{"entry":2,"score":1,"reached":4,"reason":"entry_withdrawn"}]}`
	if got := string(r.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := r.Hash(), "dbea264086ec37c1af3aa4f8d94a83a60796bca92f12b076dd3f7519566cd90e"; got != want {
		t.Errorf("got the hash %s, want %s", got, want)
	}
	if empty := string(Certify(ended(), nil).JSON()); !strings.Contains(empty, `"places":[],"passed_over":[]`) {
		t.Errorf("got %s", empty)
	}
}

func TestResultsSayTheSameWhateverTheyAmend(t *testing.T) {
	a := Certify(ended(), []Candidate{candidate(1, 3, 3)})
	b := a
	b.Leaves, b.Amendment, b.Amends = 9, 1, a.Hash()
	if !a.Says(b) || a.Hash() == b.Hash() {
		t.Error("counting again is another result")
	}
	if b = Certify(ended(), []Candidate{candidate(1, 3, 4)}); a.Says(b) {
		t.Error("another result says the same")
	}
}

func TestTopPercentIsRoundedUp(t *testing.T) {
	for _, c := range [][3]int{{1, 250, 1}, {3, 250, 2}, {250, 250, 100}, {5, 10, 50}, {1, 1, 100}, {1, 0, 100}} {
		if got := TopPercent(c[0], c[1]); got != c[2] {
			t.Errorf("%d of %d: got %d, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestAResultIsProposedOnceTheAuditIsOver(t *testing.T) {
	draft, grace := ended(), ended()
	draft.LaunchedAt = time.Time{}
	grace.Rules.GraceSeconds = 24 * 60 * 60 // photos may come until 16:00 of the next day
	grace.Votes.Closes = grace.Entries.Closes
	for _, c := range []struct {
		challenge Challenge
		now       time.Time
		want      Reason
	}{
		{draft, at(20, 0).AddDate(0, 0, 1), NotLaunched},
		{ended(), at(19, 59), NotEnded},
		{ended(), at(20, 0), AuditRuns},
		{ended(), at(19, 59).AddDate(0, 0, 1), AuditRuns},
		{ended(), at(20, 0).AddDate(0, 0, 1), ""},
		{grace, at(16, 0).AddDate(0, 0, 1), AuditRuns}, // the audit is not over before it began
		{grace, at(16, 0).AddDate(0, 0, 2), ""},
	} {
		if got := reasonOf(t, c.challenge.MayPropose(c.now)); got != c.want {
			t.Errorf("%v: got %q, want %q", c.now, got, c.want)
		}
	}
}

func TestTwoPeopleConfirmOrOneAfterADayInPublic(t *testing.T) {
	day, since := at(9, 0).AddDate(0, 0, 1), at(10, 0)
	for _, c := range []struct {
		name         string
		confirmation Confirmation
		now          time.Time
		want         Reason
	}{
		{"a second person", Confirmation{"a", at(9, 0), "b", at(8, 0), 1}, at(9, 1), ""},
		{"the same, with others there", Confirmation{"a", at(9, 0), "a", at(8, 0), 1}, day, SecondPersonNeeded},
		{"the same, alone, at once", Confirmation{"a", at(9, 0), "a", at(8, 0), 0}, day.Add(-time.Second), PublicDelayRuns},
		{"the same, alone, after a day", Confirmation{"a", at(9, 0), "a", at(8, 0), 0}, day, ""},
		{"who joined since, at once", Confirmation{"a", at(9, 0), "b", since, 0}, since, PublicDelayRuns},
		{"who joined since, after a day", Confirmation{"a", at(9, 0), "b", since, 0}, day, ""},
	} {
		if got := reasonOf(t, c.confirmation.Judge(c.now)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
