package links

import (
	"strings"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// Reportable are the metrics that platforms report. Votes, orders and their sums are counted here alone.
var Reportable = []kpi.Metric{kpi.Impressions, kpi.Reach, kpi.Views, kpi.Visits, kpi.Clicks, kpi.Shares, kpi.Entries, kpi.Participants, kpi.Reposts}

// titles are what platforms and people call a column, beside the metric's own names.
var titles = map[string][]string{
	"day":     {"day", "date", "日期", "时间", "统计日期", "数据日期"},
	"channel": {"channel", "platform", "utm_source", "渠道", "平台"},
	"partner": {"partner", "account", "合作方", "合作伙伴", "伙伴", "账号"},
	"metric":  {"metric", "指标"},
	"value":   {"value", "figure", "数值", "数据", "值"},

	string(kpi.Impressions):  {"曝光量", "曝光数", "曝光次数", "展现量", "展示量", "展现次数", "展示次数"},
	string(kpi.Reach):        {"reach", "uniques", "触达", "触达人数", "覆盖人数", "曝光人数"},
	string(kpi.Views):        {"views", "reads", "plays", "video views", "浏览量", "浏览数", "阅读量", "阅读数", "播放量", "播放数", "播放次数"},
	string(kpi.Visits):       {"sessions", "访问量", "访问数", "访问次数"},
	string(kpi.Clicks):       {"clicks", "点击", "点击量", "点击数", "点击次数"},
	string(kpi.Shares):       {"分享量", "分享数", "分享次数"},
	string(kpi.Entries):      {"posts", "作品数", "作品量", "投稿数", "发帖数", "内容数"},
	string(kpi.Participants): {"参与人数", "参与者"},
	string(kpi.Reposts):      {"retweets", "转发", "转发量", "转发数", "转发次数"},
}

// named are all names of a column: those of the list, and of a metric its own.
func named(column string) []string {
	names := append([]string{column}, titles[column]...)
	if d, ok := kpi.Define(kpi.Metric(column)); ok {
		names = append(names, d.Name.EN, d.Name.ZH)
	}
	return names
}

// Defaults are what a file's rows are about that have no column for it.
type Defaults struct {
	Day     string
	Channel kpi.ChannelID
	Partner kpi.PartnerID
}

// Fault is what is wrong with a cell.
type Fault struct {
	Line   int
	Column string // as Use names it
	Code   string
	Cell   string
}

// Use says what a column of a file is taken for; empty for nothing.
type Use struct{ Title, Column string }

// Reading is what a table says.
type Reading struct {
	Figures []store.Reported
	Faults  []Fault
	Uses    []Use
}

// period are the days that a campaign's figures may be of.
type period struct{ from, until string }

// periodOf is a plan's period, as far as it has passed at now.
func periodOf(p kpi.Plan, now time.Time) period {
	d := period{until: p.Day(now)}
	if !p.Starts.IsZero() {
		d.from = p.Day(p.Starts)
	}
	if last := p.LastDay(); last != "" && last < d.until {
		d.until = last
	}
	return d
}

// vocabulary are the names of what a plan has, and of what can be reported, as they are compared.
type vocabulary struct {
	channels map[string]kpi.ChannelID
	partners map[string]kpi.PartnerID
	metrics  map[string]kpi.Metric
}

func vocabularyOf(p kpi.Plan) vocabulary {
	v := vocabulary{map[string]kpi.ChannelID{}, map[string]kpi.PartnerID{}, map[string]kpi.Metric{}}
	for _, ch := range p.Channels {
		for _, name := range []string{ch.Name.EN, ch.Name.ZH, string(ch.ID)} {
			v.channels[sheet.Key(name)] = ch.ID
		}
	}
	for _, one := range p.Partners {
		for _, name := range []string{one.Name.EN, one.Name.ZH, one.ID} {
			v.partners[sheet.Key(name)] = kpi.PartnerID(one.ID)
		}
	}
	for _, m := range Reportable {
		for _, name := range named(string(m)) {
			v.metrics[sheet.Key(name)] = m
		}
	}
	return v
}

// columns are where a table has what. Metrics stand in columns of their own, or one names them and one has the values.
type columns struct {
	day, channel, partner, metric, value int
	metrics                              map[kpi.Metric]int
}

func columnsOf(t *sheet.Table) (c columns, uses []Use) {
	taken := make([]string, len(t.Titles))
	find := func(name string) int {
		i := t.Column(named(name)...)
		if i >= 0 && taken[i] == "" {
			taken[i] = name
			return i
		}
		return -1
	}
	c = columns{day: find("day"), channel: find("channel"), partner: find("partner"), metric: find("metric"), metrics: map[kpi.Metric]int{}}
	if c.metric >= 0 {
		c.value = find("value")
	} else {
		c.value = -1
		for _, m := range Reportable {
			if i := find(string(m)); i >= 0 {
				c.metrics[m] = i
			}
		}
	}
	for i, title := range t.Titles {
		uses = append(uses, Use{title, taken[i]})
	}
	return c, uses
}

// read reads a table's figures. Where nothing says which metric a number is of, the only fault is the missing column's.
func read(t *sheet.Table, p kpi.Plan, d Defaults, now time.Time) Reading {
	c, uses := columnsOf(t)
	r := reader{columns: c, words: vocabularyOf(p), defaults: d, days: periodOf(p, now), Reading: Reading{Uses: uses}, seen: map[store.Reported]bool{}}
	switch {
	case c.metric >= 0 && c.value < 0:
		r.Faults = []Fault{{1, "value", "no_column", ""}}
	case c.metric < 0 && len(c.metrics) == 0:
		r.Faults = []Fault{{1, "metric", "no_column", ""}}
	default:
		for _, row := range t.Rows {
			r.row(row)
		}
	}
	return r.Reading
}

// reader reads a table row by row.
type reader struct {
	Reading
	columns
	words    vocabulary
	defaults Defaults
	days     period
	seen     map[store.Reported]bool // figures without their values
}

func (r *reader) fault(row sheet.Row, column, code string, at int) {
	r.Faults = append(r.Faults, Fault{row.Line, column, code, row.Cell(at)})
}

// row reads a row's figures; none of one whose day, channel or partner is not known.
func (r *reader) row(row sheet.Row) {
	before := len(r.Faults)
	about := store.Reported{Day: r.dayOf(row), Channel: r.channelOf(row), Partner: r.partnerOf(row)}
	if len(r.Faults) > before {
		return
	}
	if r.metric < 0 {
		for _, m := range Reportable {
			if at, there := r.metrics[m]; there {
				r.figure(row, about, m, at)
			}
		}
		return
	}
	if m, known := r.words.metrics[sheet.Key(row.Cell(r.metric))]; known {
		r.figure(row, about, m, r.value)
	} else {
		r.fault(row, "metric", "unknown", r.metric)
	}
}

func (r *reader) dayOf(row sheet.Row) string {
	day, ok := r.defaults.Day, r.defaults.Day != ""
	if cell := row.Cell(r.day); cell != "" {
		day, ok = sheet.Day(cell)
	}
	switch {
	case !ok:
		r.fault(row, "day", "unreadable", r.day)
	case day < r.days.from || day > r.days.until:
		r.fault(row, "day", "outside", r.day)
	}
	return day
}

func (r *reader) channelOf(row sheet.Row) kpi.ChannelID {
	cell := row.Cell(r.channel)
	if cell == "" {
		if r.defaults.Channel == "" {
			r.fault(row, "channel", "required", r.channel)
		}
		return r.defaults.Channel
	}
	id, known := r.words.channels[sheet.Key(cell)]
	if !known {
		r.fault(row, "channel", "unknown", r.channel)
	}
	return id
}

func (r *reader) partnerOf(row sheet.Row) kpi.PartnerID {
	cell := row.Cell(r.partner)
	if cell == "" {
		return r.defaults.Partner
	}
	id, known := r.words.partners[sheet.Key(cell)]
	if !known {
		r.fault(row, "partner", "unknown", r.partner)
	}
	return id
}

// figure reads a number of a row. A cell with nothing but a dash says nothing.
func (r *reader) figure(row sheet.Row, about store.Reported, m kpi.Metric, at int) {
	cell := row.Cell(at)
	if strings.Trim(cell, "-–—/") == "" {
		return
	}
	about.Metric = m
	value, err := kpi.ParseTyped(cell, 0)
	switch {
	case err != nil:
		r.fault(row, string(m), "unreadable", at)
		return
	case r.seen[about]:
		r.fault(row, string(m), "twice", at)
		return
	}
	r.seen[about] = true
	about.Value = value
	r.Figures = append(r.Figures, about)
}
