package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"fanfare/server/access"
	"fanfare/server/app/news"
	"fanfare/server/job"
	"fanfare/server/outbound"
	"fanfare/server/store"
)

// tell puts something that happened into the line of each webhook that wants to know. What happens while a webhook is stopped it is not told.
func (s *Service) tell(ctx context.Context, i news.Item) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		if i.Campaign == "" && i.Challenge != "" {
			campaign, err := tx.CampaignOf(i.Challenge)
			if err != nil {
				return err
			}
			i.Campaign = campaign
		}
		hooks, err := tx.Webhooks() // in one order at all replicas, so that none waits for another in a circle
		if err != nil {
			return err
		}
		for _, hook := range hooks {
			if hook.Wants(string(i.Kind)) && (hook.Campaign == "" || hook.Campaign == i.Campaign) {
				if err := s.line(tx, hook.ID, i); err != nil {
					return err
				}
			}
		}
		if i.Kind == news.EntryWithdrawn {
			return tx.ForgetAnswers(i.Entry)
		}
		return nil
	})
}

// line puts something into one webhook's line, where it wants to know.
func (s *Service) line(tx *store.Tx, id string, i news.Item) error {
	if err := lock(tx, id); err != nil {
		return err
	}
	hook, err := tx.Webhook(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && !hook.Wants(string(i.Kind)) {
		return nil
	}
	if err != nil {
		return err
	}
	d, err := deliveryOf(id, i)
	if err != nil {
		return err
	}
	d.State = store.DeliveryWaiting
	if _, fresh, err := tx.InsertDelivery(d); err != nil || !fresh {
		return err
	}
	return s.arm(tx, id, tx.Now())
}

func deliveryOf(webhook string, i news.Item) (store.Delivery, error) {
	text, err := json.Marshal(saysOf(i))
	if err != nil {
		return store.Delivery{}, fmt.Errorf("write delivery of %s: %w", i.ID, err)
	}
	return store.Delivery{Webhook: webhook, Event: "ev_" + i.ID, Kind: string(i.Kind), Says: string(text), Entry: i.Entry}, nil
}

// send sends what is due at a webhook until nothing is, and comes back when something will be.
func (s *Service) send(ctx context.Context, j job.Job) error {
	for {
		due, err := s.due(ctx, j.Key)
		if err != nil || len(due) == 0 {
			return errors.Join(err, s.rest(ctx, j.Key))
		}
		errs := make([]error, len(due))
		var sending sync.WaitGroup
		for i, d := range due {
			sending.Go(func() { errs[i] = s.attempt(ctx, d) })
		}
		sending.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
}

func (s *Service) due(ctx context.Context, id string) (due []store.Delivery, err error) {
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		due, err = tx.DueDeliveries(id, atOnce)
		return err
	})
	return due, err
}

// rest leaves a job that wakes when the next delivery is due.
func (s *Service) rest(ctx context.Context, id string) error {
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := lock(tx, id); err != nil {
			return err
		}
		at, err := tx.NextDelivery(id)
		if err != nil || at.IsZero() {
			return err
		}
		return s.arm(tx, id, at)
	})
}

// attempt sends a delivery once. Its webhook is read anew: one that was deleted, stopped or left without anybody who answers for it gets
// nothing more.
func (s *Service) attempt(ctx context.Context, d store.Delivery) error {
	var hook store.Webhook
	var m outbound.Message
	trial, answered := d.Kind == string(TestKind), false
	err := s.Store.View(ctx, func(tx *store.Tx) (err error) {
		if hook, err = tx.Webhook(d.Webhook); err != nil {
			return err
		}
		if answered, err = answeredFor(tx, hook); err != nil {
			return err
		}
		m.ID, m.Secrets = d.Event, hook.Secrets(tx.Now())
		m.Body, err = s.write(tx, d)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !trial && !hook.StoppedAt.IsZero():
		return nil // what waited for it is gone, or has failed
	case err != nil:
		return err
	case !trial && !answered:
		return s.Store.Update(ctx, func(tx *store.Tx) error { return s.stop(tx, hook, StoppedOwner) })
	}
	answer, err := s.deliver(ctx, hook.Address, m)
	if ctx.Err() != nil {
		return ctx.Err() // cut short by us; it is sent again
	}
	fault, ok := errors.AsType[outbound.Fault](err)
	if err != nil && !ok {
		return err
	}
	s.Tried(outcome(answer))
	return s.Store.Update(ctx, func(tx *store.Tx) error { return s.settle(tx, d.ID, answer, fault) })
}

// outcome names how an attempt went.
func outcome(a outbound.Answer) string {
	switch {
	case taken(a):
		return "delivered"
	case a.Status != 0:
		return "refused"
	}
	return "unreached"
}

// answeredFor reports whether somebody answers for a webhook: an administrator, or whoever runs the machine.
func answeredFor(tx *store.Tx, hook store.Webhook) (bool, error) {
	if hook.Staff == "" {
		return true, nil
	}
	owner, err := tx.Staff(hook.Staff)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return access.Role(owner.Role) == access.Administrator, err
}

// settle writes down how an attempt went, and what follows from it.
func (s *Service) settle(tx *store.Tx, id string, a outbound.Answer, fault outbound.Fault) error {
	d, err := tx.Delivery(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := lock(tx, d.Webhook); err != nil {
		return err
	}
	hook, err := tx.Webhook(d.Webhook)
	if err != nil {
		return err
	}
	if d.Entry != "" { // what was answered may repeat what is public no more
		if e, err := shown(tx, d.Entry); err != nil {
			return err
		} else if e.ID == "" {
			a.Body = ""
		}
	}
	d.Attempts, d.Tried, d.Status, d.Fault = d.Attempts+1, d.Tried+1, a.Status, string(fault)
	d.State, d.DueAt = store.DeliveryFailed, tx.Now()
	trial := d.Kind == string(TestKind)
	if pause, again := drawn(d.Tried, a); taken(a) {
		d.State = store.DeliveryDelivered
	} else if again && hook.StoppedAt.IsZero() && !trial {
		d.State, d.DueAt = store.DeliveryWaiting, tx.Now().Add(pause)
	}
	err = tx.SaveAttempt(d, store.Attempt{At: tx.Now().Add(-a.Took), Took: a.Took, Status: a.Status, Fault: d.Fault, Answer: plain(a.Body)})
	if err != nil || trial {
		return err
	}
	return s.weigh(tx, hook, a)
}

// weigh decides by an answer whether a webhook is told anything more.
func (s *Service) weigh(tx *store.Tx, hook store.Webhook, a outbound.Answer) error {
	if taken(a) {
		return tx.WebhookWorks(hook.ID)
	}
	if a.Status == http.StatusGone {
		return s.stop(tx, hook, StoppedGone)
	}
	since, err := tx.WebhookFails(hook.ID)
	if err == nil && tx.Now().Sub(since) >= patience {
		err = s.stop(tx, hook, StoppedFailing)
	}
	return err
}

// stop stops a webhook by itself, and tells of it.
func (s *Service) stop(tx *store.Tx, hook store.Webhook, why string) error {
	if err := lock(tx, hook.ID); err != nil {
		return err
	}
	stopped, err := tx.StopWebhook(hook.ID, why)
	if err != nil || !stopped {
		return err
	}
	if err := audit(tx, Scope{}, "webhook.stopped", hook); err != nil {
		return err
	}
	return s.News.Tell(tx, news.Item{Kind: news.WebhookStopped, Campaign: hook.Campaign, Note: hook.ID})
}

// plain is a text from outside as every database can hold it.
func plain(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}
