package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

var orderClaims = map[string]func(*testing.T, Opener){
	"a shop keeps its secrets until it is saved anew":                 shopsKept,
	"what a shop said is kept once, and nothing else under its name":  orderEventsOnce,
	"events that came at once are kept once":                          orderEventsAtOnce,
	"an order is one row, whatever was said of it":                    ordersOnce,
	"a filter finds the orders it describes, and adds up the same":    ordersFound,
	"the points of orders stand where they were placed, and are net":  orderPoints,
	"a rate holds from its day until the next one":                    ratesDated,
	"a code means one thing, however it is typed":                     codesFolded,
	"a batch's events are forgotten, and no others":                   batchForgotten,
	"a file that nobody booked is dropped, and no other":              filesDropped,
	"what is under way with a file is kept beside it until its end":   workKept,
	"a shop's orders are listed as its own lists have them":           figuresListed,
	"entries come by what their links brought":                        ordersByEntry,
	"all orders of a currency are gone through by their identifiers":  ordersToRate,
	"a currency that was converted to another one is in no sum of it": otherReporting,
}

// shop opens a shop of the stage's campaign.
func (s *stage) shop() (shop kpi.Shop) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		shop, err = tx.CreateShop(kpi.Shop{Campaign: s.challenge.Campaign, Name: "小店", Kind: kpi.StandardShop, Secret: "whsec_1"})
		return err
	})
	return shop
}

// order saves an order that is paid and has a rate.
func (s *stage) order(shop kpi.Shop, number string, change func(*kpi.Order)) kpi.Order {
	s.Helper()
	o := kpi.Order{
		Campaign: shop.Campaign, Shop: shop.ID, Number: number, Reporting: "CNY", Rate: kpi.RateOne, RateDay: "2026-11-01", Reported: 12990,
		Settled:     kpi.Settled{State: kpi.OrderPaid, Name: "#" + number, PlacedAt: noon, Currency: "CNY", Amount: 12990},
		Attribution: kpi.Attribution{Why: kpi.NothingKnown},
	}
	if change != nil {
		change(&o)
	}
	s.update(func(tx *store.Tx) (err error) {
		o, err = tx.SaveOrder(o)
		return err
	})
	return o
}

func shopsKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	shop.Name, shop.OldSecret, shop.Secret, shop.OldUntil, shop.RetiredAt = "大店", shop.Secret, "whsec_2", noon, noon.Add(time.Hour)
	s.update(func(tx *store.Tx) error { return tx.SaveShop(shop) })
	s.view(func(tx *store.Tx) error {
		shops, err := tx.Shops(s.challenge.Campaign)
		same(t, "shops", shops, []kpi.Shop{shop})
		none, errNone := tx.Shops("ca_none")
		equal(t, "shops of another campaign", len(none), 0)
		_, errShop := tx.Shop("sh_none")
		equal(t, "not found", errors.Is(errShop, store.ErrNotFound), true)
		return errors.Join(err, errNone)
	})
}

// said is an event about an order.
func said(shop kpi.Shop, id, number string) kpi.OrderEvent {
	return kpi.OrderEvent{Shop: shop.ID, ID: id, Number: number, At: noon, Digest: "d " + id, Says: kpi.OrderSays{
		Name: "#1", Payment: &kpi.Payment{Amount: 5, Currency: "CNY", PlacedAt: noon}, Refunds: []kpi.Refund{{ID: "r", Amount: 1, Currency: "CNY"}},
		Clicks: []kpi.Click{{Link: "x", At: noon}}, Codes: []string{"夜"},
	}}
}

func (s *stage) say(e kpi.OrderEvent) (fresh bool) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		fresh, err = tx.InsertOrderEvent(e)
		return err
	})
	return fresh
}

func (s *stage) eventsOf(shop kpi.Shop, number string) (events []kpi.OrderEvent) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		events, err = tx.OrderEvents(shop.ID, number)
		return err
	})
	return events
}

func orderEventsOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	first := said(shop, "ev_1", "1")
	equal(t, "fresh", s.say(first), true)
	equal(t, "fresh again", s.say(first), false)
	other := first
	other.Digest = "another"
	s.refused(store.ErrKeyReused, func(tx *store.Tx) error { _, err := tx.InsertOrderEvent(other); return err })
	later := said(shop, "ev_0", "1")
	later.At = noon.Add(time.Second)
	equal(t, "another one", s.say(later), true)
	equal(t, "of another order", s.say(said(shop, "ev_2", "2")), true)
	events := s.eventsOf(shop, "1")
	if len(events) != 2 || events[0].ID != "ev_1" || events[1].ID != "ev_0" {
		t.Fatalf("events: %+v", events)
	}
	equal(t, "received", events[0].ReceivedAt.IsZero(), false)
	first.ReceivedAt = events[0].ReceivedAt
	same(t, "what it says", *events[0].Says.Payment, *first.Says.Payment)
	same(t, "clicks", events[0].Says.Clicks, first.Says.Clicks)
	same(t, "codes", events[0].Says.Codes, first.Says.Codes)
}

func orderEventsAtOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	const many = 40
	fresh := make(chan bool, many)
	for range many {
		go func() {
			var one bool
			err := s.store.Update(t.Context(), func(tx *store.Tx) (err error) {
				one, err = tx.InsertOrderEvent(said(shop, "ev_1", "1"))
				return err
			})
			fresh <- one && err == nil
		}()
	}
	n := 0
	for range many {
		if <-fresh {
			n++
		}
	}
	equal(t, "were told that it was new", n, 1)
	equal(t, "events kept", len(s.eventsOf(shop, "1")), 1)
}

func ordersOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	o := s.order(shop, "1", func(o *kpi.Order) {
		o.Attribution = kpi.Attribution{
			Credit: kpi.Credit{Challenge: s.challenge.ID, Channel: "weibo", Partner: "wuhan", Entry: 7}, Means: kpi.ByClick, Why: kpi.LastClick,
			Link: "x7", ClickedAt: noon.Add(-time.Hour),
		}
	})
	equal(t, "has a time", o.CreatedAt.IsZero(), false)
	o.State, o.Refunded, o.ReportedRefunds = kpi.OrderCancelled, 990, 990
	s.update(func(tx *store.Tx) error { _, err := tx.SaveOrder(o); return err })
	s.view(func(tx *store.Tx) error {
		one, err := tx.Order(o.ID)
		same(t, "order", one, o)
		numbered, errNumbered := tx.OrderNumbered(shop.ID, "1")
		same(t, "order by number", numbered, o)
		return errors.Join(err, errNumbered)
	})
	again := o
	again.ID = ""
	s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.SaveOrder(again); return err })
	s.update(func(tx *store.Tx) error { return tx.DeleteOrder(o.ID) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteOrder(o.ID) })
}

func ordersFound(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop, other := s.shop(), s.shop()
	s.order(shop, "1", nil)
	s.order(shop, "2", func(o *kpi.Order) {
		o.PlacedAt, o.Attribution.Means, o.Attribution.Channel = noon.Add(time.Hour), kpi.ByClick, "weibo"
	})
	s.order(other, "3", func(o *kpi.Order) { o.Currency, o.Amount, o.Refunded, o.Rate = "EUR", 500, 200, 0 })
	s.order(other, "4", func(o *kpi.Order) { o.State = kpi.OrderCancelled })
	s.order(other, "5", func(o *kpi.Order) { o.State, o.Currency = kpi.OrderAwaited, "" })
	campaign := s.challenge.Campaign
	for _, c := range []struct {
		what   string
		filter store.OrderFilter
		want   string
	}{
		{"all", store.OrderFilter{}, "2"},
		{"a shop", store.OrderFilter{Shop: other.ID}, "543"},
		{"a state", store.OrderFilter{State: kpi.OrderCancelled}, "4"},
		{"a channel", store.OrderFilter{Channel: "weibo"}, "2"},
		{"no channel", store.OrderFilter{NoChannel: true, Shop: shop.ID}, "1"},
		{"no partner", store.OrderFilter{NoPartner: true, Shop: shop.ID, Means: kpi.ByClick}, "2"},
		{"a means", store.OrderFilter{Means: kpi.ByClick}, "2"},
		{"a currency", store.OrderFilter{Currency: "EUR"}, "3"},
		{"a name", store.OrderFilter{Text: "#1"}, "1"},
		{"a number", store.OrderFilter{Text: "4"}, "4"},
		{"a name in another state", store.OrderFilter{Text: "#1", State: kpi.OrderCancelled}, ""},
		{"no rate", store.OrderFilter{NoRate: true}, "3"},
		{"from then", store.OrderFilter{From: kpi.QuarterOf(noon) + 1}, "2"},
		{"before then", store.OrderFilter{To: kpi.QuarterOf(noon), Shop: shop.ID}, ""},
	} {
		c.filter.Campaign = campaign
		s.view(func(tx *store.Tx) error {
			orders, err := tx.OrdersFound(c.filter, "", 10)
			numbers := ""
			for _, o := range orders {
				numbers += o.Number
			}
			if c.what == "all" {
				equal(t, "all", len(numbers), 5)
				numbers = numbers[:1] // the others were placed at the same time
			}
			equal(t, "length of "+c.what, len(numbers), len(c.want))
			if len(c.want) == 1 {
				equal(t, c.what, numbers, c.want)
			}
			return err
		})
	}
	s.view(func(tx *store.Tx) error {
		var seen []string
		after := kpi.OrderID("")
		for range 5 {
			page, err := tx.OrdersFound(store.OrderFilter{Campaign: campaign}, after, 1)
			if err != nil || len(page) != 1 {
				t.Fatalf("page after %q: %v, %v", after, page, err)
			}
			after, seen = page[0].ID, append(seen, page[0].Number)
		}
		_, err := tx.OrdersFound(store.OrderFilter{Campaign: campaign}, "or_none", 1)
		equal(t, "a cursor of nobody", errors.Is(err, store.ErrCursor), true)
		equal(t, "pages", len(seen), 5)
		sums, err := tx.OrderSums(store.OrderFilter{Campaign: campaign})
		same(t, "sums", sums, []store.OrderSum{{Currency: "CNY", Orders: 2, Amount: 25980, Unattributed: 1}, {Currency: "EUR", Orders: 1, Amount: 500, Refunded: 200, NoRate: 1, Unattributed: 1}})
		return err
	})
}

func orderPoints(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	at := kpi.QuarterOf(noon)
	weibo := func(o *kpi.Order) {
		o.Attribution.Means, o.Attribution.Channel, o.Attribution.Challenge = kpi.ByClick, "weibo", s.challenge.ID
	}
	s.order(shop, "1", weibo)
	s.order(shop, "2", func(o *kpi.Order) { weibo(o); o.ReportedRefunds = 990 })
	s.order(shop, "3", nil)
	s.order(shop, "4", func(o *kpi.Order) { o.State = kpi.OrderCancelled })
	s.order(shop, "5", func(o *kpi.Order) { o.Rate = 0 })
	s.order(shop, "6", func(o *kpi.Order) { o.PlacedAt = noon.Add(kpi.QuarterLength) })
	sums := func(cell kpi.Cell, orders, gmv, refunds int64) (points []kpi.Point) {
		for i, m := range []kpi.Metric{kpi.Orders, kpi.GMV, kpi.Refunds} {
			cell.Metric = m
			points = append(points, kpi.Point{Cell: cell, Value: []int64{orders, gmv, refunds}[i]})
		}
		return points
	}
	first := sums(kpi.Cell{Quarter: at}, 3, 37980, 990)
	s.view(func(tx *store.Tx) error {
		points, err := tx.OrderPoints(s.challenge.Campaign, "CNY", at, at+1)
		same(t, "points", points, first)
		both, errBoth := tx.OrderPoints(s.challenge.Campaign, "CNY", at, at+2)
		same(t, "points of two quarter-hours", both, slices.Concat(first, sums(kpi.Cell{Quarter: at + 1}, 1, 12990, 0)))
		cells, errCells := tx.OrderCells(s.challenge.Campaign, "CNY", at+1, at+2)
		same(t, "cells of the second", cells, sums(kpi.Cell{Quarter: at + 1}, 1, 12990, 0))
		groups, errGroups := tx.OrderGroups(s.challenge.Campaign, "CNY", at, at+2)
		same(t, "groups", groups, slices.Concat(sums(kpi.Cell{}, 2, 25980, 0), sums(kpi.Cell{Channel: "weibo"}, 2, 24990, 990)))
		one, errOne := tx.OrderGroups(s.challenge.Campaign, "CNY", at+1, at+2)
		same(t, "groups of the second", one, sums(kpi.Cell{}, 1, 12990, 0))
		none, errNone := tx.OrderPoints("ca_none", "CNY", 0, 1<<40)
		equal(t, "points of another campaign", len(none), 0)
		return errors.Join(err, errBoth, errCells, errGroups, errOne, errNone)
	})
}

func otherReporting(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.order(s.shop(), "1", nil)
	s.view(func(tx *store.Tx) error {
		points, err := tx.OrderPoints(s.challenge.Campaign, "EUR", 0, 1<<40)
		equal(t, "points", len(points), 0)
		return err
	})
}

func ordersByEntry(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	for i, e := range []contest.EntryNumber{7, 8, 8, 0} {
		s.order(shop, string(rune('1'+i)), func(o *kpi.Order) {
			o.Attribution.Challenge, o.Attribution.Entry, o.ReportedRefunds = s.challenge.ID, e, 990
		})
	}
	s.view(func(tx *store.Tx) error {
		entries, err := tx.OrdersByEntry(s.challenge.Campaign, "CNY", 0, 1<<40, 10)
		same(t, "entries", entries, []store.EntryOrders{{Challenge: s.challenge.ID, Entry: 8, Orders: 2, GMV: 24000}, {Challenge: s.challenge.ID, Entry: 7, Orders: 1, GMV: 12000}})
		return err
	})
}

func ratesDated(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	campaign := s.challenge.Campaign
	rate := func(day string, r kpi.Rate) store.DatedRate {
		return store.DatedRate{Campaign: campaign, Reporting: "CNY", Currency: "EUR", Day: day, Rate: r, Staff: "st_1"}
	}
	s.update(func(tx *store.Tx) error {
		return errors.Join(tx.SetRate(rate("2026-11-10", 1)), tx.SetRate(rate("2026-11-20", 2)), tx.SetRate(rate("2026-11-20", 3)))
	})
	for day, want := range map[string]kpi.Rate{"2026-11-10": 1, "2026-11-19": 1, "2026-11-20": 3, "2027-01-01": 3} {
		s.view(func(tx *store.Tx) error {
			r, err := tx.RateOn(campaign, "CNY", "EUR", day)
			equal(t, "rate on "+day, r.Rate, want)
			return err
		})
	}
	s.view(func(tx *store.Tx) error {
		_, early := tx.RateOn(campaign, "CNY", "EUR", "2026-11-09")
		_, other := tx.RateOn(campaign, "USD", "EUR", "2026-11-20")
		equal(t, "none before the first", errors.Is(early, store.ErrNotFound), true)
		equal(t, "none in another currency", errors.Is(other, store.ErrNotFound), true)
		rates, err := tx.Rates(campaign, "CNY")
		equal(t, "rates", len(rates), 2)
		equal(t, "the latest first", rates[0].Day, "2026-11-20")
		return err
	})
	s.update(func(tx *store.Tx) error { return tx.DeleteRate(campaign, "CNY", "EUR", "2026-11-20") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteRate(campaign, "CNY", "EUR", "2026-11-20") })
}

func codesFolded(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	campaign := s.challenge.Campaign
	code := kpi.Code{Campaign: campaign, Code: "night 10", Means: kpi.ByCoupon, Credit: kpi.Credit{Channel: "weibo", Partner: "wuhan"}, Staff: "st_1"}
	s.update(func(tx *store.Tx) error {
		other := code
		other.Code, other.Credit.Channel = "NIGHT10", "douyin"
		return errors.Join(tx.SetOrderCode(code), tx.SetOrderCode(other))
	})
	s.view(func(tx *store.Tx) error {
		known, err := tx.KnownCodes(campaign, []string{" Night10", "else"})
		equal(t, "known", len(known), 1)
		equal(t, "channel", known["NIGHT10"].Credit.Channel, "douyin")
		codes, errCodes := tx.OrderCodes(campaign, "", 10)
		equal(t, "codes", len(codes), 1)
		behind, errBehind := tx.OrderCodes(campaign, "NIGHT10", 10)
		equal(t, "codes behind it", len(behind), 0)
		return errors.Join(err, errCodes, errBehind)
	})
	s.update(func(tx *store.Tx) error { return tx.DeleteOrderCode(campaign, "NIGHT10") })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteOrderCode(campaign, "NIGHT10") })
}

func figuresListed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop, other := s.shop(), s.shop()
	o := s.order(shop, "1", nil)
	s.order(other, "2", nil)
	s.view(func(tx *store.Tx) error {
		figures, err := tx.OrderFigures(shop.ID)
		same(t, "figures", figures, []store.OrderFigure{{ID: o.ID, Number: "1", Settled: o.Settled}})
		return err
	})
}

func ordersToRate(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	for _, number := range []string{"1", "2", "3"} {
		s.order(shop, number, func(o *kpi.Order) { o.Currency = "EUR" })
	}
	s.order(shop, "4", nil)
	s.view(func(tx *store.Tx) error {
		found, err := tx.OrdersToRate(s.challenge.Campaign, "EUR", "", 2)
		if err != nil || len(found) != 2 {
			t.Fatalf("got %v, %v", found, err)
		}
		rest, err := tx.OrdersToRate(s.challenge.Campaign, "EUR", found[1].ID, 2)
		equal(t, "the rest", len(rest), 1)
		return err
	})
}
