package partners

import (
	"context"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Granted is what anybody may know of a partner's entries in a challenge: those that their fans let partners repost now, the newest first.
type Granted struct {
	Office
	Entries []contest.Entry
	Grants  map[contest.EntryID]partner.Grant
}

// Public reports whether anybody may know that the office's partner takes part: what is launched says so.
func (o Office) Public() bool {
	var plan kpi.Plan
	if o.Plan.Launched() {
		plan = o.Plan.Plan
	}
	_, known := partner.Name(plan, o.Challenges, o.Partner)
	return known
}

// Granted returns at most so many of them. Errors: store.ErrNotFound for a partner of which nothing that was launched says that it takes part.
func (s *Service) Granted(ctx context.Context, c contest.Challenge, p kpi.PartnerID, limit int) (g Granted, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		g = Granted{}
		if g.Office, err = office(tx, c.Campaign, p); err != nil {
			return err
		}
		if !g.Public() {
			return fmt.Errorf("partner %q of a draft: %w", p, store.ErrNotFound)
		}
		list, err := tx.GrantedEntries(c.ID, g.Board, limit)
		if err != nil {
			return err
		}
		ids := make([]contest.EntryID, len(list))
		for i, e := range list {
			ids[i] = e.ID
		}
		if g.Grants, err = tx.GrantsOf(ids); err != nil {
			return err
		}
		for _, e := range list {
			if partner.MayAny(e, g.Grants[e.ID], tx.Now()) == "" {
				g.Entries = append(g.Entries, e)
			}
		}
		return nil
	})
	if err != nil {
		return Granted{}, fmt.Errorf("list what partner %q may repost: %w", p, err)
	}
	return g, nil
}
