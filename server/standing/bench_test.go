package standing

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"fanfare/server/bus/membus"
	"fanfare/server/contest"
)

// prepared is a Source that returns the same board each time.
type prepared []contest.Change

func (p prepared) open(b *testing.B) *Boards {
	b.Helper()
	shared := membus.New()
	b.Cleanup(func() { shared.Close() })
	db := newDatabase()
	db.entries = make(map[contest.EntryNumber]contest.Change, len(p))
	db.put(p...)
	boards, err := New(db, shared)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(boards.Close)
	if _, err := boards.Top(b.Context(), overall, 20); err != nil {
		b.Fatal(err)
	}
	return boards
}

func voted(n int) prepared {
	changes := make(prepared, n)
	for i := range changes {
		changes[i] = at(contest.EntryNumber(i+1), int64(i+1), int64(rand.ExpFloat64()*300))
	}
	return changes
}

// BenchmarkCommitted is what the writer pays for a batch of one vote with a board of 100,000 entries.
func BenchmarkCommitted(b *testing.B) {
	changes := voted(100_000)
	boards := changes.open(b)
	b.ReportAllocs()
	for b.Loop() {
		c := &changes[rand.IntN(len(changes))]
		c.Version, c.Score = c.Version+1_000_000, c.Score+1
		boards.Committed([]contest.Change{*c})
	}
}

// BenchmarkTop is one snapshot of 20 rows from memory.
func BenchmarkTop(b *testing.B) {
	boards := voted(100_000).open(b)
	b.ReportAllocs()
	for b.Loop() {
		if s, err := boards.Top(b.Context(), overall, 20); err != nil || len(s.Rows) != 20 {
			b.Fatal(len(s.Rows), err)
		}
	}
}

func BenchmarkPlace(b *testing.B) {
	boards := voted(100_000).open(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := boards.Place(b.Context(), overall, contest.EntryNumber(rand.IntN(100_000)+1)); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

// BenchmarkMemory reports what a board in memory holds per entry, the 8 to 16 bytes of its identifier included.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			changes := voted(n)
			var held int64
			for b.Loop() {
				before := heap()
				board := newBoard(night, nil)
				board.merge(changes)
				held = heap() - before
				runtime.KeepAlive(board)
			}
			runtime.KeepAlive(changes)
			b.ReportMetric(float64(held)/float64(n), "B/entry")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
