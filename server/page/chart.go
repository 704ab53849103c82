package page

import (
	"fmt"
	"slices"
	"strings"
)

// ChartPoint is one stretch of time in a chart.
type ChartPoint struct {
	Name string // in short, below the chart: "22 Nov"; empty for one that needs none
	Full string // in the table
	// Day and Clock name it where the chart is looked at closely; by days there is no clock.
	Day, Clock string
	// Value was counted, Reported is what others report; they are shown apart, one upon the other.
	Value, Reported int64
	Href            string // to what makes the value; empty for nowhere
	Partial         bool   // it is not over
}

// Chart is a number over time: columns, or one line where there are many points, and the same as a table.
type Chart struct {
	Title string
	// Of is the word for each point in the table's head: "Day".
	Of     string
	Bars   []Bar
	Line   string // of an SVG path in a box of 1000 × 1000; empty where columns are drawn
	Area   string // what is below it
	Ticks  []ChartTick
	Labels []ChartLabel
	Zero   percent
	// Reported and Partial say that there are such values, which the legend explains.
	Reported, Partial bool
}

// Bar is a point as it is drawn and as the table says it.
type Bar struct {
	ChartPoint
	Said, SaidReported    string
	At, Width             percent // of the column
	Slot, SlotWidth       percent // of the column with the gap around it
	Top, Height           percent // of what was counted
	UpperTop, UpperHeight percent // of what is reported
}

// ChartTick is a line across a chart with its value.
type ChartTick struct {
	At   percent
	Said string
}

// ChartLabel is a point's name below a chart.
type ChartLabel struct {
	At     percent
	Anchor string // SVG's text-anchor
	Name   string
}

const (
	maxBars     = 62  // columns narrower than a phone's 5 pixels are no columns any more
	barShare    = .72 // of a column's slot; the rest is the gap
	maxLabels   = 5   // that do not touch on a phone
	labelMargin = 8   // percent from an edge within which a name is set flush with it
	lineBox     = 1000
)

// NewChart draws points. Say writes a value in full, short writes one beside a line.
func NewChart(title, of string, points []ChartPoint, say, short func(int64) string) Chart {
	c := Chart{Title: title, Of: of}
	var low, high int64
	for _, p := range points {
		low, high = min(low, p.Value), max(high, max(p.Value, 0)+p.Reported)
		c.Reported, c.Partial = c.Reported || p.Reported != 0, c.Partial || p.Partial
	}
	s := scaleOf(low, high)
	c.Zero = s.place(0)
	for _, v := range s.ticks() {
		c.Ticks = append(c.Ticks, ChartTick{s.place(v), short(v)})
	}
	for i, p := range points {
		c.Bars = append(c.Bars, barOf(p, i, len(points), s, say))
	}
	c.Labels = labelsOf(c.Bars)
	if len(points) > maxBars {
		c.Line, c.Area = lineOf(points, s)
	}
	return c
}

func barOf(p ChartPoint, i, n int, s scale, say func(int64) string) Bar {
	slot := percent(100 / float64(n))
	b := Bar{ChartPoint: p, Said: say(p.Value), Slot: slot * percent(i), SlotWidth: slot, Width: slot * barShare}
	b.At = b.Slot + (slot-b.Width)/2
	zero, value := s.place(0), s.place(p.Value)
	b.Top, b.Height = min(zero, value), max(zero, value)-min(zero, value)
	if p.Reported > 0 {
		b.SaidReported = say(p.Reported)
		foot := max(p.Value, 0)
		b.UpperTop = s.place(foot + p.Reported)
		b.UpperHeight = s.place(foot) - b.UpperTop
	}
	return b
}

// labelsOf names some of the columns that have a name, evenly.
func labelsOf(bars []Bar) (labels []ChartLabel) {
	bars = slices.DeleteFunc(slices.Clone(bars), func(b Bar) bool { return b.Name == "" })
	every := (len(bars) + maxLabels - 1) / maxLabels
	for i := 0; i < len(bars); i += max(every, 1) {
		b := bars[i]
		l := ChartLabel{b.Slot + b.SlotWidth/2, "middle", b.Name}
		switch {
		case l.At < labelMargin:
			l.At, l.Anchor = b.At, "start"
		case l.At > 100-labelMargin:
			l.At, l.Anchor = b.At+b.Width, "end"
		}
		labels = append(labels, l)
	}
	return labels
}

// lineOf joins the sums of what was counted and what is reported.
func lineOf(points []ChartPoint, s scale) (line, area string) {
	var b strings.Builder
	x := func(i int) float64 { return (float64(i) + .5) * lineBox / float64(len(points)) }
	for i, p := range points {
		verb := "L"
		if i == 0 {
			verb = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", verb, x(i), lineBox/100*float64(s.place(p.Value+p.Reported)))
	}
	line = b.String()
	zero := lineBox / 100 * float64(s.place(0))
	return line, fmt.Sprintf("%sL%.1f %.1fL%.1f %.1fZ", line, x(len(points)-1), zero, x(0), zero)
}

// Spark is a number over time in the size of a word.
type Spark struct {
	Line string // of an SVG path in a box of 1000 × 1000
	Area string
	Dot  string // at its end
}

// NewSpark draws values; nothing where there are fewer than two.
func NewSpark(values []int64) Spark {
	if len(values) < 2 {
		return Spark{}
	}
	points := make([]ChartPoint, len(values))
	var low, high int64
	for i, v := range values {
		points[i].Value = v
		low, high = min(low, v), max(high, v)
	}
	s := scale{float64(low), max(float64(high), 1), 1}
	line, area := lineOf(points, s)
	last := line[strings.LastIndexByte(line, 'L')+1:]
	return Spark{line, area, "M" + last + "h0"}
}

// Meter is how much of a target was reached, beside how much of the time has passed.
type Meter struct {
	Filled percent // no more than the whole
	// Due is where an even pace would be by now.
	Due    percent
	HasDue bool
}

// NewMeter draws a completion in hundredths of a percent, and how much of the time has passed where that matters.
func NewMeter(completion int64, due float64, hasDue bool) Meter {
	return Meter{min(max(percent(completion)/100, 0), 100), percent(min(max(due, 0), 1) * 100), hasDue}
}

// FunnelStep is a step of a funnel: what was counted, and how much that is of the step before.
type FunnelStep struct {
	Name, Href string // Href is empty for nowhere
	Said       string
	Of         string // its share of the step before, in words; empty for the first
	Width      percent
}

// NewFunnel draws steps, as wide as they are of the widest; each has its name, its words and its way already.
func NewFunnel(steps []FunnelStep, values []int64) []FunnelStep {
	var widest int64
	for _, v := range values {
		widest = max(widest, v)
	}
	for i, v := range values {
		steps[i].Width = part(float64(max(v, 0)), float64(widest))
	}
	return steps
}
