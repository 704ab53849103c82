package partners

import (
	"context"
	"fmt"
	"slices"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// How many entries of each kind a desk shows: what somebody looks through on a phone. Rising ones are looked for among more, because a
// challenge's rise together and only some are on one board.
const (
	winnersShown  = 60
	risingShown   = 12
	risingAsked   = standing.MaxTop
	newestShown   = 24
	featuredShown = 60
)

// Card is an entry on a desk, which its fan lets the partner repost.
type Card struct {
	Entry     contest.Entry
	Challenge contest.Challenge
	Grant     partner.Grant
	Rank      int          // in the certified result; 0 beside it
	Award     contest.Text // what it won, by staff's word
	Gained    int64        // votes of late; 0 beside what rises
	Posted    []partner.Repost
}

// PostedOn reports whether the partner has told of a post on an outlet that stands.
func (c Card) PostedOn(o partner.Outlet) bool {
	return slices.ContainsFunc(c.Posted, func(r partner.Repost) bool { return r.Outlet == o && r.TakenDown.IsZero() })
}

// Desk is what a partner may repost now. Each entry stands once, where it says most.
type Desk struct {
	Office
	Winners, Featured, Rising, Newest []Card
	// Waiting is how many winners and featured entries of the board wait for their fans' permission.
	Waiting int
}

// Empty reports whether there is nothing to repost.
func (d Desk) Empty() bool {
	return len(d.Winners)+len(d.Featured)+len(d.Rising)+len(d.Newest) == 0
}

// Desk returns the desk of somebody who works for a partner. Errors: store.ErrNotFound for who works for none.
func (s *Service) Desk(ctx context.Context, me access.Staff) (d Desk, err error) {
	if d.Office, err = s.OfficeOf(ctx, me); err != nil {
		return d, err
	}
	b := builder{desk: &d, seen: map[contest.EntryID]bool{}}
	for _, c := range d.Challenges {
		if err := s.judged(ctx, &b, c); err != nil {
			return d, err
		}
	}
	for _, c := range d.Challenges {
		if err := s.rises(ctx, &b, c); err != nil {
			return d, err
		}
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		for _, c := range d.Challenges {
			if err := b.newest(tx, c); err != nil {
				return err
			}
		}
		return b.posted(tx)
	})
	return d, err
}

// builder puts cards on a desk.
type builder struct {
	desk *Desk
	seen map[contest.EntryID]bool
}

// judged adds what a challenge's result and its staff chose.
func (s *Service) judged(ctx context.Context, b *builder, c contest.Challenge) error {
	o, err := s.results.Outcome(ctx, c)
	if err != nil {
		return err
	}
	var winners, featured []Card
	if o.Result != nil && len(o.Certified) > 0 {
		won, err := s.results.Lines(ctx, o, 1, o.Result.Winners)
		if err != nil {
			return err
		}
		for _, l := range won {
			if l.Entry != nil {
				winners = append(winners, Card{Entry: *l.Entry, Challenge: c, Rank: l.Rank, Award: l.Award})
			}
		}
	}
	chosen, err := s.results.Featured(ctx, o)
	if err != nil {
		return err
	}
	for _, e := range chosen {
		featured = append(featured, Card{Entry: e, Challenge: c})
	}
	return s.store.View(ctx, func(tx *store.Tx) error {
		refused, err := b.add(tx, &b.desk.Winners, winners, winnersShown)
		if err != nil {
			return err
		}
		more, err := b.add(tx, &b.desk.Featured, featured, featuredShown)
		b.desk.Waiting += refused + more
		return err
	})
}

// rises adds what gains votes now, where the public may see that.
func (s *Service) rises(ctx context.Context, b *builder, c contest.Challenge) error {
	if c.Certified() {
		return nil
	}
	top, err := s.boards.Top(ctx, standing.Key{Challenge: c.ID, Scope: contest.Scope{Kind: contest.RisingBoard}}, risingAsked)
	if err != nil || top.Shows == contest.NothingShown {
		return err
	}
	gained := map[contest.EntryID]int64{}
	var ids []contest.EntryID
	for _, row := range top.Rows {
		if row.HasCard {
			ids, gained[row.Entry] = append(ids, row.Entry), row.Score
		}
	}
	return s.store.View(ctx, func(tx *store.Tx) error {
		entries, err := tx.EntriesByIDs(ids)
		if err != nil {
			return err
		}
		var cards []Card
		for _, e := range entries {
			cards = append(cards, Card{Entry: e, Challenge: c, Gained: gained[e.ID]})
		}
		_, err = b.add(tx, &b.desk.Rising, cards, risingShown)
		return err
	})
}

// newest adds the last ones that came and that fans let be reposted.
func (b *builder) newest(tx *store.Tx, c contest.Challenge) error {
	if c.Certified() {
		return nil
	}
	entries, err := tx.GrantedEntries(c.ID, b.desk.Board, newestShown)
	if err != nil {
		return err
	}
	var cards []Card
	for _, e := range entries {
		cards = append(cards, Card{Entry: e, Challenge: c})
	}
	_, err = b.add(tx, &b.desk.Newest, cards, newestShown)
	return err
}

// add puts on a list what the partner may repost. It returns how many of its board wait for their fans' permission.
func (b *builder) add(tx *store.Tx, list *[]Card, cards []Card, most int) (waiting int, err error) {
	ids := make([]contest.EntryID, len(cards))
	for i, c := range cards {
		ids[i] = c.Entry.ID
	}
	grants, err := tx.GrantsOf(ids)
	if err != nil {
		return 0, fmt.Errorf("ask for rights: %w", err)
	}
	for _, c := range cards {
		if b.seen[c.Entry.ID] || !b.desk.Board.Holds(c.Entry) {
			continue
		}
		b.seen[c.Entry.ID] = true
		c.Grant = grants[c.Entry.ID]
		switch refusal := partner.MayAny(c.Entry, c.Grant, tx.Now()); {
		case refusal == "" && len(*list) < most:
			*list = append(*list, c)
		case refusal == partner.NotAsked: // who took it back, or let it end, has answered
			waiting++
		}
	}
	return waiting, nil
}

// posted adds to all cards what the partner told of them.
func (b *builder) posted(tx *store.Tx) error {
	lists := [][]Card{b.desk.Winners, b.desk.Featured, b.desk.Rising, b.desk.Newest}
	var ids []contest.EntryID
	for _, c := range slices.Concat(lists...) {
		ids = append(ids, c.Entry.ID)
	}
	posts, err := postsOf(tx, b.desk.Office, ids...)
	for _, list := range lists {
		for i, c := range list {
			list[i].Posted = posts[c.Entry.ID]
		}
	}
	return err
}

// postsOf are a partner's own posts of entries.
func postsOf(tx *store.Tx, o Office, entries ...contest.EntryID) (map[contest.EntryID][]partner.Repost, error) {
	all, err := tx.RepostsOf(entries...)
	own := map[contest.EntryID][]partner.Repost{}
	for _, r := range all {
		if r.Partner == o.Partner && r.Campaign == o.Campaign {
			own[r.Entry] = append(own[r.Entry], r)
		}
	}
	return own, err
}

// Card returns one entry as the desk shows it. Errors: those of Open.
func (s *Service) Card(ctx context.Context, me access.Staff, id contest.EntryID) (o Office, c Card, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err := opened(tx, me.Campaign, me.Partner, id)
		if err != nil {
			return err
		}
		o, c = found.Office, Card{Entry: found.Entry, Challenge: found.Challenge, Grant: found.Grant}
		posts, err := postsOf(tx, o, id)
		c.Posted = posts[id]
		return err
	})
	return o, c, err
}

// Totals are what a partner's posts come to.
func (s *Service) Totals(ctx context.Context, me access.Staff) (t store.RepostSum, err error) {
	sums, err := s.Sums(ctx, me.Campaign)
	for _, sum := range sums {
		if sum.Partner == me.Partner {
			t = sum.RepostSum
		}
	}
	return t, err
}
