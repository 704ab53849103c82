package report

import (
	"slices"

	"fanfare/server/app/numbers"
	"fanfare/server/app/reports"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// leading are the metrics that a report begins with, the most telling first, as far as the campaign has them; those with a target
// go before those without.
var leading = []kpi.Metric{
	kpi.GMV, kpi.Orders, kpi.Impressions, kpi.Views, kpi.Participants, kpi.Entries, kpi.Votes, kpi.Reposts, kpi.Visits, kpi.Reach, kpi.Clicks, kpi.Shares,
}

// keyFigures is how many figures stand on top: what somebody remembers who is asked in the lift.
const keyFigures = 5

// keys are the figures that stand on top.
func keys(c reports.Closing) (top []numbers.Figure) {
	for _, targeted := range []bool{true, false} {
		for _, m := range leading {
			f := c.Figure(m)
			if f.Has() && (f.Target > 0) == targeted && (targeted || f.Total() != 0) && len(top) < keyFigures {
				top = append(top, f)
			}
		}
	}
	return top
}

// isGood reports whether a figure with a target has reached it, or will at this rate.
func isGood(c reports.Closing, f numbers.Figure) bool {
	return f.Completion >= 100_00 || !c.Ended() && f.HasPace && f.Pace.Completion >= 100_00
}

// sentence says in one sentence how the campaign did, or is doing, and what its first figure came to.
func sentence(words *page.Context, c reports.Closing) string {
	if c.Now.Before(c.Period.From) {
		return words.T("report.begins", "span", words.Span(c.Now, c.Period.From))
	}
	all, good := 0, 0
	for _, f := range c.Figures {
		if f.Target > 0 {
			all++
			if isGood(c, f) {
				good++
			}
		}
	}
	state := "running"
	if c.Ended() {
		state = "ended"
	}
	text := ""
	switch {
	case all == 0:
	case good == all:
		text = words.N("report.all."+state, all)
	default:
		text = words.N("report.some."+state, all, "good", good)
	}
	first := keys(c)
	if len(first) == 0 {
		return join(words, text, words.T("report.nothing"))
	}
	return join(words, text, firstFigure(words, c, first[0]))
}

// join puts two sentences behind each other.
func join(words *page.Context, a, b string) string {
	if a == "" {
		return b
	}
	return words.T("report.join", "first", a, "second", b)
}

// firstFigure says what a figure came to, of its target and against the baseline.
func firstFigure(words *page.Context, c reports.Closing, f numbers.Figure) string {
	pairs := []any{"name", words.Text(f.Name), "value", brief(words, c, f.Definition, f.Total())}
	key := "report.first"
	if f.Target > 0 {
		key, pairs = key+".target", append(pairs, "completion", words.Percent(f.Completion, false))
	}
	if compares(c, f) {
		key, pairs = key+".uplift", append(pairs, "uplift", words.Percent(f.Uplift, true), "label", c.Plan.Baseline.Label)
	}
	return words.T(key, pairs...)
}

// compares reports whether a figure is held against the baseline: before the end, what is below it is only not there yet.
func compares(c reports.Closing, f numbers.Figure) bool {
	return f.HasUplift && (c.Ended() || f.Uplift > 0)
}

// brief writes a number where there is little room.
func brief(words *page.Context, c reports.Closing, d kpi.Definition, n int64) string {
	return words.Brief(d.Unit, n, c.Plan.Currency)
}

// missed are the names of the targets that were not reached, or will not be at this rate.
func missed(words *page.Context, c reports.Closing) (names []string) {
	for _, f := range c.Figures {
		if f.Target > 0 && !isGood(c, f) {
			names = append(names, words.Text(f.Name))
		}
	}
	return names
}

// chartable are the figures whose days are drawn: those on top that are counted.
func chartable(c reports.Closing) []numbers.Figure {
	return slices.DeleteFunc(keys(c), func(f numbers.Figure) bool { return !f.Counted() || f.Total() == 0 })
}
