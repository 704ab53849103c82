package orders

import (
	"bytes"
	"context"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

// Difference is an order of which the shop's own list says something else.
type Difference struct {
	ID     kpi.OrderID // ours; empty where there is none
	Number string
	Name   string
	Listed kpi.Settled // the shop's; Refunded is -1 where the list has no refunds
	Known  kpi.Settled // ours
}

// Reconciliation is what differs between a shop's own list of its orders and what is known here.
type Reconciliation struct {
	Plan        kpi.Plan
	Lines       int // orders in the list that are paid or cancelled
	Equal       int
	Unread      []WeighedLine // lines that cannot be read
	From, To    time.Time     // when the first and the last order of the list were placed
	MissingHere []Difference  // the shop lists them, nobody told us
	MissingThem []Difference  // we know them, and the list does not, though they were placed in its time
	Differing   []Difference
}

// Reconcile compares a shop's own list with what is known. Errors: as of KeepFile.
func (s *Service) Reconcile(ctx context.Context, campaign contest.CampaignID, shop kpi.ShopID, content []byte) (r Reconciliation, err error) {
	table, err := sheet.Read(bytes.NewReader(content))
	if err != nil {
		return r, err
	}
	var known []store.OrderFigure
	err = s.store.View(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		r.Plan = plan.Plan
		known, err = tx.OrderFigures(shop)
		return err
	})
	if err != nil {
		return r, err
	}
	list, err := lines(table, r.Plan)
	if err != nil {
		return r, err
	}
	r.compare(list, known)
	return r, nil
}

// compare fills in the differences. An order is the same by its number, or by the name that people call it by.
func (r *Reconciliation) compare(list []Line, known []store.OrderFigure) {
	byName := make(map[string]*store.OrderFigure, 2*len(known))
	for i := range known {
		byName[known[i].Name] = &known[i]
	}
	for i := range known {
		byName[known[i].Number] = &known[i]
	}
	delete(byName, "")
	met := map[kpi.OrderID]bool{}
	for _, l := range list {
		if l.Fault != "" {
			r.Unread = append(r.Unread, WeighedLine{l, LineWrong, l.Fault})
			continue
		}
		ours := byName[l.Number]
		if ours == nil {
			ours = byName[l.Order.Name]
		}
		if ours != nil {
			met[ours.ID] = true
		}
		if !l.Unpaid {
			r.meet(l, ours)
		}
	}
	for _, ours := range known {
		inTime := !ours.PlacedAt.Before(r.From) && !ours.PlacedAt.After(r.To)
		if !met[ours.ID] && ours.State == kpi.OrderPaid && r.Lines > 0 && inTime {
			r.MissingThem = append(r.MissingThem, Difference{ID: ours.ID, Number: ours.Number, Name: ours.Name, Known: ours.Settled})
		}
	}
}

// meet compares a line with the order that it is about.
func (r *Reconciliation) meet(l Line, ours *store.OrderFigure) {
	if r.Lines++; r.Lines == 1 || l.Order.PlacedAt.Before(r.From) {
		r.From = l.Order.PlacedAt
	}
	if l.Order.PlacedAt.After(r.To) {
		r.To = l.Order.PlacedAt
	}
	d := Difference{Number: l.Number, Name: l.Order.Name, Listed: l.Order}
	switch {
	case (ours == nil || ours.State == kpi.OrderAwaited) && l.Order.State == kpi.OrderCancelled:
		r.Equal++ // neither counts it
	case ours == nil || ours.State == kpi.OrderAwaited:
		r.MissingHere = append(r.MissingHere, d)
	case differs(l.Order, ours.Settled):
		d.ID, d.Known = ours.ID, ours.Settled
		r.Differing = append(r.Differing, d)
	default:
		r.Equal++
	}
}
