package webhooks

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/store"
)

// Try sends a message to a webhook that says nothing but that it is a test, at once and only this time, and returns how that went. It may
// be tried while it is stopped.
func (s *Service) Try(ctx context.Context, sc Scope, id string) (Log, error) {
	var d store.Delivery
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		hook, err := sc.hook(tx, id)
		if err != nil {
			return err
		}
		if d, err = deliveryOf(id, news.Item{ID: strings.ToLower(rand.Text()), Kind: TestKind, At: tx.Now(), Campaign: hook.Campaign}); err != nil {
			return err
		}
		d.State = store.DeliveryFailed // it is in no line: nobody else sends it
		if d, _, err = tx.InsertDelivery(d); err != nil {
			return err
		}
		return audit(tx, sc, "webhook.try", hook)
	})
	if err == nil {
		err = s.attempt(ctx, d)
	}
	if err != nil {
		return Log{}, err
	}
	return s.Delivery(ctx, sc, id, d.ID)
}

// Resend puts a delivery that ended into the line again; store.ErrNotFound where it waits, ErrStopped where the webhook is told nothing.
func (s *Service) Resend(ctx context.Context, sc Scope, id, delivery string) error {
	return s.again(ctx, sc, id, func(tx *store.Tx) error { return tx.Resend(id, delivery) })
}

// ResendFailed puts all that failed since a time into the line again, and returns how many that are.
func (s *Service) ResendFailed(ctx context.Context, sc Scope, id string, since time.Time) (n int64, err error) {
	err = s.again(ctx, sc, id, func(tx *store.Tx) error {
		n, err = tx.ResendFailed(id, since)
		return err
	})
	return n, err
}

func (s *Service) again(ctx context.Context, sc Scope, id string, fn func(*store.Tx) error) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := lock(tx, id); err != nil {
			return err
		}
		hook, err := sc.hook(tx, id)
		if err != nil {
			return err
		}
		if !hook.StoppedAt.IsZero() {
			return ErrStopped
		}
		if err := fn(tx); err != nil {
			return err
		}
		return errors.Join(s.arm(tx, id, tx.Now()), audit(tx, sc, "webhook.resend", hook))
	})
}

// tidied is how many deliveries are removed in one transaction.
const tidied = 1000

// Tidy removes what is kept no longer, and takes up lines whose job was given up.
func (s *Service) Tidy(ctx context.Context) error {
	for n := int64(tidied); n == tidied; {
		err := s.Store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.DropDeliveries(tx.Now().Add(-Retention), tidied)
			return err
		})
		if err != nil {
			return err
		}
	}
	o, err := s.All(ctx)
	for id := range o.Waiting {
		err = errors.Join(err, s.rest(ctx, id))
	}
	return err
}
