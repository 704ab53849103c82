package store

import (
	"fmt"

	"fanfare/server/contest"
)

const reportColumns = "id, entry, fan, reason, note, created_at, resolved_at"

func scanReport(row scanner) (r contest.Report, err error) {
	err = row.Scan(&r.ID, &r.Entry, &r.Fan, &r.Reason, &r.Note, timeColumn{&r.CreatedAt}, timeColumn{&r.ResolvedAt})
	return r, err
}

// InsertReport stores a report. A fan has one open report of an entry: another one changes nothing.
func (tx *Tx) InsertReport(r contest.Report) error {
	r.ID = orNew(r.ID, "r_")
	_, err := tx.Exec("INSERT INTO reports ("+reportColumns+`) VALUES (?, ?, ?, ?, ?, ?, 0)
		ON CONFLICT (entry, fan) WHERE resolved_at = 0 DO NOTHING`,
		r.ID, r.Entry, r.Fan, r.Reason, r.Note, millis(tx.now))
	if err != nil {
		return fmt.Errorf("insert report of entry %s: %w", r.Entry, err)
	}
	return nil
}

// OpenReports lists unresolved reports, the oldest first.
func (tx *Tx) OpenReports(limit int) ([]contest.Report, error) {
	reports, err := list(tx, scanReport, "SELECT "+reportColumns+" FROM reports WHERE resolved_at = 0 ORDER BY created_at, id LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("list open reports: %w", err)
	}
	return reports, nil
}

// CountReports counts unresolved reports.
func (tx *Tx) CountReports() (n int, err error) {
	if err := tx.one("SELECT COUNT(*) FROM reports WHERE resolved_at = 0", nil, &n); err != nil {
		return 0, fmt.Errorf("count open reports: %w", err)
	}
	return n, nil
}

// ResolveReports closes an entry's open reports.
func (tx *Tx) ResolveReports(entry contest.EntryID) error {
	_, err := tx.Exec("UPDATE reports SET resolved_at = ? WHERE entry = ? AND resolved_at = 0", millis(tx.now), entry)
	if err != nil {
		return fmt.Errorf("resolve reports of entry %s: %w", entry, err)
	}
	return nil
}
