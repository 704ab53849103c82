package rank

// leafRows is how many rows a leaf holds at most: with 20 bytes each it fills one of the allocator's size classes (1,536
// bytes).
const leafRows = 76

// leaf has n rows in order. Numbers stand apart, so that looking for one reads little memory.
type leaf struct {
	id      uint32
	n       int32
	numbers [leafRows]uint32
	scores  [leafRows]score
}

type score struct{ score, reached int64 }

func (x *leaf) slots() int { return int(x.n) }
func (x *leaf) count() int { return int(x.n) }

func (x *leaf) row(i int) Row { return Row{x.numbers[i], x.scores[i].score, x.scores[i].reached} }

func (x *leaf) fill(i int, r *Row) { x.numbers[i], x.scores[i] = r.Number, score{r.Score, r.Reached} }

// index returns the slot with the number, which must be there.
func (x *leaf) index(number uint32) int {
	for i, n := range x.numbers[:x.n] {
		if n == number {
			return i
		}
	}
	return int(x.n)
}

// before reports whether the row in slot i is before r. It reads the number in the rare case that all else is equal.
func (x *leaf) before(i int, r *Row) bool {
	switch s := &x.scores[i]; {
	case s.score != r.Score:
		return s.score > r.Score
	case s.reached != r.Reached:
		return s.reached < r.Reached
	}
	return x.numbers[i] < r.Number
}

// ahead returns the first slot whose row is not before r.
func (x *leaf) ahead(r *Row) int {
	low, high := 0, int(x.n)
	for low < high {
		middle := int(uint(low+high) / 2)
		if x.before(middle, r) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

func (x *leaf) page(dst []Row, i int) []Row {
	for ; i < int(x.n) && len(dst) < cap(dst); i++ {
		dst = append(dst, x.row(i))
	}
	return dst
}

func (x *leaf) insert(p *places, r *Row) (bound Row, more tree) {
	i := x.ahead(r)
	if x.n < leafRows {
		x.put(i, r)
		p.set(r.Number, x.id)
		return Row{}, nil
	}
	middle := splitAt(i, leafRows)
	right := p.newLeaf()
	right.append(p, x, middle)
	x.n = int32(middle)
	into := x
	if i > middle || middle == leafRows {
		i, into = i-middle, right
	}
	into.put(i, r)
	p.set(r.Number, into.id)
	return right.row(0), right
}

// put makes room in slot i and fills it.
func (x *leaf) put(i int, r *Row) {
	copy(x.numbers[i+1:], x.numbers[i:x.n])
	copy(x.scores[i+1:], x.scores[i:x.n])
	x.fill(i, r)
	x.n++
}

// append moves the rows of y from the given slot on behind those of x; y is left to the caller.
func (x *leaf) append(p *places, y *leaf, from int) {
	for _, number := range y.numbers[from:y.n] {
		p.set(number, x.id)
	}
	copy(x.numbers[x.n:], y.numbers[from:y.n])
	copy(x.scores[x.n:], y.scores[from:y.n])
	x.n += y.n - int32(from)
}

func (x *leaf) remove(_ *places, r *Row) {
	i := x.index(r.Number)
	copy(x.numbers[i:], x.numbers[i+1:x.n])
	copy(x.scores[i:], x.scores[i+1:x.n])
	x.n--
}

func (x *leaf) absorb(p *places, _ Row, right tree) {
	x.append(p, right.(*leaf), 0)
	p.discard(right)
}

// move changes the row in slot i into r if r belongs in this leaf too, strictly inside it, so that no count and no bound
// changes. It saves rows that move by little two ways through the tree.
func (x *leaf) move(i int, r *Row) bool {
	j := x.ahead(r)
	if j == 0 || j == int(x.n) {
		return x.row(i) == *r
	}
	if j > i {
		j--
		copy(x.numbers[i:j], x.numbers[i+1:])
		copy(x.scores[i:j], x.scores[i+1:])
	} else {
		copy(x.numbers[j+1:i+1], x.numbers[j:])
		copy(x.scores[j+1:i+1], x.scores[j:])
	}
	x.fill(j, r)
	return true
}
