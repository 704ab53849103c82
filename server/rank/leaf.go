package rank

// leaf has rows.
type leaf struct {
	branch *branch
	id     uint32
	keys
}

// branch has leaves. Its keys are their lower bounds: each is not after any row of its leaf, and after every row of the leaf
// before.
type branch struct {
	at     int // where it stands among the branches
	rows   int
	counts [slots]uint8 // rows of each leaf: together they take as much memory as is read at once
	leaves [slots]*leaf
	keys
}

// toward returns the slot of the leaf that r belongs in.
func (x *branch) toward(r *Row) int {
	i := x.after(r)
	if i == 0 {
		x.fill(0, r)
		return 0
	}
	return i - 1
}

// slot returns where the leaf stands.
func (x *branch) slot(l *leaf) int {
	for i, other := range x.leaves[:x.n] {
		if other == l {
			return i
		}
	}
	return int(x.n)
}

// ahead counts the rows of the leaves before slot i.
func (x *branch) ahead(i int) (rows int) {
	for _, count := range x.counts[:i] {
		rows += int(count)
	}
	return rows
}

// find returns the slot of the leaf with row i, and where in it that is.
func (x *branch) find(i int) (slot, row int) {
	for i >= int(x.counts[slot]) {
		i -= int(x.counts[slot])
		slot++
	}
	return slot, i
}

// grow counts rows that came to the leaf in the slot, or left it.
func (x *branch) grow(slot, rows int) {
	x.counts[slot] = uint8(int(x.counts[slot]) + rows)
	x.rows += rows
}

// put makes room in slot i for a leaf.
func (x *branch) put(i int, bound *Row, l *leaf) {
	copy(x.counts[i+1:], x.counts[i:x.n])
	copy(x.leaves[i+1:], x.leaves[i:x.n])
	x.keys.put(i, bound)
	l.branch, x.leaves[i], x.counts[i] = x, l, 0
	x.grow(i, int(l.n))
}

// cut takes the leaf in slot i out.
func (x *branch) cut(i int) {
	x.rows -= int(x.counts[i])
	copy(x.counts[i:], x.counts[i+1:x.n])
	copy(x.leaves[i:], x.leaves[i+1:x.n])
	x.keys.cut(i)
	x.leaves[x.n] = nil // or it would be kept in memory
}

// append moves the leaves of y from the given slot on behind those of x.
func (x *branch) append(y *branch, from int) {
	n := x.n
	moved := y.leaves[from:y.n]
	copy(x.counts[n:], y.counts[from:y.n])
	copy(x.leaves[n:], moved)
	x.keys.append(&y.keys, from)
	for i, l := range moved {
		l.branch = x
		x.rows += int(x.counts[int(n)+i])
		y.rows -= int(x.counts[int(n)+i])
	}
	clear(moved)
}
