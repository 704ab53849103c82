package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
)

// Likeness is what an entry's photo looks like: the 64 bits of its perceptual hash.
type Likeness struct {
	Entry contest.EntryID
	Hash  uint64
	At    time.Time // when it was stored
}

func scanLikeness(row scanner) (l Likeness, err error) {
	var hash int64
	err = row.Scan(&l.Entry, &hash, timeColumn{&l.At})
	l.Hash = uint64(hash)
	return l, err
}

// SetLikeness stores what an entry's photo looks like, in place of what it looked like before.
func (tx *Tx) SetLikeness(entry contest.EntryID, hash uint64) error {
	_, err := tx.Exec(`INSERT INTO likenesses (entry, hash, hashed_at) VALUES (?, ?, ?)
		ON CONFLICT (entry) DO UPDATE SET hash = excluded.hash, hashed_at = excluded.hashed_at`, entry, int64(hash), millis(tx.now))
	if err != nil {
		return fmt.Errorf("set likeness of entry %s: %w", entry, err)
	}
	return nil
}

// DeleteLikeness forgets what an entry's photo looks like.
func (tx *Tx) DeleteLikeness(entry contest.EntryID) error {
	if _, err := tx.Exec("DELETE FROM likenesses WHERE entry = ?", entry); err != nil {
		return fmt.Errorf("delete likeness of entry %s: %w", entry, err)
	}
	return nil
}

// Likenesses calls fn with what was stored at a time or later, the oldest first. Fn may not use tx.
func (tx *Tx) Likenesses(since time.Time, fn func(Likeness)) error {
	rows, err := tx.Query("SELECT entry, hash, hashed_at FROM likenesses WHERE hashed_at >= ? ORDER BY hashed_at, entry", millis(since))
	if err != nil {
		return fmt.Errorf("list likenesses: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		l, err := scanLikeness(rows)
		if err != nil {
			return fmt.Errorf("list likenesses: %w", classify(err))
		}
		fn(l)
	}
	return classify(rows.Err())
}

// selectWithoutLikeness names the statuses that it leaves out, so that no index of statuses is taken: each page of it would
// sort all entries.
const selectWithoutLikeness = selectEntries + `LEFT JOIN likenesses l ON l.entry = e.id
	WHERE l.entry IS NULL AND e.id > ? AND e.status NOT IN (?, ?) ORDER BY e.id LIMIT ?`

// WithoutLikeness lists, behind an identifier and in their order, rendered entries whose likeness is not stored: those of
// the time before there were any, and those that another version rendered since.
func (tx *Tx) WithoutLikeness(after contest.EntryID, limit int) ([]contest.Entry, error) {
	entries, err := list(tx, scanEntry, selectWithoutLikeness, after, contest.Processing, contest.Withdrawn, limit)
	if err != nil {
		return nil, fmt.Errorf("list entries without likeness: %w", err)
	}
	return entries, nil
}
