package orders

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// A file is booked, and taken back, in parts of a commit each. The first part is done while staff wait, so that a short file is done
// with at once; the others are left to a job, which goes on where the last commit stopped, also after the process was killed.

// bookedAtOnce is how many lines one commit books: votes wait no longer than for it.
const bookedAtOnce = 100

// fileJob goes on with what is under way with a file; key: the file.
const fileJob = "orders.file"

// fileLease is how long such a job of a dead process stays taken: somebody looks at the page.
const fileLease = 10 * time.Second

// BookFile has a file booked. Errors: ErrRetired; store.ErrNotFound where it is booked, dropped or being taken back.
func (s *Service) BookFile(ctx context.Context, staff contest.StaffID, id string) error {
	list, err := s.filed(ctx, id)
	if err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		batch, err := lockedFile(tx, id)
		if err != nil {
			return err
		}
		if !batch.BookedAt.IsZero() || batch.Work.Doing == store.Undoing {
			return fmt.Errorf("file %s is booked or dropped: %w", id, store.ErrNotFound)
		}
		shop, err := tx.Shop(batch.Shop)
		if err != nil {
			return err
		}
		if !shop.RetiredAt.IsZero() {
			return ErrRetired
		}
		if batch.Work.Doing == "" {
			batch.Work = store.OrderWork{Doing: store.Booking, Staff: staff}
		}
		return s.begin(tx, batch, list)
	})
}

// UndoFile has taken back what a file said. What the shop said by itself stays. A file that is not booked is dropped.
func (s *Service) UndoFile(ctx context.Context, staff contest.StaffID, id string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		batch, err := lockedFile(tx, id)
		if err != nil || !batch.UndoneAt.IsZero() {
			return err
		}
		if batch.Work.Doing != store.Undoing {
			batch.Work = store.OrderWork{Doing: store.Undoing, Staff: staff}
		}
		return s.begin(tx, batch, nil)
	})
}

// begin does the next part of the work at a file, and leaves what is left then to the job.
func (s *Service) begin(tx *store.Tx, batch store.OrderBatch, list []Line) error {
	done, err := part(tx, batch, list)
	if err != nil || done {
		return err
	}
	return s.queue.Insert(tx, job.Job{Kind: fileJob, Key: batch.ID})
}

// goOn does a fileJob.
func (s *Service) goOn(ctx context.Context, j job.Job) error {
	list, err := s.filed(ctx, j.Key)
	for done := false; err == nil && !done; {
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			batch, err := lockedFile(tx, j.Key)
			if err == nil {
				done, err = part(tx, batch, list)
			}
			return err
		})
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil // it is dropped
	}
	return err
}

// filed returns a file's lines, as long as it may be booked.
func (s *Service) filed(ctx context.Context, id string) (list []Line, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		batch, err := tx.OrderBatch(id)
		if err != nil || !batch.BookedAt.IsZero() || batch.Work.Doing == store.Undoing {
			return err
		}
		shop, err := tx.Shop(batch.Shop)
		if err != nil {
			return err
		}
		plan, err := tx.Plan(shop.Campaign)
		if err != nil {
			return err
		}
		list, err = fileLines(tx, batch, plan.Plan)
		return err
	})
	return list, err
}

// part does the next part of the work at a file, which is locked; done says that there is none left for whoever asks.
func part(tx *store.Tx, batch store.OrderBatch, list []Line) (done bool, err error) {
	shop, err := tx.Shop(batch.Shop)
	if err != nil {
		return false, err
	}
	switch {
	case batch.Work.Doing == store.Undoing:
		return undoPart(tx, shop, batch)
	case batch.Work.Doing == store.Booking && batch.BookedAt.IsZero() && len(list) > 0:
		return bookPart(tx, shop, batch, list)
	}
	return true, nil // whoever has begun it since does it
}

// bookPart books the next lines of a file, and the file with the last ones.
func bookPart(tx *store.Tx, shop kpi.Shop, batch store.OrderBatch, list []Line) (done bool, err error) {
	rest := list[min(batch.Work.Lines, len(list)):]
	rest = rest[:min(bookedAtOnce, len(rest))]
	for _, l := range rest {
		if l.Fault != "" || l.Unpaid {
			continue
		}
		if err := bookLine(tx, shop, batch, l); err != nil {
			return false, fmt.Errorf("book line %d of file %s: %w", l.Line, batch.ID, err)
		}
	}
	if batch.Work.Lines += len(rest); batch.Work.Lines < len(list) {
		return false, tx.SaveOrderWork(batch.ID, batch.Work)
	}
	booked, err := tx.CountOrderEvents(batch.ID)
	if err != nil {
		return false, err
	}
	batch.BookedAt, batch.Known = tx.Now(), batch.Lines-booked
	return true, errors.Join(tx.SaveOrderBatch(batch), tx.EndOrderWork(batch.ID),
		audit(tx, batch.Work.Staff, "order.import", shopObject(shop.ID), fmt.Sprintf("%s: %d", batch.File, booked)))
}

// bookLine books a line, if it says something new.
func bookLine(tx *store.Tx, shop kpi.Shop, batch store.OrderBatch, l Line) error {
	if err := lock(tx, shop.ID, l.Number); err != nil {
		return err
	}
	known, err := tx.OrderNumbered(shop.ID, l.Number)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	verdict, _ := weigh(l, known.Settled)
	if verdict != LineNew && verdict != LineChanges {
		return nil
	}
	e := eventOf(batch, l)
	if e.Says.Clicks, e.Says.Forged, err = clicks(tx, l.tokens); err != nil {
		return err
	}
	_, err = book(tx, shop, e)
	return err
}

// undoPart takes back the next lines of a file, and the file with the last ones.
func undoPart(tx *store.Tx, shop kpi.Shop, batch store.OrderBatch) (done bool, err error) {
	numbers, err := tx.ForgetOrderEvents(batch.ID, bookedAtOnce)
	if err != nil {
		return false, err
	}
	for _, number := range numbers {
		if err := errors.Join(lock(tx, shop.ID, number), settle(tx, shop, number)); err != nil {
			return false, err
		}
	}
	left, err := tx.CountOrderEvents(batch.ID)
	if err != nil {
		return false, err
	}
	if left > 0 {
		batch.Work.Lines += len(numbers)
		return false, tx.SaveOrderWork(batch.ID, batch.Work)
	}
	batch.UndoneAt, batch.UndoneBy = tx.Now(), batch.Work.Staff
	if batch.BookedAt.IsZero() {
		batch.BookedAt = tx.Now() // it can be booked no more
	}
	return true, errors.Join(tx.SaveOrderBatch(batch), tx.EndOrderWork(batch.ID),
		audit(tx, batch.Work.Staff, "order.undo", shopObject(shop.ID), batch.File))
}

// lockedFile returns a file that one update at a time books or undoes.
func lockedFile(tx *store.Tx, id string) (store.OrderBatch, error) {
	if err := tx.Lock("order file " + id); err != nil {
		return store.OrderBatch{}, err
	}
	return tx.OrderBatch(id)
}
