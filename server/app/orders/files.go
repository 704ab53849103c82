package orders

import (
	"bytes"
	"context"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

const (
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

// File returns a file of orders; what booking it would do as long as nobody has begun to.
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
		if !f.BookedAt.IsZero() || f.Work.Doing != "" {
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
