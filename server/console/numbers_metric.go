package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"fanfare/server/app/numbers"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

type metricView struct {
	campaignFrame
	Figure   figureLine
	Facts    []metricFact
	Steps    []numberChoice
	Filters  []metricFilter
	By       kpi.Step
	First    string
	Last     string
	Earliest string // day that can be asked for
	Chart    page.Chart
	Unit     kpi.Unit
	Currency kpi.Currency
	Groups   []groupPart
	Rows     []numberNote // where the rows are that it is counted from
	Kept     string       // as what it is kept; empty where there are rows
}

// metricFact is a number to compare a figure with.
type metricFact struct{ Name, Said string }

// groupPart is a channel's or a partner's part of a metric.
type groupPart struct {
	Title string
	Lines []groupPartLine
}

type groupPartLine struct{ Name, Measured, Reported string }

// metric shows what one metric means, how it went and what it is made of.
func (c *Console) metric(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "numbers")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	asked := numbers.Span{
		By: kpi.Step(q.Get("by")), First: q.Get("from"), Last: q.Get("to"), Filter: numbers.Filter{Channel: q.Get("channel"), Partner: q.Get("partner")},
	}
	d, err := c.Numbers.Detail(r.Context(), around.Campaign.ID, kpi.Metric(r.PathValue("metric")), asked)
	if errors.Is(err, numbers.ErrMetric) || errors.Is(err, numbers.ErrFilter) {
		err = fmt.Errorf("%w: %w", store.ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := metricView{
		campaignFrame: around, Figure: figureOf(words, d.Overview, d.Figure), Facts: metricFacts(words, d),
		Steps: stepChoices(words, d), Filters: metricFilters(words, d), By: d.Span.By, First: d.Span.First, Last: d.Span.Last, Earliest: d.Overview.Period.First,
		Chart: spanChart(words, d), Unit: d.Figure.Unit, Currency: d.Overview.Plan.Currency, Groups: groupParts(words, d),
	}
	v.Rows, v.Kept = metricRows(words, around, d)
	return c.draw(w, r, http.StatusOK, "numbers_metric", v.Figure.Name+" · "+words.Text(around.Campaign.Name), v)
}

// metricFacts are the figure's parts and what it is held against, each in full.
func metricFacts(words *page.Context, d numbers.Detail) (facts []metricFact) {
	f := d.Figure
	say := func(n int64) string { return words.Figure(f.Unit, n, d.Overview.Plan.Currency) }
	add := func(on bool, key, text string) {
		if on {
			facts = append(facts, metricFact{words.T(key), text})
		}
	}
	add(f.HasReported && f.HasMeasured, "numbers.fact.measured", say(f.Measured))
	add(f.HasReported, "numbers.fact.reported", say(f.Reported))
	add(f.Target > 0, "numbers.fact.target", say(f.Target))
	running := f.HasPace && d.Overview.Now.Before(d.Overview.Period.To)
	add(running, "numbers.fact.due", say(f.Pace.Due))
	add(running, "numbers.fact.at_end", say(f.Pace.AtEnd))
	add(running && f.Pace.PerDay > 0, "numbers.fact.per_day", say(f.Pace.PerDay))
	add(f.Baseline > 0, "numbers.fact.baseline", say(f.Baseline))
	return facts
}

// stepChoices are the steps by which a metric can be looked at.
func stepChoices(words *page.Context, d numbers.Detail) (choices []numberChoice) {
	steps := []kpi.Step{kpi.ByDay, kpi.ByHour, kpi.ByQuarter}
	if d.Figure.Metric == kpi.Reach {
		steps = steps[:1]
	}
	for _, by := range steps {
		q := spanQuery(d, by)
		choices = append(choices, numberChoice{
			withQuery(metricPath(d.Overview.Campaign.ID, d.Figure.Metric), q), words.T("numbers.by." + string(by)), by == d.Span.By,
		})
	}
	return choices
}

// spanQuery asks for what a filter leaves of a metric, by a step.
func spanQuery(d numbers.Detail, by kpi.Step) url.Values {
	q := url.Values{"by": {string(by)}}
	if f := d.Span.Filter; f.Channel != "" {
		q.Set("channel", f.Channel)
	}
	if f := d.Span.Filter; f.Partner != "" {
		q.Set("partner", f.Partner)
	}
	return q
}

// metricFilter is what a metric can be told apart by.
type metricFilter struct {
	Param, Name string
	Asked       string
	Choices     []option
}

// metricFilters offers those channels and partners that have a number of the metric.
func metricFilters(words *page.Context, d numbers.Detail) (filters []metricFilter) {
	byChannel, byPartner := numbers.Filters(d.Figure.Metric)
	for _, of := range []struct {
		offered                    bool
		param, name, nobody, asked string
		groups                     []numbers.Group
	}{
		{byChannel, "channel", "numbers.channel", "numbers.direct", d.Span.Filter.Channel, d.Overview.Channels},
		{byPartner, "partner", "numbers.partner", "numbers.no_partner", d.Span.Filter.Partner, d.Overview.Partners},
	} {
		f := metricFilter{Param: of.param, Name: words.T(of.name), Asked: of.asked, Choices: []option{{"", words.T("numbers.all")}}}
		for _, g := range of.groups {
			id, name := g.ID, words.Text(g.Name)
			if id == "" {
				id, name = numbers.Nobody, words.T(of.nobody)
			}
			if n, ok := groupNumber(d.Figure.Definition, g); (ok && n != 0 || id == of.asked) && (id != numbers.Nobody || d.Figure.Metric != kpi.Reach) {
				f.Choices = append(f.Choices, option{id, name})
			}
		}
		if of.offered && len(f.Choices) > 2 {
			filters = append(filters, f)
		}
	}
	return filters
}

// dayChart draws a figure's days.
func dayChart(words *page.Context, o numbers.Overview, f numbers.Figure) page.Chart {
	return spanChart(words, numbers.Detail{Overview: o, Figure: f, Span: numbers.Span{By: kpi.ByDay}, Series: f.Days, Reported: f.ReportedDays})
}

// spanChart draws a metric over time.
func spanChart(words *page.Context, d numbers.Detail) page.Chart {
	currency := d.Overview.Plan.Currency
	oneDay := len(d.Series) > 0 && d.Series[0].Day() == d.Series[len(d.Series)-1].Day()
	points := make([]page.ChartPoint, len(d.Series))
	for i, b := range d.Series {
		points[i] = pointOf(words, b, d.Span.By, oneDay)
		if !oneDay && i > 0 && d.Series[i-1].Day() == b.Day() {
			points[i].Name = "" // the day's first one has it
		}
		if d.Reported != nil {
			points[i].Reported = d.Reported[i].Value
		}
		if d.Figure.Metric != kpi.Reach {
			points[i].Href = finerPath(d, b)
		}
	}
	return page.NewChart(words.Text(d.Figure.Name), words.T("numbers.by."+string(d.Span.By)), points,
		func(n int64) string { return words.Figure(d.Figure.Unit, n, currency) },
		func(n int64) string { return words.Short(d.Figure.Unit, n, currency) })
}

// pointOf names a bucket.
func pointOf(words *page.Context, b kpi.Bucket, by kpi.Step, oneDay bool) page.ChartPoint {
	day := words.DayMonth(b.From, b.From.Location())
	p := page.ChartPoint{Value: b.Value, Partial: b.Partial, Name: day, Day: day, Full: words.Day(b.From, b.From.Location())}
	if by != kpi.ByDay {
		p.Clock = b.From.Format("15:04")
		p.Full += " " + p.Clock + "–" + b.To.Format("15:04")
		if oneDay {
			p.Name = p.Clock
		}
	}
	return p
}

// finerPath leads from a bucket to the quarter-hours of its day; empty where it is one.
func finerPath(d numbers.Detail, b kpi.Bucket) string {
	by := map[kpi.Step]kpi.Step{kpi.ByDay: kpi.ByHour, kpi.ByHour: kpi.ByQuarter}[d.Span.By]
	if by == "" {
		return ""
	}
	q := spanQuery(d, by)
	q.Set("from", b.Day())
	q.Set("to", b.Day())
	return withQuery(metricPath(d.Overview.Campaign.ID, d.Figure.Metric), q)
}

// groupParts are the channels' and the partners' parts of a metric.
func groupParts(words *page.Context, d numbers.Detail) (parts []groupPart) {
	for _, of := range []struct {
		title, nobody string
		groups        []numbers.Group
	}{
		{"numbers.channels", "numbers.direct", d.Overview.Channels},
		{"numbers.partners", "numbers.no_partner", d.Overview.Partners},
	} {
		part := groupPart{Title: words.T(of.title)}
		told := false // anybody is told apart
		for _, g := range of.groups {
			line := groupPartLine{Name: words.Text(g.Name), Measured: "–", Reported: "–"}
			if g.ID == "" {
				line.Name = words.T(of.nobody)
			}
			n, ok := groupNumber(d.Figure.Definition, g)
			if !ok || n == 0 {
				continue
			}
			if measured := n - g.Reported[d.Figure.Metric]; measured != 0 {
				line.Measured = words.Figure(d.Figure.Unit, measured, d.Overview.Plan.Currency)
			}
			if reported := g.Reported[d.Figure.Metric]; reported != 0 {
				line.Reported = words.Figure(d.Figure.Unit, reported, d.Overview.Plan.Currency)
			}
			part.Lines, told = append(part.Lines, line), told || g.ID != ""
		}
		if told {
			parts = append(parts, part)
		}
	}
	return parts
}

// metricRows leads to what a metric is counted from, or says as what it is kept.
func metricRows(words *page.Context, around campaignFrame, d numbers.Detail) (rows []numberNote, kept string) {
	base, span := campaignPath(around.Campaign.ID), d.Overview.Period
	each := func(key, page string) {
		for _, ch := range d.Overview.Challenges {
			rows = append(rows, numberNote{words.T(key, "hashtag", ch.Hashtag), challengePath(ch.ID) + page})
		}
	}
	add := func(key, path string) { rows = append(rows, numberNote{words.T(key), path}) }
	switch d.Figure.Metric {
	case kpi.Entries:
		each("numbers.rows.entries", "/entries")
	case kpi.Participants:
		each("numbers.rows.entries", "/entries")
		fallthrough
	case kpi.Votes:
		if around.Moderates() {
			each("numbers.rows.votes", "/votes")
		}
	case kpi.Orders, kpi.GMV, kpi.Refunds, kpi.AverageOrder, kpi.Conversion:
		q := periodQuery(span)
		for param, asked := range map[string]string{"channel": d.Span.Filter.Channel, "partner": d.Span.Filter.Partner} {
			if asked != "" {
				q.Set(param, asked)
			}
		}
		add("numbers.rows.orders", withQuery(base+"/orders", q))
	case kpi.Clicks:
		add("numbers.rows.links", base+"/links")
		kept = words.T("numbers.kept")
	case kpi.Reach:
		kept = words.T("numbers.kept.reach")
	case kpi.Reposts:
		add("numbers.rows.reposts", withQuery(base+"/reposts", periodQuery(span)))
	default:
		kept = words.T("numbers.kept")
	}
	if d.Figure.HasReported {
		add("numbers.rows.reported", base+"/reported")
	}
	return rows, kept
}
