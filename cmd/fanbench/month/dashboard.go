package month

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strings"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// dashboard reads the campaign's first page: all figures, the funnel, the chart's table, channels and partners, the entries that
// engage and sell most, cities, and the notes on orders that are missing.
func (l *look) dashboard(ctx context.Context) error {
	where, d, err := l.page(ctx, "/numbers?metric=gmv")
	if err != nil {
		return err
	}
	l.twin(where, kpi.GMV, d, l.dayRows(kpi.GMV))
	for _, m := range listed {
		l.tile(where, m, d)
	}
	l.funnel(where, d)
	l.tables(where, d)
	l.engaging(where, d)
	l.best(where, d)
	l.cities(where, d)
	l.notes(where, d)
	return nil
}

// tile compares a metric's figure as it stands in full behind the short one.
func (l *look) tile(where string, m kpi.Metric, d document) {
	_, _, total := l.parts(m)
	target := l.plan.Targets[m]
	for _, a := range d.all("a", "") {
		if a.attribute("id") != "m-"+string(m) {
			continue
		}
		exact := a.first("b", "").attribute("title")
		if target > 0 {
			exact = a.first("span", "target-value").attribute("title")
			if total != nil {
				l.found.number(where, string(m)+", completion", ratio(total, 10_000, big.NewInt(target)), figure(a.first("span", "target-completion").text(), 2))
			}
		}
		l.found.number(where, string(m), total, figure(exact, l.digits(m)))
		return
	}
	if target > 0 || total != nil && total.Sign() != 0 {
		l.found.number(where, string(m), total, nil)
	}
}

// funnel compares the steps from seeing to buying.
func (l *look) funnel(where string, d document) {
	steps := []kpi.Metric{kpi.Impressions, kpi.Views, kpi.Visits, kpi.Entries, kpi.Votes, kpi.Orders}
	of := map[kpi.Metric]kpi.Metric{kpi.Views: kpi.Impressions, kpi.Visits: kpi.Impressions, kpi.Entries: kpi.Visits, kpi.Votes: kpi.Visits, kpi.Orders: kpi.Visits}
	lines := d.first("ol", "funnel").all("li", "")
	l.found.number(where, "steps of the funnel", big.NewInt(int64(len(steps))), big.NewInt(int64(len(lines))))
	for i, m := range steps[:min(len(steps), len(lines))] {
		_, _, total := l.parts(m)
		l.found.number(where, "funnel, "+string(m), total, figure(lines[i].first("b", "").text(), 0))
		if base, ok := of[m]; ok {
			_, _, whole := l.parts(base)
			share, _, _ := strings.Cut(lines[i].first("span", "fine").text(), "%")
			l.found.number(where, "share of "+string(m), ratio(total, 10_000, whole), figure(share, 2))
		}
	}
}

// tables compares channels and partners, whose counts are short and whose money has no minor unit.
func (l *look) tables(where string, d document) {
	for _, section := range d.all("section", "panel") {
		title := section.first("h2", "").text()
		if title != channelsTitle && title != partnersTitle {
			continue
		}
		var columns []string
		for _, th := range section.first("thead", "").all("th", "num") {
			columns = append(columns, th.text())
		}
		for _, line := range section.first("tbody", "").all("tr", "") {
			for i, td := range line.all("td", "") {
				l.tableCell(where, title, line.first("th", "").text(), columns[i], td)
			}
		}
	}
}

// columnMetrics are metrics by the heads of columns.
var columnMetrics = map[string]kpi.Metric{
	"Impressions": kpi.Impressions, "Reach (daily uniques)": kpi.Reach, "Visits": kpi.Visits, "Link clicks": kpi.Clicks, "Shares": kpi.Shares,
	"Reposts": kpi.Reposts, "Orders": kpi.Orders, "GMV": kpi.GMV, "Conversion": kpi.Conversion, "Entries": kpi.Entries, "Votes": kpi.Votes,
}

func (l *look) tableCell(where, title, name, column string, td document) {
	m := columnMetrics[column]
	var measured, reported *big.Int
	for _, id := range l.channelsOf() {
		if title == channelsTitle && l.channelName(id) == name {
			measured, reported = l.byChannel(m, id)
		}
	}
	for _, id := range l.partnersOf() {
		if title == partnersTitle && l.partnerName(id) == name {
			measured, reported = l.byPartner(m, id)
		}
	}
	want := new(big.Int)
	for _, part := range []*big.Int{measured, reported} {
		if part != nil {
			want.Add(want, part)
		}
	}
	text := td.text()
	if split := td.first("span", "split").text(); split != "" {
		text = strings.TrimSpace(strings.TrimSuffix(text, split))
	}
	what := title + ", " + name + ", " + column
	switch {
	case want.Sign() == 0:
		l.found.number(where, what, nil, figure(text, 2))
	case m == kpi.GMV:
		unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(l.digits(m))), nil)
		l.found.number(where, what, halfUp(want, unit), figure(text, 0))
	case m == kpi.Conversion:
		l.found.number(where, what, want, figure(text, 2))
	case short(text, want):
		l.found.Figures++
	default:
		l.found.text(where, what, want.String(), text)
	}
}

// shown are how many entries lead a list.
const shown = 8

// entriesIn reads a list of entries: each one's number, by its address, and what is said of it.
func (l *look) entriesIn(d document, title string) (numbers []contest.EntryNumber, facts []string) {
	for _, section := range d.all("section", "panel") {
		if section.first("h2", "").text() != title {
			continue
		}
		for _, line := range section.first("ol", "top-entries").all("a", "") {
			for _, e := range l.entries {
				if strings.Contains(line.attribute("href"), string(e.ID)) {
					numbers, facts = append(numbers, e.Number), append(facts, line.first("span", "top-facts").text())
				}
			}
		}
	}
	return numbers, facts
}

// bestEngaging is what the entries that engage most have of votes and shares, bestSelling what those that sell most brought.
func (l *look) bestEngaging() (best []int64) {
	for _, e := range l.published() {
		if of := l.books.engaged[e.Number]; of != nil && of.votes+of.shares > 0 {
			best = append(best, of.votes+of.shares)
		}
	}
	slices.SortFunc(best, func(a, b int64) int { return cmp.Compare(b, a) })
	return best[:min(len(best), shown)]
}

func (l *look) bestSelling() (best []*big.Int) {
	for _, s := range l.selling {
		best = append(best, s.gmv)
	}
	slices.SortFunc(best, func(a, b *big.Int) int { return b.Cmp(a) })
	return best[:min(len(best), shown)]
}

func (l *look) engaging(where string, d document) {
	best := l.bestEngaging()
	numbers, facts := l.entriesIn(d, "Photos that engage most")
	l.found.text(where, "entries that engage most", fmt.Sprint(len(best)), fmt.Sprint(len(numbers)))
	for i, n := range numbers[:min(len(numbers), len(best))] {
		of := l.books.entry(n)
		l.found.text(where, fmt.Sprintf("engagement at place %d", i+1), fmt.Sprint(best[i]), fmt.Sprint(of.votes+of.shares))
		for j, want := range []int64{of.votes, of.shares, of.views} {
			parts := append(strings.Split(facts[i], " · "), "", "", "")
			l.found.number(where, fmt.Sprintf("engagement of entry %d, %d", n, j+1), big.NewInt(want), figure(parts[j], 0))
		}
	}
}

func (l *look) best(where string, d document) {
	best := l.bestSelling()
	numbers, facts := l.entriesIn(d, "Photos that sell most")
	l.found.text(where, "entries that sell most", fmt.Sprint(len(best)), fmt.Sprint(len(numbers)))
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(l.digits(kpi.GMV))), nil)
	for i, n := range numbers[:min(len(numbers), len(best))] {
		of := l.selling[n]
		if of == nil {
			of = &sold{gmv: new(big.Int)}
		}
		parts := append(strings.Split(facts[i], " · "), "", "")
		l.found.number(where, fmt.Sprintf("GMV at place %d", i+1), best[i], of.gmv)
		l.found.number(where, fmt.Sprintf("GMV of entry %d", n), halfUp(of.gmv, unit), figure(parts[0], 0))
		l.found.number(where, fmt.Sprintf("orders of entry %d", n), big.NewInt(of.orders), figure(parts[1], 0))
	}
}

// city is what a city takes part with.
func (l *look) city(id string) (entries, votes int64) {
	for _, e := range l.entries {
		if e.City != id {
			continue
		}
		if of := l.books.engaged[e.Number]; of != nil {
			votes += of.votes
		}
		if (e.Status == contest.Published || e.Status == contest.Pending) && l.inside(e.SubmittedAt) {
			entries++
		}
	}
	return entries, votes
}

func (l *look) cities(where string, d document) {
	for _, line := range d.first("ol", "city-list").all("li", "") {
		name := line.first("bdi", "").text()
		entries, votes := l.city(strings.ToLower(name))
		parts := append(strings.Split(line.first("span", "fine").text(), " · "), "", "")
		l.found.number(where, "entries of "+name, big.NewInt(entries), figure(parts[0], 0))
		l.found.number(where, "votes of "+name, big.NewInt(votes), figure(parts[1], 0))
	}
}

// notes compares how many orders wait for a rate and how many are due to nobody.
func (l *look) notes(where string, d document) {
	got := map[string]*big.Int{}
	for _, note := range d.all("p", "due-notice") {
		for _, kind := range []string{"norate", "unattributed"} {
			if strings.Contains(note.first("a", "").attribute("href"), kind) {
				got[kind] = figure(leading(note.text()), 0)
			}
		}
	}
	l.found.number(where, "orders without a rate", none(big.NewInt(l.unrated)), got["norate"])
	l.found.number(where, "orders due to nobody", none(big.NewInt(l.nobodys)), got["unattributed"])
}

// orderLists reads the lists of orders: all of the period, and by channel.
func (l *look) orderLists(ctx context.Context) error {
	for _, channel := range append(l.channelsOf(), anyChannel) {
		q := url.Values{"from": {fmt.Sprint(quarterOf(l.from))}, "to": {fmt.Sprint(quarterOf(l.to))}, "state": {"paid"}}
		switch channel {
		case anyChannel:
		case "":
			q.Set("unattributed", "1")
		default:
			q.Set("channel", string(channel))
		}
		where, d, err := l.page(ctx, "/orders?"+q.Encode())
		if err != nil {
			return err
		}
		l.orderSums(where, d, channel)
	}
	return nil
}

// orderSums compares what the orders of a list come to in each of their own currencies.
func (l *look) orderSums(where string, d document, channel kpi.ChannelID) {
	type sum struct{ orders, amount, refunds int64 }
	sums := map[kpi.Currency]*sum{}
	for _, o := range l.books.orders {
		if !o.counts() || !l.inside(o.placed) || channel != anyChannel && channel != o.due.channel {
			continue
		}
		s := sums[o.currency]
		if s == nil {
			s = &sum{}
			sums[o.currency] = s
		}
		s.orders, s.amount, s.refunds = s.orders+1, s.amount+o.amount, s.refunds+o.refunded()
	}
	used := slices.Clone(l.currencies[:])
	used = slices.DeleteFunc(used, func(c kpi.Currency) bool { return sums[c] == nil })
	slices.Sort(used)
	lines := d.first("dl", "counts").all("div", "")
	l.found.text(where, "currencies", fmt.Sprint(len(used)), fmt.Sprint(len(lines)))
	for i, currency := range used[:min(len(used), len(lines))] {
		s, said := sums[currency], lines[i].all("dd", "")
		l.found.number(where, "orders in "+string(currency), big.NewInt(s.orders), figure(lines[i].first("dt", "").text(), 0))
		l.found.number(where, "sum in "+string(currency), big.NewInt(s.amount-s.refunds), figure(said[0].text(), minorDigits[currency]))
	}
}

// linkList compares how often each link was opened by its route.
func (l *look) linkList(ctx context.Context) error {
	where, d, err := l.page(ctx, "/links")
	if err != nil {
		return err
	}
	for _, line := range d.all("li", "link-row") {
		for _, k := range l.links {
			if strings.Contains(line.first("a", "row-title").attribute("href"), "/"+string(k.code)) {
				l.found.number(where, "clicks on "+string(k.code), big.NewInt(l.books.opened[k.code]), figure(line.first("span", "link-clicks").first("b", "").text(), 0))
			}
		}
	}
	return nil
}
