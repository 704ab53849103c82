package reports

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

func TestACampaignIsArchivedWhenAllIsOverAndNothingIsHidden(t *testing.T) {
	day := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	plan := kpi.StartingPlan()
	plan.TimeZone, plan.Starts, plan.Ends = "UTC", day.AddDate(0, 0, -7), day.Add(12*time.Hour)
	challenge := func(closes time.Time, tally contest.TallyMode, certified time.Time) contest.Challenge {
		c := contest.Challenge{LaunchedAt: plan.Starts, CertifiedAt: certified}
		c.Entries = contest.Window{Opens: plan.Starts, Closes: closes}
		c.Votes, c.Rules.Tally = c.Entries, tally
		return c
	}
	over, later := day.Add(24*time.Hour), day.Add(72*time.Hour)
	never := time.Time{}
	for name, c := range map[string]struct {
		plan       kpi.Plan
		challenges []contest.Challenge
		now        time.Time
		want       error
	}{
		"a campaign without a period":                   {kpi.StartingPlan(), nil, over, ErrRuns},
		"its last day":                                  {plan, nil, day.Add(20 * time.Hour), ErrRuns},
		"the day after":                                 {plan, nil, over, nil},
		"a challenge that goes on":                      {plan, []contest.Challenge{challenge(later, contest.TallyLive, never)}, over, ErrRuns},
		"a draft that would go on":                      {plan, []contest.Challenge{{}}, over, nil},
		"a live tally":                                  {plan, []contest.Challenge{challenge(day, contest.TallyLive, never)}, over, nil},
		"hidden tallies before the result is certified": {plan, []contest.Challenge{challenge(day, contest.TallyHidden, never)}, over, ErrUncertified},
		"hidden tallies after that":                     {plan, []contest.Challenge{challenge(day, contest.TallyHidden, over)}, over, nil},
	} {
		if got := Archivable(c.plan, c.challenges, c.now); !errors.Is(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
