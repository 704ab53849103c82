package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// DeliveryState says how far a delivery is.
type DeliveryState string

// The states of deliveries.
const (
	DeliveryWaiting   DeliveryState = "waiting"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed" // for good, unless somebody has it sent again
)

// Delivery is something that a webhook is told of.
type Delivery struct {
	ID       string
	Webhook  string
	Event    string // the same for all webhooks that are told of one thing, and for every attempt
	Kind     string
	Says     string // JSON; no text of fans
	Entry    contest.EntryID
	State    DeliveryState
	Tried    int // times since it was put into the line
	Attempts int // times in all
	Status   int // of the last answer; 0 for none
	Fault    string
	At       time.Time
	DueAt    time.Time // waiting: when it is sent; otherwise when that ended
}

const deliveryColumns = "id, webhook, event, kind, says, entry, state, tried, attempts, status, fault, at, due_at"

func scanDelivery(row scanner) (d Delivery, err error) {
	err = row.Scan(&d.ID, &d.Webhook, &d.Event, &d.Kind, &d.Says, &d.Entry, &d.State, intColumn[int]{&d.Tried}, intColumn[int]{&d.Attempts},
		intColumn[int]{&d.Status}, &d.Fault, timeColumn{&d.At}, timeColumn{&d.DueAt})
	return d, err
}

// InsertDelivery keeps a new delivery and returns it with its identifier and its time; fresh is false where the webhook is told of the
// event already.
func (tx *Tx) InsertDelivery(d Delivery) (kept Delivery, fresh bool, err error) {
	d.ID, d.At, d.DueAt = NewID("wd_"), tx.now, tx.now
	result, err := tx.Exec("INSERT INTO webhook_deliveries ("+deliveryColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, '', ?, ?)
		ON CONFLICT (webhook, event) DO NOTHING`, d.ID, d.Webhook, d.Event, d.Kind, d.Says, d.Entry, d.State, millis(d.At), millis(d.DueAt))
	if err != nil {
		return d, false, fmt.Errorf("insert delivery of %s: %w", d.Event, err)
	}
	n, err := result.RowsAffected()
	return d, n > 0, err
}

// Delivery returns a delivery.
func (tx *Tx) Delivery(id string) (Delivery, error) {
	d, err := first(tx, scanDelivery, "SELECT "+deliveryColumns+" FROM webhook_deliveries WHERE id = ?", id)
	if err != nil {
		return d, fmt.Errorf("read delivery %s: %w", id, err)
	}
	return d, nil
}

// DueDeliveries lists up to so many deliveries of a webhook that are to be sent now, those that wait longest first.
func (tx *Tx) DueDeliveries(webhook string, limit int) ([]Delivery, error) {
	due, err := list(tx, scanDelivery, "SELECT "+deliveryColumns+` FROM webhook_deliveries
		WHERE webhook = ? AND state = 'waiting' AND due_at <= ? ORDER BY due_at LIMIT ?`, webhook, millis(tx.now), limit)
	if err != nil {
		return nil, fmt.Errorf("list due deliveries of webhook %s: %w", webhook, err)
	}
	return due, nil
}

// NextDelivery returns when the next delivery of a webhook is due; zero where none waits.
func (tx *Tx) NextDelivery(webhook string) (at time.Time, err error) {
	err = tx.one("SELECT COALESCE(MIN(due_at), 0) FROM webhook_deliveries WHERE webhook = ? AND state = 'waiting'", []any{webhook}, timeColumn{&at})
	if err != nil {
		return at, fmt.Errorf("read next delivery of webhook %s: %w", webhook, err)
	}
	return at, nil
}

// Attempt is one time that a delivery was sent.
type Attempt struct {
	Number int
	At     time.Time
	Took   time.Duration
	Status int // 0 where nothing was answered
	Fault  string
	Answer string // how it began
}

// SaveAttempt stores how an attempt went and how far the delivery is after it.
func (tx *Tx) SaveAttempt(d Delivery, a Attempt) error {
	err := tx.mustChange("UPDATE webhook_deliveries SET state = ?, tried = ?, attempts = ?, status = ?, fault = ?, due_at = ? WHERE id = ?",
		d.State, d.Tried, d.Attempts, d.Status, d.Fault, millis(d.DueAt), d.ID)
	if err == nil {
		_, err = tx.Exec("INSERT INTO webhook_attempts (delivery, number, at, took, status, fault, answer) VALUES (?, ?, ?, ?, ?, ?, ?)",
			d.ID, d.Attempts, millis(a.At), a.Took.Milliseconds(), a.Status, a.Fault, a.Answer)
	}
	if err != nil {
		return fmt.Errorf("save attempt of delivery %s: %w", d.ID, err)
	}
	return nil
}

// Attempts lists the attempts of a delivery, the first one first.
func (tx *Tx) Attempts(delivery string) ([]Attempt, error) {
	attempts, err := list(tx, func(row scanner) (a Attempt, err error) {
		var took int64
		err = row.Scan(intColumn[int]{&a.Number}, timeColumn{&a.At}, &took, intColumn[int]{&a.Status}, &a.Fault, &a.Answer)
		a.Took = time.Duration(took) * time.Millisecond
		return a, err
	}, "SELECT number, at, took, status, fault, answer FROM webhook_attempts WHERE delivery = ? ORDER BY number", delivery)
	if err != nil {
		return nil, fmt.Errorf("list attempts of delivery %s: %w", delivery, err)
	}
	return attempts, nil
}

// The statements that name a state have an index of that state alone: they are asked among all that was delivered.
const (
	selectDeliveries = "SELECT " + deliveryColumns + " FROM webhook_deliveries WHERE webhook = ?"
	newestDeliveries = " ORDER BY at DESC, id DESC LIMIT ?"
	haveFailed       = " AND state = 'failed'"
	countDeliveries  = "SELECT webhook, 'waiting', COUNT(*) FROM webhook_deliveries WHERE state = 'waiting' GROUP BY webhook UNION ALL " +
		"SELECT webhook, 'failed', COUNT(*) FROM webhook_deliveries WHERE state = 'failed' GROUP BY webhook"
)

// Deliveries lists up to so many deliveries of a webhook, the newest first, behind one of the page before; empty for the first page.
func (tx *Tx) Deliveries(webhook string, state DeliveryState, after string, limit int) ([]Delivery, error) {
	query, args := selectDeliveries, []any{webhook}
	switch state {
	case "":
	case DeliveryFailed:
		query += haveFailed
	default:
		query, args = query+" AND state = ?", append(args, state)
	}
	if after != "" {
		last, err := tx.Delivery(after)
		if err != nil || last.Webhook != webhook {
			return nil, fmt.Errorf("list deliveries: %w", ErrCursor)
		}
		query, args = query+" AND (at, id) < (?, ?)", append(args, millis(last.At), last.ID)
	}
	deliveries, err := list(tx, scanDelivery, query+newestDeliveries, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list deliveries of webhook %s: %w", webhook, err)
	}
	return deliveries, nil
}

// DeliveryCounts counts the deliveries of each webhook that are not delivered.
func (tx *Tx) DeliveryCounts() (waiting, failed map[string]int, err error) {
	waiting, failed = map[string]int{}, map[string]int{}
	_, err = list(tx, func(row scanner) (none struct{}, err error) {
		var webhook string
		var state DeliveryState
		var n int
		err = row.Scan(&webhook, &state, &n)
		if state == DeliveryWaiting {
			waiting[webhook] = n
		} else {
			failed[webhook] = n
		}
		return none, err
	}, countDeliveries)
	if err != nil {
		return nil, nil, fmt.Errorf("count deliveries: %w", err)
	}
	return waiting, failed, nil
}

// Resend puts a delivery that ended into the line again; ErrNotFound where it waits, or is another webhook's.
func (tx *Tx) Resend(webhook, delivery string) error {
	err := tx.mustChange("UPDATE webhook_deliveries SET state = 'waiting', tried = 0, due_at = ? WHERE id = ? AND webhook = ? AND state <> 'waiting'",
		millis(tx.now), delivery, webhook)
	if err != nil {
		return fmt.Errorf("send delivery %s again: %w", delivery, err)
	}
	return nil
}

// ResendFailed puts what failed since a time into the line again and returns how many that are.
func (tx *Tx) ResendFailed(webhook string, since time.Time) (int64, error) {
	result, err := tx.Exec("UPDATE webhook_deliveries SET state = 'waiting', tried = 0, due_at = ? WHERE webhook = ? AND state = 'failed' AND at >= ?",
		millis(tx.now), webhook, millis(since))
	if err != nil {
		return 0, fmt.Errorf("send failed deliveries of webhook %s again: %w", webhook, err)
	}
	return result.RowsAffected()
}

// ForgetAnswers empties what programs answered when they were told of an entry, because they may repeat what they are told.
func (tx *Tx) ForgetAnswers(entry contest.EntryID) error {
	_, err := tx.Exec(`UPDATE webhook_attempts SET answer = '' WHERE answer <> ''
		AND delivery IN (SELECT id FROM webhook_deliveries WHERE entry = ? AND entry <> '')`, entry)
	if err != nil {
		return fmt.Errorf("forget answers about entry %s: %w", entry, err)
	}
	return nil
}

// DropDeliveries removes up to so many deliveries from before a time, with their attempts, and returns how many it were.
func (tx *Tx) DropDeliveries(before time.Time, limit int) (int64, error) {
	result, err := tx.Exec("DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE at < ? ORDER BY at LIMIT ?)",
		millis(before), limit)
	if err != nil {
		return 0, fmt.Errorf("drop deliveries: %w", err)
	}
	return result.RowsAffected()
}
