package webhooks

import (
	"context"
	"fmt"

	"fanfare/server/store"
)

// perPage is how many deliveries a page has.
const perPage = 50

// View is a webhook and a page of what it was told.
type View struct {
	store.Webhook
	Owner      string // the name of who answers for it; empty for the installation itself
	Waiting    int
	Failed     int
	Deliveries []store.Delivery // the newest first
	Next       string           // behind what the next page begins; empty on the last one
}

// Webhook returns a webhook with a page of its deliveries; state "" is all of them. Errors: store.ErrNotFound, store.ErrCursor.
func (s *Service) Webhook(ctx context.Context, sc Scope, id string, state store.DeliveryState, after string) (v View, err error) {
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		if v.Webhook, err = sc.hook(tx, id); err != nil {
			return err
		}
		if v.Owner, err = tx.StaffName(v.Staff); err != nil {
			return err
		}
		waiting, failed, err := tx.DeliveryCounts()
		if err != nil {
			return err
		}
		v.Waiting, v.Failed = waiting[id], failed[id]
		v.Deliveries, err = tx.Deliveries(id, state, after, perPage+1)
		return err
	})
	if len(v.Deliveries) > perPage {
		v.Deliveries = v.Deliveries[:perPage]
		v.Next = v.Deliveries[perPage-1].ID
	}
	return v, err
}

// Log is a delivery and how its attempts went.
type Log struct {
	store.Delivery
	Attempts []store.Attempt // the first one first
	Message  string          // what is said of it now
	Stopped  bool            // nothing is sent to the webhook
}

// Delivery returns a delivery of a webhook.
func (s *Service) Delivery(ctx context.Context, sc Scope, id, delivery string) (l Log, err error) {
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		hook, err := sc.hook(tx, id)
		if err != nil {
			return err
		}
		l.Stopped = !hook.StoppedAt.IsZero()
		if l.Delivery, err = tx.Delivery(delivery); err != nil {
			return err
		}
		if l.Webhook != id {
			return fmt.Errorf("delivery %s of webhook %s: %w", delivery, id, store.ErrNotFound)
		}
		if l.Attempts, err = tx.Attempts(delivery); err != nil {
			return err
		}
		message, err := s.write(tx, l.Delivery)
		l.Message = string(message)
		return err
	})
	return l, err
}
