package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

func english(t *testing.T) *Context {
	return renderer(t).Context(httptest.NewRequest(http.MethodGet, "/?lang=en", nil))
}

func chinese(t *testing.T) *Context {
	return renderer(t).Context(httptest.NewRequest(http.MethodGet, "/?lang=zh", nil))
}

func TestASpanNeverPromisesMoreThanThereIs(t *testing.T) {
	c := english(t)
	for left, want := range map[time.Duration]string{
		-time.Hour: "less than a minute", 59 * time.Second: "less than a minute", time.Minute: "1 minute",
		119 * time.Minute: "119 minutes", 2 * time.Hour: "2 hours", 47*time.Hour + 59*time.Minute: "47 hours",
		48 * time.Hour: "2 days", 95 * time.Hour: "3 days",
	} {
		if got := c.Span(now, now.Add(left)); got != want {
			t.Errorf("%v: got %q, want %q", left, got, want)
		}
	}
}

func TestADeadlineSaysWhatHappensNext(t *testing.T) {
	c := english(t)
	day := 24 * time.Hour
	window := func(from, to int) contest.Window {
		return contest.Window{Opens: now.Add(time.Duration(from) * day), Closes: now.Add(time.Duration(to) * day)}
	}
	for name, w := range map[string]struct {
		entries, votes contest.Window
		want           string
	}{
		"both to come":         {window(3, 9), window(3, 9), "Opens in 3 days"},
		"entries first":        {window(3, 9), window(5, 9), "Entries open in 3 days"},
		"both, same end":       {window(-1, 4), window(-1, 4), "Ends in 4 days"},
		"both, entries first":  {window(-1, 4), window(-1, 6), "Entries close in 4 days"},
		"both, votes first":    {window(-1, 6), window(-1, 4), "Voting closes in 4 days"},
		"entries only":         {window(-1, 4), window(6, 8), "Entries close in 4 days"},
		"between":              {window(-5, -1), window(6, 8), "Voting opens in 6 days"},
		"votes only":           {window(-5, -1), window(-1, 8), "Voting closes in 8 days"},
		"over":                 {window(-5, -3), window(-5, -2), "Ended on 20 November 2026"},
		"votes before entries": {window(4, 8), window(-3, -1), "Entries open in 4 days"},
	} {
		ch := night()
		ch.Entries, ch.Votes = w.entries, w.votes
		if got := c.Deadline(ch, now); got != w.want {
			t.Errorf("%s: got %q, want %q", name, got, w.want)
		}
	}
}

func TestTimesAreThoseOfTheChallengesZone(t *testing.T) {
	ch := night()
	at := time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC)
	m := chinese(t).Moment(at, now, ch.Location())
	if m.Text != "12月1日 04:00" || m.ISO != "2026-11-30T20:00:00Z" {
		t.Errorf("got %+v", m)
	}
	if got := english(t).Moment(at.AddDate(1, 0, 0), now, ch.Location()).Text; got != "1 Dec 2027, 04:00" {
		t.Errorf("next year: got %q", got)
	}
	for zone, want := range map[string]string{
		"Asia/Shanghai": "All times are those of Asia/Shanghai (UTC+8).", "UTC": "All times are those of UTC (UTC).",
		"Asia/Kolkata": "All times are those of Asia/Kolkata (UTC+5:30).", "America/New_York": "All times are those of America/New_York (UTC−5).",
	} {
		ch.TimeZone = zone
		if got := english(t).Zone(ch, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRulesAreSaidInFull(t *testing.T) {
	ch := night()
	ch.Rules.Capture = contest.CaptureRules{Required: true, After: now, Cameras: []string{"Xiaomi", "Leica"}}
	ch.Rules.GraceSeconds, ch.Rules.OriginalsDays = 3600, 90
	want := []string{
		"Each fan may enter up to 3 photos.", "Each fan has 5 votes a day, one a photo. The day begins at midnight in Asia/Shanghai.",
		"Until the day ends, you can take one of its votes back and give it to another photo.", "You cannot vote for your own photo.",
		"Moderators look at each photo before it appears. If yours is turned down, you are told why.", "No account is needed to enter or vote.",
		"The file must still say when and with what camera the photo was taken. Its place is read only if you agree, and never precisely.",
		"Taken on 22 Nov 2026, 20:00 or later.", "Accepted cameras: Xiaomi, Leica.",
		"A photo whose upload began before entries close may finish arriving up to 60 minutes later.",
		"Original files are deleted 90 days after the challenge ends.", "Everyone sees the votes as they come in.",
		"When photos have equally many votes, the one that got there first ranks higher.",
		"Every vote is recorded in a public log without names, so that anyone can check the count.",
	}
	got := english(t).Rules(ch)
	if len(got) != len(want) {
		t.Fatalf("got %d sentences %q, want %d", len(got), got, len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}

func TestRulesSayWhoVotesWhatCountsAndWhatIsSeen(t *testing.T) {
	ch := night()
	ch.Rules = contest.Rules{
		EntriesPerFan: 1, VotesPerPeriod: 1, Period: contest.PeriodDay, Moderation: contest.ModerateAfter,
		Voters: []contest.VoterClass{contest.JuryVoter, contest.MailVoter}, Weights: map[contest.VoterClass]int{contest.MailVoter: 2},
		JuryPoints: 10, VotesPerEntry: 3, VotesFinal: true, Tally: contest.TallyDelayed, TallyDelayMinutes: 30, AuditHours: 48, Winners: 3,
	}
	got := strings.Join(english(t).Rules(ch), "\n")
	wants(t, got,
		"Each fan has 1 vote a day.", "up to 3 votes.", "A vote is final", "Guests cannot enter.",
		"Who may vote: fans with a confirmed mail address, jurors.", "A vote counts 2 where it comes from fans with a confirmed mail address.",
		"1 to 10 points", "brought up to date every 30 minutes", "votes are checked for 2 days", "The first 3 photos win.", "equally many points", "It stays sealed")
	lacks(t, got, "No account is needed", "take one of its votes back", "{")
	for tally, want := range map[contest.TallyMode]string{
		contest.TallyHidden: "nobody sees votes or ranks", contest.TallyRanks: "ranks are shown without numbers", contest.TallyLive: "as they come in",
	} {
		ch.Rules.Tally, ch.Rules.AuditHours = tally, 0
		wants(t, strings.Join(english(t).Rules(ch), "\n"), want, "counts once it is certified")
	}
}

func TestRulesOfOneAreSingular(t *testing.T) {
	ch := night()
	ch.Rules = contest.Rules{EntriesPerFan: 1, VotesPerPeriod: 1, Period: contest.PeriodChallenge, Moderation: contest.ModerateAfter}
	if got := english(t).Rules(ch); got[0] != "Each fan may enter 1 photo." || got[1] != "Each fan has 1 vote in the whole challenge." {
		t.Errorf("got %q", got)
	}
}
