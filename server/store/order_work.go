package store

import (
	"fmt"

	"fanfare/server/contest"
)

// What is under way with a file of orders.
const (
	Booking = "book"
	Undoing = "undo"
)

// OrderWork is the booking of a file, or taking it back, before its end; the zero value where neither is under way.
type OrderWork struct {
	Doing string          // Booking or Undoing
	Staff contest.StaffID // who asked for it
	Lines int             // that are done with
}

// SaveOrderWork stores how far the work at a file is.
func (tx *Tx) SaveOrderWork(batch string, w OrderWork) error {
	_, err := tx.Exec(`INSERT INTO order_work (batch, doing, staff, lines) VALUES (?, ?, ?, ?)
		ON CONFLICT (batch) DO UPDATE SET doing = excluded.doing, staff = excluded.staff, lines = excluded.lines`, batch, w.Doing, w.Staff, w.Lines)
	if err != nil {
		return fmt.Errorf("save work at orders %s: %w", batch, err)
	}
	return nil
}

// EndOrderWork ends it.
func (tx *Tx) EndOrderWork(batch string) error {
	if _, err := tx.Exec("DELETE FROM order_work WHERE batch = ?", batch); err != nil {
		return fmt.Errorf("end work at orders %s: %w", batch, err)
	}
	return nil
}
