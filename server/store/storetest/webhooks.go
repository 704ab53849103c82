package storetest

import (
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var webhookClaims = map[string]func(*testing.T, Opener){
	"a webhook is kept as people decide":                            webhooksKept,
	"a webhook that stops has nothing waiting":                      webhooksStopped,
	"since when a webhook fails is kept until one delivery arrives": webhooksFail,
	"a webhook is told of an event once":                            deliveriesOnce,
	"deliveries are due in turn":                                    deliveriesDue,
	"what was sent is listed, the newest first":                     deliveriesListed,
	"what failed is sent again, and nothing else":                   deliveriesAgain,
	"answers about an entry are forgotten":                          answersForgotten,
	"old deliveries go, and all of a deleted webhook":               deliveriesGone,
}

func (s *stage) webhook(w store.Webhook) store.Webhook {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		w, err = tx.CreateWebhook(w)
		return err
	})
	return w
}

// delivery puts one into a webhook's line.
func (s *stage) delivery(w store.Webhook, event string) (d store.Delivery) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		d, _, err = tx.InsertDelivery(store.Delivery{
			Webhook: w.ID, Event: event, Kind: "entry.won", Says: "{}", Entry: contest.EntryID("e_" + event), State: store.DeliveryWaiting,
		})
		return err
	})
	return d
}

// sent notes an attempt after which the delivery is in a state.
func (s *stage) sent(d store.Delivery, state store.DeliveryState, a store.Attempt) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		d.State, d.Status, d.Fault, d.DueAt = state, a.Status, a.Fault, tx.Now()
		d.Attempts, d.Tried = d.Attempts+1, d.Tried+1
		return tx.SaveAttempt(d, a)
	})
}

func (s *stage) readDelivery(id string) (d store.Delivery) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		d, err = tx.Delivery(id)
		return err
	})
	return d
}

func (s *stage) readWebhook(id string) (w store.Webhook) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		w, err = tx.Webhook(id)
		return err
	})
	return w
}

func webhooksKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w := s.webhook(store.Webhook{Campaign: s.challenge.Campaign, Address: "https://a.example/x", Description: "报名", Kinds: []string{"entry.won"}, Secret: "s1", Staff: "st_1"})
	time.Sleep(time.Second) // of the bubble's clock
	other := s.webhook(store.Webhook{Address: "https://b.example", Secret: "s2"})
	same(t, "the webhook", s.readWebhook(w.ID), w)
	w.Address, w.Kinds, w.OldSecret, w.Secret, w.OldUntil, w.Staff = "https://c.example", []string{"entry.won", "repost.made"}, "s1", "s3", w.CreatedAt.Add(time.Hour), "st_2"
	s.update(func(tx *store.Tx) error { return tx.SaveWebhook(w) })
	s.view(func(tx *store.Tx) error {
		all, err := tx.Webhooks()
		same(t, "webhooks, the oldest first", all, []store.Webhook{w, other})
		return err
	})
	same(t, "what signs before the hour is over", w.Secrets(w.OldUntil.Add(-1)), []string{"s3", "s1"})
	same(t, "what signs then", w.Secrets(w.OldUntil), []string{"s3"})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Webhook("wh_none"); return err })
}

func webhooksStopped(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w, other := s.webhook(store.Webhook{Kinds: []string{"entry.won"}}), s.webhook(store.Webhook{})
	waits, elsewhere := s.delivery(w, "1"), s.delivery(other, "1")
	equal(t, "it wants what it is for", w.Wants("entry.won"), true)
	equal(t, "it wants something else", w.Wants("entry.received"), false)
	for _, first := range []bool{true, false} {
		s.update(func(tx *store.Tx) error {
			stopped, err := tx.StopWebhook(w.ID, "gone")
			equal(t, "it stops now", stopped, first)
			return err
		})
	}
	got := s.readWebhook(w.ID)
	equal(t, "why", got.StoppedWhy, "gone")
	equal(t, "it wants anything", got.Wants("entry.won"), false)
	equal(t, "what waited", s.readDelivery(waits.ID).State, store.DeliveryFailed)
	equal(t, "what waits for another", s.readDelivery(elsewhere.ID).State, store.DeliveryWaiting)
	s.update(func(tx *store.Tx) error { return tx.StartWebhook(w.ID) })
	same(t, "the webhook once more", s.readWebhook(w.ID), w)
}

func webhooksFail(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w := s.webhook(store.Webhook{})
	fails := func() (since time.Time) {
		s.update(func(tx *store.Tx) (err error) {
			since, err = tx.WebhookFails(w.ID)
			return err
		})
		return since
	}
	first := fails()
	time.Sleep(time.Hour) // of the bubble's clock
	equal(t, "an hour later it fails since", fails(), first)
	s.update(func(tx *store.Tx) error { return tx.WebhookWorks(w.ID) })
	equal(t, "fails since", s.readWebhook(w.ID).FailingSince, time.Time{})
	if again := fails(); !again.After(first) {
		t.Errorf("it fails since %v, want since now", again)
	}
}

func deliveriesOnce(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w, other := s.webhook(store.Webhook{}), s.webhook(store.Webhook{})
	for i, c := range []struct {
		webhook, event string
		fresh          bool
	}{{w.ID, "ev_1", true}, {w.ID, "ev_1", false}, {w.ID, "ev_2", true}, {other.ID, "ev_1", true}} {
		s.update(func(tx *store.Tx) error {
			_, fresh, err := tx.InsertDelivery(store.Delivery{Webhook: c.webhook, Event: c.event, State: store.DeliveryWaiting})
			if fresh != c.fresh {
				t.Errorf("%d: fresh is %v, want %v", i, fresh, c.fresh)
			}
			return err
		})
	}
}

func deliveriesDue(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w := s.webhook(store.Webhook{})
	s.view(func(tx *store.Tx) error {
		at, err := tx.NextDelivery(w.ID)
		equal(t, "next of nothing", at, time.Time{})
		return err
	})
	first := s.delivery(w, "1")
	time.Sleep(time.Second) // of the bubble's clock
	second, third := s.delivery(w, "2"), s.delivery(w, "3")
	later := third.At.Add(time.Minute)
	s.update(func(tx *store.Tx) error {
		third.DueAt, third.Attempts = later, 1
		return tx.SaveAttempt(third, store.Attempt{At: tx.Now()})
	})
	due := func() (ids []string) {
		s.view(func(tx *store.Tx) error {
			list, err := tx.DueDeliveries(w.ID, 5)
			for _, d := range list {
				ids = append(ids, d.ID)
			}
			return err
		})
		return ids
	}
	same(t, "due now", due(), []string{first.ID, second.ID})
	s.sent(first, store.DeliveryDelivered, store.Attempt{Status: 204})
	s.sent(second, store.DeliveryFailed, store.Attempt{Fault: "time"})
	same(t, "due after these", due(), []string(nil))
	s.view(func(tx *store.Tx) error {
		at, err := tx.NextDelivery(w.ID)
		equal(t, "next", at, later)
		return err
	})
	time.Sleep(time.Minute)
	same(t, "due a minute later", due(), []string{third.ID})
}

func deliveriesListed(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w, other := s.webhook(store.Webhook{}), s.webhook(store.Webhook{})
	var ids []string
	for _, event := range []string{"1", "2", "3"} {
		ids = append(ids, s.delivery(w, event).ID)
		time.Sleep(time.Second) // of the bubble's clock
	}
	foreign := s.delivery(other, "1")
	refused := store.Attempt{Number: 1, At: s.readDelivery(ids[1]).At, Took: 1500 * time.Millisecond, Status: 500, Answer: "坏了 <b>"}
	s.sent(s.readDelivery(ids[1]), store.DeliveryFailed, refused)
	listed := func(state store.DeliveryState, after string, want ...string) {
		t.Helper()
		var got []string
		s.view(func(tx *store.Tx) error {
			list, err := tx.Deliveries(w.ID, state, after, 2)
			for _, d := range list {
				got = append(got, d.ID)
			}
			return err
		})
		same(t, "listed", got, want)
	}
	listed("", "", ids[2], ids[1])
	listed("", ids[1], ids[0])
	listed(store.DeliveryFailed, "", ids[1])
	s.view(func(tx *store.Tx) error {
		attempts, err := tx.Attempts(ids[1])
		same(t, "attempts", attempts, []store.Attempt{refused})
		if err != nil {
			return err
		}
		waiting, failed, err := tx.DeliveryCounts()
		same(t, "waiting", waiting, map[string]int{w.ID: 2, other.ID: 1})
		same(t, "failed", failed, map[string]int{w.ID: 1})
		return err
	})
	for _, cursor := range []string{foreign.ID, "wd_none"} {
		s.refused(store.ErrCursor, func(tx *store.Tx) error { _, err := tx.Deliveries(w.ID, "", cursor, 2); return err })
	}
}

func deliveriesAgain(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w, other := s.webhook(store.Webhook{}), s.webhook(store.Webhook{})
	old := s.delivery(w, "1")
	s.sent(old, store.DeliveryFailed, store.Attempt{Status: 500})
	time.Sleep(time.Hour) // of the bubble's clock
	since, failed, arrived, foreign := s.readDelivery(old.ID).At.Add(time.Minute), s.delivery(w, "2"), s.delivery(w, "3"), s.delivery(other, "2")
	s.sent(failed, store.DeliveryFailed, store.Attempt{Status: 500})
	s.sent(arrived, store.DeliveryDelivered, store.Attempt{Status: 200})
	s.sent(foreign, store.DeliveryFailed, store.Attempt{Status: 500})
	s.update(func(tx *store.Tx) error {
		n, err := tx.ResendFailed(w.ID, since)
		equal(t, "put into the line", n, 1)
		return err
	})
	got := s.readDelivery(failed.ID)
	same(t, "what failed", []any{got.State, got.Tried, got.Attempts}, []any{store.DeliveryWaiting, 0, 1})
	equal(t, "what failed before", s.readDelivery(old.ID).State, store.DeliveryFailed)
	equal(t, "another's", s.readDelivery(foreign.ID).State, store.DeliveryFailed)
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.Resend(w.ID, failed.ID) }) // it waits
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.Resend(w.ID, foreign.ID) })
	s.update(func(tx *store.Tx) error { return tx.Resend(w.ID, arrived.ID) })
	equal(t, "what arrived, once more", s.readDelivery(arrived.ID).State, store.DeliveryWaiting)
}

func answersForgotten(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w := s.webhook(store.Webhook{})
	one, two := s.delivery(w, "1"), s.delivery(w, "2")
	s.sent(one, store.DeliveryFailed, store.Attempt{Status: 500, Answer: "Ada"})
	s.sent(two, store.DeliveryFailed, store.Attempt{Status: 500, Answer: "Bob"})
	s.update(func(tx *store.Tx) error { return tx.ForgetAnswers(one.Entry) })
	for _, c := range []struct {
		d    store.Delivery
		want string
	}{{one, ""}, {two, "Bob"}} {
		s.view(func(tx *store.Tx) error {
			attempts, err := tx.Attempts(c.d.ID)
			if err == nil && (len(attempts) != 1 || attempts[0].Answer != c.want) {
				t.Errorf("kept %+v, want the answer %q", attempts, c.want)
			}
			return err
		})
	}
}

func deliveriesGone(t *testing.T, open Opener) {
	s := setStage(t, open, nil, store.WithClock(time.Now))
	w := s.webhook(store.Webhook{})
	old := s.delivery(w, "1")
	s.sent(old, store.DeliveryDelivered, store.Attempt{Status: 200})
	time.Sleep(time.Hour) // of the bubble's clock
	kept := s.delivery(w, "2")
	s.sent(kept, store.DeliveryDelivered, store.Attempt{Status: 200})
	s.update(func(tx *store.Tx) error {
		n, err := tx.DropDeliveries(tx.Now().Add(-time.Minute), 10)
		equal(t, "dropped", n, 1)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.Delivery(old.ID); return err })
	equal(t, "the other one", s.readDelivery(kept.ID).ID, kept.ID)
	s.update(func(tx *store.Tx) error { return tx.DeleteWebhook(w.ID) })
	s.view(func(tx *store.Tx) error {
		for _, table := range store.Tables() {
			if table.Name != "webhook_deliveries" && table.Name != "webhook_attempts" {
				continue
			}
			n, err := tx.CountRows(table)
			if err != nil || n != 0 {
				t.Errorf("%s has %d rows, %v", table.Name, n, err)
			}
		}
		return nil
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteWebhook(w.ID) })
}
