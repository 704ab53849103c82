package entries

import (
	"context"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// Item is an entry as a moderator sees it.
type Item struct {
	contest.Entry
	Challenge contest.Challenge
	Reports   []contest.Report
	Twin      *Twin // what the entry is a near duplicate of; nil where it is of none that is still there
}

// Twin is an entry that looks like another one, which may be the same fan's or in another challenge.
type Twin struct {
	contest.Entry
	Challenge contest.Challenge
}

// Queue returns the entries that wait for a decision, oldest first, and how many wait in all. Those that a takedown hides
// are among the Takedowns instead.
func (s *Service) Queue(ctx context.Context, limit int) (items []Item, waiting int, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		statuses := []contest.Status{contest.Pending}
		list, err := tx.Queue(statuses, limit)
		if err != nil {
			return err
		}
		if waiting, err = tx.CountQueue(statuses); err != nil {
			return err
		}
		items, err = newDesk(tx).items(list, nil)
		return err
	})
	return items, waiting, err
}

// Item returns one entry, in whatever status, as a moderator sees it.
func (s *Service) Item(ctx context.Context, id contest.EntryID) (item Item, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err != nil {
			return err
		}
		item, err = newDesk(tx).item(e)
		return err
	})
	return item, err
}

// Reported returns the entries that up to limit open reports are about, the oldest report first.
func (s *Service) Reported(ctx context.Context, limit int) (items []Item, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenReports(limit)
		if err != nil {
			return err
		}
		reports := map[contest.EntryID][]contest.Report{}
		var ids []contest.EntryID
		for _, r := range open {
			if reports[r.Entry] == nil {
				ids = append(ids, r.Entry)
			}
			reports[r.Entry] = append(reports[r.Entry], r)
		}
		list, err := tx.EntriesByIDs(ids)
		if err != nil {
			return err
		}
		items, err = newDesk(tx).items(list, reports)
		return err
	})
	return items, err
}

// Waiting is how much waits for moderators, by kind. Overdue counts those of the takedowns that should have been decided.
type Waiting struct{ Queue, Reports, Takedowns, Overdue, Appeals int }

// Waiting counts what waits for moderators.
func (s *Service) Waiting(ctx context.Context) (w Waiting, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		if w.Queue, err = tx.CountQueue([]contest.Status{contest.Pending}); err != nil {
			return err
		}
		if w.Reports, err = tx.CountReports(); err != nil {
			return err
		}
		if w.Takedowns, w.Overdue, err = tx.CountTakedowns(due(tx.Now())); err != nil {
			return err
		}
		w.Appeals, err = tx.CountAppeals()
		return err
	})
	return w, err
}

// due is when the takedowns came that must be decided at now.
func due(now time.Time) time.Time { return now.Add(-contest.TakedownTime) }

// desk gathers what moderators need beside an entry, and reads each challenge once.
type desk struct {
	tx         *store.Tx
	challenges map[contest.ChallengeID]contest.Challenge
}

func newDesk(tx *store.Tx) *desk { return &desk{tx, map[contest.ChallengeID]contest.Challenge{}} }

func (d *desk) challenge(id contest.ChallengeID) (contest.Challenge, error) {
	c, ok := d.challenges[id]
	if ok {
		return c, nil
	}
	c, err := d.tx.Challenge(id)
	d.challenges[id] = c
	return c, err
}

func (d *desk) items(list []contest.Entry, reports map[contest.EntryID][]contest.Report) ([]Item, error) {
	items := make([]Item, 0, len(list))
	for _, e := range list {
		item, err := d.item(e)
		if err != nil {
			return nil, err
		}
		item.Reports = reports[e.ID]
		items = append(items, item)
	}
	return items, nil
}

func (d *desk) item(e contest.Entry) (Item, error) {
	c, err := d.challenge(e.Challenge)
	if err != nil {
		return Item{}, err
	}
	item := Item{Entry: e, Challenge: c}
	for _, flag := range e.Flags {
		if flag.Kind == contest.NearDuplicate {
			item.Twin, err = d.twin(flag.Twin)
		}
	}
	return item, err
}

func (d *desk) twin(id contest.EntryID) (*Twin, error) {
	found, err := d.tx.EntriesByIDs([]contest.EntryID{id})
	if err != nil || len(found) == 0 || found[0].Status == contest.Withdrawn {
		return nil, err
	}
	c, err := d.challenge(found[0].Challenge)
	return &Twin{found[0], c}, err
}
