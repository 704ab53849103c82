// Package rank is the exact ranking of one board: who is where, who is next, what stands on a page. It is pure: it knows
// numbers and scores, and neither entries nor clocks nor locks; whoever shares a Board brings the lock.
//
// The order is total, so no two rows share a rank: the higher score first; of equal scores the one reached first; of
// those the smaller number. Rows stand in the leaves of a counted tree (every branch knows how many rows each leaf has), and a
// table leads from each number to its leaf: so a change, a rank and the row at a rank read few places in memory, which at a
// million rows is what takes time.
package rank

// Row is one entry of a board.
type Row struct {
	Number uint32
	Score  int64
	// Reached is when the score was reached, as any number that grows; of equal scores the smaller is better.
	Reached int64
}

func (a *Row) before(b *Row) bool {
	switch {
	case a.Score != b.Score:
		return a.Score > b.Score
	case a.Reached != b.Reached:
		return a.Reached < b.Reached
	default:
		return a.Number < b.Number
	}
}

// Board ranks rows. The zero value is an empty board. It is not safe for concurrent use.
type Board struct {
	tree  tree
	total int64
}

// Set puts the row on the board, in place of the one with its number.
func (b *Board) Set(r Row) {
	l, i := b.tree.places.find(r.Number)
	if l == nil {
		b.total += r.Score
		b.tree.places.add(r.Number, b.tree.insert(&r).id)
		return
	}
	b.total += r.Score - l.scores[i].score
	if l.move(i, &r) {
		return // no count changed
	}
	b.tree.remove(l, i)
	b.tree.places.set(r.Number, b.tree.insert(&r).id)
}

// Remove takes the row with the number off the board, if it is there.
func (b *Board) Remove(number uint32) {
	l, i := b.tree.places.find(number)
	if l == nil {
		return
	}
	b.total -= l.scores[i].score
	b.tree.remove(l, i)
	b.tree.places.remove(number)
}

// Row returns the row with the number.
func (b *Board) Row(number uint32) (Row, bool) {
	l, i := b.tree.places.find(number)
	if l == nil {
		return Row{}, false
	}
	return l.row(i), true
}

// Rank returns the place of the number: 1 for the best.
func (b *Board) Rank(number uint32) (rank int, ok bool) {
	l, i := b.tree.places.find(number)
	if l == nil {
		return 0, false
	}
	x := l.branch
	return b.tree.sums.before(x.at) + x.ahead(x.slot(l)) + i + 1, true
}

// At returns the row at the rank.
func (b *Board) At(rank int) (Row, bool) {
	page := b.Page(rank, 1)
	if rank < 1 || len(page) == 0 {
		return Row{}, false
	}
	return page[0], true
}

// Page returns up to n rows from the rank on, best first. A rank below 1 is read as 1.
func (b *Board) Page(from, n int) []Row {
	from = max(from, 1)
	if n = min(n, b.Len()-from+1); n <= 0 {
		return nil
	}
	return b.tree.page(make([]Row, 0, n), from-1)
}

// Neighbours returns the row with the number between up to n rows on either side of it, best first; nothing if it is not
// on the board.
func (b *Board) Neighbours(number uint32, n int) []Row {
	rank, ok := b.Rank(number)
	if !ok {
		return nil
	}
	n = min(max(n, 0), b.Len())
	from := max(rank-n, 1)
	return b.Page(from, rank+n-from+1)
}

// Len is how many rows are on the board.
func (b *Board) Len() int { return b.tree.places.used }

// Total is the sum of all scores.
func (b *Board) Total() int64 { return b.total }
