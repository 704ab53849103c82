package orders

import (
	"context"
	"errors"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// PageSize is how many orders a page of the list has.
const PageSize = 50

// List is a page of orders with what all that the filter finds come to.
type List struct {
	Plan   kpi.Plan
	Shops  []kpi.Shop
	Sums   []store.OrderSum
	Orders []kpi.Order
	Next   kpi.OrderID // of the page behind it; empty on the last one
	// NoRate is how many of the campaign's orders wait for a rate, whatever the filter.
	NoRate int64
}

// List returns a page of a campaign's orders. Errors: store.ErrNotFound, store.ErrCursor.
func (s *Service) List(ctx context.Context, f store.OrderFilter, after kpi.OrderID) (l List, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(f.Campaign)
		if err != nil {
			return err
		}
		shops, errShops := tx.Shops(f.Campaign)
		sums, errSums := tx.OrderSums(f)
		found, errFound := tx.OrdersFound(f, after, PageSize+1)
		waiting, errWaiting := tx.OrderSums(store.OrderFilter{Campaign: f.Campaign, NoRate: true})
		l = List{Plan: plan.Plan, Shops: shops, Sums: sums, Orders: found}
		if len(found) > PageSize {
			l.Orders, l.Next = found[:PageSize], found[PageSize-1].ID
		}
		for _, sum := range waiting {
			l.NoRate += sum.Orders
		}
		return errors.Join(errShops, errSums, errFound, errWaiting)
	})
	return l, err
}

// Detail is an order with all that is known about it.
type Detail struct {
	kpi.Order
	Plan   kpi.Plan
	Shop   kpi.Shop
	Events []kpi.OrderEvent
	Lead   kpi.Lead // what it brought along that could attribute it
	Link   kpi.Link // that it is due to; zero for none
}

// Order returns an order.
func (s *Service) Order(ctx context.Context, id kpi.OrderID) (d Detail, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		d = Detail{}
		if d.Order, err = tx.Order(id); err != nil {
			return err
		}
		plan, errPlan := tx.Plan(d.Campaign)
		shop, errShop := tx.Shop(d.Order.Shop)
		events, errEvents := tx.OrderEvents(d.Order.Shop, d.Number)
		d.Plan, d.Shop, d.Events, d.Lead = plan.Plan, shop, events, kpi.LeadOf(d.PlacedAt, events)
		if d.Attribution.Link != "" {
			link, err := tx.Link(d.Attribution.Link)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			d.Link = link
		}
		// What refunds in another currency come to is worked out anew: the row has the sum of the others.
		d.Foreign = kpi.Settle(events).Foreign
		return errors.Join(errPlan, errShop, errEvents)
	})
	return d, err
}

// Rates returns a campaign's rates with its plan, and the currencies in which orders wait for one.
func (s *Service) Rates(ctx context.Context, campaign contest.CampaignID) (plan kpi.Plan, rates []store.DatedRate, waiting []store.OrderSum, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		var errRates, errWaiting error
		plan = p.Plan
		rates, errRates = tx.Rates(campaign, p.Currency)
		waiting, errWaiting = tx.OrderSums(store.OrderFilter{Campaign: campaign, NoRate: true})
		return errors.Join(errRates, errWaiting)
	})
	return plan, rates, waiting, err
}

// MaxCodes is how many codes are said to mean something at once: F-codes come by the thousand.
const MaxCodes = 5000

// Codes returns a campaign's first codes with its plan.
func (s *Service) Codes(ctx context.Context, campaign contest.CampaignID, after string) (plan kpi.Plan, codes []kpi.Code, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		plan = p.Plan
		codes, err = tx.OrderCodes(campaign, after, PageSize+1)
		return err
	})
	return plan, codes, err
}

// SetCodes says to whom orders with codes are due. Orders that are booked keep what they have.
func (s *Service) SetCodes(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, codes []string, means kpi.Means, credit kpi.Credit) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		for _, code := range codes {
			err := tx.SetOrderCode(kpi.Code{Campaign: campaign, Code: code, Means: means, Credit: credit, Staff: staff})
			if err != nil {
				return err
			}
		}
		return audit(tx, staff, "order.code", "campaign/"+string(campaign), summary(codes))
	})
}

// summary names the first of some codes.
func summary(codes []string) string {
	if len(codes) == 1 {
		return codes[0]
	}
	return codes[0] + " … " + codes[len(codes)-1]
}

// DeleteCode has a code mean nothing any more.
func (s *Service) DeleteCode(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, code string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.DeleteOrderCode(campaign, code); err != nil {
			return err
		}
		return audit(tx, staff, "order.code_delete", "campaign/"+string(campaign), code)
	})
}
