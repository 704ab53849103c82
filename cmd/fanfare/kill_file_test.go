package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/store"
)

// The server is stopped, and then killed, while it books a file of orders; each of them is there once afterwards.
func TestAKilledServerBooksEachOrderOfAFileOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a server at work; run without -short")
	}
	const many = 8_000
	i := install(t, nil)
	i.planned()
	shop, _, err := i.app.orders.OpenShop(t.Context(), "", kpi.Shop{Campaign: i.challenge.Campaign, Name: "Mall", Kind: kpi.FileShop}, "")
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	lines.WriteString("order,amount,currency,placed at\n")
	for n := range many {
		fmt.Fprintf(&lines, "%d,1.00,CNY,2026-11-20 10:00\n", n)
	}
	file := must(i.app.orders.KeepFile(t.Context(), "", shop.ID, "orders.csv", []byte(lines.String())))(t)
	if err := i.app.orders.BookFile(t.Context(), "", file.ID); err != nil {
		t.Fatal(err)
	}
	i.close()
	batch := func() (b store.OrderBatch) {
		i.inspect(func(s *store.Store) error {
			return s.View(t.Context(), func(tx *store.Tx) (err error) {
				b, err = tx.OrderBatch(file.ID)
				return err
			})
		})
		return b
	}
	stopped := batch().Work
	if stopped.Doing != store.Booking {
		t.Fatalf("all was booked before the server stopped: %+v", stopped)
	}
	r := i.replica("")
	r.start()
	i.eventually("it goes on", func() bool { return batch().Work.Lines > stopped.Lines+500 })
	r.kill()
	killed := batch().Work
	if killed.Doing != store.Booking {
		t.Fatalf("all was booked before the server was killed: %+v", killed)
	}
	t.Logf("stopped after %d lines, killed after %d", stopped.Lines, killed.Lines)
	r.start()
	i.within(2*time.Minute, "the file is booked", func() bool { return !batch().BookedAt.IsZero() })
	i.inspect(func(s *store.Store) error {
		return s.View(t.Context(), func(tx *store.Tx) error {
			events, err := tx.CountOrderEvents(file.ID)
			if err != nil {
				return err
			}
			orders, err := tx.OrderFigures(shop.ID)
			if events != many || len(orders) != many {
				t.Errorf("%d orders of %d events, want %d of each", len(orders), events, many)
			}
			return err
		})
	})
}
