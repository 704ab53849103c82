package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fanfare/server/app/numbers"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// tone says how something is going.
type tone string

// The tones. A class of the stylesheet is named after each.
const (
	noTone   tone = ""
	goodTone tone = "good"
	warnTone tone = "warn"
	badTone  tone = "bad"
)

// toneOf is that of a completion to be expected.
func toneOf(completion int64) tone {
	switch {
	case completion >= 100_00:
		return goodTone
	case completion >= numbers.Nearly:
		return warnTone
	}
	return badTone
}

// figureLine is a metric's number as the dashboard shows it.
type figureLine struct {
	Metric     kpi.Metric
	Path       string // to what it is made of
	Name       string
	Means      string
	Value      string
	Exact      string
	Split      string // what was counted and what is reported, where both are in it
	Target     string
	Completion string
	Meter      page.Meter
	Tone       tone
	Pace       string // where it is heading, in words
	Uplift     string
	Against    string // what the uplift is measured against, and that it is not over yet
	Falls      bool   // the uplift is none, and nothing is to come
	Early      bool   // it is none yet
	Spark      page.Spark
}

// liveView draws an overview up; by names the metric whose days are shown.
func (c *Console) liveView(words *page.Context, o numbers.Overview, by kpi.Metric) liveView {
	v := liveView{Clock: clockText(words, o), Cities: cityLines(words, o), Engaging: c.topLines(words, o, o.Engaging), Selling: c.topLines(words, o, o.Selling)}
	for _, f := range o.Figures {
		line := figureOf(words, o, f)
		switch {
		case f.Target > 0:
			v.Targets = append(v.Targets, line)
		case f.Total() != 0:
			v.Figures = append(v.Figures, line)
		}
	}
	v.Verdict, v.Tone = verdictOf(words, o)
	v.Funnel = funnelOf(words, o)
	v.Notes = notesOf(words, o)
	v.Channels, v.Partners = channelTable(words, o), partnerTable(words, o)
	shown := trendOf(o, by)
	v.Trend, v.TrendOf = dayChart(words, o, shown), metricPath(o.Campaign.ID, shown.Metric)
	for _, f := range o.Figures {
		if f.Counted() && (f.Total() != 0 || f.Target > 0) {
			v.Trends = append(v.Trends, numberChoice{withParam(numbersPath(o.Campaign.ID), "metric", string(f.Metric)) + "#trend", words.Text(f.Name), f.Metric == shown.Metric})
		}
	}
	return v
}

// trendOf is the figure whose days are shown: the one that was asked for, else the first with a target, else the first with a number.
func trendOf(o numbers.Overview, by kpi.Metric) numbers.Figure {
	for _, suits := range []func(numbers.Figure) bool{
		func(f numbers.Figure) bool { return f.Metric == by },
		func(f numbers.Figure) bool { return f.Target > 0 && f.Counted() && f.Total() != 0 },
		func(f numbers.Figure) bool { return f.Counted() && f.Total() != 0 },
	} {
		if i := slices.IndexFunc(o.Figures, suits); i >= 0 {
			return o.Figures[i]
		}
	}
	return o.Figure(kpi.Entries)
}

// figureOf says one metric's number.
func figureOf(words *page.Context, o numbers.Overview, f numbers.Figure) figureLine {
	say := func(n int64) string { return words.Figure(f.Unit, n, o.Plan.Currency) }
	short := func(n int64) string { return words.Brief(f.Unit, n, o.Plan.Currency) }
	line := figureLine{
		Metric: f.Metric, Path: metricPath(o.Campaign.ID, f.Metric), Name: words.Text(f.Name), Means: words.Text(f.Means),
		Value: words.T("numbers.none"), Exact: words.T("numbers.none"),
	}
	if f.Has() {
		line.Value, line.Exact = short(f.Total()), say(f.Total())
	}
	line.Split = splitOf(words, o, f.Definition, f.Measured, f.Reported)
	if f.Target > 0 {
		line.Target = words.Short(f.Unit, f.Target, o.Plan.Currency)
		line.Completion = words.Percent(f.Completion, false)
		line.Meter = page.NewMeter(f.Completion, o.Period.Elapsed(o.Now), f.Counted() && o.Now.Before(o.Period.To))
		line.Tone, line.Pace = paceOf(words, o, f)
	}
	if f.HasUplift {
		against, running := "numbers.against", o.Now.Before(o.Period.To)
		line.Falls, line.Early = f.Uplift < 0 && !running, f.Uplift < 0 && running
		if line.Early {
			against = "numbers.sofar"
		}
		line.Uplift, line.Against = words.Percent(f.Uplift, true), words.T(against, "label", o.Plan.Baseline.Label)
	}
	line.Spark = sparkOf(f)
	return line
}

// splitOf says how much of a number was counted and how much others report; nothing where all was counted.
func splitOf(words *page.Context, o numbers.Overview, d kpi.Definition, measured, reported int64) string {
	switch {
	case reported == 0:
		return ""
	case measured == 0:
		return words.T("numbers.only_reported")
	}
	return words.T("numbers.split", "measured", words.Brief(d.Unit, measured, o.Plan.Currency), "reported", words.Brief(d.Unit, reported, o.Plan.Currency))
}

// sparkOf draws the days that are over.
func sparkOf(f numbers.Figure) page.Spark {
	var values []int64
	for i, b := range f.Days {
		if b.Partial {
			continue
		}
		if f.ReportedDays != nil {
			b.Value += f.ReportedDays[i].Value
		}
		values = append(values, b.Value)
	}
	return page.NewSpark(values)
}

// paceOf says where a figure with a target is heading.
func paceOf(words *page.Context, o numbers.Overview, f numbers.Figure) (tone, string) {
	switch {
	case f.Completion >= 100_00:
		return goodTone, words.T("numbers.reached")
	case !o.Now.Before(o.Period.To):
		return toneOf(f.Completion), words.T("numbers.missed")
	case f.HasPace && f.Pace.Completion >= farBeyond:
		return goodTone, words.T("numbers.pace.far")
	case f.HasPace:
		last := words.DayMonth(o.Period.To.Add(-time.Nanosecond), o.Plan.Location())
		return toneOf(f.Pace.Completion), words.T("numbers.pace", "percent", words.Percent(roundPercent(f.Pace.Completion), false), "day", last,
			"need", words.Brief(f.Unit, f.Pace.PerDay, o.Plan.Currency))
	case f.Counted():
		return noTone, ""
	}
	return toneOf(f.Completion), ""
}

// farBeyond is from which completion on a forecast says no more than that: in a campaign's first hours it may be anything.
const farBeyond = 1000_00

// roundPercent leaves the fraction out: a forecast does not know it.
func roundPercent(hundredths int64) int64 { return (hundredths + 50) / 100 * 100 }

// verdictOf says how a campaign is doing, in one sentence.
func verdictOf(words *page.Context, o numbers.Overview) (string, tone) {
	if o.Now.Before(o.Period.From) {
		return words.T("numbers.begins", "span", words.Span(o.Now, o.Period.From)), noTone
	}
	all, good, worst := 0, 0, goodTone
	var behind []string
	for _, f := range o.Figures {
		if f.Target == 0 {
			continue
		}
		all++
		is, _ := paceOf(words, o, f)
		if is == goodTone {
			good++
			continue
		}
		behind = append(behind, words.Text(f.Name))
		if worst != badTone && is != noTone {
			worst = is
		}
	}
	state := "running"
	if !o.Now.Before(o.Period.To) {
		state = "ended"
	}
	switch {
	case all == 0:
		return words.T("numbers.no_targets"), noTone
	case good == all:
		return words.N("numbers.all_good."+state, all), goodTone
	}
	return words.N("numbers.some_good."+state, all, "good", good, "behind", strings.Join(behind, words.T("list.comma"))), worst
}

// clockText says where in its period a campaign is. One without a period has only days so far.
func clockText(words *page.Context, o numbers.Overview) string {
	days := len(kpi.NewSeries(o.Period.From, o.Period.To, o.Period.To, kpi.ByDay, o.Plan.Location()))
	gone := len(kpi.NewSeries(o.Period.From, o.Period.To, o.Now, kpi.ByDay, o.Plan.Location()))
	if o.Plan.Ends.IsZero() || o.Now.Before(o.Period.From) || !o.Now.Before(o.Period.To) {
		return words.N("numbers.days", days, "zone", o.Plan.TimeZone)
	}
	return words.T("numbers.day_of", "day", gone, "days", days, "zone", o.Plan.TimeZone)
}

// funnelOf draws the way from seeing to buying; nothing where nobody has gone it.
func funnelOf(words *page.Context, o numbers.Overview) []page.FunnelStep {
	var steps []page.FunnelStep
	var values []int64
	for _, f := range o.Funnel() {
		step := page.FunnelStep{Name: words.Text(f.Name), Href: metricPath(o.Campaign.ID, f.Metric), Said: words.Figure(f.Unit, f.Total(), o.Plan.Currency)}
		if f.HasShare {
			step.Of = shareText(words, f)
		}
		steps, values = append(steps, step), append(values, f.Total())
	}
	if slices.Max(values) == 0 {
		return nil
	}
	return page.NewFunnel(steps, values)
}

// shareText says how much a step is of the one that it follows: in percent, or how many times as much.
func shareText(words *page.Context, f numbers.Step) string {
	of := words.Text(f.Of.Name)
	if f.Share > 100_00 {
		return words.T("numbers.share.times", "times", strconv.FormatFloat(float64(f.Share)/100_00, 'f', 1, 64), "of", of)
	}
	return words.T("numbers.share", "percent", words.Percent(f.Share, false), "of", of)
}

// notesOf says what is to be known about the numbers.
func notesOf(words *page.Context, o numbers.Overview) (notes []numberNote) {
	base := campaignPath(o.Campaign.ID)
	if o.Unrated > 0 {
		notes = append(notes, numberNote{words.N("numbers.unrated", o.Unrated), base + "/orders?norate=1"})
	}
	if o.Unattributed > 0 {
		notes = append(notes, numberNote{words.N("numbers.unattributed", o.Unattributed), base + "/orders?unattributed=1"})
	}
	switch {
	case len(o.Plan.Targets) == 0:
		notes = append(notes, numberNote{words.T("numbers.set_targets"), base + "/plan"})
	case !o.Plan.Launched():
		notes = append(notes, numberNote{words.T("numbers.not_locked"), base})
	}
	return notes
}
