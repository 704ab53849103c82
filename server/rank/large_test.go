package rank

import (
	"os"
	"slices"
	"testing"
)

// large is an election whose rows follow from their numbers, so that nothing but the board is kept in memory.
type large uint32

// mix draws at random, but always the same for the same.
func mix(number, salt uint32) uint64 {
	x := uint64(number)<<32 | uint64(salt)
	x = (x ^ x>>31) * 0x9e3779b97f4a7c15
	x = (x ^ x>>27) * 0xbf58476d1ce4e5b9
	return x ^ x>>33
}

func (n large) row(number, salt uint32) Row {
	drawn := mix(number, salt)
	return Row{number, int64(drawn % 5000), int64(drawn >> 20 % 1e9)}
}

// final returns the row at the end: one of eight was changed, one of 64 removed.
func (n large) final(number uint32) (Row, bool) {
	switch {
	case number%64 == 1:
		return Row{}, false
	case number%8 == 3:
		return n.row(number, 2), true
	}
	return n.row(number, 1), true
}

func (n large) load() *Board {
	var b Board
	for number := uint32(1); number <= uint32(n); number++ {
		b.Set(n.row(number, 1))
	}
	for number := uint32(1); number <= uint32(n); number++ {
		switch r, ok := n.final(number); {
		case !ok:
			b.Remove(number)
		case number%8 == 3:
			b.Set(r)
		}
	}
	return &b
}

// sampled returns rows in order and how many of all rows are before each, counted one by one.
func (n large) sampled() (rows []Row, before []int) {
	for number := uint32(5); number <= uint32(n); number += uint32(n) / 300 {
		if r, ok := n.final(number); ok {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, inOrder)
	before = make([]int, len(rows)+1)
	for number := uint32(1); number <= uint32(n); number++ {
		if r, ok := n.final(number); ok {
			i, same := slices.BinarySearchFunc(rows, r, inOrder)
			if same {
				i++ // it is before the next
			}
			before[i]++
		}
	}
	for i := range rows {
		before[i+1] += before[i]
	}
	return rows, before
}

// entries are a million in every run of the tests, ten million with FANFARE_SOAK set.
func entries() large {
	switch {
	case os.Getenv("FANFARE_SOAK") != "":
		return 10_000_000
	case testing.Short():
		return 100_000
	}
	return 1_000_000
}

// TestMillionsOfEntriesStayInOrder also holds what they take in memory.
func TestMillionsOfEntriesStayInOrder(t *testing.T) {
	n := entries()
	var b *Board
	held := holding(int(n), func() any {
		b = n.load()
		return b
	})
	if held > 90 {
		t.Errorf("%.0f bytes an entry, want at most 90", held)
	}
	rows, before := n.sampled()
	for i, r := range rows {
		if rank, ok := b.Rank(r.Number); !ok || rank != before[i]+1 {
			t.Errorf("Rank(%d) = %d, %v, but %d are before it", r.Number, rank, ok, before[i])
		}
		if at, ok := b.At(before[i] + 1); !ok || at != r {
			t.Errorf("At(%d) = %v, %v, want %v", before[i]+1, at, ok, r)
		}
	}
	walk(t, b, n)
}

// TestNumbersFarApartTakeNoMoreMemory holds that for boards of one city or tag.
func TestNumbersFarApartTakeNoMoreMemory(t *testing.T) {
	for _, apart := range []uint32{2, 10, 1000, 100_000} {
		const n = 20_000
		held := holding(n, func() any {
			var b Board
			for i := range uint32(n) {
				b.Set(Row{Number: (i + 1) * apart})
			}
			return &b
		})
		if held > 90 {
			t.Errorf("%d apart: %.0f bytes an entry, want at most 90", apart, held)
		}
	}
}

// walk reads the whole board in pages.
func walk(t *testing.T, b *Board, n large) {
	const size = 1000
	last, length := Row{}, 0
	for page := b.Page(1, size); len(page) > 0; page = b.Page(length+1, size) {
		for _, r := range page {
			if want, ok := n.final(r.Number); !ok || r != want || length > 0 && inOrder(last, r) >= 0 {
				t.Fatalf("row %d = %v behind %v, want %v (%v)", length+1, r, last, want, ok)
			}
			last = r
			length++
		}
	}
	if want := int(n) - (int(n)+63)/64; length != want || b.Len() != want {
		t.Errorf("the board has %d rows in its pages, Len %d, want %d", length, b.Len(), want)
	}
}
