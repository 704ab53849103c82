package links

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Kit is what a partner's link stands in: a kit of an entry.
type Kit struct {
	Campaign contest.CampaignID
	Partner  kpi.PartnerID
	Entry    contest.Entry
	Staff    contest.StaffID // who asks
}

// KitLinks returns the links that a kit gives for some outlets. Those that nobody asked for before are made.
func (s *Service) KitLinks(ctx context.Context, k Kit, outlets []partner.Outlet) (links map[partner.Outlet]kpi.Link, err error) {
	read := func(tx *store.Tx) error {
		links = map[partner.Outlet]kpi.Link{}
		for _, o := range outlets {
			if links[o], err = tx.KitLink(k.Campaign, k.credit(o)); err != nil {
				return err
			}
		}
		return nil
	}
	if err := s.store.View(ctx, read); !errors.Is(err, store.ErrNotFound) {
		return links, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		links = map[partner.Outlet]kpi.Link{}
		for _, o := range outlets {
			if links[o], err = KitLink(tx, k, o); err != nil {
				return err
			}
		}
		return nil
	})
	return links, err
}

// credit is whom a click on the kit's link for an outlet is due to. The outlet is the channel, planned or not.
func (k Kit) credit(o partner.Outlet) kpi.Credit {
	return kpi.Credit{Challenge: k.Entry.Challenge, Channel: kpi.ChannelID(o), Partner: k.Partner, Entry: k.Entry.Number}
}

// KitLink returns the link that a kit gives for an outlet, which is made where there is none. It leads to the entry, or, where staff
// have the partner's own link for the channel lead to a shop, there.
func KitLink(tx *store.Tx, k Kit, o partner.Outlet) (kpi.Link, error) {
	if err := tx.Lock("links/" + string(k.Campaign)); err != nil { // two at once would make it twice
		return kpi.Link{}, err
	}
	credit := k.credit(o)
	known, err := tx.KitLink(k.Campaign, credit)
	if !errors.Is(err, store.ErrNotFound) {
		return known, err
	}
	l := kpi.Link{
		Campaign: k.Campaign, Credit: credit, Target: "/e/" + string(k.Entry.ID), Label: fmt.Sprintf("%s #%d", o, k.Entry.Number), Staff: k.Staff,
	}
	there, err := tx.Links(k.Campaign)
	for _, own := range there {
		if own.Partner == k.Partner && own.Channel == l.Channel && !own.Retired() && strings.HasPrefix(own.Target, "https://") {
			l.Target = own.Target
		}
	}
	if err != nil {
		return l, err
	}
	return tx.CreateLink(l)
}
