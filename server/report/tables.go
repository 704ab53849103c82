package report

import (
	"strconv"
	"strings"
	"time"

	"fanfare/server/app/numbers"
	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/sheet"
)

// table is one of a report's tables, as files have it.
type table struct {
	name    string
	columns []sheet.Column
	rows    [][]string
}

// writer draws tables up.
type writer struct {
	words *page.Context
	reports.Closing
}

// tables are all of a report's tables in the order of its page.
func tables(words *page.Context, c reports.Closing) []table {
	w := writer{words, c}
	return []table{
		w.summary(), w.figures(), w.series(), w.groups("report.sheet.channels", c.Channels, channelMetrics, words.T("report.direct")),
		w.groups("report.sheet.partners", c.Partners, partnerMetrics, words.T("report.no_partner")), w.partnerReposts(), w.posts(), w.cities(), w.entries(), w.changes(),
	}
}

// table begins a table. Columns whose title begins with "#" hold numbers.
func (w writer) table(name string, titles ...string) table {
	t := table{name: w.words.T(name)}
	for _, title := range titles {
		text, number := strings.CutPrefix(title, "#")
		t.columns = append(t.columns, sheet.Column{Title: text, Number: number})
	}
	return t
}

// titles says messages; a "#" before a key stays.
func (w writer) titles(keys ...string) (titles []string) {
	for _, key := range keys {
		mark := ""
		if bare, number := strings.CutPrefix(key, "#"); number {
			key, mark = bare, "#"
		}
		titles = append(titles, mark+w.words.T("report.column."+key))
	}
	return titles
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// plain writes a metric's number as workbooks add it up: money in whole units of the currency, percent as such.
func (w writer) plain(d kpi.Definition, n int64) string {
	switch d.Unit {
	case kpi.Money:
		return kpi.PlainAmount(n, w.Plan.Currency)
	case kpi.Percent:
		return hundredths(n)
	}
	return number(n)
}

// hundredths writes hundredths of a percent as percent: "103.86".
func hundredths(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return sign + number(n/100) + "." + strconv.FormatInt(100+n%100, 10)[1:]
}

// title names a metric with its unit.
func (w writer) title(d kpi.Definition) string {
	name := w.words.Text(d.Name)
	switch d.Unit {
	case kpi.Money:
		return name + " (" + string(w.Plan.Currency) + ")"
	case kpi.Percent:
		return name + " (%)"
	}
	return name
}

func (w writer) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(w.Plan.Location()).Format("2006-01-02 15:04")
}

func (w writer) summary() table {
	t := w.table("report.sheet.summary", w.titles("what", "says")...)
	add := func(key, text string) { t.rows = append(t.rows, []string{w.words.T(key), text}) }
	v := NewView(w.words, w.Closing)
	add("report.column.campaign", v.Name)
	add("report.column.report", v.Kind)
	add("report.column.period", v.Period)
	add("report.column.as_of", w.moment(w.Now))
	add("report.column.sentence", v.Sentence)
	for _, note := range v.Notes {
		add("report.column.note", note)
	}
	add("report.column.plan", v.SHA256)
	return t
}

func (w writer) figures() table {
	t := w.table("report.sheet.figures", w.titles("metric", "unit", "#total", "#measured", "#reported", "#target", "#completion", "#baseline", "#uplift", "means")...)
	for _, f := range w.Figures {
		if !f.Has() && f.Target == 0 {
			continue
		}
		say := func(is bool, n int64) string {
			if !is {
				return ""
			}
			return w.plain(f.Definition, n)
		}
		percent := func(is bool, n int64) string {
			if !is {
				return ""
			}
			return hundredths(n)
		}
		t.rows = append(t.rows, []string{
			w.words.Text(f.Name), w.unit(f.Definition), say(f.Has(), f.Total()), say(f.HasMeasured, f.Measured), say(f.HasReported, f.Reported),
			say(f.Target > 0, f.Target), percent(f.Target > 0 && f.Has(), f.Completion), say(f.Baseline > 0, f.Baseline), percent(compares(w.Closing, f), f.Uplift), w.words.Text(f.Means),
		})
	}
	return t
}

func (w writer) unit(d kpi.Definition) string {
	switch d.Unit {
	case kpi.Money:
		return string(w.Plan.Currency)
	case kpi.Percent:
		return "%"
	}
	return ""
}

// series has a line for each day and a column for each metric, measured and reported together.
func (w writer) series() table {
	var shown []numbers.Figure
	titles := w.titles("day")
	for _, f := range w.Figures {
		if f.Has() && f.Total() != 0 {
			shown, titles = append(shown, f), append(titles, "#"+w.title(f.Definition))
		}
	}
	t := w.table("report.sheet.series", titles...)
	if len(shown) == 0 {
		return t
	}
	for i, day := range shown[0].Days {
		row := []string{day.Day()}
		for _, f := range shown {
			n := f.Days[i].Value
			if f.ReportedDays != nil {
				n += f.ReportedDays[i].Value
			}
			row = append(row, w.plain(f.Definition, n))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func (w writer) groups(name string, groups []numbers.Group, metrics []kpi.Metric, nobody string) table {
	shown := shownMetrics(groups, metrics, true)
	titles := w.titles("name", "id")
	for _, d := range shown {
		titles = append(titles, "#"+w.title(d))
	}
	t := w.table(name, titles...)
	for _, g := range groups {
		row := []string{w.words.Text(g.Name), g.ID}
		if g.ID == "" {
			row[0] = nobody
		}
		for _, d := range shown {
			text := ""
			if n, ok := groupNumber(d, g); ok {
				text = w.plain(d, n)
			}
			row = append(row, text)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// gmv is the title of a column of it.
func (w writer) gmv() string { return "#" + w.title(definition(kpi.GMV)) }

func (w writer) partnerReposts() table {
	t := w.table("report.sheet.reposts", append(w.titles("name", "id", "#reposts", "#post_reach", "#clicks", "#orders"), w.gmv())...)
	for _, p := range w.Reposts {
		t.rows = append(t.rows, []string{
			w.words.Text(p.Name), string(p.Partner), number(p.RepostSum.Reposts), number(p.Reach), number(p.Clicks), number(p.Orders), w.plain(definition(kpi.GMV), p.GMV),
		})
	}
	return t
}

func (w writer) posts() table {
	titles := w.titles("at", "partner", "outlet", "challenge", "#entry", "address", "#post_reach", "#clicks", "#orders")
	t := w.table("report.sheet.posts", append(titles, w.gmv())...)
	for _, p := range w.Posts {
		t.rows = append(t.rows, []string{
			w.moment(p.At), string(p.Partner), string(p.Outlet), hashtag(w.Closing, p.Challenge), number(int64(p.Number)), p.Address, number(p.Reach), number(p.Clicks),
			number(p.Orders), w.plain(definition(kpi.GMV), p.GMV),
		})
	}
	return t
}

func (w writer) cities() table {
	titles := w.titles("name", "id", "#entries")
	if len(w.Concealed) == 0 {
		titles = append(titles, w.titles("#votes")...)
	}
	t := w.table("report.sheet.cities", titles...)
	for _, city := range w.Cities {
		if city.ID != "" {
			t.rows = append(t.rows, []string{w.words.Text(city.Name), city.ID, number(city.Entries), number(city.Votes)}[:len(titles)])
		}
	}
	return t
}

// entries are those that lead by what they engaged and by what they sold.
func (w writer) entries() table {
	titles := w.titles("list", "challenge", "#entry", "author", "caption", "#votes", "#shares", "#views", "#orders")
	t := w.table("report.sheet.entries", append(append(titles, w.gmv()), w.titles("address")...)...)
	for _, of := range []struct {
		key     string
		entries []numbers.Entry
	}{{"report.engaging", w.Engaging}, {"report.selling", w.Selling}} {
		for _, e := range of.entries {
			votes := number(e.Votes)
			if w.Conceals(e.Challenge) {
				votes = ""
			}
			t.rows = append(t.rows, []string{
				w.words.T(of.key), hashtag(w.Closing, e.Challenge), number(int64(e.Number)), e.Author, firstLine(e.Caption), votes, number(e.Shares), number(e.Views),
				number(e.Orders), w.plain(definition(kpi.GMV), e.GMV), w.address(e.ID),
			})
		}
	}
	return t
}

func (w writer) address(id contest.EntryID) string { return w.words.Absolute(page.EntryPath(id)) }

func (w writer) changes() table {
	t := w.table("report.sheet.changes", w.titles("at", "change", "why", "moves")...)
	lines, _ := changeLines(w.words, w.Closing, len(w.Changes))
	for i, line := range lines {
		t.rows = append(t.rows, []string{w.moment(w.Changes[i].At), line.Text, line.Why, strings.Join(line.Moves, "; ")})
	}
	return t
}
