package page

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func points(values ...int64) []ChartPoint {
	ps := make([]ChartPoint, len(values))
	for i, v := range values {
		ps[i] = ChartPoint{Name: fmt.Sprint(i), Full: fmt.Sprintf("point %d", i), Value: v}
	}
	return ps
}

func said(v int64) string { return grouped(v) }

func TestColumnsStandInProportionToTheirValues(t *testing.T) {
	c := NewChart("Votes", "Day", points(100, 50, 0, 25), said, said)
	full := c.Bars[0].Height
	for i, want := range []percent{full, full / 2, 0, full / 4} {
		if got := c.Bars[i].Height; got < want-.01 || got > want+.01 {
			t.Errorf("column %d: got height %s, want %s", i, got, want)
		}
	}
	if got := c.Bars[3].Top + c.Bars[3].Height; got != c.Zero {
		t.Errorf("a column ends at %s, want %s", got, c.Zero)
	}
}

func TestWhatIsReportedStandsUponWhatWasCounted(t *testing.T) {
	ps := points(100, 100)
	ps[1].Reported = 300
	c := NewChart("Impressions", "Day", ps, said, said)
	b := c.Bars[1]
	if gap := b.UpperTop + b.UpperHeight - b.Top; gap > .01 || gap < -.01 {
		t.Errorf("what is reported ends at %s, what was counted begins at %s", b.UpperTop+b.UpperHeight, b.Top)
	}
	if ratio := b.UpperHeight / b.Height; ratio < 2.99 || ratio > 3.01 {
		t.Errorf("got a ratio of %v, want 3", ratio)
	}
	if !c.Reported || c.Bars[0].SaidReported != "" {
		t.Error("the legend is missing, or a column without a report has one")
	}
}

func TestEveryChartFitsItsBox(t *testing.T) {
	within := func(what string, from, length percent) {
		t.Helper()
		if !(from >= -.001 && length >= -.001 && from+length <= 100.001) {
			t.Errorf("%s from %v, %v long, leaves the box", what, float64(from), float64(length))
		}
	}
	for range 300 {
		ps := points(make([]int64, 1+rand.IntN(80))...)
		reach := int64(1) << rand.IntN(50)
		for i := range ps {
			ps[i].Value, ps[i].Reported = rand.Int64N(reach)-reach/4, rand.Int64N(reach)
		}
		c := NewChart("", "", ps, said, said)
		for _, b := range c.Bars {
			within("a column", b.Top, b.Height)
			within("a column", b.At, b.Width)
			within("a report", b.UpperTop, b.UpperHeight)
		}
		if len(c.Ticks) < 2 || len(c.Ticks) > maxTicks+1 || len(c.Labels) > maxLabels {
			t.Fatalf("%d lines and %d names for %+v", len(c.Ticks), len(c.Labels), ps)
		}
		for _, tick := range c.Ticks {
			within("a line", tick.At, 0)
		}
	}
}

func TestAScaleHasRoundNumbers(t *testing.T) {
	for _, c := range []struct {
		low, high int64
		want      string
	}{
		{0, 0, "[1 0]"}, {0, 3, "[3 2 1 0]"}, {0, 7, "[8 6 4 2 0]"}, {0, 100, "[100 50 0]"}, {0, 37_000, "[40000 30000 20000 10000 0]"},
		{-5, 10, "[10 5 0 -5]"}, {-9, 0, "[5 0 -5 -10]"},
	} {
		if got := fmt.Sprint(scaleOf(c.low, c.high).ticks()); got != c.want {
			t.Errorf("%d to %d: got %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

func TestAChartAndItsTableSayTheSame(t *testing.T) {
	ps := points(12, 3456)
	ps[1].Reported, ps[1].Partial, ps[0].Href = 77, true, "/console/x"
	body := drawnPart(t, "chart", NewChart("Votes <b>", "Day", ps, said, said))
	wants(t, body, "Votes &lt;b&gt;", `<th scope="row"><a href="/console/x?lang=en">point 0</a></th><td class="num">12</td>`, `<td class="num">3,456</td><td class="num">77</td>`,
		"<title>point 1: 3,456 + 77 reported (not over yet)</title>")
	if got := strings.Count(body, `<rect class="counted-here"`); got != 2 {
		t.Errorf("got %d columns, want 2", got)
	}
	lacks(t, body, "style=", "ZgotmplZ", "NaN")
}

func TestManyPointsAreOneLine(t *testing.T) {
	body := drawnPart(t, "chart", NewChart("Votes", "Hour", points(make([]int64, maxBars+1)...), said, said))
	wants(t, body, `<path class="line" d="M`)
	lacks(t, body, `<rect class="counted-here"`, "ZgotmplZ", "NaN")
	if got := strings.Count(body, "<tr"); got != maxBars+2 {
		t.Errorf("the table has %d rows, want %d", got, maxBars+2)
	}
}

// drawnPart draws one of the parts that pages share, in English.
func drawnPart(t *testing.T, name string, view any) string {
	t.Helper()
	c := english(t)
	c.explicit = true
	var b bytes.Buffer
	if err := c.page.all.ExecuteTemplate(&b, name, c.With(view)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAMeterShowsNoMoreThanTheWhole(t *testing.T) {
	for completion, want := range map[int64]percent{-5: 0, 0: 0, 5000: 50, 10386: 100} {
		if got := NewMeter(completion, .4, true); got.Filled != want || got.Due != 40 {
			t.Errorf("%d: got %+v, want %s", completion, got, want)
		}
	}
}
