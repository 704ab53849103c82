// Package rank is the exact ranking of one board: who is where, who is next, what stands on a page. It is pure: it knows
// numbers and scores, and neither entries nor clocks nor locks; whoever shares a Board brings the lock.
//
// The order is total, so no two rows share a rank: the higher score first; of equal scores the one reached first; of
// those the smaller number. It is kept in a counted B-tree (every branch knows how many rows lie below), so a change, a
// rank and the row at a rank all take O(log n), beside a map from each number to its place in the order.
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
	root   *node
	places map[uint32]place
	total  int64
}

// place is what a row's number leads to: together they find the row in the tree.
type place struct{ score, reached int64 }

func (p place) row(number uint32) Row { return Row{number, p.score, p.reached} }

// Set puts the row on the board, in place of the one with its number.
func (b *Board) Set(r Row) {
	if b.root == nil {
		b.root, b.places = new(node), map[uint32]place{}
	}
	p, known := b.places[r.Number]
	was := p.row(r.Number)
	if known && was == r {
		return
	}
	b.places[r.Number] = place{r.Score, r.Reached}
	b.total += r.Score - p.score
	if known {
		if b.root.move(&was, &r) {
			return
		}
		b.take(&was)
	}
	if right := b.root.insert(&r); right != nil {
		b.root = branch(b.root, right)
	}
}

// Remove takes the row with the number off the board, if it is there.
func (b *Board) Remove(number uint32) {
	p, ok := b.places[number]
	if !ok {
		return
	}
	delete(b.places, number)
	b.total -= p.score
	r := p.row(number)
	b.take(&r)
}

func (b *Board) take(r *Row) {
	b.root.remove(r)
	for b.root.down != nil && b.root.n == 1 {
		b.root = b.root.down.child[0]
	}
}

// Row returns the row with the number.
func (b *Board) Row(number uint32) (Row, bool) {
	p, ok := b.places[number]
	return p.row(number), ok
}

// Rank returns the place of the number: 1 for the best.
func (b *Board) Rank(number uint32) (rank int, ok bool) {
	p, ok := b.places[number]
	if !ok {
		return 0, false
	}
	r := p.row(number)
	return b.root.ahead(&r) + 1, true
}

// At returns the row at the rank.
func (b *Board) At(rank int) (Row, bool) {
	if rank < 1 || rank > b.Len() {
		return Row{}, false
	}
	return b.root.at(rank - 1), true
}

// Page returns up to n rows from the rank on, best first. A rank below 1 is read as 1.
func (b *Board) Page(from, n int) []Row {
	from = max(from, 1)
	n = min(n, b.Len()-from+1)
	if n <= 0 {
		return nil
	}
	return b.root.page(make([]Row, 0, n), from-1)
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
func (b *Board) Len() int { return len(b.places) }

// Total is the sum of all scores.
func (b *Board) Total() int64 { return b.total }
