package rank

import "slices"

// tree has three levels: a list of branches, of leaves, of rows. A list of branches may be long, 4,000 of them for 10,000,000 rows,
// because it is changed seldom; a deeper tree would be read in more places.
type tree struct {
	branches []*branch
	bounds   []Row // of the branches, as theirs of leaves
	sums     sums  // of the branches' rows
	places   places
}

// insert adds r, whose number must not be there, and returns its leaf.
func (t *tree) insert(r *Row) *leaf {
	if len(t.branches) == 0 {
		t.put(0, r, &branch{})
		t.branches[0].put(0, r, t.places.newLeaf())
	}
	for {
		x := t.toward(r)
		slot := x.toward(r)
		l := x.leaves[slot]
		switch {
		case l.n < slots:
			l.put(l.after(r), r)
			x.grow(slot, 1)
			t.sums.add(x.at, 1)
			return l
		case x.n < slots:
			t.splitLeaf(x, slot, r)
		default:
			t.splitBranch(x, slot)
		}
	}
}

// toward returns the branch that r belongs in.
func (t *tree) toward(r *Row) *branch {
	low, high := 0, len(t.bounds)
	for low < high {
		middle := int(uint(low+high) / 2)
		if r.before(&t.bounds[middle]) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	if low == 0 {
		t.bounds[0] = *r
		return t.branches[0]
	}
	return t.branches[low-1]
}

// splitLeaf moves the second half of a leaf's rows to a new one. If r belongs behind all, the new one is for r alone, so that a
// board loaded in order has full leaves.
func (t *tree) splitLeaf(x *branch, slot int, r *Row) {
	l, right := x.leaves[slot], t.places.newLeaf()
	bound := *r
	if l.after(r) < slots {
		bound = l.row(slots / 2)
		x.grow(slot, slots/2-slots)
		right.append(&l.keys, slots/2)
		for _, number := range right.numbers[:right.n] {
			t.places.set(number, right.id)
		}
	}
	x.put(slot+1, &bound, right)
}

// splitBranch moves the second half of a branch's leaves to a new one, or, if the last one is to be split, that one.
func (t *tree) splitBranch(x *branch, slot int) {
	middle := slots / 2
	if slot == slots-1 {
		middle = slot
	}
	bound, right := x.row(middle), &branch{}
	right.append(x, middle)
	t.put(x.at+1, &bound, right)
}

func (t *tree) put(at int, bound *Row, x *branch) {
	t.branches = slices.Insert(t.branches, at, x)
	t.bounds = slices.Insert(t.bounds, at, *bound)
	t.number(at)
}

func (t *tree) cut(at int) {
	t.branches = slices.Delete(t.branches, at, at+1)
	t.bounds = slices.Delete(t.bounds, at, at+1)
	t.number(at)
}

// number counts anew after the branches changed from one on.
func (t *tree) number(from int) {
	for i, x := range t.branches[from:] {
		x.at = from + i
	}
	t.sums = t.sums[:0]
	for _, x := range t.branches {
		t.sums = append(t.sums, x.rows)
	}
	t.sums.init()
}

// remove takes the row in slot i of the leaf out.
func (t *tree) remove(l *leaf, i int) {
	x := l.branch
	slot := x.slot(l)
	l.cut(i)
	x.grow(slot, -1)
	t.sums.add(x.at, -1)
	switch {
	case l.n == 0:
		t.discard(x, slot)
	case l.n >= sparse:
	case slot+1 < int(x.n) && l.n+x.leaves[slot+1].n <= merged:
		t.mergeLeaf(x, slot)
	case slot > 0 && x.leaves[slot-1].n+l.n <= merged:
		t.mergeLeaf(x, slot-1)
	}
}

// mergeLeaf moves the rows of the leaf in slot i+1 to that in slot i.
func (t *tree) mergeLeaf(x *branch, slot int) {
	l, right := x.leaves[slot], x.leaves[slot+1]
	for _, number := range right.numbers[:right.n] {
		t.places.set(number, l.id)
	}
	n := int(right.n)
	l.append(&right.keys, 0)
	x.grow(slot, n)
	x.grow(slot+1, -n)
	t.discard(x, slot+1)
}

// discard drops the empty leaf in the slot, and merges the branch if it has become sparse.
func (t *tree) discard(x *branch, slot int) {
	t.places.discard(x.leaves[slot])
	x.cut(slot)
	switch {
	case x.n == 0:
		t.cut(x.at)
	case x.n >= sparse:
	case x.at+1 < len(t.branches) && x.n+t.branches[x.at+1].n <= merged:
		t.mergeBranch(x, t.branches[x.at+1])
	case x.at > 0 && t.branches[x.at-1].n+x.n <= merged:
		t.mergeBranch(t.branches[x.at-1], x)
	}
}

// mergeBranch moves the leaves of right to x, the branch before.
func (t *tree) mergeBranch(x, right *branch) {
	x.append(right, 0)
	t.cut(right.at)
}

// page appends rows from index i on until dst is full.
func (t *tree) page(dst []Row, i int) []Row {
	at, i := t.sums.find(i)
	slot, i := t.branches[at].find(i)
	for ; at < len(t.branches); at, slot = at+1, 0 {
		x := t.branches[at]
		for ; slot < int(x.n); slot, i = slot+1, 0 {
			for l := x.leaves[slot]; i < int(l.n); i++ {
				if len(dst) == cap(dst) {
					return dst
				}
				dst = append(dst, l.row(i))
			}
		}
	}
	return dst
}
