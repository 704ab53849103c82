package entries

import (
	"context"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// AskOriginals asks the fans of entries for the cameras' own files, which only staff will see, or asks no longer. Entries
// that are not in the race are skipped, and what a fan has sent stays.
func (s *Service) AskOriginals(ctx context.Context, ids []contest.EntryID, asked bool) (Batch, error) {
	return s.each(ctx, "", ids, func(tx *store.Tx, e contest.Entry) error {
		if e.Status != contest.Published && e.Status != contest.Pending {
			return wrongStatus(e)
		}
		if err := tx.AskOriginal(e.ID, asked); err != nil {
			return err
		}
		action := map[bool]string{true: "entry.originals", false: "entry.originals_end"}[asked]
		return tx.Audit(store.Act{Action: action, Object: "entry/" + string(e.ID)})
	})
}
