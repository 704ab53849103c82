package entries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Takedown takes a published photo from the public because somebody says that they are in it, until moderators decide. Of what was
// asked it reads the words that were typed and the language alone. A photo about which they decided before stays, and the request is
// filed. It returns when the request will have been decided at the latest; a second one while the first is open changes nothing.
// Errors: *contest.Refusal, store.ErrNotFound.
func (s *Service) Takedown(ctx context.Context, id contest.EntryID, asked contest.Takedown) (decideBy time.Time, err error) {
	t := contest.Takedown{
		Entry: id, Name: cut(oneLine(asked.Name), contest.MaxContact), Contact: cut(oneLine(asked.Contact), contest.MaxContact),
		Statement: cut(shown(asked.Statement), contest.MaxAppeal), Language: asked.Language,
	}
	if err := t.Plausible(); err != nil {
		return time.Time{}, err
	}
	err = s.change(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		filed, err := s.file(tx, e, t)
		decideBy = filed.DecideBy()
		return err
	})
	return decideBy, err
}

func (s *Service) file(tx *store.Tx, e contest.Entry, t contest.Takedown) (contest.Takedown, error) {
	before, err := tx.TakedownsOf(e.ID)
	if err != nil {
		return t, err
	}
	if i := slices.IndexFunc(before, func(t contest.Takedown) bool { return t.DecidedAt.IsZero() }); i >= 0 {
		return before[i], nil
	}
	if e.Status != contest.Published {
		return t, fmt.Errorf("take down %s: %w", e.ID, store.ErrNotFound) // as if it were not there
	}
	room, err := hides(tx, e.Challenge)
	if err != nil {
		return t, err
	}
	t.From, t.Hid = e.Status, len(before) == 0 && room
	if t, err = tx.InsertTakedown(t); err != nil {
		return t, err
	}
	if err := tx.SetFlags(e.ID, append(slices.Clip(e.Flags), contest.Flag{Kind: contest.TakedownAsked})); err != nil || !t.Hid {
		return t, err
	}
	return t, s.decide(tx, e, contest.Decision{Batch: newBatch(), To: contest.Pending})
}

// hides reports whether one more request about a challenge's photos hides at once.
func hides(tx *store.Tx, challenge contest.ChallengeID) (bool, error) {
	hidden, err := tx.CountHidden(challenge)
	if err != nil {
		return false, err
	}
	counts, err := tx.Counts(challenge)
	return hidden < contest.HiddenAtOnce(counts[contest.Published]+hidden), err
}

// TakedownItem is an open request as a moderator sees it, with its entry.
type TakedownItem struct {
	contest.Takedown
	Item Item
	// Unfounded counts earlier requests about the entry that were found to be without reason.
	Unfounded int
}

// Takedowns lists the requests that wait for a decision, the oldest, which is due first, first.
func (s *Service) Takedowns(ctx context.Context, limit int) (items []TakedownItem, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenTakedowns(limit)
		if err != nil {
			return err
		}
		items = make([]TakedownItem, len(open))
		desk := newDesk(tx)
		for i, t := range open {
			if items[i], err = desk.takedown(t); err != nil {
				return err
			}
		}
		return nil
	})
	return items, err
}

func (d *desk) takedown(t contest.Takedown) (TakedownItem, error) {
	item := TakedownItem{Takedown: t}
	e, err := d.tx.Entry(t.Entry)
	if err != nil {
		return item, err
	}
	all, err := d.tx.TakedownsOf(e.ID)
	for _, other := range all {
		if !other.DecidedAt.IsZero() && !other.Removed {
			item.Unfounded++
		}
	}
	if err != nil {
		return item, err
	}
	item.Item, err = d.item(e)
	return item, err
}

// DecideTakedown ends a request: the photo is rejected because of the person shown, or is where it was before. The batch's
// undo has the request wait for a decision again. Errors: store.ErrNotFound for one that is not open.
func (s *Service) DecideTakedown(ctx context.Context, staff contest.StaffID, id contest.TakedownID, remove bool) (Batch, error) {
	batch := Batch{ID: newBatch()}
	var t contest.Takedown
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		t, err = tx.Takedown(id)
		return err
	})
	if err != nil {
		return batch, err
	}
	t.Removed, t.Staff = remove, staff
	d := contest.Decision{Batch: batch.ID, To: t.From, Staff: staff}
	if remove {
		d.To, d.Reason = contest.Rejected, contest.PersonShown
	}
	err = s.change(ctx, t.Entry, func(tx *store.Tx, e contest.Entry) error {
		if err := errors.Join(tx.DecideTakedown(t), s.answer(tx, e, t)); err != nil {
			return err
		}
		note := map[bool]string{true: "removed", false: "kept"}[remove]
		if err := tx.Audit(store.Act{Staff: staff, Action: "entry.takedown", Object: "entry/" + string(e.ID), Note: note}); err != nil {
			return err
		}
		if err := tx.SetFlags(e.ID, without(e.Flags, contest.TakedownAsked)); err != nil || e.Status == d.To {
			return err
		}
		if !remove && !t.Hid {
			return nil // it was never taken away
		}
		if remove {
			if err := tx.ResolveReports(e.ID); err != nil {
				return err
			}
		}
		return s.decide(tx, e, d)
	})
	if err == nil {
		batch.Done = []contest.EntryID{t.Entry}
	}
	return batch, err
}

// answer has whoever made a request told of what became of it.
func (s *Service) answer(tx *store.Tx, e contest.Entry, t contest.Takedown) error {
	campaign, err := tx.CampaignOf(e.Challenge)
	if err != nil {
		return err
	}
	return s.news.Tell(tx, news.Item{Kind: news.RequestDecided, Campaign: campaign, Challenge: e.Challenge, Entry: e.ID, Note: string(t.ID)})
}

// closeCases ends what waits for a decision about an entry that its fan withdraws.
func (s *Service) closeCases(tx *store.Tx, e contest.Entry) error {
	all, err := tx.TakedownsOf(e.ID)
	if err != nil {
		return err
	}
	for _, t := range all {
		if !t.DecidedAt.IsZero() {
			continue
		}
		if err := s.answer(tx, e, t); err != nil {
			return err
		}
	}
	return tx.CloseCases(e.ID)
}

// reopen has the request wait again that a decision about the entry ended, if one did: who is in the photo is still to be
// answered, and a photo that was hidden till then is hidden.
func reopen(tx *store.Tx, e contest.Entry, undone contest.Decision) error {
	all, err := tx.TakedownsOf(e.ID)
	ended := slices.IndexFunc(all, func(t contest.Takedown) bool { return t.DecidedAt.Equal(undone.At) && t.Staff == undone.Staff })
	if err != nil || ended < 0 {
		return err
	}
	return errors.Join(tx.ReopenTakedown(all[ended]), tx.SetFlags(e.ID, append(slices.Clip(e.Flags), contest.Flag{Kind: contest.TakedownAsked})))
}

// without returns the flags of other kinds.
func without(flags []contest.Flag, kind contest.FlagKind) []contest.Flag {
	return slices.DeleteFunc(slices.Clone(flags), func(f contest.Flag) bool { return f.Kind == kind })
}
