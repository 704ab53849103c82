package orders

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// book keeps an event and has its order be what all of its events come to; fresh is false where the event was kept before.
func book(tx *store.Tx, shop kpi.Shop, e kpi.OrderEvent) (fresh bool, err error) {
	if err := lock(tx, shop.ID, e.Number); err != nil {
		return false, err
	}
	if fresh, err = tx.InsertOrderEvent(e); err != nil || !fresh {
		return fresh, err
	}
	return true, settle(tx, shop, e.Number)
}

// lock lets one update at a time change an order.
func lock(tx *store.Tx, shop kpi.ShopID, number string) error {
	return tx.Lock("order " + string(shop) + " " + number)
}

// settle stores what an order's events come to. An order of which nothing is said any more is none.
func settle(tx *store.Tx, shop kpi.Shop, number string) error {
	o, err := tx.OrderNumbered(shop.ID, number)
	if errors.Is(err, store.ErrNotFound) {
		o = kpi.Order{Campaign: shop.Campaign, Shop: shop.ID, Number: number}
	} else if err != nil {
		return err
	}
	events, err := tx.OrderEvents(shop.ID, number)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		if o.ID == "" {
			return nil
		}
		return tx.DeleteOrder(o.ID)
	}
	if o, err = settled(tx, o, events); err != nil {
		return err
	}
	_, err = tx.SaveOrder(o)
	return err
}

// settled returns an order as its events make it. Whom it is due to is found once, when it is first known to be paid.
func settled(tx *store.Tx, o kpi.Order, events []kpi.OrderEvent) (kpi.Order, error) {
	o.Settled = kpi.Settle(events)
	plan, err := tx.Plan(o.Campaign)
	if err != nil {
		return o, err
	}
	switch {
	case o.PlacedAt.IsZero():
		o.Attribution = kpi.Attribution{}
	case o.Attribution.Why == "":
		if o.Attribution, err = attribution(tx, o, plan.Plan, events); err != nil {
			return o, err
		}
	}
	return rated(tx, o, plan.Plan)
}

// attribution finds whom an order is due to.
func attribution(tx *store.Tx, o kpi.Order, plan kpi.Plan, events []kpi.OrderEvent) (kpi.Attribution, error) {
	lead, links := kpi.LeadOf(o.PlacedAt, events), map[kpi.LinkCode]kpi.Link{}
	for _, click := range lead.Clicks {
		link, err := tx.Link(click.Link)
		switch {
		case err == nil && link.Campaign == o.Campaign:
			links[link.Code] = link
		case err != nil && !errors.Is(err, store.ErrNotFound):
			return kpi.Attribution{}, err
		}
	}
	codes, err := tx.KnownCodes(o.Campaign, lead.Codes)
	if err != nil {
		return kpi.Attribution{}, err
	}
	return kpi.Attribute(lead, plan.Attribution(), links, codes), nil
}

// rated converts an order into the reporting currency by the rate that holds on its day, as far as there is one.
func rated(tx *store.Tx, o kpi.Order, plan kpi.Plan) (kpi.Order, error) {
	o.Reporting, o.Rate, o.RateDay, o.Reported, o.ReportedRefunds = plan.Currency, 0, "", 0, 0
	if o.PlacedAt.IsZero() {
		return o, nil
	}
	rate := store.DatedRate{Rate: kpi.RateOne}
	if o.Currency != plan.Currency {
		var err error
		rate, err = tx.RateOn(o.Campaign, plan.Currency, o.Currency, plan.Day(o.PlacedAt))
		if errors.Is(err, store.ErrNotFound) {
			return o, nil
		}
		if err != nil {
			return o, err
		}
	}
	amount, ok := kpi.Convert(o.Amount, o.Currency, plan.Currency, rate.Rate)
	refunds, fits := kpi.Convert(o.Refunded, o.Currency, plan.Currency, rate.Rate)
	if ok && fits {
		o.Rate, o.RateDay, o.Reported, o.ReportedRefunds = rate.Rate, rate.Day, amount, refunds
	}
	return o, nil
}

// Reconvert has all orders of a campaign converted anew after the commit: its plan has another reporting currency, or other days.
func (s *Service) Reconvert(tx *store.Tx, campaign contest.CampaignID) error {
	sums, err := tx.OrderSums(store.OrderFilter{Campaign: campaign})
	for _, sum := range sums {
		if err == nil {
			err = s.queue.Insert(tx, job.Job{Kind: rateJob, Key: string(campaign) + " " + string(sum.Currency)})
		}
	}
	return err
}

// ratedAtOnce is how many orders one commit converts anew: votes wait no longer than for it.
const ratedAtOnce = 200

// rerate converts the orders of a currency anew.
func (s *Service) rerate(ctx context.Context, j job.Job) error {
	campaign, currency, _ := strings.Cut(j.Key, " ")
	for after := kpi.OrderID(""); ; {
		n := 0
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			plan, err := tx.Plan(contest.CampaignID(campaign))
			if err != nil {
				return err
			}
			orders, err := tx.OrdersToRate(plan.Campaign, kpi.Currency(currency), after, ratedAtOnce)
			if err != nil {
				return err
			}
			last := after
			for _, o := range orders {
				if err := rateAgain(tx, o, plan.Plan); err != nil {
					return err
				}
				last = o.ID
			}
			tx.OnCommit(func() { after, n = last, len(orders) })
			return nil
		})
		if err != nil || n < ratedAtOnce {
			return err
		}
	}
}

// rateAgain converts one order anew, as it is once nobody else changes it.
func rateAgain(tx *store.Tx, o kpi.Order, plan kpi.Plan) error {
	if err := lock(tx, o.Shop, o.Number); err != nil {
		return err
	}
	before, err := tx.Order(o.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	after, err := rated(tx, before, plan)
	if err != nil || after == before {
		return err
	}
	_, err = tx.SaveOrder(after)
	return err
}

// Rate is a rate as staff give it.
type Rate struct {
	Currency kpi.Currency
	Day      string
	Rate     kpi.Rate
}

// SetRates stores rates, and has the orders that they are about converted anew.
func (s *Service) SetRates(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, rates []Rate) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		changed := map[kpi.Currency]bool{}
		for _, r := range rates {
			err := tx.SetRate(store.DatedRate{Campaign: campaign, Reporting: plan.Currency, Currency: r.Currency, Day: r.Day, Rate: r.Rate, Staff: staff})
			if err != nil {
				return err
			}
			note := fmt.Sprintf("%s %s = %s %s", r.Day, r.Currency, r.Rate, plan.Currency)
			if err := audit(tx, staff, "order.rate", "campaign/"+string(campaign), note); err != nil {
				return err
			}
			changed[r.Currency] = true
		}
		for currency := range changed {
			if err := s.queue.Insert(tx, job.Job{Kind: rateJob, Key: string(campaign) + " " + string(currency)}); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteRate takes a rate away: from its day on the one before it holds again.
func (s *Service) DeleteRate(ctx context.Context, staff contest.StaffID, campaign contest.CampaignID, currency kpi.Currency, day string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		if err := tx.DeleteRate(campaign, plan.Currency, currency, day); err != nil {
			return err
		}
		if err := audit(tx, staff, "order.rate_delete", "campaign/"+string(campaign), day+" "+string(currency)); err != nil {
			return err
		}
		return s.queue.Insert(tx, job.Job{Kind: rateJob, Key: string(campaign) + " " + string(currency)})
	})
}
