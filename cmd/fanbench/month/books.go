package month

import (
	"maps"
	"math/big"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// books are what a campaign's numbers have to be, as they follow from what was done.
type books struct {
	cells    map[cell]*big.Int
	reach    map[reached]map[string]bool // visitors by day and channel; anyChannel stands for the whole day
	reported map[report]int64
	fans     map[string]*fan
	opened   map[kpi.LinkCode]int64
	orders   map[string]*order // by shop and number
	engaged  map[contest.EntryNumber]*engagement
}

// cell is what a number is about.
type cell struct {
	metric  kpi.Metric
	quarter int64
	channel kpi.ChannelID
	partner kpi.PartnerID
}

type reached struct {
	day     string
	channel kpi.ChannelID
}

const anyChannel kpi.ChannelID = "*"

// report is what a reported figure is about.
type report struct {
	day     string
	channel kpi.ChannelID
	partner kpi.PartnerID
	metric  kpi.Metric
}

// fan is when somebody entered and voted, as far as it stands.
type fan struct{ entered, voted []time.Time }

// engagement is what was done with an entry.
type engagement struct{ votes, shares, views int64 }

func newBooks() *books {
	return &books{
		cells: map[cell]*big.Int{}, reach: map[reached]map[string]bool{}, reported: map[report]int64{}, fans: map[string]*fan{},
		opened: map[kpi.LinkCode]int64{}, orders: map[string]*order{}, engaged: map[contest.EntryNumber]*engagement{},
	}
}

// add books a number.
func (b *books) add(m kpi.Metric, at time.Time, d due, n *big.Int) {
	c := cell{m, quarterOf(at), d.channel, d.partner}
	if b.cells[c] == nil {
		b.cells[c] = new(big.Int)
	}
	b.cells[c].Add(b.cells[c], n)
}

// count books events, and what they do with an entry.
func (b *books) count(m kpi.Metric, at time.Time, d due, entry contest.EntryNumber, n int64) {
	b.add(m, at, d, big.NewInt(n))
	if entry == 0 {
		return
	}
	switch m {
	case kpi.Views:
		b.entry(entry).views += n
	case kpi.Shares:
		b.entry(entry).shares += n
	}
}

func (b *books) entry(n contest.EntryNumber) *engagement {
	if b.engaged[n] == nil {
		b.engaged[n] = &engagement{}
	}
	return b.engaged[n]
}

func (b *books) fan(name string) *fan {
	if b.fans[name] == nil {
		b.fans[name] = &fan{}
	}
	return b.fans[name]
}

// saw books a visitor of a day.
func (b *books) saw(day string, channel kpi.ChannelID, visitor string) {
	channels := []kpi.ChannelID{anyChannel}
	if channel != "" {
		channels = append(channels, channel)
	}
	for _, c := range channels {
		r := reached{day, c}
		if b.reach[r] == nil {
			b.reach[r] = map[string]bool{}
		}
		b.reach[r][visitor] = true
	}
}

// order is what is to come of an order, whatever arrives when.
type order struct {
	shop, number string
	currency     kpi.Currency
	amount       int64
	placed       time.Time
	refunds      map[string]int64
	cancelled    bool
	unpaid       bool // nothing but refunds was ever said of it
	due          due
	attributed   bool
}

func (o *order) refunded() (sum int64) {
	for _, n := range o.refunds {
		sum += n
	}
	return sum
}

// counts reports whether the order is one at all.
func (o *order) counts() bool { return !o.cancelled && !o.unpaid }

// converted is an amount in minor units of another currency, by a rate, halves rounded up.
func converted(amount int64, from, to kpi.Currency, r rate) *big.Int {
	ten := big.NewInt(10)
	power := func(n int) *big.Int { return new(big.Int).Exp(ten, big.NewInt(int64(n)), nil) }
	over := new(big.Int).Mul(big.NewInt(amount), big.NewInt(r.value))
	over.Mul(over, power(minorDigits[to]))
	under := power(minorDigits[from] + r.decimals)
	return halfUp(over, under)
}

// halfUp divides what is not negative, halves rounded up; what is negative as if it were not.
func halfUp(over, under *big.Int) *big.Int {
	twice := new(big.Int).Lsh(new(big.Int).Abs(over), 1)
	twice.Add(twice, under)
	twice.Quo(twice, new(big.Int).Lsh(under, 1))
	if over.Sign() < 0 {
		twice.Neg(twice)
	}
	return twice
}

// rateOf is the latest rate of a currency up to the order's day; false where there is none yet.
func (c *campaign) rateOf(o *order) (best rate, known bool) {
	if o.currency == c.currencies[0] {
		return rate{value: 1}, true
	}
	day := dayOf(o.placed, c.location)
	for _, r := range slices.Concat(c.rates, c.late) {
		if r.currency == o.currency && r.day <= day && (!known || r.day > best.day) {
			best, known = r, true
		}
	}
	return best, known
}

// truth is a campaign's books once all is said.
type truth struct {
	*campaign
	lines    map[kpi.Metric][]line
	unrated  int64 // orders that wait for a rate
	nobodys  int64 // orders due to nobody, with or without a rate
	selling  map[contest.EntryNumber]*sold
	reported map[report]int64
}

// line is a number of closed books.
type line struct {
	cell
	n *big.Int
}

// sold is what an entry's links brought.
type sold struct {
	orders int64
	gmv    *big.Int
}

// truth closes the books: orders and participants become numbers only when all of them is known.
func (c *campaign) truth() *truth {
	t := &truth{campaign: c, lines: map[kpi.Metric][]line{}, selling: map[contest.EntryNumber]*sold{}, reported: c.books.reported}
	closed := newBooks()
	maps.Copy(closed.cells, c.books.cells) // of other metrics than those that follow
	for _, o := range c.books.orders {
		if o.counts() {
			t.addOrder(closed, o)
		}
	}
	for _, f := range c.books.fans {
		if all := slices.Concat(f.entered, f.voted); len(all) > 0 {
			closed.add(kpi.Participants, slices.MinFunc(all, time.Time.Compare), due{}, big.NewInt(1))
		}
	}
	for k, n := range closed.cells {
		t.lines[k.metric] = append(t.lines[k.metric], line{k, n})
	}
	return t
}

func (t *truth) addOrder(closed *books, o *order) {
	inside := t.inside(o.placed)
	if inside && !o.attributed {
		t.nobodys++
	}
	r, known := t.rateOf(o)
	if !known {
		if inside {
			t.unrated++
		}
		return
	}
	refunds := converted(o.refunded(), o.currency, t.currencies[0], r)
	gmv := converted(o.amount, o.currency, t.currencies[0], r)
	gmv.Sub(gmv, refunds)
	closed.add(kpi.Orders, o.placed, o.due, big.NewInt(1))
	closed.add(kpi.GMV, o.placed, o.due, gmv)
	closed.add(kpi.Refunds, o.placed, o.due, refunds)
	if inside && o.due.entry != 0 {
		s := t.selling[o.due.entry]
		if s == nil {
			s = &sold{gmv: new(big.Int)}
			t.selling[o.due.entry] = s
		}
		s.orders++
		s.gmv.Add(s.gmv, gmv)
	}
}

// inside reports whether a time lies in the campaign's days.
func (c *campaign) inside(t time.Time) bool { return !t.Before(c.from) && t.Before(c.to) }

// sum adds up a counted metric between two times, of all cells that match.
func (t *truth) sum(m kpi.Metric, from, to time.Time, match func(cell) bool) *big.Int {
	first, before, sum := quarterOf(from), quarterOf(to), new(big.Int)
	for _, l := range t.lines[m] {
		if l.quarter >= first && l.quarter < before && (match == nil || match(l.cell)) {
			sum.Add(sum, l.n)
		}
	}
	return sum
}

// number is a metric between two times, worked out where it is not counted; nil where there is nothing to divide by.
func (t *truth) number(m kpi.Metric, from, to time.Time, match func(cell) bool) *big.Int {
	switch m {
	case kpi.Reach:
		return t.reachOf(from, to, anyChannel)
	case kpi.AverageOrder:
		return ratio(t.sum(kpi.GMV, from, to, match), 1, t.sum(kpi.Orders, from, to, match))
	case kpi.Conversion:
		return ratio(t.sum(kpi.Orders, from, to, match), 10_000, t.sum(kpi.Visits, from, to, match))
	}
	return t.sum(m, from, to, match)
}

// ratio is a times factor over by; nil where by is nothing.
func ratio(a *big.Int, factor int64, by *big.Int) *big.Int {
	if by.Sign() <= 0 {
		return nil
	}
	return halfUp(new(big.Int).Mul(a, big.NewInt(factor)), by)
}

// reachOf adds up the visitors of the days that begin between two times.
func (t *truth) reachOf(from, to time.Time, channel kpi.ChannelID) *big.Int {
	n := 0
	for r, visitors := range t.books.reach {
		day, err := time.ParseInLocation(time.DateOnly, r.day, t.location)
		if err == nil && r.channel == channel && !day.Before(from) && day.Before(to) {
			n += len(visitors)
		}
	}
	return big.NewInt(int64(n))
}

// reportedOf adds up what others report of days between two times.
func (t *truth) reportedOf(m kpi.Metric, from, to time.Time, match func(report) bool) *big.Int {
	first, last, sum := dayOf(from, t.location), dayOf(to.Add(-time.Second), t.location), int64(0)
	for r, n := range t.reported {
		if r.metric == m && r.day >= first && r.day <= last && (match == nil || match(r)) {
			sum += n
		}
	}
	return big.NewInt(sum)
}

// dayOf writes the day of a time in a zone.
func dayOf(t time.Time, zone *time.Location) string { return t.In(zone).Format(time.DateOnly) }

// span is a stretch of time.
type span struct{ from, to time.Time }

// days are those of a zone between two midnights, until one that has begun.
func days(from, to, now time.Time) (spans []span) {
	for day := from; day.Before(to) && !day.After(now); {
		next := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, day.Location())
		spans = append(spans, span{day, next})
		day = next
	}
	return spans
}

// pieces are the stretches of a length between two times, until one that has begun. Clocks are changed by whole hours here, at whole
// hours, so that hours are as long as ever.
func pieces(from, to, now time.Time, length time.Duration) (spans []span) {
	for at := from; at.Before(to) && !at.After(now); at = at.Add(length) {
		spans = append(spans, span{at, at.Add(length)})
	}
	return spans
}

// channelsOf and partnersOf are all that numbers are told apart by, the ones due to nobody among them.
func (t *truth) channelsOf() []kpi.ChannelID {
	all := map[kpi.ChannelID]bool{"": true}
	for _, c := range t.plan.Channels {
		all[c.ID] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func (t *truth) partnersOf() []kpi.PartnerID {
	all := map[kpi.PartnerID]bool{"": true}
	for _, p := range t.plan.Partners {
		all[kpi.PartnerID(p.ID)] = true
	}
	return slices.Sorted(maps.Keys(all))
}
