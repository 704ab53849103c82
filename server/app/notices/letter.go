package notices

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Letter is one letter, for whoever draws it.
type Letter struct {
	ID       string // the same each time that it is sent
	To       string
	Language string // an IETF tag; empty where none is known
	Kind     Kind
	Fan      bool   // it goes to a fan
	Staff    bool   // it goes to somebody who works at the console
	Items    []Item // at least one
	Stop     string // of the link that ends letters like it; empty where nobody may do without them
}

// Item is one thing that a letter tells of. Only what its kind needs is set.
type Item struct {
	Challenge contest.Challenge
	Entry     contest.Entry
	Repost    partner.Repost
	By        contest.Text // who posted it: the partner's name
	Place     int          // in the certified result
	Removed   bool         // the photo that somebody asked to be taken away
	Title     contest.Text
	Lines     []contest.Text
	Path      string // of the page that is about it, where it is not the kind's own
	Count     int
}

// reader reads what the notices of one letter are about. What many of them share it reads once: they wait in the writer.
type reader struct {
	tx         *store.Tx
	kind       Kind
	challenges map[contest.ChallengeID]contest.Challenge
	campaigns  map[contest.CampaignID]campaign
}

// campaign is what names a campaign's partners.
type campaign struct {
	plan       kpi.Plan
	challenges []contest.Challenge
}

func newReader(tx *store.Tx, k Kind) reader {
	return reader{tx, k, map[contest.ChallengeID]contest.Challenge{}, map[contest.CampaignID]campaign{}}
}

// read reads what a notice is about, and reports whether it is still so.
func (r reader) read(about About) (i Item, stands bool, err error) {
	i = Item{Title: about.Title, Lines: about.Lines, Path: about.Path, Count: about.Count}
	if about.Entry != "" {
		i.Entry, err = r.tx.Entry(about.Entry)
		if err == nil {
			i.Challenge, err = r.challenge(i.Entry.Challenge)
		}
	}
	if err == nil && about.Repost != "" {
		i.Repost, err = r.tx.Repost(about.Repost)
	}
	if err == nil {
		stands, err = r.more(&i, about)
	}
	if errors.Is(err, store.ErrNotFound) {
		return i, false, nil
	}
	return i, stands, err
}

// more reads what else a kind says, and reports whether it is still so.
func (r reader) more(i *Item, about About) (stands bool, err error) {
	shown := i.Entry.Status == contest.Published && i.Entry.Takedown == "" && i.Entry.PassedOver == ""
	switch r.kind {
	case Received:
		return i.Entry.Status == contest.Processing || i.Entry.Status == contest.Pending, nil
	case Published:
		return shown, nil
	case Rejected:
		return i.Entry.Status == contest.Rejected, nil
	case Won:
		i.Place, err = placeOf(r.tx, i.Entry)
		return shown && i.Place > 0, err
	case Reposted:
		i.By, err = r.partnerName(i.Repost.Campaign, i.Repost.Partner)
		return shown && i.Repost.TakenDown.IsZero() && i.Repost.TakedownAsked.IsZero(), err
	case Takedown:
		return i.Repost.TakenDown.IsZero() && !i.Repost.TakedownAsked.IsZero(), nil
	case Decided:
		asked, err := r.tx.Takedown(about.Request)
		i.Removed = asked.Removed || i.Entry.Status == contest.Rejected || i.Entry.Status == contest.Withdrawn
		return asked.DecidedAt.UnixMilli() == about.At.UnixMilli(), err // not where the decision was undone
	case Board:
		return mayRepost(r.tx, i.Entry)
	case Reminder:
		if stands, err = mayRepost(r.tx, i.Entry); err != nil || !stands {
			return false, err
		}
		did, err := r.tx.RepostsOf(i.Entry.ID)
		return !slices.ContainsFunc(did, func(p partner.Repost) bool { return p.Partner == about.Partner }), err
	}
	return true, nil
}

// mayRepost reports whether a fan allows partners anything with an entry now.
func mayRepost(tx *store.Tx, e contest.Entry) (bool, error) {
	g, err := tx.Grant(e.ID)
	return partner.MayAny(e, g, tx.Now()) == "", err
}

// placeOf returns an entry's place in the newest certified result, 0 for none.
func placeOf(tx *store.Tx, e contest.Entry) (int, error) {
	texts, err := tx.CertifiedResults(e.Challenge)
	if err != nil || len(texts) == 0 {
		return 0, err
	}
	var r contest.Result
	if err := json.Unmarshal([]byte(texts[len(texts)-1]), &r); err != nil {
		return 0, fmt.Errorf("read result of challenge %s: %w", e.Challenge, err)
	}
	placed, _ := r.Place(e.Number)
	return placed.Rank, nil
}

// partnerName is what a partner is called in a campaign.
func (r reader) partnerName(in contest.CampaignID, id kpi.PartnerID) (contest.Text, error) {
	c, known := r.campaigns[in]
	if !known {
		plan, err := r.tx.Plan(in)
		if err != nil {
			return contest.Text{}, err
		}
		c.plan = plan.Plan
		if c.challenges, err = r.tx.ChallengesOf(in); err != nil {
			return contest.Text{}, err
		}
		r.campaigns[in] = c
	}
	name, _ := partner.Name(c.plan, c.challenges, id)
	return name, nil
}

func (r reader) challenge(id contest.ChallengeID) (contest.Challenge, error) {
	c, known := r.challenges[id]
	if known {
		return c, nil
	}
	c, err := r.tx.Challenge(id)
	if err == nil {
		r.challenges[id] = c
	}
	return c, err
}
