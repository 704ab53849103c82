package rank

// fanout is how many rows a leaf and how many children a branch holds at most. With 63 rows of 24 bytes a leaf fills one
// of the allocator's size classes (1,536 bytes); smaller nodes make the tree deeper, larger ones make moving rows slower.
const fanout = 63

// Below sparse, a node is merged with a neighbour if both together fill at most three quarters: so what was merged is not
// split by the next insertion.
const (
	sparse = fanout / 3
	merged = fanout * 3 / 4
)

// node is a leaf with n rows, or a branch with n children. In a branch, rows[i] is a lower bound: not after any row below
// child i, and after every row below child i-1. rows[0] of a branch is never read, so that the first child takes
// everything that is better than all others.
type node struct {
	n    int
	rows [fanout]Row
	down *children // nil in a leaf
}

type children struct {
	child [fanout]*node
	size  [fanout]uint32 // rows below each child
}

// branch returns the parent of two nodes.
func branch(left, right *node) *node {
	p := &node{down: new(children)}
	p.put(0, &left.rows[0], left)
	p.put(1, &right.rows[0], right)
	return p
}

// size counts the rows below.
func (x *node) size() (n int) {
	if x.down == nil {
		return x.n
	}
	for _, s := range x.down.size[:x.n] {
		n += int(s)
	}
	return n
}

// find returns the first slot, from low on, whose row is after r or equal to it.
func (x *node) find(r *Row, low int) int {
	high := x.n
	for low < high {
		middle := int(uint(low+high) / 2)
		if x.rows[middle].before(r) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// toward returns the child below which r is, or belongs.
func (x *node) toward(r *Row) int {
	i := x.find(r, 1)
	if i < x.n && x.rows[i] == *r {
		return i
	}
	return i - 1
}

// ahead counts the rows below that are before r.
func (x *node) ahead(r *Row) (count int) {
	for x.down != nil {
		i := x.toward(r)
		for _, s := range x.down.size[:i] {
			count += int(s)
		}
		x = x.down.child[i]
	}
	return count + x.find(r, 0)
}

// skip returns the child that holds the row with index i below, and the row's index below that child.
func (x *node) skip(i int) (child, rest int) {
	for i >= int(x.down.size[child]) {
		i -= int(x.down.size[child])
		child++
	}
	return child, i
}

func (x *node) at(i int) Row {
	for x.down != nil {
		var child int
		child, i = x.skip(i)
		x = x.down.child[child]
	}
	return x.rows[i]
}

// page appends rows from index i on until dst is full.
func (x *node) page(dst []Row, i int) []Row {
	if x.down == nil {
		end := min(x.n, i+cap(dst)-len(dst))
		return append(dst, x.rows[i:end]...)
	}
	child, i := x.skip(i)
	for ; child < x.n && len(dst) < cap(dst); child++ {
		dst, i = x.down.child[child].page(dst, i), 0
	}
	return dst
}

// insert adds r. Where the node had to be split, it returns the new node, which belongs right behind this one.
func (x *node) insert(r *Row) (right *node) {
	if x.down == nil {
		return x.add(x.find(r, 0), r, nil)
	}
	i := x.toward(r)
	x.down.size[i]++
	if more := x.down.child[i].insert(r); more != nil {
		x.down.size[i] -= uint32(more.size())
		return x.add(i+1, &more.rows[0], more)
	}
	return nil
}

// add puts a row, or a child with its lower bound, into slot i, and splits the node first if it is full: in halves, but
// behind its end if that is where i is, so that a board loaded in order has full leaves.
func (x *node) add(i int, r *Row, child *node) (right *node) {
	if x.n < fanout {
		x.put(i, r, child)
		return nil
	}
	middle := fanout / 2
	if i == fanout {
		middle = fanout
	}
	right = x.split(middle)
	if i > middle || i == fanout {
		right.put(i-middle, r, child)
	} else {
		x.put(i, r, child)
	}
	return right
}

// put makes room in slot i, which must exist, and fills it.
func (x *node) put(i int, r *Row, child *node) {
	copy(x.rows[i+1:x.n+1], x.rows[i:x.n])
	x.rows[i] = *r
	if x.down != nil {
		copy(x.down.child[i+1:x.n+1], x.down.child[i:x.n])
		copy(x.down.size[i+1:x.n+1], x.down.size[i:x.n])
		x.down.child[i], x.down.size[i] = child, uint32(child.size())
	}
	x.n++
}

// split moves the slots from middle on into a new node.
func (x *node) split(middle int) *node {
	right := new(node)
	if x.down != nil {
		right.down = new(children)
	}
	right.append(x, middle)
	x.cut(middle, x.n)
	return right
}

// append copies the slots of y from the given one on behind those of x.
func (x *node) append(y *node, from int) {
	copy(x.rows[x.n:], y.rows[from:y.n])
	if x.down != nil {
		copy(x.down.child[x.n:], y.down.child[from:y.n])
		copy(x.down.size[x.n:], y.down.size[from:y.n])
	}
	x.n += y.n - from
}

// cut takes the slots from i to before j out. Children left behind its end would keep memory alive, so they are cleared.
func (x *node) cut(i, j int) {
	copy(x.rows[i:], x.rows[j:x.n])
	if x.down != nil {
		copy(x.down.child[i:], x.down.child[j:x.n])
		copy(x.down.size[i:], x.down.size[j:x.n])
		clear(x.down.child[x.n-(j-i) : x.n])
	}
	x.n -= j - i
}

// remove takes r out; it must be there.
func (x *node) remove(r *Row) {
	if x.down == nil {
		i := x.find(r, 0)
		x.cut(i, i+1)
		return
	}
	i := x.toward(r)
	x.down.child[i].remove(r)
	x.down.size[i]--
	x.tidy(i)
}

// tidy drops child i if it is empty, and merges it with a neighbour if it has become sparse.
func (x *node) tidy(i int) {
	switch {
	case x.down.size[i] == 0:
		x.cut(i, i+1)
	case x.down.child[i].n >= sparse:
	case i+1 < x.n && x.down.child[i].n+x.down.child[i+1].n <= merged:
		x.merge(i)
	case i > 0 && x.down.child[i-1].n+x.down.child[i].n <= merged:
		x.merge(i - 1)
	}
}

// merge moves everything below child i+1 to child i. The first bound of a branch is not kept up to date while it is the
// first, so it is taken from above before it becomes one that is read.
func (x *node) merge(i int) {
	left, right := x.down.child[i], x.down.child[i+1]
	right.rows[0] = x.bound(right, i+1)
	left.append(right, 0)
	x.down.size[i] += x.down.size[i+1]
	x.cut(i+1, i+2)
}

// bound returns the lower bound of child i, which is y: for a leaf that is its first row itself.
func (x *node) bound(y *node, i int) Row {
	if y.down == nil {
		return y.rows[0]
	}
	return x.rows[i]
}

// move changes was into r if r belongs in the same leaf, strictly inside it, so that no count and no bound changes. Most
// votes move a row by little, and this saves them the second way through the tree.
func (x *node) move(was, r *Row) bool {
	for x.down != nil {
		x = x.down.child[x.toward(was)]
	}
	i, j := x.find(was, 0), x.find(r, 0)
	if j == 0 || j == x.n {
		return false
	}
	if j > i {
		j--
		copy(x.rows[i:], x.rows[i+1:j+1])
	} else {
		copy(x.rows[j+1:], x.rows[j:i])
	}
	x.rows[j] = *r
	return true
}
