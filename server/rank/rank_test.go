package rank

import (
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
