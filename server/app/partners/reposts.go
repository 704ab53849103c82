package partners

import (
	"context"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// How many reposts a page has, and how many of those to be taken down lead it.
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

// Reposts lists what a filter finds, the newest first, behind a repost of the page before; empty for the first page. Errors:
// store.ErrCursor, store.ErrNotFound for no campaign.
func (s *Service) Reposts(ctx context.Context, f store.RepostFilter, after partner.RepostID) (l List, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		plan, err := tx.Plan(f.Campaign)
		if err != nil {
			return err
		}
		l = List{}
		if after == "" {
			due := f
			due.Due = true
			waiting, err := lines(tx, due, plan.Currency, "", dueShown)
			if err != nil {
				return err
			}
			l.Due = slices.DeleteFunc(waiting, func(line Line) bool { return !line.Due() }) // its fan has just allowed it again
		}
		found, err := lines(tx, f, plan.Currency, after, repostsShown+1)
		if len(found) > repostsShown {
			found = found[:repostsShown]
			l.Next = found[repostsShown-1].ID
		}
		l.sort(found, after == "")
		return err
	})
	return l, err
}

// sort puts what is to be taken down first.
func (l *List) sort(found []Line, first bool) {
	known := map[partner.RepostID]bool{}
	for _, due := range l.Due {
		known[due.ID] = true
	}
	for _, line := range found {
		switch {
		case known[line.ID]:
		case line.Due() && first: // its fan has just said so
			l.Due = append(l.Due, line)
		default:
			l.Lines = append(l.Lines, line)
		}
	}
	slices.SortStableFunc(l.Due, func(a, b Line) int { return a.TakedownAsked.Compare(b.TakedownAsked) })
}

// lines reads reposts with their entries, and asks of each whether it may stay.
func lines(tx *store.Tx, f store.RepostFilter, reporting kpi.Currency, after partner.RepostID, limit int) ([]Line, error) {
	found, err := tx.Reposts(f, reporting, after, limit)
	if err != nil {
		return nil, err
	}
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
		all, err := tx.Challenges()
		if err != nil {
			return err
		}
		var of []contest.Challenge
		for _, c := range all {
			if c.Campaign == campaign {
				of = append(of, c)
			}
		}
		found, err := tx.RepostSums(campaign, plan.Currency)
		sums = nil
		there := map[kpi.PartnerID]bool{}
		for _, sum := range found {
			name, known := nameOf(plan.Plan, of, sum.Partner)
			if !known {
				name.EN = string(sum.Partner)
			}
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
