package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

const takedownColumns = "id, entry, name, contact, statement, hid, from_status, created_at, decided_at, removed, staff, language"

func scanTakedown(row scanner) (t contest.Takedown, err error) {
	err = row.Scan(&t.ID, &t.Entry, &t.Name, &t.Contact, &t.Statement, boolColumn{&t.Hid}, &t.From, timeColumn{&t.CreatedAt},
		timeColumn{&t.DecidedAt}, boolColumn{&t.Removed}, &t.Staff, &t.Language)
	return t, err
}

// InsertTakedown stores a request, and with the entry that it hides, and returns it with its identifier and time.
func (tx *Tx) InsertTakedown(t contest.Takedown) (contest.Takedown, error) {
	t.ID, t.CreatedAt = orNew(t.ID, "t_"), tx.now
	_, err := tx.Exec("INSERT INTO takedowns ("+takedownColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '', ?)",
		t.ID, t.Entry, t.Name, t.Contact, t.Statement, bit(t.Hid), t.From, millis(t.CreatedAt), t.Language)
	if err == nil && t.Hid {
		err = tx.mustChange("UPDATE entries SET takedown = ? WHERE id = ?", t.ID, t.Entry)
	}
	if err != nil {
		return t, fmt.Errorf("insert takedown of entry %s: %w", t.Entry, err)
	}
	return t, nil
}

// Takedown returns a request.
func (tx *Tx) Takedown(id contest.TakedownID) (contest.Takedown, error) {
	t, err := first(tx, scanTakedown, "SELECT "+takedownColumns+" FROM takedowns WHERE id = ?", id)
	if err != nil {
		return t, fmt.Errorf("read takedown %s: %w", id, err)
	}
	return t, nil
}

// TakedownsOf lists the requests about an entry, the newest first.
func (tx *Tx) TakedownsOf(entry contest.EntryID) ([]contest.Takedown, error) {
	takedowns, err := list(tx, scanTakedown, "SELECT "+takedownColumns+" FROM takedowns WHERE entry = ? ORDER BY created_at DESC, id", entry)
	if err != nil {
		return nil, fmt.Errorf("list takedowns of entry %s: %w", entry, err)
	}
	return takedowns, nil
}

// OpenTakedowns lists the requests that wait for a decision, the oldest first.
func (tx *Tx) OpenTakedowns(limit int) ([]contest.Takedown, error) {
	takedowns, err := list(tx, scanTakedown, "SELECT "+takedownColumns+" FROM takedowns WHERE decided_at = 0 ORDER BY created_at, id LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("list open takedowns: %w", err)
	}
	return takedowns, nil
}

// CountTakedowns counts the requests that wait for a decision, and those of them that came before a time.
func (tx *Tx) CountTakedowns(before time.Time) (open, older int, err error) {
	err = tx.one("SELECT COUNT(*), COUNT(CASE WHEN created_at < ? THEN 1 END) FROM takedowns WHERE decided_at = 0", []any{millis(before)}, &open, &older)
	if err != nil {
		return 0, 0, fmt.Errorf("count open takedowns: %w", err)
	}
	return open, older, nil
}

// countHidden begins with the open requests, which are few: SQLite takes the tables of a CROSS JOIN in their order.
const countHidden = `SELECT COUNT(*) FROM takedowns t CROSS JOIN entries e
	WHERE t.decided_at = 0 AND t.hid = 1 AND e.id = t.entry AND e.challenge = ?`

// CountHidden counts the entries of a challenge that open requests hide.
func (tx *Tx) CountHidden(challenge contest.ChallengeID) (n int, err error) {
	if err := tx.one(countHidden, []any{challenge}, &n); err != nil {
		return 0, fmt.Errorf("count hidden entries of challenge %s: %w", challenge, err)
	}
	return n, nil
}

// DecideTakedown closes a request, which hides its entry no longer; ErrNotFound where it was closed before.
func (tx *Tx) DecideTakedown(t contest.Takedown) error {
	err := tx.mustChange("UPDATE takedowns SET decided_at = ?, removed = ?, staff = ? WHERE id = ? AND decided_at = 0",
		millis(tx.now), bit(t.Removed), t.Staff, t.ID)
	if err == nil {
		_, err = tx.Exec("UPDATE entries SET takedown = '' WHERE id = ? AND takedown = ?", t.Entry, t.ID)
	}
	if err != nil {
		return fmt.Errorf("decide takedown %s: %w", t.ID, err)
	}
	return nil
}

// ReopenTakedown has a request wait for a decision again, and hide its entry if it did; ErrNotFound where it is open.
func (tx *Tx) ReopenTakedown(t contest.Takedown) error {
	err := tx.mustChange("UPDATE takedowns SET decided_at = 0, removed = 0, staff = '' WHERE id = ? AND decided_at <> 0", t.ID)
	if err == nil && t.Hid {
		err = tx.mustChange("UPDATE entries SET takedown = ? WHERE id = ?", t.ID, t.Entry)
	}
	if err != nil {
		return fmt.Errorf("reopen takedown %s: %w", t.ID, err)
	}
	return nil
}

// CloseCases closes the open takedowns and appeals of an entry that its fan withdraws: there is nothing left to decide.
func (tx *Tx) CloseCases(entry contest.EntryID) error {
	for _, query := range []string{
		"UPDATE takedowns SET decided_at = ?, removed = 1 WHERE entry = ? AND decided_at = 0",
		"UPDATE appeals SET decided_at = ? WHERE entry = ? AND decided_at = 0",
	} {
		if _, err := tx.Exec(query, millis(tx.now), entry); err != nil {
			return fmt.Errorf("close cases of entry %s: %w", entry, err)
		}
	}
	if err := tx.mustChange("UPDATE entries SET takedown = '' WHERE id = ?", entry); err != nil {
		return fmt.Errorf("close cases of entry %s: %w", entry, err)
	}
	return nil
}
