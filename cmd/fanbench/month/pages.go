package month

import (
	"context"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"

	"fanfare/server/kpi"
)

// The words of the console, in English, by which parts of its pages are found.
const (
	channelsTitle = "Channels"
	partnersTitle = "Partners"
	directName    = "Direct, or not known"
	nobodyName    = "No partner"
)

// metrics reads the page of each metric: its figure, what it is held against, its days, some of its hours and quarter-hours, and its
// parts by channel and partner.
func (l *look) metrics(ctx context.Context) error {
	for _, m := range listed {
		where, d, err := l.page(ctx, "/numbers/"+string(m))
		if err != nil {
			return err
		}
		l.head(where, m, d)
		l.twin(where, m, d, l.dayRows(m))
		l.groups(where, m, d)
		if m == kpi.Reach {
			continue // of which nobody knows the hour
		}
		for _, by := range []string{"hour", "quarter"} {
			for _, day := range l.someDays() {
				if err := l.finer(ctx, m, by, day); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (l *look) finer(ctx context.Context, m kpi.Metric, by, day string) error {
	q := url.Values{"by": {by}, "from": {day}, "to": {day}}
	where, d, err := l.page(ctx, "/numbers/"+string(m)+"?"+q.Encode())
	if err != nil {
		return err
	}
	begins, err := time.ParseInLocation(time.DateOnly, day, l.location)
	if err != nil {
		return fmt.Errorf("read day: %w", err)
	}
	length := time.Hour
	if by == "quarter" {
		length = 15 * time.Minute
	}
	ends := time.Date(begins.Year(), begins.Month(), begins.Day()+1, 0, 0, 0, 0, l.location)
	var rows []row
	for _, s := range pieces(begins, ends, l.asked, length) {
		rows = append(rows, row{s.from.Format("15:04") + "–" + s.to.In(l.location).Format("15:04"), l.number(m, s.from, s.to, nil), nil})
	}
	l.twin(where, m, d, rows)
	return nil
}

// row is a line of a table beside a chart: how its name ends, and its numbers.
type row struct {
	name               string
	measured, reported *big.Int
}

// dayRows are a metric's days until today.
func (l *look) dayRows(m kpi.Metric) (rows []row) {
	for _, s := range days(l.from, l.to, l.asked) {
		rows = append(rows, row{s.from.Format("2 January 2006"), l.number(m, s.from, s.to, nil), l.reportedOf(m, s.from, s.to, nil)})
	}
	return rows
}

// twin compares the table that stands beside a chart. What there is nothing to work out from stands as nought.
func (l *look) twin(where string, m kpi.Metric, d document, rows []row) {
	var lines []document
	for _, body := range d.first("details", "twin").all("tbody", "") {
		lines = append(lines, body.all("tr", "")...)
	}
	l.found.number(where, "lines of the table", big.NewInt(int64(len(rows))), big.NewInt(int64(len(lines))))
	for i, r := range rows[:min(len(rows), len(lines))] {
		if r.measured == nil {
			r.measured = new(big.Int)
		}
		cells := lines[i].all("td", "")
		l.found.text(where, fmt.Sprintf("name of line %d", i+1), r.name, ending(lines[i].first("th", "").text(), r.name))
		l.found.number(where, r.name, r.measured, figure(cells[0].text(), l.digits(m)))
		if len(cells) > 1 {
			l.found.number(where, r.name+", reported", none(r.reported), figure(cells[1].text(), l.digits(m)))
		}
	}
}

// ending is the part of a line's name that is compared: the rest says the weekday, or that it is not over.
func ending(name, want string) string {
	if strings.Contains(name, want) {
		return want
	}
	return name
}

// head compares a metric's figure and what stands around it.
func (l *look) head(where string, m kpi.Metric, d document) {
	measured, reported, total := l.parts(m)
	value := d.first("p", "metric-value")
	l.found.number(where, string(m), total, figure(value.first("b", "").text(), l.digits(m)))
	target, baseline := l.plan.Targets[m], l.plan.Baseline.Figures[m]
	if target > 0 && total != nil {
		text := ""
		for _, part := range value.all("span", "") {
			if !part.has("uplift") {
				text = part.text()
			}
		}
		l.found.number(where, "completion", ratio(total, 10_000, big.NewInt(target)), figure(text, 2))
	}
	if baseline > 0 && total != nil {
		uplift, _, _ := strings.Cut(value.first("span", "uplift").text(), "%")
		more := new(big.Int).Sub(total, big.NewInt(baseline))
		l.found.number(where, "uplift", ratio(more, 10_000, big.NewInt(baseline)), figure(uplift, 2))
	}
	facts := map[string]*big.Int{}
	for _, fact := range d.first("dl", "metric-facts").all("div", "") {
		facts[fact.first("dt", "").text()] = figure(fact.first("dd", "").text(), l.digits(m))
	}
	if target > 0 {
		l.found.number(where, "target", big.NewInt(target), facts["Target"])
	}
	if baseline > 0 {
		l.found.number(where, "baseline", big.NewInt(baseline), facts["Baseline"])
	}
	if reported.Sign() > 0 {
		l.found.number(where, "measured", measured, facts["Measured here"])
		l.found.number(where, "reported", reported, facts["Reported by platforms"])
	}
	if target > 0 && l.plain(m) {
		l.pace(where, m, total, heading{facts["An even pace would be at"], facts["Heading for"], facts["Needed a day"]})
	}
}

// heading is what is said of where a figure is heading.
type heading struct{ due, end, perDay *big.Int }

// pace compares where a figure is heading. It moves while it is read, so that it lies between what it was when it was remembered
// and what it is by now.
func (l *look) pace(where string, m kpi.Metric, total *big.Int, got heading) {
	before, after := l.asked.Add(-remembered), time.Now()
	due := func(now time.Time) *big.Int {
		return portion(big.NewInt(l.plan.Targets[m]), now.Sub(l.from), l.to.Sub(l.from))
	}
	l.found.between(where, "even pace", due(before), due(after), got.due)
	recent, since := total, l.from
	if l.reportedOf(m, l.from, l.to, nil).Sign() == 0 {
		lately := days(l.from, l.to, l.asked)
		since = lately[len(lately)-recentDays].from
		recent = l.number(m, since, l.to, nil)
	}
	end := func(now time.Time) *big.Int {
		return new(big.Int).Add(total, portion(recent, l.to.Sub(now), now.Sub(since)))
	}
	l.found.between(where, "heading for", end(before), end(after), got.end)
	left := new(big.Int).Sub(big.NewInt(l.plan.Targets[m]), total)
	if left.Sign() > 0 {
		need := func(now time.Time) *big.Int { return perDay(left, l.to.Sub(now)) }
		l.found.between(where, "needed a day", need(before), need(after), got.perDay)
	}
}

// recentDays is over how many days the rate is taken at which a figure goes on.
const recentDays = 7

// portion is a times part over whole, halves rounded up.
func portion(a *big.Int, part, whole time.Duration) *big.Int {
	return halfUp(new(big.Int).Mul(a, big.NewInt(int64(part))), big.NewInt(int64(whole)))
}

// perDay is what is needed each day of a time, rounded up.
func perDay(n *big.Int, left time.Duration) *big.Int {
	over := new(big.Int).Mul(n, big.NewInt(int64(24*time.Hour)))
	over.Add(over, big.NewInt(int64(left)-1))
	return over.Quo(over, big.NewInt(int64(left)))
}

// groups compares a metric's parts by channel and by partner, where any is told apart.
func (l *look) groups(where string, m kpi.Metric, d document) {
	shown := map[string]map[string][]document{}
	for _, section := range d.all("section", "panel") {
		title := section.first("h2", "").text()
		if title != channelsTitle && title != partnersTitle {
			continue
		}
		shown[title] = map[string][]document{}
		for _, line := range section.first("tbody", "").all("tr", "") {
			shown[title][line.first("th", "").text()] = line.all("td", "")
		}
	}
	compare := func(title, name string, measured, reported *big.Int) {
		lines, told := shown[title]
		if measured == nil && reported == nil || !told && (name == directName || name == nobodyName) {
			return
		}
		var got [2]*big.Int
		for i, c := range lines[name] {
			got[i] = figure(c.text(), l.digits(m))
		}
		l.found.number(where, title+", "+name, none(measured), got[0])
		l.found.number(where, title+", "+name+", reported", none(reported), got[1])
	}
	for _, id := range l.channelsOf() {
		measured, reported := l.byChannel(m, id)
		compare(channelsTitle, l.channelName(id), measured, reported)
	}
	for _, id := range l.partnersOf() {
		measured, reported := l.byPartner(m, id)
		compare(partnersTitle, l.partnerName(id), measured, reported)
	}
}

func (l *look) channelName(id kpi.ChannelID) string {
	for _, c := range l.plan.Channels {
		if c.ID == id {
			return c.Name.EN
		}
	}
	return directName
}

func (l *look) partnerName(id kpi.PartnerID) string {
	for _, p := range l.plan.Partners {
		if p.ID == string(id) {
			return p.Name.EN
		}
	}
	return nobodyName
}
