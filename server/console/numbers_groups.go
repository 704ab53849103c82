package console

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"

	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// groupTable is the channels or the partners with their numbers.
type groupTable struct {
	Columns []string
	Rows    []groupRow
}

type groupRow struct {
	Name  string
	Cells []groupCell
}

// groupCell is one number of a group.
type groupCell struct {
	Said  string // empty for none
	Split string // where some of it is reported
	Path  string // to its rows; empty where it has none
}

// Which metrics tables of groups show, where any group has them. Nobody can tell by which channel an entry or a vote came.
var (
	channelMetrics = []kpi.Metric{kpi.Impressions, kpi.Reach, kpi.Visits, kpi.Clicks, kpi.Shares, kpi.Reposts, kpi.Orders, kpi.GMV, kpi.Conversion}
	partnerMetrics = []kpi.Metric{kpi.Impressions, kpi.Clicks, kpi.Visits, kpi.Reposts, kpi.Entries, kpi.Votes, kpi.Orders, kpi.GMV}
)

func channelTable(words *page.Context, o numbers.Overview) groupTable {
	return tableOf(words, o, o.Channels, channelMetrics, "channel", words.T("numbers.direct"))
}

func partnerTable(words *page.Context, o numbers.Overview) groupTable {
	return tableOf(words, o, o.Partners, partnerMetrics, "partner", words.T("numbers.no_partner"))
}

// tableOf writes groups with any number into lines, and as columns the metrics that any of them has.
func tableOf(words *page.Context, o numbers.Overview, groups []numbers.Group, metrics []kpi.Metric, param, nobody string) (t groupTable) {
	var shown []kpi.Definition
	for _, m := range metrics {
		d, _ := kpi.Define(m)
		for _, g := range groups {
			if n, ok := groupNumber(d, g); ok && n != 0 && (g.ID != "" || param == "channel") {
				shown = append(shown, d)
				t.Columns = append(t.Columns, words.Text(d.Name))
				break
			}
		}
	}
	if len(shown) == 0 {
		return groupTable{}
	}
	for _, g := range groups {
		row, any := groupRow{Name: words.Text(g.Name)}, g.ID != ""
		if g.ID == "" {
			row.Name = nobody
		}
		for _, d := range shown {
			cell, has := cellOf(words, o, d, g, param)
			row.Cells, any = append(row.Cells, cell), any || has
		}
		if any {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// groupNumber is a group's number of a metric; false where there is nothing to work it out from.
func groupNumber(d kpi.Definition, g numbers.Group) (int64, bool) {
	if d.Counted() {
		return g.Total(d.Metric), true
	}
	return kpi.Derived(d.Metric, g.Measured)
}

func cellOf(words *page.Context, o numbers.Overview, d kpi.Definition, g numbers.Group, param string) (cell groupCell, has bool) {
	n, ok := groupNumber(d, g)
	if !ok || n == 0 {
		return groupCell{}, false
	}
	cell.Said = words.Figure(d.Unit, n, o.Plan.Currency)
	if d.Unit == kpi.Money {
		cell.Said = words.Brief(d.Unit, n, o.Plan.Currency)
	}
	cell.Split = splitOf(words, o, d, g.Measured[d.Metric], g.Reported[d.Metric])
	if d.Metric == kpi.Orders || d.Metric == kpi.GMV {
		cell.Path = withQuery(campaignPath(o.Campaign.ID)+"/orders", groupQuery(o.Period, param, g.ID))
	}
	return cell, true
}

// groupQuery finds a group's orders in the period; those of nobody for the group that is none.
func groupQuery(p numbers.Period, param, id string) url.Values {
	q := periodQuery(p)
	q.Set(param, cmp.Or(id, numbers.Nobody))
	return q
}

// periodQuery finds what is of the period.
func periodQuery(p numbers.Period) url.Values {
	return url.Values{"from": {fmt.Sprint(kpi.QuarterOf(p.From))}, "to": {fmt.Sprint(kpi.QuarterOf(p.To))}}
}

// cityLine is what a city takes part with.
type cityLine struct {
	Name           string
	Paths          []numberNote // to its entries, in each challenge that has the city
	Entries, Votes string
	Value, Best    int64 // of the bar
}

// citiesShown is how many cities the dashboard lists.
const citiesShown = 10

func cityLines(words *page.Context, o numbers.Overview) (lines []cityLine) {
	for _, city := range o.Cities {
		if city.ID == "" || city.Entries+city.Votes == 0 || len(lines) == citiesShown {
			continue
		}
		lines = append(lines, cityLine{
			words.Text(city.Name), cityPaths(o, city.ID), words.N("numbers.entries", city.Entries), words.N("numbers.votes", city.Votes), city.Votes, max(o.Cities[0].Votes, city.Votes, 1),
		})
	}
	return lines
}

// cityPaths leads to the entries of a city.
func cityPaths(o numbers.Overview, id string) (paths []numberNote) {
	for _, ch := range o.Challenges {
		if slices.ContainsFunc(ch.Cities, func(c contest.Choice) bool { return c.ID == id }) {
			paths = append(paths, numberNote{ch.Hashtag, withParam(challengePath(ch.ID)+"/entries", "city", id)})
		}
	}
	return paths
}

// topLine is an entry among those that bring most.
type topLine struct {
	Path   string
	Thumb  page.Picture
	Name   string
	Author string
	Facts  string
}

func (c *Console) topLines(words *page.Context, o numbers.Overview, entries []numbers.Entry) (lines []topLine) {
	for _, e := range entries {
		line := topLine{
			Path: "/console/entries/" + string(e.ID), Name: words.T("entry.number", "number", e.Number), Author: e.Author,
			Thumb: words.Square(e.Photo, ""),
		}
		switch {
		case e.Orders > 0:
			line.Facts = words.T("numbers.brought", "gmv", words.Brief(kpi.Money, e.GMV, o.Plan.Currency), "orders", words.N("numbers.orders", e.Orders))
		default:
			line.Facts = words.T("numbers.engaged", "votes", words.N("numbers.votes", e.Votes), "shares", words.N("numbers.shares", e.Shares),
				"views", words.N("numbers.views", e.Views))
		}
		if caption := captionOf(e.Entry); caption != "" {
			line.Name = caption
		}
		lines = append(lines, line)
	}
	return lines
}

// captionOf is the first line of an entry's caption.
func captionOf(e contest.Entry) string {
	lines := page.Paragraphs(e.Caption)
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}
