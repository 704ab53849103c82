package console

import (
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// planLine is one thing that a plan says, in words.
type planLine struct {
	Key    string // tells which thing it is, in two plans the same
	Label  string
	Value  string
	Detail string // beside the label: a metric's definition
}

// planPart is what a plan says about one matter.
type planPart struct {
	Title string // the message's key
	Lines []planLine
}

// planParts says a plan in words, part by part; what it says nothing about has no part.
func planParts(words *page.Context, p kpi.Plan) (parts []planPart) {
	for _, part := range []planPart{
		{"plan.frame", frameLines(words, p)},
		{"plan.targets", figureLines(words, "target.", p.Targets, p.Currency)},
		{"plan.baseline", baselineLines(words, p)},
		{"plan.channels", channelLines(words, p)},
		{"plan.partners", partnerLines(words, p.Partners)},
		{"plan.prizes", prizeLines(words, p)},
		{"plan.mechanics", mechanicLines(words, p.Mechanics)},
	} {
		if len(part.Lines) > 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

func frameLines(words *page.Context, p kpi.Plan) []planLine {
	lines := []planLine{
		{Key: "time_zone", Label: words.T("field.time_zone"), Value: p.TimeZone},
		{Key: "currency", Label: words.T("field.currency"), Value: string(p.Currency)},
		{Key: "attribution", Label: words.T("field.attribution_days"), Value: words.N("span.days", p.AttributionDays)},
	}
	if period := periodText(words, p); period != "" {
		lines = append([]planLine{{Key: "period", Label: words.T("field.dates"), Value: period}}, lines...)
	}
	if p.Budget > 0 {
		lines = append(lines, planLine{Key: "budget", Label: words.T("field.budget"), Value: words.Amount(p.Budget, p.Currency)})
	}
	return lines
}

// figureLines lists figures in the order in which people read metrics.
func figureLines(words *page.Context, prefix string, figures map[kpi.Metric]int64, currency kpi.Currency) (lines []planLine) {
	for _, d := range kpi.Definitions {
		if value, ok := figures[d.Metric]; ok {
			lines = append(lines, planLine{prefix + string(d.Metric), words.Text(d.Name), figureText(words, d.Unit, value, currency), words.Text(d.Means)})
		}
	}
	return lines
}

// figureText writes a metric's number with its unit.
func figureText(words *page.Context, unit kpi.Unit, value int64, currency kpi.Currency) string {
	switch unit {
	case kpi.Money:
		return words.Amount(value, currency)
	case kpi.Percent:
		return kpi.FormatPercent(value, false, string(words.Lang))
	}
	return words.Number(value)
}

func baselineLines(words *page.Context, p kpi.Plan) (lines []planLine) {
	b := p.Baseline
	if b.Label != "" {
		lines = append(lines, planLine{Key: "baseline.label", Label: words.T("field.baseline_label"), Value: b.Label})
	}
	if !b.Starts.IsZero() && !b.Ends.IsZero() {
		period := words.Day(b.Starts, p.Location()) + " – " + words.Day(b.Ends.Add(-time.Millisecond), p.Location())
		lines = append(lines, planLine{Key: "baseline.period", Label: words.T("field.baseline_period"), Value: period})
	}
	return append(lines, figureLines(words, "baseline.", b.Figures, p.Currency)...)
}

func channelLines(words *page.Context, p kpi.Plan) (lines []planLine) {
	for _, channel := range p.Channels {
		value := string(channel.ID)
		if channel.Budget > 0 {
			value += " · " + words.Amount(channel.Budget, p.Currency)
		}
		lines = append(lines, planLine{Key: "channel." + string(channel.ID), Label: words.Text(channel.Name), Value: value})
	}
	return lines
}

func partnerLines(words *page.Context, partners []contest.Choice) (lines []planLine) {
	for _, partner := range partners {
		lines = append(lines, planLine{Key: "partner." + partner.ID, Label: words.Text(partner.Name), Value: partner.ID})
	}
	return lines
}

func prizeLines(words *page.Context, p kpi.Plan) (lines []planLine) {
	for _, prize := range p.Prizes {
		lines = append(lines, planLine{Key: "prize." + prize.Name.EN + "." + prize.Name.ZH, Label: words.Text(prize.Name), Value: words.Prize(prize)})
	}
	if p.PrizeTerms != (contest.Text{}) {
		lines = append(lines, planLine{Key: "prize_terms", Label: words.T("field.prize_terms"), Value: words.Text(p.PrizeTerms)})
	}
	return lines
}

func mechanicLines(words *page.Context, mechanics []kpi.Mechanic) (lines []planLine) {
	for _, m := range mechanics {
		lines = append(lines, planLine{Key: "mechanic." + string(m), Label: words.T("mechanics." + string(m)), Value: words.T("yes")})
	}
	return lines
}

// planChange is one thing that an amendment changed, in words; empty for what was not there.
type planChange struct{ Part, Label, Was, Is string }

// planChanges says in words what is different in the second plan.
func planChanges(words *page.Context, was, is kpi.Plan) (changes []planChange) {
	before, after := map[string]planLine{}, map[string]bool{}
	for _, part := range planParts(words, was) {
		for _, line := range part.Lines {
			before[line.Key] = line
		}
	}
	for _, part := range planParts(words, is) {
		for _, line := range part.Lines {
			after[line.Key] = true
			if old := before[line.Key]; old.Value != line.Value {
				changes = append(changes, planChange{words.T(part.Title), line.Label, old.Value, line.Value})
			}
		}
	}
	for _, part := range planParts(words, was) {
		for _, line := range part.Lines {
			if !after[line.Key] {
				changes = append(changes, planChange{words.T(part.Title), line.Label, line.Value, ""})
			}
		}
	}
	return changes
}
