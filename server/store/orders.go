package store

import (
	"fmt"
	"strings"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

const orderColumns = `id, campaign, shop, number, name, state, placed_at, currency, amount, refunded,
	reporting, rate, rate_day, reported, reported_refunds, means, why, link, clicked_at, code, challenge, channel, partner, entry, created_at`

func scanOrder(row scanner) (o kpi.Order, err error) {
	a := &o.Attribution
	err = row.Scan(&o.ID, &o.Campaign, &o.Shop, &o.Number, &o.Name, &o.State, timeColumn{&o.PlacedAt}, &o.Currency, &o.Amount, &o.Refunded,
		&o.Reporting, &o.Rate, &o.RateDay, &o.Reported, &o.ReportedRefunds, &a.Means, &a.Why, &a.Link, timeColumn{&a.ClickedAt}, &a.Code,
		&a.Challenge, &a.Channel, &a.Partner, &a.Entry, timeColumn{&o.CreatedAt})
	return o, err
}

// SaveOrder stores what an order's events come to, and returns it with its time and identifier where it is new.
func (tx *Tx) SaveOrder(o kpi.Order) (kpi.Order, error) {
	if o.ID == "" {
		o.ID, o.CreatedAt = orNew(o.ID, "or_"), tx.now
	}
	a := o.Attribution
	_, err := tx.Exec("INSERT INTO orders ("+orderColumns+`, quarter, counted)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, state = excluded.state, placed_at = excluded.placed_at, quarter = excluded.quarter,
		currency = excluded.currency, amount = excluded.amount, refunded = excluded.refunded, reporting = excluded.reporting,
		rate = excluded.rate, rate_day = excluded.rate_day, reported = excluded.reported, reported_refunds = excluded.reported_refunds,
		counted = excluded.counted, means = excluded.means, why = excluded.why, link = excluded.link, clicked_at = excluded.clicked_at,
		code = excluded.code, challenge = excluded.challenge, channel = excluded.channel, partner = excluded.partner, entry = excluded.entry`,
		o.ID, o.Campaign, o.Shop, o.Number, o.Name, o.State, millis(o.PlacedAt), o.Currency, o.Amount, o.Refunded,
		o.Reporting, o.Rate, o.RateDay, o.Reported, o.ReportedRefunds, a.Means, a.Why, a.Link, millis(a.ClickedAt), a.Code,
		a.Challenge, a.Channel, a.Partner, a.Entry, millis(o.CreatedAt), kpi.QuarterOf(o.PlacedAt), bit(o.Counted()))
	if err != nil {
		return o, fmt.Errorf("save order %s of shop %s: %w", o.Number, o.Shop, err)
	}
	return o, nil
}

// DeleteOrder removes an order of which nothing is said any more.
func (tx *Tx) DeleteOrder(id kpi.OrderID) error {
	if err := tx.mustChange("DELETE FROM orders WHERE id = ?", id); err != nil {
		return fmt.Errorf("delete order %s: %w", id, err)
	}
	return nil
}

// Order returns an order.
func (tx *Tx) Order(id kpi.OrderID) (kpi.Order, error) {
	o, err := first(tx, scanOrder, "SELECT "+orderColumns+" FROM orders WHERE id = ?", id)
	if err != nil {
		return o, fmt.Errorf("read order %s: %w", id, err)
	}
	return o, nil
}

// OrderNumbered returns a shop's order by the shop's number.
func (tx *Tx) OrderNumbered(shop kpi.ShopID, number string) (kpi.Order, error) {
	o, err := first(tx, scanOrder, "SELECT "+orderColumns+" FROM orders WHERE shop = ? AND number = ?", shop, number)
	if err != nil {
		return o, fmt.Errorf("read order %s of shop %s: %w", number, shop, err)
	}
	return o, nil
}

// OrderFigure is an order as its shop's own lists have it.
type OrderFigure struct {
	ID     kpi.OrderID
	Number string
	kpi.Settled
}

// OrderFigures lists all orders of a shop.
func (tx *Tx) OrderFigures(shop kpi.ShopID) ([]OrderFigure, error) {
	scan := func(row scanner) (f OrderFigure, err error) {
		err = row.Scan(&f.ID, &f.Number, &f.Name, &f.State, timeColumn{&f.PlacedAt}, &f.Currency, &f.Amount, &f.Refunded)
		return f, err
	}
	figures, err := list(tx, scan, "SELECT id, number, name, state, placed_at, currency, amount, refunded FROM orders WHERE shop = ? ORDER BY number", shop)
	if err != nil {
		return nil, fmt.Errorf("list orders of shop %s: %w", shop, err)
	}
	return figures, nil
}

// OrderFilter finds orders of a campaign. What is empty does not narrow.
type OrderFilter struct {
	Campaign  contest.CampaignID
	Shop      kpi.ShopID
	State     kpi.OrderState
	Channel   kpi.ChannelID
	Partner   kpi.PartnerID
	Challenge contest.ChallengeID
	Entry     contest.EntryNumber // of the challenge
	Means     kpi.Means
	Currency  kpi.Currency
	Text      string // the number, or the name
	// NoChannel leaves those that are due to no channel, NoPartner those to no partner.
	NoChannel, NoPartner bool
	// Unattributed leaves those that are due to nobody, NoRate those that wait for a rate.
	Unattributed, NoRate bool
	// From and To bound when they were placed; To is the first quarter-hour that is out. 0 does not.
	From, To kpi.Quarter
}

// ordersCalled are the orders of a campaign that a shop calls by a number or a name. Beside it the campaign is not named again, because
// SQLite would go through all of its orders by that.
const ordersCalled = `id IN (SELECT id FROM orders WHERE campaign = ? AND number = ?
	UNION ALL SELECT id FROM orders WHERE campaign = ? AND name = ?)`

func (f OrderFilter) where() (string, []any) {
	conditions, args := []string{"campaign = ?"}, []any{f.Campaign}
	if f.Text != "" {
		conditions, args = []string{ordersCalled}, []any{f.Campaign, f.Text, f.Campaign, f.Text}
	}
	narrow := func(on bool, condition string, values ...any) {
		if on {
			conditions, args = append(conditions, condition), append(args, values...)
		}
	}
	narrow(f.Shop != "", "shop = ?", f.Shop)
	narrow(f.State != "", "state = ?", f.State)
	narrow(f.Channel != "", "channel = ?", f.Channel)
	narrow(f.Partner != "", "partner = ?", f.Partner)
	narrow(f.NoChannel, "channel = ''")
	narrow(f.NoPartner, "partner = ''")
	narrow(f.Challenge != "", "challenge = ?", f.Challenge)
	narrow(f.Entry != 0, "entry = ?", f.Entry)
	narrow(f.Means != "", "means = ?", f.Means)
	narrow(f.Currency != "", "currency = ?", f.Currency)
	narrow(f.Unattributed, "state = 'paid' AND means = ''")
	narrow(f.NoRate, "state = 'paid' AND counted = 0")
	narrow(f.From != 0, "placed_at >= ?", f.From.Start().UnixMilli())
	narrow(f.To != 0, "placed_at < ?", f.To.Start().UnixMilli())
	return strings.Join(conditions, " AND "), args
}

const (
	selectOrdersFound = "SELECT " + orderColumns + " FROM orders WHERE "
	newestOrders      = " ORDER BY placed_at DESC, id DESC LIMIT ?"
)

// OrdersFound lists what a filter finds, the newest first, behind an order of the page before; empty for the first page.
func (tx *Tx) OrdersFound(f OrderFilter, after kpi.OrderID, limit int) ([]kpi.Order, error) {
	condition, args := f.where()
	if after != "" {
		last, err := tx.Order(after)
		if err != nil || last.Campaign != f.Campaign {
			return nil, fmt.Errorf("list orders: %w", ErrCursor)
		}
		condition, args = condition+" AND (placed_at, id) < (?, ?)", append(args, millis(last.PlacedAt), last.ID)
	}
	orders, err := list(tx, scanOrder, selectOrdersFound+condition+newestOrders, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list orders of campaign %s: %w", f.Campaign, err)
	}
	return orders, nil
}

// OrderSum is what orders of one currency come to.
type OrderSum struct {
	Currency kpi.Currency
	Orders   int64 // paid, and not cancelled
	Amount   int64 // minor units
	Refunded int64
	// NoRate is how many of them wait for a rate, Unattributed how many are due to nobody.
	NoRate, Unattributed int64
}

const selectOrderSums = `SELECT currency, COUNT(*), CAST(SUM(amount) AS BIGINT), CAST(SUM(refunded) AS BIGINT),
	COUNT(CASE WHEN counted = 0 THEN 1 END), COUNT(CASE WHEN means = '' THEN 1 END) FROM orders WHERE state = 'paid' AND `

// OrderSums adds up the orders that a filter finds and that are paid, by currency.
func (tx *Tx) OrderSums(f OrderFilter) ([]OrderSum, error) {
	scan := func(row scanner) (s OrderSum, err error) {
		err = row.Scan(&s.Currency, &s.Orders, &s.Amount, &s.Refunded, &s.NoRate, &s.Unattributed)
		return s, err
	}
	condition, args := f.where()
	sums, err := list(tx, scan, selectOrderSums+condition+" GROUP BY currency ORDER BY currency", args...)
	if err != nil {
		return nil, fmt.Errorf("add up orders of campaign %s: %w", f.Campaign, err)
	}
	return sums, nil
}

// The sums of orders by when they were placed, and by whom they are due to.
const (
	sumsOfCounted = `COUNT(*), CAST(SUM(reported) AS BIGINT), CAST(SUM(reported_refunds) AS BIGINT)
	FROM orders WHERE counted = 1 AND campaign = ? AND reporting = ? AND quarter >= ? AND quarter < ?`
	selectOrderPoints = "SELECT quarter, '', '', " + sumsOfCounted + " GROUP BY quarter ORDER BY quarter"
	selectOrderCells  = "SELECT quarter, channel, partner, " + sumsOfCounted + " GROUP BY quarter, channel, partner ORDER BY quarter, channel, partner"
	selectOrderGroups = "SELECT 0, channel, partner, " + sumsOfCounted + " GROUP BY channel, partner ORDER BY channel, partner"
)

// OrderPoints returns the orders of a campaign from one quarter-hour to before another: how many, what they are worth now and what
// was given back, in the reporting currency. All stands in the quarter-hour in which the order was placed. Those without a rate are
// not among them.
func (tx *Tx) OrderPoints(campaign contest.CampaignID, reporting kpi.Currency, from, to kpi.Quarter) ([]kpi.Point, error) {
	return tx.orderPoints(selectOrderPoints, campaign, reporting, from, to)
}

// OrderCells are OrderPoints by channel and partner as well.
func (tx *Tx) OrderCells(campaign contest.CampaignID, reporting kpi.Currency, from, to kpi.Quarter) ([]kpi.Point, error) {
	return tx.orderPoints(selectOrderCells, campaign, reporting, from, to)
}

// OrderGroups are OrderPoints by channel and partner, whenever the orders were placed. Without a channel are those that are due to
// nobody.
func (tx *Tx) OrderGroups(campaign contest.CampaignID, reporting kpi.Currency, from, to kpi.Quarter) ([]kpi.Point, error) {
	return tx.orderPoints(selectOrderGroups, campaign, reporting, from, to)
}

func (tx *Tx) orderPoints(query string, campaign contest.CampaignID, reporting kpi.Currency, from, to kpi.Quarter) ([]kpi.Point, error) {
	type line struct {
		kpi.Cell
		orders, amount, refunds int64
	}
	scan := func(row scanner) (l line, err error) {
		err = row.Scan(&l.Quarter, &l.Channel, &l.Partner, &l.orders, &l.amount, &l.refunds)
		return l, err
	}
	lines, err := list(tx, scan, query, campaign, reporting, from, to)
	if err != nil {
		return nil, fmt.Errorf("add up orders of campaign %s: %w", campaign, err)
	}
	points := make([]kpi.Point, 0, 3*len(lines))
	for _, l := range lines {
		for _, m := range []struct {
			metric kpi.Metric
			value  int64
		}{{kpi.Orders, l.orders}, {kpi.GMV, l.amount - l.refunds}, {kpi.Refunds, l.refunds}} {
			l.Metric = m.metric
			points = append(points, kpi.Point{Cell: l.Cell, Value: m.value})
		}
	}
	return points, nil
}

// EntryOrders is what an entry brought.
type EntryOrders struct {
	Challenge contest.ChallengeID
	Entry     contest.EntryNumber
	Orders    int64
	GMV       int64 // minor units of the reporting currency, refunds deducted
}

const selectOrdersByEntry = `SELECT challenge, entry, COUNT(*), CAST(SUM(reported - reported_refunds) AS BIGINT)
	FROM orders WHERE counted = 1 AND entry <> 0 AND campaign = ? AND reporting = ? AND quarter >= ? AND quarter < ?
	GROUP BY challenge, entry ORDER BY 4 DESC, 3 DESC, challenge, entry LIMIT ?`

// OrdersByEntry returns the entries whose links brought most, from one quarter-hour to before another.
func (tx *Tx) OrdersByEntry(campaign contest.CampaignID, reporting kpi.Currency, from, to kpi.Quarter, limit int) ([]EntryOrders, error) {
	scan := func(row scanner) (e EntryOrders, err error) {
		err = row.Scan(&e.Challenge, &e.Entry, &e.Orders, &e.GMV)
		return e, err
	}
	entries, err := list(tx, scan, selectOrdersByEntry, campaign, reporting, from, to, limit)
	if err != nil {
		return nil, fmt.Errorf("add up orders by entry of campaign %s: %w", campaign, err)
	}
	return entries, nil
}

const selectOrdersToRate = "SELECT " + orderColumns + " FROM orders WHERE campaign = ? AND currency = ? AND id > ? ORDER BY id LIMIT ?"

// OrdersToRate lists orders of a currency behind an identifier, in the order of their identifiers.
func (tx *Tx) OrdersToRate(campaign contest.CampaignID, currency kpi.Currency, after kpi.OrderID, limit int) ([]kpi.Order, error) {
	orders, err := list(tx, scanOrder, selectOrdersToRate, campaign, currency, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list orders in %s: %w", currency, err)
	}
	return orders, nil
}
