package store

import (
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
)

// Focus returns the point that a partner chose for cutting an entry's photo; not chosen where it did not.
func (tx *Tx) Focus(entry contest.EntryID, p kpi.PartnerID) (f partner.Focus, chosen bool, err error) {
	err = tx.one("SELECT x, y FROM focuses WHERE entry = ? AND partner = ?", []any{entry, p}, &f.X, &f.Y)
	if errors.Is(err, ErrNotFound) {
		return partner.Focus{}, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("read focus of entry %s for %s: %w", entry, p, err)
	}
	return f, true, nil
}

// SetFocus stores the point that a partner chose, in place of the one before.
func (tx *Tx) SetFocus(entry contest.EntryID, p kpi.PartnerID, f partner.Focus) error {
	_, err := tx.Exec(`INSERT INTO focuses (entry, partner, x, y, at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (entry, partner) DO UPDATE SET x = excluded.x, y = excluded.y, at = excluded.at`,
		entry, p, f.X, f.Y, millis(tx.now))
	if err != nil {
		return fmt.Errorf("set focus of entry %s for %s: %w", entry, p, err)
	}
	return nil
}

// DropFocus forgets the point that a partner chose; none is fine.
func (tx *Tx) DropFocus(entry contest.EntryID, p kpi.PartnerID) error {
	if _, err := tx.Exec("DELETE FROM focuses WHERE entry = ? AND partner = ?", entry, p); err != nil {
		return fmt.Errorf("drop focus of entry %s for %s: %w", entry, p, err)
	}
	return nil
}
