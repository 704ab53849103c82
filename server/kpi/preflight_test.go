package kpi

import (
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
)

// surroundings are those in which a complete plan finds nothing.
func surroundings(p Plan) Surroundings {
	window := contest.Window{Opens: p.Starts, Closes: p.Ends}
	c := contest.Challenge{ID: "ch_1", Hashtag: "#夜景", LaunchedAt: p.Starts}
	c.Entries, c.Votes, c.Partners = window, window, p.Partners
	return Surroundings{
		Name: both("春季夜景季", "Spring nights"), Challenges: []contest.Challenge{c}, Linked: []ChannelID{"weibo", "newsletter"},
		Problems: map[contest.ChallengeID]int{}, Now: p.Starts.Add(-time.Hour),
	}
}

func TestThePreflightOfACompletePlanFindsNothing(t *testing.T) {
	p := november()
	if found := p.Preflight(surroundings(p)); len(found) > 0 {
		t.Errorf("got %+v", found)
	}
}

func TestThePreflightFindsWhatPeopleForget(t *testing.T) {
	phone := Prize{Name: both("手机", "Phone"), Value: 50_000_00, Currency: "CNY", Count: 1, How: ByRank}
	for name, c := range map[string]struct {
		change func(*Plan, *Surroundings)
		check  Check // empty for none
		blocks bool
		source Source
	}{
		"half a name":           {func(_ *Plan, s *Surroundings) { s.Name.ZH = "" }, CheckName, true, ""},
		"no target":             {func(p *Plan, _ *Surroundings) { p.Targets = nil }, CheckPlan, true, ""},
		"a period gone by":      {func(p *Plan, s *Surroundings) { s.Now = p.Ends }, CheckOver, true, ""},
		"a period begun":        {func(p *Plan, s *Surroundings) { s.Now = p.Starts }, CheckBegun, false, ""},
		"silent about prizes":   {func(p *Plan, _ *Surroundings) { p.Prizes = []Prize{phone} }, CheckTerms, true, PromotionRules13},
		"no challenge":          {func(_ *Plan, s *Surroundings) { s.Challenges = nil }, CheckChallenges, false, ""},
		"a challenge unfit":     {func(_ *Plan, s *Surroundings) { s.Challenges[0].LaunchedAt, s.Problems["ch_1"] = time.Time{}, 3 }, CheckChallenge, false, ""},
		"a challenge to launch": {func(_ *Plan, s *Surroundings) { s.Challenges[0].LaunchedAt = time.Time{} }, CheckDraft, false, ""},
		"votes after the end":   {func(p *Plan, s *Surroundings) { s.Challenges[0].Votes.Closes = p.Ends.Add(1) }, CheckWindow, false, ""},
		"entries before it":     {func(p *Plan, s *Surroundings) { s.Challenges[0].Entries.Opens = p.Starts.Add(-1) }, CheckWindow, false, ""},
		"a stranger's partner":  {func(p *Plan, _ *Surroundings) { p.Partners = nil }, CheckPartner, false, ""},
		"a prize nobody wins":   {func(p *Plan, _ *Surroundings) { p.Prizes, p.PrizeTerms = []Prize{phone}, both("公布", "named") }, CheckWinners, false, ""},
		"no channel":            {func(p *Plan, _ *Surroundings) { p.Channels = nil }, CheckChannels, false, ""},
		"a channel unlinked":    {func(_ *Plan, s *Surroundings) { s.Linked = s.Linked[:1] }, CheckLink, false, ""},
		"no baseline":           {func(p *Plan, _ *Surroundings) { p.Baseline = Baseline{} }, CheckBaseline, false, ""},
		"a shorter baseline":    {func(p *Plan, _ *Surroundings) { p.Baseline.Ends = p.Baseline.Ends.AddDate(0, 0, -1) }, CheckLength, false, ""},
		"a baseline with an hour less, as the clocks change": {func(p *Plan, _ *Surroundings) { p.Baseline.Ends = p.Baseline.Ends.Add(-time.Hour) }, "", false, ""},
		"channels above the budget":                          {func(p *Plan, _ *Surroundings) { p.Budget, p.Channels[0].Budget = 10, 11 }, CheckBudget, false, ""},
		"50,000 yuan by place":                               {func(p *Plan, s *Surroundings) { given(p, s, phone, 50_000_01, "CNY", ByRank) }, "", false, ""},
		"50,000 yuan by draw":                                {func(p *Plan, s *Surroundings) { given(p, s, phone, 50_000_00, "CNY", ByDraw) }, "", false, ""},
		"a fen more by draw":                                 {func(p *Plan, s *Surroundings) { given(p, s, phone, 50_000_01, "CNY", ByDraw) }, CheckDrawCap, false, PromotionRules17},
		"as many yen by draw":                                {func(p *Plan, s *Surroundings) { given(p, s, phone, 50_000_01, "JPY", ByDraw) }, "", false, ""},
		"rewards for sharing":                                {func(p *Plan, _ *Surroundings) { p.Mechanics = []Mechanic{RewardedSharing} }, CheckMechanic, false, WeChatLinks},
	} {
		p := november()
		s := surroundings(p)
		c.change(&p, &s)
		found := p.Preflight(s)
		i := slices.IndexFunc(found, func(f Finding) bool { return f.Check == c.check })
		switch {
		case c.check == "" && len(found) > 0:
			t.Errorf("%s: got %+v, want nothing", name, found)
		case c.check == "":
		case i < 0:
			t.Errorf("%s: got %+v, want %s", name, found, c.check)
		case found[i].Blocks != c.blocks || found[i].Source != c.source:
			t.Errorf("%s: got %+v, want blocks %v, source %q", name, found[i], c.blocks, c.source)
		case c.blocks == Cleared(found):
			t.Errorf("%s: cleared %v", name, !c.blocks)
		}
	}
}

// given gives a prize of a worth, with everything said and won that belongs to it.
func given(p *Plan, s *Surroundings, prize Prize, value int64, currency Currency, how Award) {
	prize.Value, prize.Currency, prize.How = value, currency, how
	p.Prizes, p.PrizeTerms = []Prize{prize}, both("十二月一日公布。", "Named on 1 December.")
	if how == ByRank {
		s.Challenges[0].Rules.Winners = 1
	}
}
