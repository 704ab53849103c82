package orders

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

const (
	// bookedAtOnce is how many lines one commit books: votes wait no longer than for it.
	bookedAtOnce = 100
	// fileLife is how long a file is kept that nobody books.
	fileLife = 24 * time.Hour
	// FilesShown is how many files of a shop are listed.
	FilesShown = 20
	// maxFileName bounds a file's name, in bytes.
	maxFileName = 200
)

// KeepFile looks whether a file is one of orders, and keeps it until it is booked. Errors: those of sheet, ErrColumns,
// store.ErrNotFound.
func (s *Service) KeepFile(ctx context.Context, staff contest.StaffID, shop kpi.ShopID, name string, content []byte) (b store.OrderBatch, err error) {
	table, err := sheet.Read(bytes.NewReader(content))
	if err != nil {
		return b, err
	}
	if _, err := columnsOf(table); err != nil {
		return b, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Shop(shop); err != nil {
			return err
		}
		b, err = tx.InsertOrderBatch(store.OrderBatch{Shop: shop, File: name[:min(len(name), maxFileName)], Lines: len(table.Rows), Staff: staff}, content)
		return err
	})
	return b, err
}

// WeighedLine is a line with what it means.
type WeighedLine struct {
	Line
	Verdict Verdict
	Fault   Fault
}

// File is a file of orders, and what booking it would do.
type File struct {
	store.OrderBatch
	Plan   kpi.Plan
	Shop   kpi.Shop
	Counts map[Verdict]int
	Wrong  []WeighedLine // the first of those that cannot be booked
	Sample []WeighedLine // the first of those that can
}

// Of a file's lines so many are shown.
const (
	wrongShown  = 100
	sampleShown = 10
)

// File returns a file of orders; what booking it would do as long as it is not booked.
func (s *Service) File(ctx context.Context, id string) (f File, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		f = File{Counts: map[Verdict]int{}}
		if f.OrderBatch, err = tx.OrderBatch(id); err != nil {
			return err
		}
		if f.Shop, err = tx.Shop(f.OrderBatch.Shop); err != nil {
			return err
		}
		plan, err := tx.Plan(f.Shop.Campaign)
		if err != nil {
			return err
		}
		f.Plan = plan.Plan
		if !f.BookedAt.IsZero() {
			return nil
		}
		return f.weigh(tx)
	})
	return f, err
}

// weigh fills in what booking the file would do.
func (f *File) weigh(tx *store.Tx) error {
	list, err := fileLines(tx, f.OrderBatch, f.Plan)
	if err != nil {
		return err
	}
	known, err := figures(tx, f.Shop.ID)
	if err != nil {
		return err
	}
	for _, l := range list {
		w := WeighedLine{Line: l}
		w.Verdict, w.Fault = weigh(l, known[l.Number].Settled)
		f.Counts[w.Verdict]++
		switch {
		case w.Verdict == LineWrong && len(f.Wrong) < wrongShown:
			f.Wrong = append(f.Wrong, w)
		case w.Verdict != LineWrong && len(f.Sample) < sampleShown:
			f.Sample = append(f.Sample, w)
		}
	}
	return nil
}

func fileLines(tx *store.Tx, b store.OrderBatch, plan kpi.Plan) ([]Line, error) {
	content, err := tx.OrderFile(b.ID)
	if err != nil {
		return nil, err
	}
	table, err := sheet.Read(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return lines(table, plan)
}

// figures are a shop's orders by their numbers.
func figures(tx *store.Tx, shop kpi.ShopID) (map[string]store.OrderFigure, error) {
	list, err := tx.OrderFigures(shop)
	if err != nil {
		return nil, err
	}
	byNumber := make(map[string]store.OrderFigure, len(list))
	for _, f := range list {
		byNumber[f.Number] = f
	}
	return byNumber, nil
}

// BookFile books what a file says, in several commits; after one that failed it goes on where it stopped. ErrRetired,
// store.ErrNotFound where it is booked or dropped already, or is while this goes on.
func (s *Service) BookFile(ctx context.Context, staff contest.StaffID, id string) error {
	var shop kpi.Shop
	var list []Line
	err := s.store.View(ctx, func(tx *store.Tx) error {
		batch, err := tx.OrderBatch(id)
		if err != nil {
			return err
		}
		if shop, err = tx.Shop(batch.Shop); err != nil {
			return err
		}
		plan, err := tx.Plan(shop.Campaign)
		if err != nil {
			return err
		}
		list, err = fileLines(tx, batch, plan.Plan)
		return err
	})
	switch {
	case err != nil:
		return err
	case !shop.RetiredAt.IsZero():
		return ErrRetired
	}
	return s.bookParts(ctx, staff, shop, id, list)
}

// bookParts books a file's lines in several commits, and the file with the last one.
func (s *Service) bookParts(ctx context.Context, staff contest.StaffID, shop kpi.Shop, id string, list []Line) error {
	for first := 0; first < len(list); first += bookedAtOnce {
		part := list[first:min(first+bookedAtOnce, len(list))]
		if err := s.store.Update(ctx, func(tx *store.Tx) error { return bookLines(tx, shop, id, part) }); err != nil {
			return fmt.Errorf("book file %s from line %d on: %w", id, part[0].Line, err)
		}
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		batch, err := unbooked(tx, id)
		if err != nil {
			return err
		}
		booked, err := tx.CountOrderEvents(id) // and not what this call booked: another one may have helped
		if err != nil {
			return err
		}
		batch.BookedAt, batch.Known = tx.Now(), batch.Lines-booked
		return errors.Join(tx.SaveOrderBatch(batch), audit(tx, staff, "order.import", shopObject(shop.ID), fmt.Sprintf("%s: %d", batch.File, booked)))
	})
}

// unbooked returns a file that is neither booked nor dropped, and stays so until the commit; store.ErrNotFound where somebody was
// quicker.
func unbooked(tx *store.Tx, id string) (store.OrderBatch, error) {
	batch, err := lockedFile(tx, id)
	if err == nil && !batch.BookedAt.IsZero() {
		err = fmt.Errorf("file %s is booked or dropped: %w", id, store.ErrNotFound)
	}
	return batch, err
}

// lockedFile returns a file that one update at a time books or undoes.
func lockedFile(tx *store.Tx, id string) (store.OrderBatch, error) {
	if err := tx.Lock("order file " + id); err != nil {
		return store.OrderBatch{}, err
	}
	return tx.OrderBatch(id)
}

// bookLines books lines of a file, unless it has been dropped since.
func bookLines(tx *store.Tx, shop kpi.Shop, id string, list []Line) error {
	batch, err := unbooked(tx, id)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.Fault != "" || l.Unpaid {
			continue
		}
		if err := bookLine(tx, shop, batch, l); err != nil {
			return err
		}
	}
	return nil
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

// UndoFile takes back what a file said, in several commits; after one that failed it goes on where it stopped. What the shop said
// by itself stays. A file that is not booked is dropped.
func (s *Service) UndoFile(ctx context.Context, staff contest.StaffID, id string) error {
	for {
		left := 0
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			batch, err := lockedFile(tx, id)
			if err != nil {
				return err
			}
			shop, err := tx.Shop(batch.Shop)
			if err != nil {
				return err
			}
			numbers, err := tx.ForgetOrderEvents(id, bookedAtOnce)
			if err != nil {
				return err
			}
			for _, number := range numbers {
				if err := errors.Join(lock(tx, shop.ID, number), settle(tx, shop, number)); err != nil {
					return err
				}
			}
			if left = len(numbers); left > 0 || !batch.UndoneAt.IsZero() {
				return nil
			}
			batch.UndoneAt, batch.UndoneBy = tx.Now(), staff
			if batch.BookedAt.IsZero() {
				batch.BookedAt = tx.Now() // it can be booked no more
			}
			if err := tx.SaveOrderBatch(batch); err != nil {
				return err
			}
			return audit(tx, staff, "order.undo", shopObject(shop.ID), batch.File)
		})
		if err != nil || left == 0 {
			return err
		}
	}
}

// Files lists the files of a shop, the newest first.
func (s *Service) Files(ctx context.Context, shop kpi.ShopID) (list []store.OrderBatch, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.OrderBatches(shop, FilesShown)
		return err
	})
	return list, err
}

// Tidy drops files that nobody booked.
func (s *Service) Tidy(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.DropOrderFiles(tx.Now().Add(-fileLife)) })
}
