package month

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"fanfare/server/kpi"
)

// Difference is a figure that is not what the books say.
type Difference struct {
	Where  string // the page or answer
	Figure string
	Want   string // by the books
	Got    string
}

// String writes the difference in one line.
func (d Difference) String() string {
	return fmt.Sprintf("%s: %s is %s, and by the books %s", d.Where, d.Figure, d.Got, d.Want)
}

// Comparison is how many figures were compared, and which of them differ.
type Comparison struct {
	Figures     int
	Differences []Difference
}

// text compares a figure as it is written.
func (c *Comparison) text(where, figure, want, got string) {
	c.Figures++
	if want != got {
		c.Differences = append(c.Differences, Difference{where, figure, want, got})
	}
}

// number compares a number; nil is none.
func (c *Comparison) number(where, figure string, want, got *big.Int) {
	c.text(where, figure, said(want), said(got))
}

func said(n *big.Int) string {
	if n == nil {
		return "none"
	}
	return n.String()
}

// none leaves out a number that is nothing, as tables do.
func none(n *big.Int) *big.Int {
	if n != nil && n.Sign() == 0 {
		return nil
	}
	return n
}

// between compares a number that moves with the time: it lies between what it was and what it became.
func (c *Comparison) between(where, figure string, one, other, got *big.Int) {
	if one.Cmp(other) > 0 {
		one, other = other, one
	}
	c.Figures++
	if got == nil || got.Cmp(one) < 0 || got.Cmp(other) > 0 {
		c.Differences = append(c.Differences, Difference{where, figure, "from " + said(one) + " to " + said(other), said(got)})
	}
}

// lag is how long a server that was just started may take until its figures are those of all that happened: it books votes, converts
// orders by late rates, and then remembers what it counted before, some of it for seconds and some until it is asked again. Remembered is
// how old a figure may be after that.
const (
	lag        = 40 * time.Second
	remembered = 15 * time.Second
)

// settling is between two looks at a server whose figures are on their way.
const settling = time.Second

// Settle waits until the campaigns' first pages differ in nothing, or what they show can no longer be old, and compares everything then.
func (m *Month) Settle(ctx context.Context, url string) (Comparison, error) {
	until := time.Now().Add(lag)
	for {
		c, err := m.compare(ctx, url, func(ctx context.Context, l *look) error { return l.dashboard(ctx) })
		if err != nil {
			return c, err
		}
		if len(c.Differences) == 0 || time.Now().After(until) {
			return m.Compare(ctx, url)
		}
		select {
		case <-time.After(settling):
		case <-ctx.Done():
			return c, fmt.Errorf("wait for figures: %w", ctx.Err())
		}
	}
}

// Compare reads every figure of all campaigns once and compares it with the books; once more where figures differ and a quarter-hour
// ended lately, because some may be from before that, and have a line less.
func (m *Month) Compare(ctx context.Context, url string) (Comparison, error) {
	for {
		began := time.Now()
		c, err := m.compare(ctx, url, func(ctx context.Context, l *look) error {
			return errors.Join(l.metrics(ctx), l.dashboard(ctx), l.orderLists(ctx), l.linkList(ctx), l.api(ctx))
		})
		if err != nil || len(c.Differences) == 0 || quarterOf(began.Add(-remembered)) == quarterOf(time.Now()) {
			return c, err
		}
	}
}

func (m *Month) compare(ctx context.Context, url string, read func(context.Context, *look) error) (all Comparison, err error) {
	v := newVisitors(url)
	defer v.close()
	for _, c := range m.campaigns {
		l := &look{month: m, truth: c.truth(), visitors: v, found: &all, base: "/console/campaigns/" + string(c.id)}
		if err := read(ctx, l); err != nil {
			return all, fmt.Errorf("read numbers of %s: %w", c.name, err)
		}
	}
	return all, nil
}

// look is one look at a campaign.
type look struct {
	*truth
	month    *Month
	visitors *visitors
	found    *Comparison
	base     string
	asked    time.Time // when the last page was asked for
}

// page reads one of the console's pages.
func (l *look) page(ctx context.Context, path string) (where string, d document, err error) {
	where, l.asked = l.base+path, time.Now()
	a, err := l.visitors.must(ctx, http.StatusOK, http.MethodGet, where, nil, "Cookie", staffCookie+l.month.session, "Accept-Language", "en")
	if err != nil {
		return where, d, err
	}
	d, err = parse(a.body)
	return l.name + path, d, err
}

// digits are how many digits stand behind the point of a metric's figures.
func (l *look) digits(m kpi.Metric) int {
	switch m {
	case kpi.GMV, kpi.Refunds, kpi.AverageOrder:
		return minorDigits[l.currencies[0]]
	case kpi.Conversion:
		return 2
	}
	return 0
}

// listed are all metrics.
var listed = []kpi.Metric{
	kpi.Impressions, kpi.Reach, kpi.Views, kpi.Visits, kpi.Clicks, kpi.Shares, kpi.Entries, kpi.Participants, kpi.Votes, kpi.Reposts, kpi.Orders, kpi.GMV,
	kpi.Refunds, kpi.AverageOrder, kpi.Conversion,
}

// plain reports whether a metric is counted, and not worked out of others.
func (l *look) plain(m kpi.Metric) bool { return m != kpi.AverageOrder && m != kpi.Conversion }

// parts are a metric's figures over the whole period: what is counted here, what others report, and both.
func (l *look) parts(m kpi.Metric) (measured, reported, total *big.Int) {
	measured, reported = l.number(m, l.from, l.to, nil), l.reportedOf(m, l.from, l.to, nil)
	if measured == nil {
		return nil, reported, nil
	}
	return measured, reported, new(big.Int).Add(measured, reported)
}

// byChannel and byPartner are a metric's number of a group; nil where it is not told apart by such groups.
func (l *look) byChannel(m kpi.Metric, id kpi.ChannelID) (measured, reported *big.Int) {
	reported = l.reportedOf(m, l.from, l.to, func(r report) bool { return r.channel == id })
	switch m {
	case kpi.Entries, kpi.Votes, kpi.Participants:
		return nil, nil
	case kpi.Reach:
		if id == "" {
			return nil, nil
		}
		return l.reachOf(l.from, l.to, id), reported
	}
	return l.number(m, l.from, l.to, func(c cell) bool { return c.channel == id }), reported
}

func (l *look) byPartner(m kpi.Metric, id kpi.PartnerID) (measured, reported *big.Int) {
	if id != "" {
		reported = l.reportedOf(m, l.from, l.to, func(r report) bool { return r.partner == id })
	}
	switch m {
	case kpi.Reach, kpi.Participants:
		return nil, nil
	}
	return l.number(m, l.from, l.to, func(c cell) bool { return c.partner == id }), reported
}

// days that a series of hours or quarter-hours is read for: at the beginning, where clocks are changed, and at the end.
func (l *look) someDays() []string {
	chosen := []string{dayOf(l.from, l.location), dayOf(l.month.now, l.location)}
	for _, day := range days(l.from, l.to, l.month.now) {
		if day.to.Sub(day.from) != 24*time.Hour {
			chosen = append(chosen, dayOf(day.from, l.location))
		}
	}
	return chosen
}
