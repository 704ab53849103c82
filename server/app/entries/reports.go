package entries

import (
	"context"
	"fmt"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// ResolveReports closes the open reports about an entry.
func (s *Service) ResolveReports(ctx context.Context, id contest.EntryID) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.ResolveReports(id) })
}

// ReportReasons are what a visitor chooses from.
var ReportReasons = []string{"rights", "person", "offensive", "off_topic", "other"}

// MaxNote bounds what a moderator writes to a fan, and a visitor to the moderators, in code points.
const MaxNote = 1000

// bounded is what is kept of a note.
func bounded(note string) string {
	kept := []rune(shown(note))
	return string(kept[:min(len(kept), MaxNote)])
}

// Report files a visitor's complaint about a published entry. fan is empty for a visitor without a session.
func (s *Service) Report(ctx context.Context, fan contest.FanID, id contest.EntryID, reason, note string) error {
	if !slices.Contains(ReportReasons, reason) {
		return ErrReportReason
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err != nil {
			return err
		}
		if e.Status != contest.Published {
			return fmt.Errorf("report %s: %w", id, store.ErrNotFound)
		}
		return tx.InsertReport(contest.Report{
			Entry: id, Fan: fan, Reason: reason, Note: bounded(note),
		})
	})
}
