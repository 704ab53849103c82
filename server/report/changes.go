package report

import (
	"time"

	"fanfare/server/app/reports"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// changesShown is how many changes a page tells of, the newest; files have all.
const changesShown = 20

// ChangeLine is something that changed, in words.
type ChangeLine struct {
	At    page.Moment
	Text  string
	Why   string
	Moves []string // what an amendment changed
}

// changeLines says what changed; earlier is how many more there are.
func changeLines(words *page.Context, c reports.Closing, most int) (lines []ChangeLine, earlier int) {
	for _, change := range c.Changes[:min(most, len(c.Changes))] {
		line := ChangeLine{At: words.Moment(change.At, c.Now, c.Plan.Location()), Text: changeText(words, c, change), Why: change.Reason}
		if change.Why != "" {
			line.Why = words.T("vote_reason." + string(change.Why))
		}
		if change.Kind == reports.Amended {
			line.Moves = moves(words, change.Was, change.Is)
		}
		lines = append(lines, line)
	}
	return lines, len(c.Changes) - len(lines)
}

// changeText says a change in one sentence.
func changeText(words *page.Context, c reports.Closing, change reports.Change) string {
	key := "report.change." + string(change.Kind)
	switch change.Kind {
	case reports.Amended:
		return words.T(key, "number", change.Number)
	case reports.Certified, reports.Recertify:
		return words.T(key, "hashtag", hashtag(c, change.Challenge))
	case reports.FiguresIn, reports.FiguresOut:
		return words.N(key, change.Count, "source", change.Source)
	}
	return words.N(key, change.Count, "hashtag", hashtag(c, change.Challenge))
}

// moves says what an amendment changed of what the report is measured by: the period, the targets, the baseline and how orders are
// attributed.
func moves(words *page.Context, was, is kpi.Plan) (lines []string) {
	add := func(name, before, after string) {
		if before != after {
			lines = append(lines, words.T("report.move", "name", name, "was", orNone(words, before), "is", orNone(words, after)))
		}
	}
	add(words.T("report.move.starts"), words.Day(was.Starts, was.Location()), words.Day(is.Starts, is.Location()))
	add(words.T("report.move.ends"), words.Day(lastDay(was), was.Location()), words.Day(lastDay(is), is.Location()))
	for _, d := range kpi.Definitions {
		add(words.T("report.move.target", "name", words.Text(d.Name)), planFigure(words, was, was.Targets, d), planFigure(words, is, is.Targets, d))
	}
	for _, d := range kpi.Definitions {
		add(words.T("report.move.baseline", "name", words.Text(d.Name)), planFigure(words, was, was.Baseline.Figures, d), planFigure(words, is, is.Baseline.Figures, d))
	}
	add(words.T("report.move.attribution"), words.N("span.days", was.AttributionDays), words.N("span.days", is.AttributionDays))
	if len(lines) == 0 {
		lines = append(lines, words.T("report.move.none"))
	}
	return lines
}

// lastDay is a moment of a plan's last day.
func lastDay(p kpi.Plan) time.Time { return p.Ends.Add(-time.Nanosecond) }

// planFigure is a number of a plan in words; empty where it has none.
func planFigure(words *page.Context, p kpi.Plan, figures map[kpi.Metric]int64, d kpi.Definition) string {
	n, ok := figures[d.Metric]
	if !ok {
		return ""
	}
	return words.Figure(d.Unit, n, p.Currency)
}

func orNone(words *page.Context, text string) string {
	if text == "" {
		return words.T("report.none")
	}
	return text
}
