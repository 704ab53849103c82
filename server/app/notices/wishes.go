package notices

import (
	"context"
	"slices"
	"strings"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// KindsFor lists the kinds of letters that somebody with a role gets, in the order in which they are asked about them.
func KindsFor(role access.Role) []Kind {
	switch role {
	case access.Administrator:
		return []Kind{Queue, Danger, Report, Down, WebhookOff}
	case access.Marketer:
		return []Kind{Danger, Report}
	case access.Moderator:
		return []Kind{Queue}
	case access.Partner:
		return []Kind{Board, Reminder, Takedown, Report}
	}
	return nil
}

// forFans are the kinds that fans get.
var forFans = []Kind{Received, Published, Rejected, Won, Reposted}

// Refusable reports whether people may do without letters of a kind. Nobody who shows a photo may do without being told that its fan
// takes it back.
func (k Kind) Refusable() bool { return k != Takedown }

// Wishes is which letters somebody wants.
type Wishes struct {
	Asked    bool   // whether letters go to them at all: a fan has to have asked for them
	Fan      bool   // one stop ends all of a fan's
	Language string // empty where none was chosen
	Of       Kind   // of the letter whose link was followed; empty elsewhere
	Kinds    []Wish
}

// Wish is whether somebody wants letters of a kind.
type Wish struct {
	Kind   Kind
	Wanted bool
	Fixed  bool // nobody may do without them
}

// wishesOf returns what a person wants of the kinds that may go to them; of is the kind of a letter that they got.
func wishesOf(tx *store.Tx, person string, of Kind) (w Wishes, err error) {
	c, known, err := correspondent(tx, person)
	if err != nil {
		return w, err
	}
	kinds, err := kindsOf(tx, person, of)
	w = Wishes{Asked: known || !isFan(person), Fan: isFan(person), Language: c.Language, Of: of}
	for _, k := range kinds {
		w.Kinds = append(w.Kinds, Wish{Kind: k, Wanted: !refuses(c.Refused, k), Fixed: !k.Refusable()})
	}
	return w, err
}

func refuses(refused []string, k Kind) bool {
	return k.Refusable() && slices.Contains(refused, string(k))
}

// kindsOf lists the kinds that may go to a person: to an address without an account that of the letter it got.
func kindsOf(tx *store.Tx, person string, of Kind) ([]Kind, error) {
	if isFan(person) {
		return forFans, nil
	}
	id, isStaff := strings.CutPrefix(person, store.StaffPerson(""))
	if !isStaff {
		return []Kind{of}, nil
	}
	member, err := tx.Staff(contest.StaffID(id))
	return KindsFor(access.Role(member.Role)), err
}

// choose has a person get letters of those kinds alone, in a language; an empty one leaves it as it is. Of a fan who asked for no
// letters nothing is kept.
func choose(tx *store.Tx, person string, of Kind, wanted []Kind, language string) error {
	c, known, err := correspondent(tx, person)
	if err != nil || !known && isFan(person) {
		return err
	}
	kinds, err := kindsOf(tx, person, of)
	if err != nil {
		return err
	}
	c.Refused = slices.DeleteFunc(c.Refused, func(k string) bool { return slices.Contains(kinds, Kind(k)) }) // of others nothing was asked
	for _, k := range kinds {
		if k.Refusable() && !slices.Contains(wanted, k) {
			c.Refused = append(c.Refused, string(k))
		}
	}
	if language != "" {
		c.Language = language
	}
	return tx.SaveCorrespondent(c)
}

// StaffWishes returns which letters somebody who works at the console wants.
func (s *Service) StaffWishes(ctx context.Context, id contest.StaffID) (w Wishes, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		w, err = wishesOf(tx, store.StaffPerson(id), "")
		return err
	})
	return w, err
}

// ChooseForStaff has somebody who works at the console get letters of those kinds alone, in a language.
func (s *Service) ChooseForStaff(ctx context.Context, id contest.StaffID, wanted []Kind, language string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return choose(tx, store.StaffPerson(id), "", wanted, language) })
}

// FanWishes returns which letters a fan wants.
func (s *Service) FanWishes(ctx context.Context, id contest.FanID) (w Wishes, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		w, err = wishesOf(tx, store.FanPerson(id), "")
		return err
	})
	return w, err
}

// ChooseForFan has a fan who asked for letters get those of some kinds alone; of none, and the address is forgotten.
func (s *Service) ChooseForFan(ctx context.Context, id contest.FanID, wanted []Kind) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if len(wanted) == 0 {
			return tx.RemoveCorrespondent(store.FanPerson(id))
		}
		return choose(tx, store.FanPerson(id), "", wanted, "")
	})
}
