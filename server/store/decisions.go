package store

import (
	"fmt"

	"fanfare/server/contest"
)

const decisionColumns = "batch, entry, from_status, from_reason, from_note, to_status, reason, note, staff, at"

func scanDecision(row scanner) (d contest.Decision, err error) {
	err = row.Scan(&d.Batch, &d.Entry, &d.From, &d.FromReason, &d.FromNote, &d.To, &d.Reason, &d.Note, &d.Staff, timeColumn{&d.At})
	return d, err
}

// InsertDecision keeps what is decided about an entry of the update's challenge, behind what was decided before.
func (tx *Tx) InsertDecision(d contest.Decision) error {
	_, err := tx.Exec("INSERT INTO decisions (number, "+decisionColumns+`) VALUES
		((SELECT COALESCE(MAX(number), 0) + 1 FROM decisions WHERE entry = ?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.Entry, d.Batch, d.Entry, d.From, d.FromReason, d.FromNote, d.To, d.Reason, d.Note, d.Staff, millis(tx.now))
	if err != nil {
		return fmt.Errorf("insert decision about %s: %w", d.Entry, err)
	}
	return nil
}

// Decisions lists what was decided about an entry, the newest first.
func (tx *Tx) Decisions(entry contest.EntryID) ([]contest.Decision, error) {
	decisions, err := list(tx, scanDecision, "SELECT "+decisionColumns+" FROM decisions WHERE entry = ? ORDER BY number DESC", entry)
	if err != nil {
		return nil, fmt.Errorf("list decisions about %s: %w", entry, err)
	}
	return decisions, nil
}

// LastDecision returns what was decided last about an entry; ErrNotFound where nothing was.
func (tx *Tx) LastDecision(entry contest.EntryID) (contest.Decision, error) {
	d, err := first(tx, scanDecision, "SELECT "+decisionColumns+" FROM decisions WHERE entry = ? ORDER BY number DESC LIMIT 1", entry)
	if err != nil {
		return d, fmt.Errorf("read last decision about %s: %w", entry, err)
	}
	return d, nil
}

// Batch lists those decisions of a batch that are the last ones about their entries.
func (tx *Tx) Batch(batch contest.BatchID) ([]contest.Decision, error) {
	decisions, err := list(tx, scanDecision, "SELECT "+decisionColumns+` FROM decisions d WHERE batch = ? AND NOT EXISTS
		(SELECT 1 FROM decisions later WHERE later.entry = d.entry AND later.number > d.number) ORDER BY entry`, batch)
	if err != nil {
		return nil, fmt.Errorf("list decisions of batch %s: %w", batch, err)
	}
	return decisions, nil
}
