package report

import (
	"fanfare/server/app/numbers"
	"fanfare/server/app/reports"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// Which metrics tables of groups show, where any group has them. Nobody can tell by which channel an entry or a vote came. A page of
// A4 has no room for more.
var (
	channelMetrics = []kpi.Metric{kpi.Impressions, kpi.Visits, kpi.Clicks, kpi.Shares, kpi.Reposts, kpi.Orders, kpi.GMV, kpi.Conversion}
	partnerMetrics = []kpi.Metric{kpi.Impressions, kpi.Visits, kpi.Clicks, kpi.Entries, kpi.Votes, kpi.Reposts, kpi.Orders, kpi.GMV}
)

// citiesShown is how many cities a page lists; files have all.
const citiesShown = 12

// groupNumber is a group's number of a metric; false where there is nothing to work it out from.
func groupNumber(d kpi.Definition, g numbers.Group) (int64, bool) {
	if d.Counted() {
		return g.Total(d.Metric), true
	}
	return kpi.Derived(d.Metric, g.Measured)
}

// shownMetrics are those of which any group with a name has a number; where nobody is the key of a line, it is asked too.
func shownMetrics(groups []numbers.Group, metrics []kpi.Metric, nobody bool) (shown []kpi.Definition) {
	for _, m := range metrics {
		d := definition(m)
		for _, g := range groups {
			if n, ok := groupNumber(d, g); ok && n != 0 && (g.ID != "" || nobody) {
				shown = append(shown, d)
				break
			}
		}
	}
	return shown
}

// groupTable says what channels or partners brought. Nobody's line is called as nobody says; without a name it is left out.
func groupTable(words *page.Context, c reports.Closing, groups []numbers.Group, metrics []kpi.Metric, nobody string) (t Table) {
	shown := shownMetrics(groups, metrics, nobody != "")
	for _, d := range shown {
		t.Columns = append(t.Columns, words.Text(d.Name))
	}
	for _, g := range groups {
		row, any := Row{Name: words.Text(g.Name)}, false
		if g.ID == "" {
			if nobody == "" {
				continue
			}
			row.Name = words.T(nobody)
		}
		for _, d := range shown {
			n, ok := groupNumber(d, g)
			text := words.T("report.none")
			if ok && n != 0 {
				text, any = brief(words, c, d, n), true
			}
			row.Cells = append(row.Cells, text)
		}
		if any {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// repostTable says what partners' reposts brought.
func repostTable(words *page.Context, c reports.Closing) (t Table) {
	for _, m := range []kpi.Metric{kpi.Reposts, kpi.Reach, kpi.Clicks, kpi.Orders, kpi.GMV} {
		t.Columns = append(t.Columns, words.Text(definition(m).Name))
	}
	t.Columns[1] = words.T("report.post_reach") // as platforms tell it, which is not what Fanfare counts
	for _, p := range c.Reposts {
		t.Rows = append(t.Rows, Row{words.Text(p.Name), []string{
			words.Number(p.RepostSum.Reposts), words.Number(p.Reach), words.Number(p.Clicks), words.Number(p.Orders), brief(words, c, definition(kpi.GMV), p.GMV),
		}})
	}
	return t
}

// cityTable says what cities took part with.
func cityTable(words *page.Context, c reports.Closing) (t Table) {
	t.Columns = []string{words.Text(definition(kpi.Entries).Name)}
	if len(c.Concealed) == 0 {
		t.Columns = append(t.Columns, words.Text(definition(kpi.Votes).Name))
	}
	for _, city := range c.Cities {
		if city.ID == "" || city.Entries+city.Votes == 0 || len(t.Rows) == citiesShown {
			continue
		}
		t.Rows = append(t.Rows, Row{words.Text(city.Name), []string{words.Number(city.Entries), words.Number(city.Votes)}[:len(t.Columns)]})
	}
	return t
}
