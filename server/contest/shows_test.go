package contest

import (
	"testing"
	"time"
)

func TestWhatAChallengeShowsOpensWithItsCertification(t *testing.T) {
	for tally, want := range map[TallyMode]Shows{
		TallyLive: ScoresShown, TallyDelayed: ScoresShown, TallyRanks: OrderShown, TallyHidden: NothingShown,
	} {
		c := Challenge{Terms: Terms{Rules: Rules{Tally: tally}}}
		if got := c.Shows(); got != want {
			t.Errorf("%q: shows %d, want %d", tally, got, want)
		}
		c.CertifiedAt = time.Now()
		if got := c.Shows(); got != ScoresShown {
			t.Errorf("%q, certified: shows %d, want %d", tally, got, ScoresShown)
		}
	}
}

func TestScoresArePointsWhereSomeVotesCountMore(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		want  bool
	}{
		{Rules{}, false},
		{Rules{Weights: map[VoterClass]int{MailVoter: 1}}, false},
		{Rules{Weights: map[VoterClass]int{MailVoter: 1, HostVoter: 2}}, true},
		{Rules{JuryPoints: 10}, true},
	} {
		if got := c.rules.InPoints(); got != c.want {
			t.Errorf("%+v: got %v, want %v", c.rules, got, c.want)
		}
	}
}

func TestADelayedCountIsDueAtEachStepFromTheOpening(t *testing.T) {
	opens := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	at := func(minutes float64) time.Time { return opens.Add(time.Duration(minutes * float64(time.Minute))) }
	c := Challenge{Terms: Terms{
		Votes: Window{Opens: opens, Closes: at(600)}, Rules: Rules{Tally: TallyDelayed, TallyDelayMinutes: 30},
	}}
	for _, d := range []struct {
		now, last time.Time
		want      bool
	}{
		{at(-1), time.Time{}, false},
		{at(0), time.Time{}, true},
		{at(29), at(0.5), false},
		{at(30), at(0.5), true},
		{at(31), at(30.2), false},
		{at(119), at(31), true},    // after an outage
		{at(700), at(600.5), true}, // also while the votes are checked
	} {
		if got := c.CountDue(d.now, d.last); got != d.want {
			t.Errorf("at %v after %v: due %v, want %v", d.now.Sub(opens), d.last.Sub(opens), got, d.want)
		}
	}
	c.CertifiedAt = at(800)
	if c.CountDue(at(900), at(0)) {
		t.Error("a certified count is due")
	}
	c = Challenge{Terms: Terms{Votes: c.Votes, Rules: Rules{Tally: TallyHidden}}}
	if c.CountDue(at(60), time.Time{}) {
		t.Error("a hidden count is due")
	}
}
