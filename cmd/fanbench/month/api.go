package month

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// hourDays is how many days a series of hours has at most.
const hourDays = 31

// read asks the API, with the key.
func (l *look) read(ctx context.Context, path string, into any) (where string, err error) {
	l.asked = time.Now()
	where = "/api/v1/campaigns/" + string(l.id) + path
	a, err := l.visitors.must(ctx, http.StatusOK, http.MethodGet, where, nil, "Authorization", "Bearer "+l.month.bearer)
	if err != nil {
		return where, err
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return where, fmt.Errorf("read %s: %w", where, err)
	}
	return l.name + " API" + path, nil
}

// api compares the campaign's numbers, its series by day and hour, its orders and its links as the API says them.
func (l *look) api(ctx context.Context) error {
	if err := l.apiNumbers(ctx); err != nil {
		return err
	}
	for _, m := range listed {
		if err := l.apiSeries(ctx, m, "day", ""); err != nil {
			return err
		}
		if m == kpi.Reach {
			continue // of which nobody knows the hour
		}
		if err := l.apiSeries(ctx, m, "hour", ""); err != nil {
			return err
		}
	}
	for _, channel := range l.plan.Channels {
		for _, m := range []kpi.Metric{kpi.Impressions, kpi.Visits, kpi.GMV} {
			if err := errors.Join(l.apiSeries(ctx, m, "day", channel.ID), l.apiSeries(ctx, m, "hour", channel.ID)); err != nil {
				return err
			}
		}
	}
	if err := l.apiOrders(ctx); err != nil {
		return err
	}
	return l.apiLinks(ctx)
}

// apiNumbers is the answer of GET numbers.
type apiNumbers struct {
	Period struct {
		From time.Time `json:"from"`
		To   time.Time `json:"to"`
	} `json:"period"`
	Metrics []struct {
		Metric     kpi.Metric `json:"metric"`
		Value      *big.Int   `json:"value"`
		Measured   *big.Int   `json:"measured"`
		Reported   *big.Int   `json:"reported"`
		Target     *big.Int   `json:"target"`
		Completion *big.Int   `json:"completion"`
		Uplift     *big.Int   `json:"uplift"`
		Pace       *struct {
			Due       *big.Int `json:"due"`
			Projected *big.Int `json:"projected"`
			PerDay    *big.Int `json:"needed_per_day"`
		} `json:"pace"`
	} `json:"metrics"`
	Funnel []struct {
		Metric kpi.Metric `json:"metric"`
		Value  *big.Int   `json:"value"`
	} `json:"funnel"`
	Channels []apiGroup `json:"channels"`
	Partners []apiGroup `json:"partners"`
	Cities   []struct {
		ID      string `json:"id"`
		Entries int64  `json:"entries"`
		Votes   int64  `json:"votes"`
	} `json:"cities"`
	Engaging     []apiTop `json:"engaging"`
	Selling      []apiTop `json:"selling"`
	Unrated      int64    `json:"orders_without_rate"`
	Unattributed int64    `json:"orders_unattributed"`
}

type apiGroup struct {
	ID       string                  `json:"id"`
	Measured map[kpi.Metric]*big.Int `json:"measured"`
	Reported map[kpi.Metric]*big.Int `json:"reported"`
}

type apiTop struct {
	Number contest.EntryNumber `json:"number"`
	Votes  int64               `json:"votes"`
	Shares int64               `json:"shares"`
	Views  int64               `json:"views"`
	Orders int64               `json:"orders"`
	GMV    *big.Int            `json:"gmv"`
}

func (l *look) apiNumbers(ctx context.Context) error {
	var a apiNumbers
	where, err := l.read(ctx, "/numbers", &a)
	if err != nil {
		return err
	}
	l.found.text(where, "beginning", l.from.UTC().String(), a.Period.From.UTC().String())
	l.found.text(where, "end", l.to.UTC().String(), a.Period.To.UTC().String())
	l.found.text(where, "metrics", fmt.Sprint(len(listed)), fmt.Sprint(len(a.Metrics)))
	for _, f := range a.Metrics {
		m := f.Metric
		measured, reported, total := l.parts(m)
		l.found.number(where, string(m), total, f.Value)
		l.found.number(where, string(m)+", measured", measured, f.Measured)
		l.found.number(where, string(m)+", reported", none(reported), f.Reported)
		var completion, uplift *big.Int
		target, baseline := l.plan.Targets[m], l.plan.Baseline.Figures[m]
		if target > 0 && total != nil {
			completion = ratio(total, 10_000, big.NewInt(target))
		}
		if baseline > 0 && total != nil {
			uplift = ratio(new(big.Int).Sub(total, big.NewInt(baseline)), 10_000, big.NewInt(baseline))
		}
		l.found.number(where, string(m)+", target", none(big.NewInt(target)), f.Target)
		l.found.number(where, string(m)+", completion", completion, f.Completion)
		l.found.number(where, string(m)+", uplift", uplift, f.Uplift)
		if f.Pace != nil {
			l.pace(where, m, total, heading{f.Pace.Due, f.Pace.Projected, none(f.Pace.PerDay)})
		} else {
			l.found.text(where, string(m)+", pace", fmt.Sprint(target > 0 && l.plain(m)), "false")
		}
	}
	for _, step := range a.Funnel {
		_, _, total := l.parts(step.Metric)
		l.found.number(where, "funnel, "+string(step.Metric), total, step.Value)
	}
	l.apiGroups(where, a)
	l.apiTops(where, a)
	for _, city := range a.Cities {
		entries, votes := l.city(city.ID)
		l.found.text(where, "entries of "+city.ID, fmt.Sprint(entries), fmt.Sprint(city.Entries))
		l.found.text(where, "votes of "+city.ID, fmt.Sprint(votes), fmt.Sprint(city.Votes))
	}
	l.found.text(where, "orders without a rate", fmt.Sprint(l.unrated), fmt.Sprint(a.Unrated))
	l.found.text(where, "orders due to nobody", fmt.Sprint(l.nobodys), fmt.Sprint(a.Unattributed))
	return nil
}

// apiGroups compares all counted metrics of all channels and partners. What is absent is nought.
func (l *look) apiGroups(where string, a apiNumbers) {
	channels, partners := map[string]apiGroup{}, map[string]apiGroup{}
	for _, g := range a.Channels {
		channels[g.ID] = g
	}
	for _, g := range a.Partners {
		partners[g.ID] = g
	}
	for _, m := range listed {
		if !l.plain(m) {
			continue
		}
		for _, id := range l.channelsOf() {
			measured, reported := l.byChannel(m, id)
			l.found.number(where, fmt.Sprintf("%s of channel %q", m, id), none(measured), none(channels[string(id)].Measured[m]))
			l.found.number(where, fmt.Sprintf("%s of channel %q, reported", m, id), none(reported), none(channels[string(id)].Reported[m]))
		}
		for _, id := range l.partnersOf() {
			measured, reported := l.byPartner(m, id)
			l.found.number(where, fmt.Sprintf("%s of partner %q", m, id), none(measured), none(partners[string(id)].Measured[m]))
			l.found.number(where, fmt.Sprintf("%s of partner %q, reported", m, id), none(reported), none(partners[string(id)].Reported[m]))
		}
	}
}

func (l *look) apiTops(where string, a apiNumbers) {
	l.found.text(where, "entries that engage most", fmt.Sprint(len(l.bestEngaging())), fmt.Sprint(len(a.Engaging)))
	for i, best := range l.bestEngaging()[:min(len(a.Engaging), len(l.bestEngaging()))] {
		e := a.Engaging[i]
		of := l.books.entry(e.Number)
		l.found.text(where, fmt.Sprintf("engagement at place %d", i+1), fmt.Sprint(best, *of), fmt.Sprint(of.votes+of.shares, engagement{e.Votes, e.Shares, e.Views}))
	}
	l.found.text(where, "entries that sell most", fmt.Sprint(len(l.bestSelling())), fmt.Sprint(len(a.Selling)))
	for i, best := range l.bestSelling()[:min(len(a.Selling), len(l.bestSelling()))] {
		e := a.Selling[i]
		l.found.number(where, fmt.Sprintf("GMV at place %d", i+1), best, e.GMV)
		if of := l.selling[e.Number]; of != nil {
			l.found.text(where, fmt.Sprintf("sales of entry %d", e.Number), fmt.Sprint(of.orders, of.gmv), fmt.Sprint(e.Orders, e.GMV))
		}
	}
}

// apiSeries compares a metric by days of the whole period or by hours of the last month: of all channels, or of one.
func (l *look) apiSeries(ctx context.Context, m kpi.Metric, by string, channel kpi.ChannelID) error {
	var of func(cell) bool
	var reportedOf func(report) bool
	if channel != "" {
		of, reportedOf = func(c cell) bool { return c.channel == channel }, func(r report) bool { return r.channel == channel }
	}
	var a struct {
		Points []struct {
			Start    time.Time `json:"start"`
			End      time.Time `json:"end"`
			Value    *big.Int  `json:"value"`
			Reported *big.Int  `json:"reported"`
		} `json:"points"`
	}
	where, err := l.read(ctx, "/numbers/"+string(m)+"/series?by="+by+"&channel="+string(channel), &a)
	if err != nil {
		return err
	}
	spans := days(l.from, l.to, l.asked)
	if by == "hour" {
		spans = spans[max(0, len(spans)-hourDays):]
		spans = pieces(spans[0].from, l.to, l.asked, time.Hour)
	}
	l.found.text(where, "points", fmt.Sprint(len(spans)), fmt.Sprint(len(a.Points)))
	for i, s := range spans[:min(len(spans), len(a.Points))] {
		p, what := a.Points[i], s.from.Format(time.RFC3339)
		want := l.number(m, s.from, s.to, of)
		if want == nil {
			want = new(big.Int)
		}
		l.found.text(where, "span "+what, fmt.Sprint(s.from.Unix(), s.to.Unix()), fmt.Sprint(p.Start.Unix(), p.End.Unix()))
		l.found.number(where, what, want, p.Value)
		if p.Reported != nil {
			l.found.number(where, what+", reported", l.reportedOf(m, s.from, s.to, reportedOf), p.Reported)
		}
	}
	return nil
}

// apiOrders is a page of the answer of GET orders.
type apiOrders struct {
	Orders []struct {
		Shop      string       `json:"shop"`
		Number    string       `json:"number"`
		State     string       `json:"state"`
		PlacedAt  time.Time    `json:"placed_at"`
		Currency  kpi.Currency `json:"currency"`
		Amount    int64        `json:"amount"`
		Refunded  int64        `json:"refunded"`
		Reporting *struct {
			Amount   *big.Int `json:"amount"`
			Refunded *big.Int `json:"refunded"`
		} `json:"reporting"`
		Means   string              `json:"attributed_by"`
		Channel kpi.ChannelID       `json:"channel"`
		Partner kpi.PartnerID       `json:"partner"`
		Entry   contest.EntryNumber `json:"entry"`
	} `json:"orders"`
	Next string `json:"next"`
}

// apiOrders compares each order, whenever it was placed.
func (l *look) apiOrders(ctx context.Context) error {
	seen, after := 0, ""
	for {
		var a apiOrders
		where, err := l.read(ctx, "/orders?"+url.Values{"after": {after}}.Encode(), &a)
		if err != nil {
			return err
		}
		for _, o := range a.Orders {
			want := l.books.orders[o.Shop+" "+o.Number]
			if want == nil {
				l.found.text(where, "order "+o.Number, "not there", "there")
				continue
			}
			seen++
			what := "order " + o.Number
			l.found.text(where, what+", state", want.state(), o.State)
			if want.unpaid {
				continue
			}
			l.found.text(where, what+", placed", want.placed.UTC().String(), o.PlacedAt.UTC().String())
			l.found.text(where, what+", worth", fmt.Sprint(want.amount, want.refunded(), want.currency), fmt.Sprint(o.Amount, o.Refunded, o.Currency))
			l.found.text(where, what+", due to", fmt.Sprint(want.due, want.attributed), fmt.Sprint(due{o.Channel, o.Partner, o.Entry}, o.Means != ""))
			var amount, refunds *big.Int
			if o.Reporting != nil {
				amount, refunds = o.Reporting.Amount, o.Reporting.Refunded
			}
			var wantAmount, wantRefunds *big.Int
			if r, known := l.rateOf(want); known {
				wantAmount, wantRefunds = converted(want.amount, want.currency, l.currencies[0], r), converted(want.refunded(), want.currency, l.currencies[0], r)
			}
			l.found.number(where, what+", converted", wantAmount, amount)
			l.found.number(where, what+", refunds converted", wantRefunds, refunds)
		}
		if after = a.Next; after == "" {
			l.found.text(where, "orders", fmt.Sprint(len(l.books.orders)), fmt.Sprint(seen))
			return nil
		}
	}
}

func (o *order) state() string {
	switch {
	case o.unpaid:
		return "awaited"
	case o.cancelled:
		return "cancelled"
	}
	return "paid"
}

func (l *look) apiLinks(ctx context.Context) error {
	var a struct {
		Links []struct {
			Code   kpi.LinkCode `json:"code"`
			Clicks int64        `json:"clicks"`
		} `json:"links"`
	}
	where, err := l.read(ctx, "/links", &a)
	if err != nil {
		return err
	}
	l.found.text(where, "links", fmt.Sprint(len(l.links)), fmt.Sprint(len(a.Links)))
	for _, k := range a.Links {
		l.found.text(where, "clicks on "+string(k.Code), fmt.Sprint(l.books.opened[k.Code]), fmt.Sprint(k.Clicks))
	}
	return nil
}
