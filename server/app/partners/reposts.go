package partners

import (
	"context"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// How many reposts a page has, and how many of those to be taken down lead it: those that wait longest.
const (
	repostsShown = 50
	dueShown     = 200
)

// Line is a repost with what it brought.
type Line struct {
	store.RepostFigures
	// Entry is zero where it may be shown no more; its number stays.
	Entry contest.Entry
	// Refusal says why the post may not stay; empty where it may, and where it is gone.
	Refusal partner.Refusal
	// Shared says that another post of the entry has the same link, so that clicks and orders stand at both.
	Shared bool
}

// Due reports whether the post is to be taken down.
func (l Line) Due() bool { return l.Refusal != "" }

// List is a page of reposts.
type List struct {
	Due   []Line // on the first page, what is to be taken down: the one that waits longest leads
	Lines []Line
	Next  partner.RepostID // leads to the page behind this one; empty on the last one
}

// Page lists what a filter finds in one row, the newest first, behind a repost of the page before; empty for the first page. Errors:
// store.ErrCursor, store.ErrNotFound for no campaign.
func (s *Service) Page(ctx context.Context, f store.RepostFilter, after partner.RepostID) (l List, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		l, err = page(tx, f, after)
		return err
	})
	return l, err
}

func page(tx *store.Tx, f store.RepostFilter, after partner.RepostID) (l List, err error) {
	plan, err := tx.Plan(f.Campaign)
	if err != nil {
		return l, err
	}
	found, err := tx.Reposts(f, plan.Currency, after, repostsShown+1)
	if err != nil {
		return l, err
	}
	l.Lines, err = lines(tx, found)
	if len(l.Lines) > repostsShown {
		l.Lines = l.Lines[:repostsShown]
		l.Next = l.Lines[repostsShown-1].ID
	}
	return l, err
}

// Reposts is Page for people, whose first page begins with all that is to be taken down.
func (s *Service) Reposts(ctx context.Context, f store.RepostFilter, after partner.RepostID) (l List, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if l, err = page(tx, f, after); err != nil || after != "" {
			return err
		}
		due, err := tx.DueReposts(f, "", dueShown) // what they brought is not shown there
		if err != nil {
			return err
		}
		waiting, err := lines(tx, due)
		l.lead(waiting)
		return err
	})
	return l, err
}

// lead puts what is to be taken down first, what its fan said no to just now among it.
func (l *List) lead(waiting []Line) {
	known := map[partner.RepostID]bool{}
	for _, line := range append(waiting, l.Lines...) {
		if line.Due() && !known[line.ID] {
			known[line.ID] = true
			l.Due = append(l.Due, line)
		}
	}
	l.Lines = slices.DeleteFunc(l.Lines, Line.Due)
	slices.SortStableFunc(l.Due, func(a, b Line) int { return a.TakedownAsked.Compare(b.TakedownAsked) })
}

// Repost returns one. Errors: store.ErrNotFound.
func (s *Service) Repost(ctx context.Context, id partner.RepostID) (l Line, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		r, err := tx.Repost(id)
		if err != nil {
			return err
		}
		plan, err := tx.Plan(r.Campaign)
		if err != nil {
			return err
		}
		found, err := tx.Reposts(store.RepostFilter{Campaign: r.Campaign, ID: id}, plan.Currency, "", 1)
		if err != nil {
			return err
		}
		shown, err := lines(tx, found)
		if len(shown) > 0 {
			l = shown[0]
		}
		return err
	})
	return l, err
}

// lines reads the entries of reposts, and asks of each whether it may stay.
func lines(tx *store.Tx, found []store.RepostFigures) ([]Line, error) {
	ids, links := make([]contest.EntryID, len(found)), map[kpi.LinkCode]int{}
	for i, r := range found {
		ids[i] = r.Entry
		links[r.Link]++
	}
	list, err := tx.EntriesByIDs(ids)
	if err != nil {
		return nil, err
	}
	grants, err := tx.GrantsOf(ids)
	if err != nil {
		return nil, err
	}
	entries := map[contest.EntryID]contest.Entry{}
	for _, e := range list {
		entries[e.ID] = e
	}
	out := make([]Line, len(found))
	for i, r := range found {
		line := Line{RepostFigures: r, Shared: r.Link != "" && links[r.Link] > 1}
		e, g := entries[r.Entry], grants[r.Entry]
		if r.TakenDown.IsZero() {
			line.Refusal = partner.May(e, g, r.Outlet, tx.Now())
		}
		if partner.MayAny(e, g, tx.Now()) == "" {
			line.Entry = e
		}
		out[i] = line
	}
	return out, nil
}

// Sum is what a partner's reposts come to.
type Sum struct {
	store.RepostSum
	Name contest.Text
}

// Sums adds up a campaign's reposts by partner, the busiest first; those of the plan that have none follow.
func (s *Service) Sums(ctx context.Context, campaign contest.CampaignID) (sums []Sum, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(campaign)
		if err != nil {
			return err
		}
		of, err := tx.ChallengesOf(campaign)
		if err != nil {
			return err
		}
		found, err := tx.RepostSums(campaign, plan.Currency)
		sums = nil
		there := map[kpi.PartnerID]bool{}
		for _, sum := range found {
			name, _ := partner.Name(plan.Plan, of, sum.Partner)
			there[sum.Partner] = true
			sums = append(sums, Sum{sum, name})
		}
		for _, p := range plan.Partners {
			if !there[kpi.PartnerID(p.ID)] {
				sums = append(sums, Sum{store.RepostSum{Partner: kpi.PartnerID(p.ID)}, p.Name})
			}
		}
		return err
	})
	return sums, err
}
