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
// store.ErrNotFound where it is booked already.
func (s *Service) BookFile(ctx context.Context, staff contest.StaffID, id string) error {
	var shop kpi.Shop
	var batch store.OrderBatch
	var list []Line
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if batch, err = tx.OrderBatch(id); err != nil {
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
	booked := 0
	for first := 0; first < len(list); first += bookedAtOnce {
		part, n := list[first:min(first+bookedAtOnce, len(list))], 0
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = bookLines(tx, shop, batch, part)
			return err
		})
		if err != nil {
			return fmt.Errorf("book file %s from line %d on: %w", id, part[0].Line, err)
		}
		booked += n
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		batch.BookedAt, batch.Known = tx.Now(), len(list)-booked
		if err := tx.SaveOrderBatch(batch); err != nil {
			return err
		}
		return audit(tx, staff, "order.import", shopObject(shop.ID), fmt.Sprintf("%s: %d", batch.File, booked))
	})
}

// bookLines books lines and returns how many said something.
func bookLines(tx *store.Tx, shop kpi.Shop, batch store.OrderBatch, list []Line) (n int, err error) {
	for _, l := range list {
		if l.Fault != "" || l.Unpaid {
			continue
		}
		if err := lock(tx, shop.ID, l.Number); err != nil {
			return 0, err
		}
		known, err := tx.OrderNumbered(shop.ID, l.Number)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return 0, err
		}
		verdict, _ := weigh(l, known.Settled)
		if verdict != LineNew && verdict != LineChanges {
			continue
		}
		e := eventOf(batch, l, known.Settled)
		if e.Says.Clicks, e.Says.Forged, err = clicks(tx, l.tokens); err != nil {
			return 0, err
		}
		if _, err := book(tx, shop, e); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// UndoFile takes back what a file said, in several commits; after one that failed it goes on where it stopped. What the shop said
// by itself stays. A file that is not booked is dropped.
func (s *Service) UndoFile(ctx context.Context, staff contest.StaffID, id string) error {
	for {
		left := 0
		err := s.store.Update(ctx, func(tx *store.Tx) error {
			batch, err := tx.OrderBatch(id)
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
