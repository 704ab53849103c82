package partners

import (
	"context"
	"errors"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Heed is the teller of what becomes of entries: the posts that show what may be shown no more are asked to be taken down, each once,
// and those that may be shown again are left in peace.
func (s *Service) Heed(ctx context.Context, i news.Item) error {
	switch i.Kind {
	case news.EntryWithdrawn, news.EntryRejected, news.EntryPublished, news.RightsChanged, news.RightsEnded:
	default:
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := lock(tx, i.Entry); err != nil {
			return err
		}
		reposts, err := tx.RepostsOf(i.Entry)
		if err != nil || len(reposts) == 0 {
			return err
		}
		e, err := tx.Entry(i.Entry)
		if err != nil && !errors.Is(err, store.ErrNotFound) { // one that is gone may be shown nowhere
			return err
		}
		g, err := tx.Grant(i.Entry)
		if err != nil {
			return err
		}
		for _, r := range reposts {
			if err := s.ask(tx, e, g, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// ask has a post follow what its fan allows by now.
func (s *Service) ask(tx *store.Tx, e contest.Entry, g partner.Grant, r partner.Repost) error {
	due, asked := partner.May(e, g, r.Outlet, tx.Now()) != "", !r.TakedownAsked.IsZero()
	if due == asked || !r.TakenDown.IsZero() {
		return nil
	}
	if !due {
		r.TakedownAsked = time.Time{}
		return tx.SaveRepost(r)
	}
	r.TakedownAsked = tx.Now()
	return errors.Join(tx.SaveRepost(r), s.tell(tx, news.TakedownDue, r, ""))
}
