package rank

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// model is the plain way to rank: a slice kept in order, and each row by number.
type model struct {
	order []Row
	rows  map[uint32]Row
}

func inOrder(a, b Row) int {
	return cmp.Or(-cmp.Compare(a.Score, b.Score), cmp.Compare(a.Reached, b.Reached), cmp.Compare(a.Number, b.Number))
}

func (m *model) set(r Row) {
	m.remove(r.Number)
	i, _ := slices.BinarySearchFunc(m.order, r, inOrder)
	m.order = slices.Insert(m.order, i, r)
	if m.rows == nil {
		m.rows = map[uint32]Row{}
	}
	m.rows[r.Number] = r
}

func (m *model) remove(number uint32) {
	if r, ok := m.rows[number]; ok {
		i, _ := slices.BinarySearchFunc(m.order, r, inOrder)
		m.order = slices.Delete(m.order, i, i+1)
		delete(m.rows, number)
	}
}

// pair is a board and its model, which take the same changes.
type pair struct {
	Board
	model  model
	random *rand.Rand
}

func newPair(seed uint64) *pair { return &pair{random: rand.New(rand.NewPCG(seed, 1))} }

func (p *pair) set(r Row) {
	p.Set(r)
	p.model.set(r)
}

func (p *pair) remove(number uint32) {
	p.Remove(number)
	p.model.remove(number)
}

// check compares what the board says at one place with the model.
func (p *pair) check(t *testing.T) {
	t.Helper()
	m := p.model.order
	if p.Len() != len(m) {
		t.Fatalf("Len = %d, want %d", p.Len(), len(m))
	}
	if len(m) == 0 {
		return
	}
	i := p.random.IntN(len(m))
	if rank, ok := p.Rank(m[i].Number); !ok || rank != i+1 {
		t.Fatalf("Rank(%d) = %d, %v, want %d", m[i].Number, rank, ok, i+1)
	}
	if row, ok := p.At(i + 1); !ok || row != m[i] {
		t.Fatalf("At(%d) = %v, %v, want %v", i+1, row, ok, m[i])
	}
	j := min(len(m), i+p.random.IntN(200))
	if got := p.Page(i+1, j-i); !slices.Equal(got, m[i:j]) {
		t.Fatalf("Page(%d, %d) = %v, want %v", i+1, j-i, got, m[i:j])
	}
	n := p.random.IntN(100)
	if got, want := p.Neighbours(m[i].Number, n), m[max(i-n, 0):min(i+n+1, len(m))]; !slices.Equal(got, want) {
		t.Fatalf("Neighbours(%d, %d) = %v, want %v", m[i].Number, n, got, want)
	}
}

// look checks now and then: each time would take most of the time.
func (p *pair) look(t *testing.T) {
	t.Helper()
	if p.random.IntN(20) == 0 {
		p.check(t)
	}
}

// checkAll compares the whole board with the model, and the tree with what it promises of itself.
func (p *pair) checkAll(t *testing.T) {
	t.Helper()
	p.check(t)
	if got := p.Page(1, p.Len()); !slices.Equal(got, p.model.order) {
		t.Fatalf("the whole board = %v, want %v", got, p.model.order)
	}
	var total int64
	for _, r := range p.model.order {
		total += r.Score
	}
	if p.Total() != total {
		t.Fatalf("Total = %d, want %d", p.Total(), total)
	}
	if err := p.tree.broken(); err != nil {
		t.Fatal(err)
	}
}

// broken says what is wrong in the tree.
func (t *tree) broken() error {
	ahead, leaves := 0, 0
	for at, x := range t.branches {
		first := x.leaves[0].row(0)
		switch {
		case x.at != at || t.sums.before(at) != ahead || x.ahead(int(x.n)) != x.rows:
			return fmt.Errorf("branch %d believes to be %d, with %d rows before it and %d in it", at, x.at, t.sums.before(at), x.rows)
		case first.before(&t.bounds[at]):
			return fmt.Errorf("branch %d begins with %v, before its bound %v", at, first, t.bounds[at])
		}
		for slot, l := range x.leaves[:x.n] {
			first, bound := l.row(0), x.row(slot)
			if l.branch != x || int(x.counts[slot]) != int(l.n) || l.n == 0 || first.before(&bound) {
				return fmt.Errorf("leaf %d of branch %d has %d rows from %v, for %d from %v", slot, at, l.n, first, x.counts[slot], bound)
			}
		}
		ahead, leaves = ahead+x.rows, leaves+int(x.n)
	}
	if used := len(t.places.leaves) - len(t.places.free) - 1; used != leaves && leaves > 0 {
		return fmt.Errorf("%d leaves have identifiers, %d are in the tree", used, leaves)
	}
	return nil
}

// short is less for the quick loop: the race detector looks at every row that the model moves.
func short(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}

// TestAgainstASortedSlice lets boards grow, churn and shrink to nothing, with few and with many different scores, and
// compares each step with the model.
func TestAgainstASortedSlice(t *testing.T) {
	for _, c := range []struct{ scores, reached, numbers, apart int }{
		{1, 1, short(3000), 1}, {3, 2, 500, 100}, {50, 1000, short(12_000), 1}, {1 << 30, 1 << 30, short(12_000), 300_000},
	} {
		t.Run(fmt.Sprintf("%d scores", c.scores), func(t *testing.T) {
			p := newPair(uint64(c.scores))
			for _, removed := range []float64{0.1, 0.5, 0.9, 0.3, 1} {
				for range c.numbers {
					number := uint32(p.random.IntN(c.numbers) * c.apart)
					if p.random.Float64() < removed {
						p.remove(number)
					} else {
						p.set(Row{number, int64(p.random.IntN(c.scores)), int64(p.random.IntN(c.reached))})
					}
					p.look(t)
				}
				p.checkAll(t)
			}
			p.clear(t)
		})
	}
}

// clear removes all, in any order.
func (p *pair) clear(t *testing.T) {
	for p.Len() > 0 {
		p.remove(p.model.order[p.random.IntN(p.Len())].Number)
		p.look(t)
	}
	if n := len(p.tree.branches); n != 0 {
		t.Errorf("the tree of an empty board has %d branches", n)
	}
}

// TestStormsFromAnySide loads boards of some branches from one side, and takes whole regions out, as when all entries of a
// sender are removed, or puts them in.
func TestStormsFromAnySide(t *testing.T) {
	n := short(30_000)
	for name, score := range map[string]func(i int) int64{
		"best first":  func(i int) int64 { return int64(n - i) },
		"worst first": func(i int) int64 { return int64(i) },
		"all equal":   func(int) int64 { return 7 },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(5)
			for i := range n {
				p.set(Row{uint32(i + 1), score(i), int64(i)})
			}
			p.checkAll(t)
			for range 10 {
				length := 100 + p.random.IntN(p.Len()/2)
				from := p.random.IntN(p.Len() - length)
				gone := slices.Clone(p.model.order[from : from+length])
				if p.random.IntN(2) == 0 {
					slices.Reverse(gone)
				}
				for _, r := range gone {
					p.remove(r.Number)
					p.look(t)
				}
				p.checkAll(t)
				for _, r := range gone[:length/2] {
					p.set(r)
				}
				p.checkAll(t)
			}
		})
	}
}

// TestABoardLoadedInOrderHasFullLeaves holds the memory that a restart takes.
func TestABoardLoadedInOrderHasFullLeaves(t *testing.T) {
	var b Board
	for i := range uint32(slots * 100) {
		b.Set(Row{Number: i + 1})
	}
	if used := len(b.tree.places.leaves) - 1; used != 100 {
		t.Errorf("%d leaves for %d rows in order, want 100", used, slots*100)
	}
}

// TestVotesOneByOne plays what really happens: entries appear in order without votes, then scores grow by one.
func TestVotesOneByOne(t *testing.T) {
	p := newPair(2)
	for i := range uint32(short(8000)) {
		p.set(Row{Number: i + 1})
	}
	for position := range int64(short(12_000)) {
		r := p.model.order[int(p.random.ExpFloat64()*800)%p.Len()]
		p.set(Row{r.Number, r.Score + 1, position + 1})
		p.look(t)
	}
	p.checkAll(t)
}

// FuzzBoard reads each three bytes as one change of some entries.
func FuzzBoard(f *testing.F) {
	f.Add([]byte{1, 2, 3, 1, 255, 0})
	var grown []byte
	for i := range 200 {
		grown = append(grown, byte(i), byte(i*7), byte(i*i))
	}
	f.Add(grown)
	f.Fuzz(func(t *testing.T, changes []byte) {
		const together = 16
		p := newPair(3)
		for ; len(changes) >= 3; changes = changes[3:] {
			for i := range uint32(together) {
				if number, score := uint32(changes[0])*together+i, int64(changes[1]); score == 255 {
					p.remove(number)
				} else {
					p.set(Row{number, score, int64(changes[2])})
				}
			}
			p.check(t)
		}
		p.checkAll(t)
	})
}
