package rank

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

var sizes = []int{10_000, 100_000, 1_000_000, 10_000_000}

// voted returns a board after a campaign: scores fall off exponentially, as they do, so that most are small and tied.
func voted(n int) (*Board, []Row) {
	random := rand.New(rand.NewPCG(4, 4))
	var b Board
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{uint32(i + 1), int64(random.ExpFloat64() * 300), random.Int64N(1 << 40)}
		b.Set(rows[i])
	}
	return &b, rows
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func bySize(b *testing.B, run func(b *testing.B, n int)) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) { run(b, n) })
	}
}

// BenchmarkChange is one vote: the score of any entry grows by one.
func BenchmarkChange(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		board, _ := voted(n)
		random := rand.New(rand.NewPCG(5, 5))
		position := int64(1 << 41)
		for b.Loop() {
			r, _ := board.Row(uint32(random.IntN(n) + 1))
			position++
			r.Score, r.Reached = r.Score+1, position
			board.Set(r)
		}
	})
}

// BenchmarkMove sets any entry to any score: every change goes far.
func BenchmarkMove(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		board, _ := voted(n)
		random := rand.New(rand.NewPCG(6, 6))
		for b.Loop() {
			board.Set(Row{uint32(random.IntN(n) + 1), int64(random.IntN(2000)), random.Int64N(1 << 40)})
		}
	})
}

func BenchmarkRank(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		board, _ := voted(n)
		random := rand.New(rand.NewPCG(7, 7))
		for b.Loop() {
			if rank, ok := board.Rank(uint32(random.IntN(n) + 1)); !ok || rank < 1 {
				b.Fatal("not on the board")
			}
		}
	})
}

func BenchmarkPage20(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		board, _ := voted(n)
		random := rand.New(rand.NewPCG(8, 8))
		for b.Loop() {
			if page := board.Page(random.IntN(n-20)+1, 20); len(page) != 20 {
				b.Fatal("page is short")
			}
		}
	})
}

// BenchmarkLoad builds a board, and reports what it then holds per entry.
func BenchmarkLoad(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		var held float64
		for b.Loop() {
			held = holding(n, func() any {
				board, _ := voted(n)
				return board
			})
		}
		b.ReportMetric(held, "B/entry")
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
	})
}

// BenchmarkGain is a vote on a Rising board on which all entries stand, and reports what it then holds per entry.
func BenchmarkGain(b *testing.B) {
	bySize(b, func(b *testing.B, n int) {
		if n > 1_000_000 {
			b.Skip("so many do not gain within an hour")
		}
		var r Rising
		held := holding(n, func() any {
			for number := range uint32(n) {
				r.Gain(number+1, 1, int64(number), noon)
			}
			return &r
		})
		random := rand.New(rand.NewPCG(10, 10))
		position := int64(1 << 41)
		for b.Loop() {
			position++
			r.Gain(uint32(random.IntN(n)+1), 1, position, noon)
		}
		b.ReportMetric(held, "B/entry")
	})
}

// holding returns how many bytes what is made holds per entry.
func holding(n int, make func() any) float64 {
	before := heap()
	made := make()
	held := heap() - before
	runtime.KeepAlive(made)
	return float64(held) / float64(n)
}
