package entries

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// Withdraw takes the fan's own entry out of the challenge for good; its photos are removed. Errors: *contest.Refusal,
// store.ErrNotFound for an entry that is not theirs.
func (s *Service) Withdraw(ctx context.Context, fan access.Session, id contest.EntryID) error {
	return s.change(ctx, id, func(tx *store.Tx, e contest.Entry) error {
		if e.Fan != fan.Fan.ID {
			return fmt.Errorf("withdraw %s: %w", id, store.ErrNotFound)
		}
		if e.Status == contest.Withdrawn {
			return nil
		}
		if err := s.decide(tx, e, contest.Decision{Batch: newBatch(), To: contest.Withdrawn}); err != nil {
			return err
		}
		return errors.Join(s.closeCases(tx, e), s.queue.Insert(tx, job.Job{Kind: purgeJob, Key: string(id)}))
	})
}

// MaxBatch is how many entries one act decides about at most: a page of the moderators' grid holds fewer, and all of a
// challenge's are written in one commit.
const MaxBatch = 500

// Batch is what one act did: entries that were not where the act could move them, or that a takedown holds, were skipped.
type Batch struct {
	ID      contest.BatchID
	Done    []contest.EntryID
	Skipped int
}

func newBatch() contest.BatchID { return contest.BatchID(store.NewID("d_")) }

// Act moves entries to a status: published, rejected with a reason and perhaps words that the fan reads, or pending, which
// is back to the queue. A rejection answers the reports about an entry as well. When it fails, what Batch names was done.
func (s *Service) Act(ctx context.Context, staff contest.StaffID, ids []contest.EntryID, to contest.Status, reason contest.Reason, note string) (Batch, error) {
	d := contest.Decision{Batch: newBatch(), To: to, Staff: staff}
	switch to {
	case contest.Published, contest.Pending:
	case contest.Rejected:
		if !slices.Contains(contest.ModeratorReasons, reason) {
			return Batch{}, fmt.Errorf("reject %d entries: %w", len(ids), ErrReportReason)
		}
		d.Reason, d.Note = reason, bounded(note)
	default:
		return Batch{}, fmt.Errorf("move %d entries to %q: %w", len(ids), to, ErrReportReason)
	}
	return s.each(ctx, d.Batch, ids, func(tx *store.Tx, e contest.Entry) error {
		if e.Status == contest.Processing || e.Takedown != "" {
			return wrongStatus(e) // rendering moves the one, deciding the takedown the other
		}
		if err := s.decide(tx, e, d); err != nil || to != contest.Rejected {
			return err
		}
		return tx.ResolveReports(e.ID)
	})
}

// Undoable lists the entries about which nothing was decided since a batch, in no order.
func (s *Service) Undoable(ctx context.Context, batch contest.BatchID) (list []contest.Entry, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		decisions, err := tx.Batch(batch)
		if err != nil {
			return err
		}
		to := map[contest.EntryID]contest.Status{}
		var ids []contest.EntryID
		for _, d := range decisions {
			if contest.MayMove(d.To, d.From) {
				to[d.Entry], ids = d.To, append(ids, d.Entry)
			}
		}
		list, err = tx.EntriesByIDs(ids)
		list = slices.DeleteFunc(list, func(e contest.Entry) bool { return e.Status != to[e.ID] || e.Takedown != "" })
		return err
	})
	return list, err
}

// Undo takes back what a batch did to those of its entries about which nothing was decided since. What it does is a batch
// as well, so it can be undone.
func (s *Service) Undo(ctx context.Context, staff contest.StaffID, batch contest.BatchID) (Batch, error) {
	list, err := s.Undoable(ctx, batch)
	if err != nil {
		return Batch{}, err
	}
	ids := make([]contest.EntryID, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	back := newBatch()
	return s.each(ctx, back, ids, func(tx *store.Tx, e contest.Entry) error {
		last, err := tx.LastDecision(e.ID)
		if err != nil {
			return err
		}
		if last.Batch != batch || e.Status != last.To || e.Takedown != "" {
			return wrongStatus(e)
		}
		if err := s.decide(tx, e, contest.Decision{Batch: back, To: last.From, Reason: last.FromReason, Note: last.FromNote, Staff: staff}); err != nil {
			return err
		}
		return reopen(tx, e, last)
	})
}

// each runs do with entries as they are then, those of a challenge in one commit, and skips those that it refuses and those
// that are not there.
func (s *Service) each(ctx context.Context, id contest.BatchID, ids []contest.EntryID, do func(*store.Tx, contest.Entry) error) (Batch, error) {
	batch := Batch{ID: id}
	ids = ids[:min(len(ids), MaxBatch)]
	order, challenges, err := s.byChallenge(ctx, ids)
	if err != nil {
		return batch, err
	}
	for _, c := range order {
		var done []contest.EntryID
		err := s.store.UpdateIn(ctx, c, func(tx *store.Tx) (err error) {
			done, err = these(tx, challenges[c], do)
			return err
		})
		if err != nil {
			return batch, err
		}
		batch.Done = append(batch.Done, done...)
	}
	batch.Skipped = len(ids) - len(batch.Done)
	return batch, nil
}

func these(tx *store.Tx, ids []contest.EntryID, do func(*store.Tx, contest.Entry) error) (done []contest.EntryID, err error) {
	for _, id := range ids {
		e, err := tx.Entry(id)
		if err == nil {
			err = do(tx, e)
		}
		if _, refused := errors.AsType[*contest.Refusal](err); refused {
			continue
		}
		if err != nil {
			return nil, err
		}
		done = append(done, id)
	}
	return done, nil
}

// byChallenge sorts entries by their challenges, which come in the order of the first entry of each.
func (s *Service) byChallenge(ctx context.Context, ids []contest.EntryID) (order []contest.ChallengeID, of map[contest.ChallengeID][]contest.EntryID, err error) {
	var found []contest.Entry
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err = tx.EntriesByIDs(ids)
		return err
	})
	of = map[contest.ChallengeID][]contest.EntryID{}
	for _, e := range found {
		if of[e.Challenge] == nil {
			order = append(order, e.Challenge)
		}
		of[e.Challenge] = append(of[e.Challenge], e.ID)
	}
	return order, of, err
}

// change runs do with an entry as it is then, in an update of its challenge.
func (s *Service) change(ctx context.Context, id contest.EntryID, do func(*store.Tx, contest.Entry) error) error {
	e, err := s.Entry(ctx, id)
	if err != nil {
		return err
	}
	return s.store.UpdateIn(ctx, e.Challenge, func(tx *store.Tx) error {
		e, err := tx.Entry(id)
		if err != nil {
			return err
		}
		return do(tx, e)
	})
}

// decidedTo is what staff did who moved an entry.
var decidedTo = map[contest.Status]string{
	contest.Published: "entry.publish", contest.Rejected: "entry.reject", contest.Pending: "entry.pending",
}

// decide moves an entry, keeps the decision, and lets the index follow.
func (s *Service) decide(tx *store.Tx, e contest.Entry, d contest.Decision) error {
	shown := d.To == contest.Published || d.To == contest.Pending
	if !contest.MayMove(e.Status, d.To) || shown && len(e.Photo.Renditions) == 0 {
		return wrongStatus(e)
	}
	d.Entry, d.From, d.FromReason, d.FromNote = e.ID, e.Status, e.Reason, e.Note
	if err := tx.InsertDecision(d); err != nil {
		return err
	}
	if _, err := tx.Decide(e.ID, d.To, d.Reason, d.Note); err != nil {
		return err
	}
	if err := s.tell(tx, e, d.To); err != nil {
		return err
	}
	if d.Staff != "" {
		if err := tx.Audit(store.Act{Staff: d.Staff, Action: decidedTo[d.To], Object: "entry/" + string(e.ID), Note: string(d.Reason)}); err != nil {
			return err
		}
	}
	return s.queue.Insert(tx, job.Job{Kind: indexJob, Key: string(e.ID)})
}

func wrongStatus(e contest.Entry) error {
	return &contest.Refusal{Reason: contest.WrongStatus, Params: map[string]string{"status": string(e.Status)}}
}

// Decided is a decision with the name of who made it, empty where nobody of the staff did.
type Decided struct {
	contest.Decision
	Name string
}

// Decisions lists what was decided about an entry, the newest first.
func (s *Service) Decisions(ctx context.Context, id contest.EntryID) (list []Decided, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		decisions, err := tx.Decisions(id)
		if err != nil {
			return err
		}
		list = make([]Decided, len(decisions))
		for i, d := range decisions {
			name, err := tx.StaffName(d.Staff)
			if err != nil {
				return err
			}
			list[i] = Decided{d, name}
		}
		return nil
	})
	return list, err
}
