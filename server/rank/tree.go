package rank

// tree is a leaf or a branch.
type tree interface {
	// slots is how many rows a leaf, how many children a branch has; count is how many rows are below.
	slots() int
	count() int
	// page appends rows from index i on until dst is full.
	page(dst []Row, i int) []Row
	// insert adds r. Where the tree had to be split it returns a new one, which belongs right behind this one, and a
	// lower bound of the rows below that.
	insert(p *places, r *Row) (bound Row, right tree)
	// remove takes r out; it must be there.
	remove(p *places, r *Row)
	// absorb moves everything below right, which stands right behind, into this tree. Bound is right's lower bound.
	absorb(p *places, bound Row, right tree)
}

// fanout is how many children a branch has at most, and about how many rows a leaf. Smaller nodes make the tree deeper,
// larger ones make it dear to move what is in them.
const fanout = 64

// Below sparse, a node is merged with a neighbour if both together fill at most three quarters: so what was merged is not
// split by the next insertion.
const (
	sparse = fanout / 3
	merged = fanout * 3 / 4
)

// branch has n children. bounds[i] is a lower bound: not after any row below child i, and after every row below child
// i-1. bounds[0] is never read, so that the first child takes everything that is better than all others.
type branch struct {
	n      int
	bounds [fanout]Row
	size   [fanout]uint32 // rows below each child
	child  [fanout]tree
}

// newBranch returns the parent of two trees.
func newBranch(left tree, bound Row, right tree) *branch {
	x := &branch{}
	x.put(0, bound, left)
	x.put(1, bound, right)
	return x
}

func (x *branch) slots() int { return x.n }

func (x *branch) count() int { return x.ahead(x.n) }

// toward returns the child below which r is, or belongs.
func (x *branch) toward(r *Row) int {
	low, high := 0, x.n // bounds[low] is not after r, as far as it is read; bounds[high] is
	for high-low > 1 {
		middle := int(uint(low+high) / 2)
		if r.before(&x.bounds[middle]) {
			high = middle
		} else {
			low = middle
		}
	}
	return low
}

// ahead counts the rows below the children before i.
func (x *branch) ahead(i int) (count int) {
	for _, s := range x.size[:i] {
		count += int(s)
	}
	return count
}

func (x *branch) page(dst []Row, i int) []Row {
	child := 0
	for i >= int(x.size[child]) {
		i -= int(x.size[child])
		child++
	}
	for ; child < x.n && len(dst) < cap(dst); child++ {
		dst, i = x.child[child].page(dst, i), 0
	}
	return dst
}

func (x *branch) insert(p *places, r *Row) (bound Row, right tree) {
	i := x.toward(r)
	x.size[i]++
	bound, more := x.child[i].insert(p, r)
	if more == nil {
		return Row{}, nil
	}
	x.size[i] -= uint32(more.count())
	return x.add(i+1, bound, more)
}

// add puts a child into slot i, and splits the branch first if it is full.
func (x *branch) add(i int, bound Row, child tree) (Row, tree) {
	if x.n < fanout {
		x.put(i, bound, child)
		return Row{}, nil
	}
	middle := splitAt(i, x.n)
	right := &branch{}
	right.append(x, middle)
	x.cut(middle, x.n)
	if i > middle || middle == fanout {
		right.put(i-middle, bound, child)
	} else {
		x.put(i, bound, child)
	}
	return right.bounds[0], right
}

// splitAt says which slots of n stay when a full node is split for a new slot i: half of them, but all if the new one is
// behind them, so that a board loaded in order has full nodes.
func splitAt(i, n int) int {
	if i == n {
		return n
	}
	return n / 2
}

// put makes room in slot i and fills it.
func (x *branch) put(i int, bound Row, child tree) {
	copy(x.bounds[i+1:], x.bounds[i:x.n])
	copy(x.size[i+1:], x.size[i:x.n])
	copy(x.child[i+1:], x.child[i:x.n])
	x.bounds[i], x.size[i], x.child[i] = bound, uint32(child.count()), child
	x.n++
}

// append copies the slots of y from the given one on behind those of x.
func (x *branch) append(y *branch, from int) {
	copy(x.bounds[x.n:], y.bounds[from:y.n])
	copy(x.size[x.n:], y.size[from:y.n])
	copy(x.child[x.n:], y.child[from:y.n])
	x.n += y.n - from
}

// cut takes the slots from i to before j out.
func (x *branch) cut(i, j int) {
	copy(x.bounds[i:], x.bounds[j:x.n])
	copy(x.size[i:], x.size[j:x.n])
	copy(x.child[i:], x.child[j:x.n])
	clear(x.child[x.n-(j-i) : x.n]) // or they would be kept in memory
	x.n -= j - i
}

func (x *branch) remove(p *places, r *Row) {
	i := x.toward(r)
	x.child[i].remove(p, r)
	x.size[i]--
	x.tidy(p, i)
}

// tidy drops child i if it is empty, and merges it with a neighbour if it has become sparse.
func (x *branch) tidy(p *places, i int) {
	switch {
	case x.size[i] == 0:
		p.discard(x.child[i])
		x.cut(i, i+1)
	case x.child[i].slots() >= sparse:
	case i+1 < x.n && x.child[i].slots()+x.child[i+1].slots() <= merged:
		x.merge(p, i)
	case i > 0 && x.child[i-1].slots()+x.child[i].slots() <= merged:
		x.merge(p, i-1)
	}
}

// merge moves everything below child i+1 to child i.
func (x *branch) merge(p *places, i int) {
	x.child[i].absorb(p, x.bounds[i+1], x.child[i+1])
	x.size[i] += x.size[i+1]
	x.cut(i+1, i+2)
}

// absorb takes right's first bound from above: right itself does not keep it up to date.
func (x *branch) absorb(_ *places, bound Row, right tree) {
	y := right.(*branch)
	y.bounds[0] = bound
	x.append(y, 0)
}
