package report

import (
	"slices"
	"strings"
	"time"

	"fanfare/server/app/numbers"
	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// View is a report in words, as the template "report" draws it.
type View struct {
	Name     string
	Kind     string // closing report, or interim report and the day
	Period   string
	AsOf     string
	Sentence string
	Missed   string // what was not reached, in one sentence; empty where nothing was missed
	Keys     []Card
	Notes    []string
	Targets  []Card // those with a target
	Figures  []FigureLine
	Funnel   []page.FunnelStep
	Charts   []page.Chart
	Channels Table
	Partners Table
	Reposts  Table
	Cities   Table
	Engaging []Photo
	Selling  []Photo
	Changes  []ChangeLine
	Earlier  int // changes that are only in the files
	Means    []Meaning
	SHA256   string // of the plan that the targets stand in
}

// Card is a figure as it stands on top, or among the targets.
type Card struct {
	Name       string
	Value      string
	Exact      string
	Of         string // how much of its target it is
	Completion string
	Target     string
	Uplift     string
	Falls      bool
	Tone       string
	Meter      page.Meter
	HasMeter   bool
	Pace       string
}

// FigureLine is one metric in the table of all.
type FigureLine struct {
	Name, Total, Measured, Reported, Baseline, Uplift string
}

// Table is a table in words; the first column names the line.
type Table struct {
	Columns []string
	Rows    []Row
}

// Row is a line of a table.
type Row struct {
	Name  string
	Cells []string
}

// Photo is an entry with what it brought.
type Photo struct {
	Picture page.Picture
	Path    string
	Caption string
	Author  string
	Facts   string
}

// Meaning is how a metric is defined.
type Meaning struct{ Name, Text string }

// NewView says a report in the words of a context.
func NewView(words *page.Context, c reports.Closing) View {
	zone := c.Plan.Location()
	v := View{
		Name: words.Text(c.Campaign.Name), Kind: kindOf(words, c), Sentence: sentence(words, c), SHA256: c.Plan.SHA256,
		Period: words.T("report.period", "from", words.Day(c.Period.From, zone), "to", words.Day(c.Period.To.Add(-time.Nanosecond), zone), "zone", c.Plan.TimeZone),
		AsOf:   words.T("report.as_of", "at", words.Day(c.Now, zone)+" "+c.Now.In(zone).Format("15:04")),
	}
	if names := missed(words, c); len(names) > 0 && !c.Now.Before(c.Period.From) {
		key := "report.behind"
		if c.Ended() {
			key = "report.missed"
		}
		v.Missed = words.T(key, "names", strings.Join(names, words.T("list.comma")))
	}
	for _, f := range keys(c) {
		v.Keys = append(v.Keys, cardOf(words, c, f))
	}
	v.Notes = notes(words, c)
	v.figures(words, c)
	v.Funnel = funnel(words, c)
	for _, f := range chartable(c) {
		v.Charts = append(v.Charts, chart(words, c, f))
	}
	v.Channels, v.Partners = groupTable(words, c, c.Channels, channelMetrics, "report.direct"), groupTable(words, c, c.Partners, partnerMetrics, "")
	v.Reposts, v.Cities = repostTable(words, c), cityTable(words, c)
	v.Engaging, v.Selling = photos(words, c, c.Engaging), photos(words, c, c.Selling)
	v.Changes, v.Earlier = changeLines(words, c, changesShown)
	return v
}

// kindOf names the report: the closing one, or the interim one and the day.
func kindOf(words *page.Context, c reports.Closing) string {
	zone := c.Plan.Location()
	days := len(kpi.NewSeries(c.Period.From, c.Period.To, c.Period.To, kpi.ByDay, zone))
	switch {
	case c.Ended():
		return words.T("report.closing")
	case c.Plan.Ends.IsZero(), c.Now.Before(c.Period.From):
		return words.T("report.interim")
	}
	return words.T("report.interim.day", "day", len(kpi.NewSeries(c.Period.From, c.Period.To, c.Now, kpi.ByDay, zone)), "days", days)
}

// figures fills in the targets, the table of all metrics and their definitions.
func (v *View) figures(words *page.Context, c reports.Closing) {
	for _, f := range c.Figures {
		if f.Target > 0 {
			v.Targets = append(v.Targets, cardOf(words, c, f))
		}
		if !f.Has() || f.Total() == 0 && f.Target == 0 {
			continue
		}
		say := func(is bool, n int64) string {
			if !is {
				return ""
			}
			return words.Figure(f.Unit, n, c.Plan.Currency)
		}
		line := FigureLine{
			Name: words.Text(f.Name), Total: say(true, f.Total()), Measured: say(f.HasMeasured && f.HasReported, f.Measured),
			Reported: say(f.HasReported, f.Reported), Baseline: say(f.Baseline > 0, f.Baseline),
		}
		if compares(c, f) {
			line.Uplift = words.Percent(f.Uplift, true)
		}
		v.Figures = append(v.Figures, line)
		v.Means = append(v.Means, Meaning{words.Text(f.Name), words.Text(f.Means)})
	}
}

// HasReported and HasBaseline say whether the table of all metrics needs their columns.
func (v View) HasReported() bool {
	return slices.ContainsFunc(v.Figures, func(f FigureLine) bool { return f.Reported != "" })
}

// HasBaseline is about the baseline and the uplift.
func (v View) HasBaseline() bool {
	return slices.ContainsFunc(v.Figures, func(f FigureLine) bool { return f.Baseline != "" })
}

// cardOf says a figure.
func cardOf(words *page.Context, c reports.Closing, f numbers.Figure) Card {
	k := Card{Name: words.Text(f.Name), Value: words.T("report.none"), Exact: words.T("report.none")}
	if f.Has() {
		k.Value, k.Exact = brief(words, c, f.Definition, f.Total()), words.Figure(f.Unit, f.Total(), c.Plan.Currency)
	}
	if compares(c, f) {
		k.Uplift, k.Falls = words.T("report.against", "uplift", words.Percent(f.Uplift, true), "label", c.Plan.Baseline.Label), f.Uplift < 0
	}
	if f.Target == 0 {
		return k
	}
	k.Completion, k.Target = words.Percent(f.Completion, false), words.Figure(f.Unit, f.Target, c.Plan.Currency)
	k.Of = words.T("report.of_target", "completion", k.Completion)
	k.Meter, k.HasMeter, k.Tone = page.NewMeter(f.Completion, c.Period.Elapsed(c.Now), !c.Ended()), true, "warn"
	switch {
	case f.Completion >= 100_00:
		k.Tone, k.Pace = "good", words.T("report.reached")
	case c.Ended():
		k.Tone, k.Pace = "bad", words.T("report.not_reached")
	case f.HasPace:
		expected := (f.Pace.Completion + 50) / 100 * 100 // a forecast knows no fractions
		k.Pace = words.T("report.pace", "percent", words.Percent(expected, false))
		if expected >= 100_00 {
			k.Tone = "good"
		} else if f.Pace.Completion < numbers.Nearly {
			k.Tone = "bad"
		}
	}
	return k
}

// notes say what is to be known about the numbers.
func notes(words *page.Context, c reports.Closing) (lines []string) {
	for _, ch := range c.Concealed {
		lines = append(lines, words.T("report.concealed", "hashtag", ch.Hashtag))
	}
	if c.Unrated > 0 {
		lines = append(lines, words.N("report.unrated", c.Unrated))
	}
	if !c.Plan.Launched() {
		lines = append(lines, words.T("report.not_locked"))
	}
	return lines
}

// funnel draws the way from seeing to buying; nothing where nobody has gone it.
func funnel(words *page.Context, c reports.Closing) []page.FunnelStep {
	var steps []page.FunnelStep
	var values []int64
	for _, f := range c.Funnel() {
		if f.Metric == "" { // left out
			continue
		}
		step := page.FunnelStep{Name: words.Text(f.Name), Said: words.Figure(f.Unit, f.Total(), c.Plan.Currency)}
		if f.HasShare {
			step.Of = words.T("report.of_step", "percent", words.Percent(f.Share, false), "of", words.Text(f.Of.Name))
		}
		steps, values = append(steps, step), append(values, f.Total())
	}
	if slices.Max(values) == 0 {
		return nil
	}
	return page.NewFunnel(steps, values)
}

// chart draws a figure's days.
func chart(words *page.Context, c reports.Closing, f numbers.Figure) page.Chart {
	points := make([]page.ChartPoint, len(f.Days))
	for i, b := range f.Days {
		zone := b.From.Location()
		points[i] = page.ChartPoint{Name: words.DayMonth(b.From, zone), Full: words.Day(b.From, zone), Value: b.Value, Partial: b.Partial}
		if f.ReportedDays != nil {
			points[i].Reported = f.ReportedDays[i].Value
		}
	}
	return page.NewChart(words.Text(f.Name), words.T("report.day"), points,
		func(n int64) string { return words.Figure(f.Unit, n, c.Plan.Currency) },
		func(n int64) string { return words.Short(f.Unit, n, c.Plan.Currency) })
}

// photoSizes is how wide a photo stands: half a phone, a third of a page.
const photoSizes = "(min-width: 48rem) 16rem, 45vw"

func photos(words *page.Context, c reports.Closing, entries []numbers.Entry) (list []Photo) {
	for _, e := range entries {
		p := Photo{
			Picture: words.Picture(e.Photo, photoSizes, words.Alt(e.Caption, e.Author)), Path: page.EntryPath(e.ID), Author: e.Author,
			Caption: firstLine(e.Caption), Facts: words.T("report.brought", "gmv", brief(words, c, definition(kpi.GMV), e.GMV), "orders", words.N("report.orders", e.Orders)),
		}
		if e.Orders == 0 {
			p.Facts = words.T("report.engaged", "votes", words.N("report.votes", e.Votes), "shares", words.N("report.shares", e.Shares))
		}
		if p.Caption == "" {
			p.Caption = words.T("report.number", "number", e.Number)
		}
		list = append(list, p)
	}
	return list
}

// firstLine is the first line of a caption.
func firstLine(caption string) string {
	lines := page.Paragraphs(caption)
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// definition is a metric's, which is one.
func definition(m kpi.Metric) kpi.Definition {
	d, _ := kpi.Define(m)
	return d
}

// hashtag names a challenge.
func hashtag(c reports.Closing, id contest.ChallengeID) string {
	ch, _ := c.Challenge(id)
	return ch.Hashtag
}
