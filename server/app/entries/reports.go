package entries

import (
	"context"
	"fmt"
	"slices"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// ResolveReports closes the open reports about an entry.
func (s *Service) ResolveReports(ctx context.Context, id contest.EntryID) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.ResolveReports(id); err != nil {
			return err
		}
		return tx.Audit(store.Act{Action: "entry.resolve", Object: "entry/" + string(id)})
	})
}

// ReportReasons are what a visitor chooses from.
var ReportReasons = []string{"rights", "person", "offensive", "off_topic", "other"}

// MaxNote bounds what a moderator writes to a fan, and a visitor to the moderators, in code points.
const MaxNote = 1000

// bounded is what is kept of a note.
func bounded(note string) string { return Bounded(note, MaxNote) }

// Bounded is what is kept of a text that somebody wrote to somebody else: what can be seen of its first code points.
func Bounded(text string, most int) string { return cut(shown(text), most) }

// cut keeps the first runes of a text.
func cut(text string, most int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), most)])
}

// Report files a visitor's complaint about a published entry; viewer is nil for a visitor without a session. Errors:
// *contest.Refusal, ErrReportReason, store.ErrNotFound.
func (s *Service) Report(ctx context.Context, viewer *access.Session, id contest.EntryID, reason, note string) error {
	if !slices.Contains(ReportReasons, reason) {
		return ErrReportReason
	}
	fan := contest.FanID("")
	if viewer != nil {
		if err := viewer.MayAct(); err != nil {
			return err
		}
		fan = viewer.Fan.ID
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
