package store

import (
	"fmt"

	"fanfare/server/contest"
)

// EntriesAfter lists entries of all challenges behind an identifier, in the order of their identifiers.
func (tx *Tx) EntriesAfter(id contest.EntryID, limit int) ([]contest.Entry, error) {
	entries, err := list(tx, scanEntry, selectEntries+"WHERE e.id > ? ORDER BY e.id LIMIT ?", id, limit)
	if err != nil {
		return nil, fmt.Errorf("list entries after %s: %w", id, err)
	}
	return entries, nil
}

// CountEntriesUpTo counts entries up to and with an identifier, in the order of EntriesAfter, and all of them.
func (tx *Tx) CountEntriesUpTo(id contest.EntryID) (upTo, all int, err error) {
	err = tx.one("SELECT COUNT(CASE WHEN id <= ? THEN 1 END), COUNT(*) FROM entries", []any{id}, &upTo, &all)
	if err != nil {
		return 0, 0, fmt.Errorf("count entries: %w", err)
	}
	return upTo, all, nil
}

// ReplacePhoto stores what rendering an entry once more yielded. Nothing else of the entry changes.
func (tx *Tx) ReplacePhoto(id contest.EntryID, photo contest.Photo) error {
	if err := tx.mustChange("UPDATE entries SET photo = ? WHERE id = ?", asJSON{photo}, id); err != nil {
		return fmt.Errorf("replace photo of entry %s: %w", id, err)
	}
	return nil
}

// WithOriginals lists, behind a number, entries of a challenge whose original is kept, or what their fan sent when asked.
// Those that wait to be rendered still need theirs and are left out.
func (tx *Tx) WithOriginals(challenge contest.ChallengeID, after contest.EntryNumber, limit int) ([]contest.Entry, error) {
	entries, err := list(tx, scanEntry, selectEntries+`WHERE e.challenge = ? AND e.number > ? AND (e.original <> '' OR e.evidence <> '')
		AND e.status NOT IN (?, ?) ORDER BY e.number LIMIT ?`, challenge, after, contest.Processing, contest.Withdrawn, limit)
	if err != nil {
		return nil, fmt.Errorf("list originals of challenge %s: %w", challenge, err)
	}
	return entries, nil
}

// DropOriginal has an entry name its original no longer. The hash stays.
func (tx *Tx) DropOriginal(id contest.EntryID) error {
	if err := tx.mustChange("UPDATE entries SET original = '' WHERE id = ?", id); err != nil {
		return fmt.Errorf("drop original of entry %s: %w", id, err)
	}
	return nil
}

// CountUploads counts all uploads that have begun and are not finished, and the bytes that they announced.
func (tx *Tx) CountUploads() (n int, bytes int64, err error) {
	err = tx.one("SELECT COUNT(*), COALESCE(SUM(length), 0) FROM uploads WHERE state <> 'used' AND state = ?", []any{UploadOpen}, &n, &bytes)
	if err != nil {
		return 0, 0, fmt.Errorf("count unfinished uploads: %w", err)
	}
	return n, bytes, nil
}
