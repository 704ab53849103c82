package store

import (
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
)

// Webhook is a program that is told of what happens.
type Webhook struct {
	ID          string
	Campaign    contest.CampaignID // empty for all
	Address     string
	Description string
	Kinds       []string // what it is told of
	Secret      string   // that signs what it is told
	OldSecret   string   // signs as well, until OldUntil
	OldUntil    time.Time
	Staff       contest.StaffID // who answers for it; empty for the installation itself
	CreatedAt   time.Time
	// FailingSince is when the first delivery failed after the last one that succeeded; zero where that was the last.
	FailingSince time.Time
	StoppedAt    time.Time // zero while it is told
	StoppedWhy   string    // "staff" or what happened
}

// Secrets are those that sign at a time, the present one first.
func (w Webhook) Secrets(now time.Time) []string {
	if w.OldSecret != "" && now.Before(w.OldUntil) {
		return []string{w.Secret, w.OldSecret}
	}
	return []string{w.Secret}
}

// Wants reports whether a webhook is to be told of a kind of things.
func (w Webhook) Wants(kind string) bool {
	return w.StoppedAt.IsZero() && slices.Contains(w.Kinds, kind)
}

const webhookColumns = `id, campaign, address, description, kinds, secret, old_secret, old_until, staff, created_at, failing_since,
	stopped_at, stopped_why`

func scanWebhook(row scanner) (w Webhook, err error) {
	err = row.Scan(&w.ID, &w.Campaign, &w.Address, &w.Description, jsonColumn{&w.Kinds}, &w.Secret, &w.OldSecret, timeColumn{&w.OldUntil},
		&w.Staff, timeColumn{&w.CreatedAt}, timeColumn{&w.FailingSince}, timeColumn{&w.StoppedAt}, &w.StoppedWhy)
	return w, err
}

// CreateWebhook stores a new webhook and returns it with its identifier and its time.
func (tx *Tx) CreateWebhook(w Webhook) (Webhook, error) {
	w.ID, w.CreatedAt = NewID("wh_"), tx.now
	_, err := tx.Exec("INSERT INTO webhooks ("+webhookColumns+") VALUES (?, ?, ?, ?, ?, ?, '', 0, ?, ?, 0, 0, '')",
		w.ID, w.Campaign, w.Address, w.Description, asJSON{w.Kinds}, w.Secret, w.Staff, millis(w.CreatedAt))
	if err != nil {
		return w, fmt.Errorf("create webhook %s: %w", w.ID, err)
	}
	return w, nil
}

// SaveWebhook stores what people decide of a webhook. Whether its deliveries fail is no part of that.
func (tx *Tx) SaveWebhook(w Webhook) error {
	err := tx.mustChange("UPDATE webhooks SET address = ?, description = ?, kinds = ?, secret = ?, old_secret = ?, old_until = ?, staff = ? WHERE id = ?",
		w.Address, w.Description, asJSON{w.Kinds}, w.Secret, w.OldSecret, millis(w.OldUntil), w.Staff, w.ID)
	if err != nil {
		return fmt.Errorf("save webhook %s: %w", w.ID, err)
	}
	return nil
}

// StopWebhook has a webhook told nothing more; stopped is false where it is told nothing already. What waited for it has failed.
func (tx *Tx) StopWebhook(id, why string) (stopped bool, err error) {
	result, err := tx.Exec("UPDATE webhooks SET stopped_at = ?, stopped_why = ? WHERE id = ? AND stopped_at = 0", millis(tx.now), why, id)
	if err == nil {
		var n int64
		n, err = result.RowsAffected()
		stopped = n > 0
	}
	if err == nil && stopped {
		_, err = tx.Exec("UPDATE webhook_deliveries SET state = 'failed', due_at = ? WHERE webhook = ? AND state = 'waiting'", millis(tx.now), id)
	}
	if err != nil {
		return false, fmt.Errorf("stop webhook %s: %w", id, err)
	}
	return stopped, nil
}

// StartWebhook has a webhook told again, of what happens from now on.
func (tx *Tx) StartWebhook(id string) error {
	if err := tx.mustChange("UPDATE webhooks SET stopped_at = 0, stopped_why = '', failing_since = 0 WHERE id = ?", id); err != nil {
		return fmt.Errorf("start webhook %s: %w", id, err)
	}
	return nil
}

// WebhookFails takes note that a delivery failed, and returns since when all have.
func (tx *Tx) WebhookFails(id string) (since time.Time, err error) {
	_, err = tx.Exec("UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since = 0", millis(tx.now), id)
	if err == nil {
		err = tx.one("SELECT failing_since FROM webhooks WHERE id = ?", []any{id}, timeColumn{&since})
	}
	if err != nil {
		return since, fmt.Errorf("note failure of webhook %s: %w", id, err)
	}
	return since, nil
}

// WebhookWorks takes note that a delivery succeeded.
func (tx *Tx) WebhookWorks(id string) error {
	if _, err := tx.Exec("UPDATE webhooks SET failing_since = 0 WHERE id = ? AND failing_since <> 0", id); err != nil {
		return fmt.Errorf("note success of webhook %s: %w", id, err)
	}
	return nil
}

// DeleteWebhook removes a webhook with its deliveries.
func (tx *Tx) DeleteWebhook(id string) error {
	if err := tx.mustChange("DELETE FROM webhooks WHERE id = ?", id); err != nil {
		return fmt.Errorf("delete webhook %s: %w", id, err)
	}
	return nil
}

// Webhook returns a webhook.
func (tx *Tx) Webhook(id string) (Webhook, error) {
	w, err := first(tx, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks WHERE id = ?", id)
	if err != nil {
		return w, fmt.Errorf("read webhook %s: %w", id, err)
	}
	return w, nil
}

// Webhooks lists all webhooks, the oldest first.
func (tx *Tx) Webhooks() ([]Webhook, error) {
	hooks, err := list(tx, scanWebhook, "SELECT "+webhookColumns+" FROM webhooks ORDER BY created_at, id")
	if err != nil {
		return nil, fmt.Errorf("list webhooks: %w", err)
	}
	return hooks, nil
}
