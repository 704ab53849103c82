package entries

import (
	"context"
	"errors"
	"fmt"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Appeal asks moderators for a second look: at the rejection of the fan's own entry, or, with no entry named, at the fan's
// ban. Each is heard once. Errors: *contest.Refusal, store.ErrNotFound for an entry that is not theirs.
func (s *Service) Appeal(ctx context.Context, fan access.Session, entry contest.EntryID, text string) error {
	a := contest.Appeal{Challenge: fan.Challenge, Fan: fan.Fan.ID, Entry: entry, Text: Bounded(text, contest.MaxAppeal)}
	if a.Text == "" {
		return &contest.Refusal{Reason: contest.AppealMissing}
	}
	return s.store.UpdateIn(ctx, fan.Challenge, func(tx *store.Tx) error {
		if entry == "" {
			return appealBan(tx, a)
		}
		return appealEntry(tx, a)
	})
}

func appealEntry(tx *store.Tx, a contest.Appeal) error {
	e, err := tx.Entry(a.Entry)
	if err != nil {
		return err
	}
	if e.Fan != a.Fan || e.Challenge != a.Challenge {
		return fmt.Errorf("appeal for %s: %w", e.ID, store.ErrNotFound)
	}
	if !e.MayAppeal() {
		return &contest.Refusal{Reason: contest.AppealNotOpen}
	}
	return errors.Join(tx.InsertAppeal(a), tx.SetFlags(e.ID, append(e.Flags[:len(e.Flags):len(e.Flags)], contest.Flag{Kind: contest.AppealRaised})))
}

func appealBan(tx *store.Tx, a contest.Appeal) error {
	ban, err := tx.Banned(a.Challenge, a.Fan)
	if errors.Is(err, store.ErrNotFound) || err == nil && !ban.Appealed.IsZero() {
		return &contest.Refusal{Reason: contest.AppealNotOpen}
	}
	if err != nil {
		return err
	}
	a.Ban = ban.ID
	return tx.InsertAppeal(a)
}

// AppealItem is an open appeal as a moderator sees it: with its entry, or with the ban.
type AppealItem struct {
	contest.Appeal
	Challenge contest.Challenge
	Fan       contest.Fan
	Item      *Item        // nil for an appeal against a ban
	Ban       *contest.Ban // nil for one against a rejection, and where the ban holds no longer
}

// Appeals lists the appeals that wait for a decision, the oldest first.
func (s *Service) Appeals(ctx context.Context, limit int) (items []AppealItem, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenAppeals(limit)
		if err != nil {
			return err
		}
		items = make([]AppealItem, len(open))
		desk := newDesk(tx)
		for i, a := range open {
			if items[i], err = desk.appeal(a); err != nil {
				return err
			}
		}
		return nil
	})
	return items, err
}

func (d *desk) appeal(a contest.Appeal) (item AppealItem, err error) {
	item.Appeal = a
	if item.Challenge, err = d.challenge(a.Challenge); err != nil {
		return item, err
	}
	if item.Fan, err = d.tx.Fan(a.Fan); err != nil {
		return item, err
	}
	if a.Entry == "" {
		ban, err := d.tx.Banned(a.Challenge, a.Fan)
		if err == nil && ban.ID == a.Ban {
			item.Ban = &ban
		}
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return item, err
	}
	e, err := d.tx.Entry(a.Entry)
	if err != nil {
		return item, err
	}
	of, err := d.item(e)
	item.Item = &of
	return item, err
}

// DecideAppeal ends an appeal. One that is upheld publishes the entry or lifts the ban; one that is not leaves all as it is.
// The note is for the fan. Errors: store.ErrNotFound for one that is not open.
func (s *Service) DecideAppeal(ctx context.Context, staff contest.StaffID, id contest.AppealID, upheld bool, note string) error {
	var a contest.Appeal
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		a, err = tx.Appeal(id)
		return err
	})
	if err != nil {
		return err
	}
	a.Upheld, a.Note, a.Staff = upheld, bounded(note), staff
	return s.store.UpdateIn(ctx, a.Challenge, func(tx *store.Tx) error {
		if err := tx.DecideAppeal(a); err != nil {
			return err
		}
		if err := tx.Audit(appealAct(a)); err != nil {
			return err
		}
		if a.Entry == "" {
			return liftAppealed(tx, a)
		}
		return s.answerAppeal(tx, a)
	})
}

// appealAct is the record of a decision about an appeal.
func appealAct(a contest.Appeal) store.Act {
	act := store.Act{Staff: a.Staff, Action: "entry.appeal", Object: "entry/" + string(a.Entry), Note: map[bool]string{true: "upheld", false: "declined"}[a.Upheld]}
	if a.Entry == "" {
		act.Object = "fan/" + string(a.Fan)
	}
	return act
}

// answerAppeal lets the entry follow the decision, unless it was moved meanwhile.
func (s *Service) answerAppeal(tx *store.Tx, a contest.Appeal) error {
	e, err := tx.Entry(a.Entry)
	if err != nil {
		return err
	}
	if err := tx.SetFlags(e.ID, without(e.Flags, contest.AppealRaised)); err != nil || e.Status != contest.Rejected {
		return err
	}
	if a.Upheld {
		return s.decide(tx, e, contest.Decision{Batch: newBatch(), To: contest.Published, Note: a.Note, Staff: a.Staff})
	}
	if a.Note == "" {
		return nil
	}
	d := contest.Decision{
		Batch: newBatch(), Entry: e.ID, From: e.Status, FromReason: e.Reason, FromNote: e.Note,
		To: e.Status, Reason: e.Reason, Note: a.Note, Staff: a.Staff,
	}
	_, err = tx.Decide(e.ID, d.To, d.Reason, d.Note)
	return errors.Join(err, tx.InsertDecision(d))
}

// liftAppealed lifts the ban that an appeal was against, if it still holds, or has the fan read the note.
func liftAppealed(tx *store.Tx, a contest.Appeal) error {
	if !a.Upheld {
		return tx.AnswerBan(a.Ban, a.Note)
	}
	ban, err := tx.Banned(a.Challenge, a.Fan)
	if errors.Is(err, store.ErrNotFound) || err == nil && ban.ID != a.Ban {
		return nil // lifted meanwhile
	}
	if err != nil {
		return err
	}
	return lift(tx, a.Staff, ban)
}
