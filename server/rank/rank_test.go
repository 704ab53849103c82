package rank

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func board(rows ...Row) *Board {
	var b Board
	for _, r := range rows {
		b.Set(r)
	}
	return &b
}

func numbers(rows []Row) []uint32 {
	var ns []uint32
	for _, r := range rows {
		ns = append(ns, r.Number)
	}
	return ns
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		rows []Row
		want []uint32
	}{
		{"the higher score is first", []Row{{1, 3, 1}, {2, 5, 9}, {3, 4, 2}}, []uint32{2, 3, 1}},
		{"of equal scores the one reached first is first", []Row{{1, 5, 30}, {2, 5, 10}, {3, 5, 20}}, []uint32{2, 3, 1}},
		{"of equal scores reached together the smaller number is first", []Row{{7, 0, 0}, {3, 0, 0}, {5, 0, 0}}, []uint32{3, 5, 7}},
		{"a row replaces the one with its number", []Row{{1, 9, 1}, {2, 5, 2}, {1, 4, 3}}, []uint32{2, 1}},
		{"scores below zero are ranked last", []Row{{1, -1, 1}, {2, 0, 0}}, []uint32{2, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := numbers(board(c.rows...).Page(1, 10)); !slices.Equal(got, c.want) {
				t.Errorf("page = %v, want %v", got, c.want)
			}
		})
	}
}

func TestAnEmptyBoardAnswersEverything(t *testing.T) {
	var b Board
	b.Remove(1)
	_, found := b.Row(1)
	_, ranked := b.Rank(1)
	_, at := b.At(1)
	if found || ranked || at || b.Page(1, 5) != nil || b.Neighbours(1, 2) != nil || b.Len() != 0 || b.Total() != 0 {
		t.Errorf("an empty board has something: %+v", b)
	}
}

func TestPagesAreCutToTheBoard(t *testing.T) {
	b := board(Row{1, 30, 0}, Row{2, 20, 0}, Row{3, 10, 0})
	for _, c := range []struct {
		from, n int
		want    []uint32
	}{
		{1, 2, []uint32{1, 2}}, {2, 99, []uint32{2, 3}}, {-4, 1, []uint32{1}}, {3, 1, []uint32{3}}, {4, 1, nil}, {1, 0, nil}, {1, -1, nil},
	} {
		if got := numbers(b.Page(c.from, c.n)); !slices.Equal(got, c.want) {
			t.Errorf("Page(%d, %d) = %v, want %v", c.from, c.n, got, c.want)
		}
	}
}

func TestNeighboursStandAroundTheRow(t *testing.T) {
	b := board(Row{1, 50, 0}, Row{2, 40, 0}, Row{3, 30, 0}, Row{4, 20, 0}, Row{5, 10, 0})
	for _, c := range []struct {
		number uint32
		n      int
		want   []uint32
	}{
		{3, 1, []uint32{2, 3, 4}}, {1, 2, []uint32{1, 2, 3}}, {5, 1, []uint32{4, 5}}, {3, 99, []uint32{1, 2, 3, 4, 5}}, {3, 0, []uint32{3}}, {9, 2, nil},
	} {
		if got := numbers(b.Neighbours(c.number, c.n)); !slices.Equal(got, c.want) {
			t.Errorf("Neighbours(%d, %d) = %v, want %v", c.number, c.n, got, c.want)
		}
	}
}

// model is the plain way to rank: a slice that is sorted after each change.
type model []Row

func inOrder(a, b Row) int {
	return cmp.Or(-cmp.Compare(a.Score, b.Score), cmp.Compare(a.Reached, b.Reached), cmp.Compare(a.Number, b.Number))
}

func (m *model) set(r Row) {
	m.remove(r.Number)
	i, _ := slices.BinarySearchFunc(*m, r, inOrder)
	*m = slices.Insert(*m, i, r)
}

func (m *model) remove(number uint32) {
	*m = slices.DeleteFunc(*m, func(r Row) bool { return r.Number == number })
}

func (m model) check(t *testing.T, b *Board, random *rand.Rand) {
	t.Helper()
	var total int64
	for _, r := range m {
		total += r.Score
	}
	if b.Len() != len(m) || b.Total() != total {
		t.Fatalf("Len, Total = %d, %d, want %d, %d", b.Len(), b.Total(), len(m), total)
	}
	if len(m) < 100 || random.IntN(20) == 0 { // each time would take a minute under the race detector
		if got := b.Page(1, len(m)); !slices.Equal(got, m) {
			t.Fatalf("the whole board = %v, want %v", got, m)
		}
	}
	if len(m) == 0 {
		return
	}
	i := random.IntN(len(m))
	if rank, ok := b.Rank(m[i].Number); !ok || rank != i+1 {
		t.Fatalf("Rank(%d) = %d, %v, want %d", m[i].Number, rank, ok, i+1)
	}
	if row, ok := b.At(i + 1); !ok || row != m[i] {
		t.Fatalf("At(%d) = %v, %v, want %v", i+1, row, ok, m[i])
	}
	j := min(len(m), i+random.IntN(200))
	if got := b.Page(i+1, j-i); !slices.Equal(got, m[i:j]) {
		t.Fatalf("Page(%d, %d) = %v, want %v", i+1, j-i, got, m[i:j])
	}
}

// TestAgainstASortedSlice lets boards grow, churn and shrink to nothing, with few and with many different scores, and
// compares each step with the model.
func TestAgainstASortedSlice(t *testing.T) {
	for _, c := range []struct {
		scores, reached, numbers int
	}{{1, 1, 3000}, {3, 2, 500}, {50, 1000, 2000}, {1 << 30, 1 << 30, 3000}} {
		t.Run(fmt.Sprintf("%d scores", c.scores), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(c.scores)))
			var b Board
			var m model
			step := func(removeShare float64) {
				number := uint32(random.IntN(c.numbers))
				if random.Float64() < removeShare {
					b.Remove(number)
					m.remove(number)
				} else {
					r := Row{number, int64(random.IntN(c.scores)), int64(random.IntN(c.reached))}
					b.Set(r)
					m.set(r)
				}
				m.check(t, &b, random)
			}
			for _, phase := range []float64{0.1, 0.5, 0.9, 0.3, 1} {
				for range c.numbers {
					step(phase)
				}
			}
			for len(m) > 0 {
				number := m[random.IntN(len(m))].Number
				b.Remove(number)
				m.remove(number)
				m.check(t, &b, random)
			}
			if n := len(b.tree.branches); n != 0 {
				t.Errorf("the tree of an empty board has %d branches", n)
			}
		})
	}
}

// TestVotesOneByOne plays what really happens: entries appear in order without votes, then scores grow by one.
func TestVotesOneByOne(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	var b Board
	var m model
	for i := range uint32(1500) {
		b.Set(Row{Number: i + 1})
		m.set(Row{Number: i + 1})
	}
	for position := range int64(4000) {
		r := m[int(random.ExpFloat64()*200)%len(m)]
		r.Score, r.Reached = r.Score+1, position
		b.Set(r)
		m.set(r)
		m.check(t, &b, random)
	}
}

// FuzzBoard reads each three bytes as one change.
func FuzzBoard(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 255, 0})
	f.Fuzz(func(t *testing.T, changes []byte) {
		var b Board
		var m model
		random := rand.New(rand.NewPCG(3, 3))
		for ; len(changes) >= 3; changes = changes[3:] {
			number, score, reached := uint32(changes[0]), int64(changes[1]), int64(changes[2])
			if score == 255 {
				b.Remove(number)
				m.remove(number)
			} else {
				b.Set(Row{number, score, reached})
				m.set(Row{number, score, reached})
			}
		}
		m.check(t, &b, random)
	})
}
