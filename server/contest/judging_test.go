package contest

import (
	"testing"
	"time"
)

func TestAPhotoIsServedUnlessItWasTakenAway(t *testing.T) {
	for _, c := range []struct {
		entry Entry
		want  bool
	}{
		{Entry{Status: Pending}, true},
		{Entry{Status: Published}, true},
		{Entry{Status: Rejected}, false},
		{Entry{Status: Withdrawn}, false},
		{Entry{Status: Published, Takedown: "t_1"}, false},
		{Entry{Status: Pending, Takedown: "t_1"}, false},
	} {
		if got := c.entry.PhotoServed(); got != c.want {
			t.Errorf("%s, takedown %q: got %v, want %v", c.entry.Status, c.entry.Takedown, got, c.want)
		}
	}
}

func TestOnlyARejectionIsAppealedAgainstAndOnce(t *testing.T) {
	photo := Photo{Renditions: []Rendition{{Name: "480"}}}
	for _, s := range []Status{Processing, Pending, Published, Rejected, Withdrawn} {
		if got := (Entry{Status: s, Photo: photo}).MayAppeal(); got != (s == Rejected) {
			t.Errorf("%s: got %v", s, got)
		}
	}
	if (Entry{Status: Rejected, Photo: photo, Appealed: at(9, 0)}).MayAppeal() {
		t.Error("a second appeal is allowed")
	}
	if (Entry{Status: Rejected, Reason: Unreadable}).MayAppeal() {
		t.Error("an appeal is allowed for a photo that nobody can look at")
	}
}

func TestAnAppealIsDeclinedOnceItWaitsNoLongerAndTheRejectionStands(t *testing.T) {
	raised := []Flag{{Kind: AppealRaised}}
	for _, c := range []struct {
		entry Entry
		want  bool
	}{
		{Entry{Status: Rejected}, false},
		{Entry{Status: Rejected, Appealed: at(9, 0), Flags: raised}, false},
		{Entry{Status: Rejected, Appealed: at(9, 0)}, true},
		{Entry{Status: Published, Appealed: at(9, 0)}, false},
	} {
		if got := c.entry.AppealDeclined(); got != c.want {
			t.Errorf("%+v: got %v", c.entry, got)
		}
	}
}

func TestTakedownsHideAFifthOfAChallengeAtMost(t *testing.T) {
	for photos, want := range map[int]int{0: 3, 13: 3, 52: 10, 100_000: 50} {
		if got := HiddenAtOnce(photos); got != want {
			t.Errorf("%d photos: got %d, want %d", photos, got, want)
		}
	}
}

func TestATakedownIsPlausibleWithAWayToAnswerAndASentence(t *testing.T) {
	for _, c := range []struct {
		contact, statement string
		want               Reason
	}{
		{"13800138000", "照片里是我", ""},
		{"lin@example.org", "I am in this photo", ""},
		{"    x    ", "照片里是我", ContactMissing},
		{"13800138000", " 是我 \n", StatementMissing},
		{"13800138000", "\u200b\u200b\u200b\u200b是我", StatementMissing},
		{"\u2060\u2060\u2060\u2060\u2060", "照片里是我", ContactMissing},
	} {
		if got := reasonOf(t, Takedown{Contact: c.contact, Statement: c.statement}.Plausible()); got != c.want {
			t.Errorf("%q %q: got %q, want %q", c.contact, c.statement, got, c.want)
		}
	}
}

func TestATakedownIsOverdueAfterThreeDays(t *testing.T) {
	open := Takedown{CreatedAt: at(8, 0)}
	decided := Takedown{CreatedAt: at(8, 0), DecidedAt: at(9, 0)}
	late := at(8, 0).Add(TakedownTime)
	if open.Overdue(late) || !open.Overdue(late.Add(time.Millisecond)) || decided.Overdue(late.Add(time.Hour)) {
		t.Errorf("decide by %s: got overdue at %v, after %v, decided %v", open.DecideBy(),
			open.Overdue(late), open.Overdue(late.Add(time.Millisecond)), decided.Overdue(late.Add(time.Hour)))
	}
}
