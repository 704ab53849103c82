package kpi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

// both is a text in both languages.
func both(zh, en string) contest.Text { return contest.Text{ZH: zh, EN: en} }

// november is a plan that lacks nothing.
func november() Plan {
	p := StartingPlan()
	p.Starts, p.Ends = time.Date(2026, 10, 31, 16, 0, 0, 0, time.UTC), time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC)
	p.Channels = []Channel{{ID: "weibo", Name: both("微博", "Weibo")}, {ID: "newsletter", Name: both("邮件", "Newsletter")}}
	p.Partners = []contest.Choice{{ID: "wenlv-wuhan", Name: both("文旅武汉", "Wuhan Tourism")}}
	p.Targets = map[Metric]int64{Orders: 2000, GMV: 4_000_000_00}
	p.Baseline = Baseline{Label: "2025", Starts: p.Starts.AddDate(-1, 0, 0), Ends: p.Ends.AddDate(-1, 0, 0), Figures: map[Metric]int64{Orders: 864}}
	return p
}

func TestAPlanKnowsItsDays(t *testing.T) {
	p := november()
	if first, last := p.Day(p.Starts), p.LastDay(); first != "2026-11-01" || last != "2026-11-30" {
		t.Errorf("from %s to %s", first, last)
	}
	for at, want := range map[time.Time]bool{
		p.Starts: true, p.Starts.Add(-1): false, p.Ends: false, p.Ends.Add(-1): true,
	} {
		if p.Running(at) != want {
			t.Errorf("running at %s: %v", at, !want)
		}
	}
	if last := StartingPlan().LastDay(); last != "" {
		t.Errorf("a plan without a period ends on %s", last)
	}
}

func TestTheHashIsThatOfWhatAPlanSays(t *testing.T) {
	same := november()
	same.Starts = same.Starts.In(time.FixedZone("CST", 8*3600)).Add(123 * time.Nanosecond)
	same.Prizes, same.Mechanics = nil, nil
	if november().Hash() != same.Hash() {
		t.Error("another zone, part of a millisecond or an absent list changed it")
	}
	other := november()
	other.Targets = map[Metric]int64{Orders: 2001, GMV: 4_000_000_00}
	if november().Hash() == other.Hash() {
		t.Error("another target did not change it")
	}
	a := Amendment{Number: 1, At: time.Unix(1, 0), Staff: "st_1", Reason: "more", Plan: other, Follows: november().Hash()}
	b := a
	b.Follows = ""
	if a.Hash() == b.Hash() || a.Hash() == other.Hash() {
		t.Error("an amendment's hash does not cover what it follows")
	}
}

func TestWhatIsWrongWithAPlanIsTold(t *testing.T) {
	if got := november().Validate(); len(got) > 0 {
		t.Fatalf("a complete plan has problems: %v", got)
	}
	for name, c := range map[string]struct {
		change func(*Plan)
		want   contest.Problem
	}{
		"zone of one machine":    {func(p *Plan) { p.TimeZone = "Local" }, contest.Problem{Field: "time_zone", Code: "invalid"}},
		"no period":              {func(p *Plan) { p.Starts, p.Ends = time.Time{}, time.Time{} }, contest.Problem{Field: "dates", Code: "required"}},
		"ends first":             {func(p *Plan) { p.Ends = p.Starts }, contest.Problem{Field: "dates", Code: "order"}},
		"a century":              {func(p *Plan) { p.Ends = p.Ends.AddDate(100, 0, 0) }, contest.Problem{Field: "dates", Code: "order"}},
		"money of nowhere":       {func(p *Plan) { p.Currency = "RMB" }, contest.Problem{Field: "currency", Code: "invalid"}},
		"no attribution":         {func(p *Plan) { p.AttributionDays = 0 }, contest.Problem{Field: "attribution_days", Code: "range"}},
		"a budget below zero":    {func(p *Plan) { p.Budget = -1 }, contest.Problem{Field: "budget", Code: "range"}},
		"a channel twice":        {func(p *Plan) { p.Channels[1].ID = "weibo" }, contest.Problem{Field: "channels", Code: "invalid"}},
		"a channel in capitals":  {func(p *Plan) { p.Channels[1].ID = "Weibo" }, contest.Problem{Field: "channels", Code: "invalid"}},
		"half a channel's name":  {func(p *Plan) { p.Channels[1].Name.ZH = "" }, contest.Problem{Field: "channels", Code: "invalid"}},
		"a partner without name": {func(p *Plan) { p.Partners[0].Name = contest.Text{} }, contest.Problem{Field: "partners", Code: "invalid"}},
		"no target":              {func(p *Plan) { p.Targets = nil }, contest.Problem{Field: "targets", Code: "required"}},
		"a target of nothing":    {func(p *Plan) { p.Targets[Orders] = 0 }, contest.Problem{Field: "targets", Code: "range"}},
		"a target of refunds":    {func(p *Plan) { p.Targets[Refunds] = 1 }, contest.Problem{Field: "targets", Code: "range"}},
		"a metric of nobody":     {func(p *Plan) { p.Baseline.Figures["joy"] = 1 }, contest.Problem{Field: "baseline", Code: "range"}},
		"half a baseline period": {func(p *Plan) { p.Baseline.Ends = time.Time{} }, contest.Problem{Field: "baseline", Code: "order"}},
		"a prize for none":       {func(p *Plan) { p.Prizes = []Prize{{Name: both("手机", "Phone"), Currency: "CNY", How: ByRank}} }, contest.Problem{Field: "prizes", Code: "invalid"}},
		"a prize by whim": {func(p *Plan) {
			p.Prizes = []Prize{{Name: both("手机", "Phone"), Currency: "CNY", Count: 1, How: "whim"}}
		}, contest.Problem{Field: "prizes", Code: "invalid"}},
		"a story for a name":  {func(p *Plan) { p.Channels[0].Name.EN = strings.Repeat("a", MaxName+1) }, contest.Problem{Field: "channels", Code: "invalid"}},
		"a story for a label": {func(p *Plan) { p.Baseline.Label = strings.Repeat("a", MaxName+1) }, contest.Problem{Field: "baseline", Code: "label"}},
		"a book of terms":     {func(p *Plan) { p.PrizeTerms.ZH = strings.Repeat("夜", MaxTerms+1) }, contest.Problem{Field: "prize_terms", Code: "too_long"}},
		"an unknown mechanic": {func(p *Plan) { p.Mechanics = []Mechanic{"bribery"} }, contest.Problem{Field: "mechanics", Code: "invalid"}},
	} {
		p := november()
		c.change(&p)
		if got := p.Validate(); !slices.Contains(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
