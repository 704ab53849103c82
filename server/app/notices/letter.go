package notices

import (
	"errors"

	"fanfare/server/contest"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Letter is one letter, for whoever draws it.
type Letter struct {
	ID       string // the same each time that it is sent
	To       string
	Name     string // of somebody who works at the console
	Language string // an IETF tag; empty where none is known
	Kind     Kind
	Items    []Item // at least one
	Stop     string // of the link that ends letters like it; empty where nobody may do without them
}

// Item is one thing that a letter tells of. Only what its kind needs is set.
type Item struct {
	Campaign  contest.Campaign
	Challenge contest.Challenge
	Entry     contest.Entry
	Repost    partner.Repost
	By        contest.Text // who posted it: the partner's name
	Place     int          // in the certified result
	Title     contest.Text
	Lines     []contest.Text
	Path      string // of the page that is about it, where it is not the kind's own
	Count     int
}

// read reads what a notice is about, and reports whether it is still so.
func read(tx *store.Tx, k Kind, about About) (i Item, stands bool, err error) {
	i = Item{Title: about.Title, Lines: about.Lines, Path: about.Path, Count: about.Count}
	if about.Entry != "" {
		i.Entry, err = tx.Entry(about.Entry)
		if err == nil {
			i.Challenge, err = tx.Challenge(i.Entry.Challenge)
		}
		if about.Campaign == "" {
			about.Campaign = i.Challenge.Campaign
		}
	}
	if err == nil && about.Campaign != "" {
		i.Campaign, err = tx.Campaign(about.Campaign)
	}
	if errors.Is(err, store.ErrNotFound) {
		return i, false, nil
	}
	return i, err == nil && holds(k, i.Entry), err
}

// holds reports whether what a kind says of an entry is still so.
func holds(k Kind, e contest.Entry) bool {
	switch k {
	case Received:
		return e.Status == contest.Processing || e.Status == contest.Pending
	case Published, Won, Board, Reminder, Reposted:
		return e.Status == contest.Published && e.Takedown == "" && e.PassedOver == ""
	case Rejected:
		return e.Status == contest.Rejected
	}
	return true
}
