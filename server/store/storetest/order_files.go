package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/store"
)

func batchForgotten(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	var batch store.OrderBatch
	s.update(func(tx *store.Tx) (err error) {
		batch, err = tx.InsertOrderBatch(store.OrderBatch{Shop: shop.ID, File: "十一月.csv", Lines: 3, Staff: "st_1"}, []byte("a,b"))
		return err
	})
	for id, number := range map[string]string{"a": "1", "b": "2", "c": "2"} {
		e := said(shop, id, number)
		e.Batch = batch.ID
		s.say(e)
	}
	s.say(said(shop, "d", "1"))
	var numbers []string
	forget := func(limit int) {
		s.update(func(tx *store.Tx) (err error) {
			numbers, err = tx.ForgetOrderEvents(batch.ID, limit)
			return err
		})
	}
	left := func() (n int) {
		s.view(func(tx *store.Tx) (err error) {
			n, err = tx.CountOrderEvents(batch.ID)
			return err
		})
		return n
	}
	before := left()
	forget(1)
	same(t, "the first", numbers, []string{"1"})
	same(t, "what is left of the batch", []int{before, left()}, []int{3, 2})
	forget(10)
	same(t, "the batch", left(), 0)
	same(t, "the rest", numbers, []string{"2"})
	forget(10)
	equal(t, "no more", len(numbers), 0)
	equal(t, "what the shop sent stays", len(s.eventsOf(shop, "1")), 1)
	s.view(func(tx *store.Tx) error {
		content, err := tx.OrderFile(batch.ID)
		equal(t, "file", string(content), "a,b")
		return err
	})
	batch.Known, batch.BookedAt, batch.UndoneAt, batch.UndoneBy = 1, noon, noon, "st_2"
	s.update(func(tx *store.Tx) error { return tx.SaveOrderBatch(batch) })
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.OrderFile(batch.ID); return err })
	s.view(func(tx *store.Tx) error {
		one, err := tx.OrderBatch(batch.ID)
		same(t, "batch", one, batch)
		all, errAll := tx.OrderBatches(shop.ID, 10)
		same(t, "batches", all, []store.OrderBatch{batch})
		return errors.Join(err, errAll)
	})
}

func workKept(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	var batch store.OrderBatch
	s.update(func(tx *store.Tx) (err error) {
		batch, err = tx.InsertOrderBatch(store.OrderBatch{Shop: shop.ID, File: "a.csv"}, []byte("a,b"))
		return err
	})
	work := func() (w store.OrderWork) {
		s.view(func(tx *store.Tx) error {
			one, err := tx.OrderBatch(batch.ID)
			w = one.Work
			return err
		})
		return w
	}
	equal(t, "none", work(), store.OrderWork{})
	for _, w := range []store.OrderWork{{Doing: store.Booking, Staff: "st_1", Lines: 100}, {Doing: store.Undoing, Staff: "st_2", Lines: 7}} {
		s.update(func(tx *store.Tx) error { return tx.SaveOrderWork(batch.ID, w) })
		equal(t, "work", work(), w)
	}
	s.update(func(tx *store.Tx) error { return tx.EndOrderWork(batch.ID) })
	equal(t, "after its end", work(), store.OrderWork{})
	s.update(func(tx *store.Tx) error { return tx.EndOrderWork(batch.ID) })
}

func filesDropped(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	shop := s.shop()
	ids := map[string]bool{}
	for _, name := range []string{"forgotten", "booked", "half", "begun"} {
		s.update(func(tx *store.Tx) error {
			b, err := tx.InsertOrderBatch(store.OrderBatch{ID: "ob_" + name, Shop: shop.ID, File: name}, []byte("x"))
			b.BookedAt = noon
			if name == "booked" {
				err = errors.Join(err, tx.SaveOrderBatch(b))
			}
			if name == "begun" {
				err = errors.Join(err, tx.SaveOrderWork(b.ID, store.OrderWork{Doing: store.Booking}))
			}
			return err
		})
	}
	e := said(shop, "a", "1")
	e.Batch = "ob_half"
	s.say(e)
	s.update(func(tx *store.Tx) error { return tx.DropOrderFiles(tx.Now().Add(time.Hour)) })
	s.view(func(tx *store.Tx) error {
		batches, err := tx.OrderBatches(shop.ID, 10)
		for _, b := range batches {
			ids[b.File] = true
		}
		same(t, "batches left", ids, map[string]bool{"booked": true, "half": true, "begun": true})
		return err
	})
}
