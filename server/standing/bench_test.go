package standing

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

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
	db.groups = []string{"a", "b", "c", "d"}
	db.members = make(map[contest.EntryNumber]Member, len(p))
	for i, c := range p {
		db.members[c.Number] = Member{City: db.groups[i%4], Partner: db.groups[i/4%4], Tags: [][]string{{"night", "sea"}, {"night"}}[i%2]}
	}
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

// BenchmarkCommitted is what the writer pays for a batch of one vote with a challenge of many entries: while only the overall board
// is asked for, and with boards of all kinds.
func BenchmarkCommitted(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		for _, kinds := range [][]string{{""}, {"", "city/a", "partner/b", "tag/sea", "cities", "rising", "friends/1.2.3"}} {
			b.Run(fmt.Sprintf("%d/boards=%d", n, len(kinds)), func(b *testing.B) {
				changes := voted(n)
				boards := changes.open(b)
				for _, scope := range kinds {
					_, cancel := boards.Watch(key(b, scope))
					defer cancel() //nolint:gocritic // they are watched until the end
					if _, err := boards.Top(b.Context(), key(b, scope), 20); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportAllocs()
				for b.Loop() {
					c := &changes[rand.IntN(len(changes))]
					c.Version, c.Score = c.Version+1_000_000, c.Score+1
					boards.Committed([]contest.Change{*c})
				}
			})
		}
	}
}

// BenchmarkMakingABoard is what the first visitor of a city's board waits for, and how long a vote that comes meanwhile waits at most.
func BenchmarkMakingABoard(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			changes := voted(n)
			boards := changes.open(b)
			city := key(b, "city/a")
			if _, err := boards.Top(b.Context(), key(b, "cities"), 1); err != nil {
				b.Fatal(err)
			}
			var longest time.Duration
			for b.Loop() {
				made := make(chan error, 1)
				go func() {
					_, err := boards.Top(b.Context(), city, 20)
					made <- err
				}()
				for done := false; !done; {
					began := time.Now()
					c := &changes[rand.IntN(len(changes))]
					c.Version, c.Score = c.Version+1_000_000, c.Score+1
					boards.Committed([]contest.Change{*c})
					longest = max(longest, time.Since(began))
					select {
					case err := <-made:
						if done = true; err != nil {
							b.Fatal(err)
						}
					case <-time.After(time.Millisecond):
					}
				}
				board := boards.board(night)
				board.mu.Lock()
				board.dropList(board.lists[city.Scope])
				board.mu.Unlock()
			}
			b.ReportMetric(float64(longest.Microseconds()), "longest-wait-µs")
		})
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

// BenchmarkMemory reports what a board in memory holds per entry, beside the bytes of its identifier, which come with the change.
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
