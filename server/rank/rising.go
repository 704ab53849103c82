package rank

import "time"

// Window is how long a gain counts on a Rising board. It ends in steps of a bucket, so the oldest gains count up to that much
// less.
const Window = time.Hour

const (
	bucket  = 5 * time.Minute
	buckets = int64(Window / bucket)
)

// Rising ranks entries by what they gained within the Window, what they lost taken off; only those that gained are on its Board. The
// zero value has none. It is not safe for concurrent use.
type Rising struct {
	board  Board
	newest int64 // bucket: the latest time heard of
	active []gains
	index  map[uint32]int // where in active a number is
	// overdue says that active[:overdue] may still count buckets that have left the Window.
	overdue int
}

// gains are those of one entry. Those that left the Window are taken out when the entry gains, or by Advance.
type gains struct {
	number   uint32
	reached  int64
	newest   int64          // bucket: all in byBucket are at most as old as its Window
	byBucket [buckets]int64 // a bucket b is at b % buckets
}

// Board is the ranking: a row's Score is its gain. Only Rising may change it.
func (r *Rising) Board() *Board { return &r.board }

// Gain counts what an entry gained at a time, or lost, below zero. A time after all others moves the Window; what is before it
// is passed over. Reached is that of the entry's row from now on.
func (r *Rising) Gain(number uint32, gain, reached int64, at time.Time) {
	b := bucketOf(at)
	r.advance(b)
	if b <= r.newest-buckets || gain == 0 {
		return
	}
	i, ok := r.index[number]
	if !ok {
		i = r.add(number)
	}
	g := &r.active[i]
	g.settle(r.newest)
	g.byBucket[b%buckets] += gain
	g.reached = reached
	r.show(i)
}

// Forget takes out what the entry gained, and its row.
func (r *Rising) Forget(number uint32) {
	if i, ok := r.index[number]; ok {
		r.drop(i)
		r.board.Remove(number)
	}
}

// Advance moves the Window to now, and takes what left it from up to n entries, so that whoever holds the lock can breathe.
// More says that there are others left; changed, that the ranking may have.
func (r *Rising) Advance(now time.Time, n int) (changed, more bool) {
	r.advance(bucketOf(now))
	for ; n > 0 && r.overdue > 0; n-- {
		r.overdue--
		if r.active[r.overdue].settle(r.newest) {
			r.show(r.overdue)
			changed = true
		}
	}
	return changed, r.overdue > 0
}

func bucketOf(at time.Time) int64 { return at.Unix() / int64(bucket/time.Second) }

func (r *Rising) advance(newest int64) {
	if newest > r.newest {
		r.newest, r.overdue = newest, len(r.active)
	}
}

func (r *Rising) add(number uint32) (i int) {
	if r.index == nil {
		r.index = map[uint32]int{}
	}
	i = len(r.active)
	r.active = append(r.active, gains{number: number, newest: r.newest})
	r.index[number] = i
	return i
}

// show brings the entry's row up to date, and forgets the entry if nothing is left of it.
func (r *Rising) show(i int) {
	g := &r.active[i]
	if sum := g.sum(); sum > 0 {
		r.board.Set(Row{g.number, sum, g.reached})
	} else {
		r.board.Remove(g.number)
	}
	if g.byBucket == [buckets]int64{} {
		r.drop(i)
	}
}

// drop takes out what stands at i, and puts the last in its place, where at worst it is settled once more.
func (r *Rising) drop(i int) {
	delete(r.index, r.active[i].number)
	last := len(r.active) - 1
	if i != last {
		r.active[i] = r.active[last]
		r.index[r.active[i].number] = i
	}
	r.active = r.active[:last]
	r.overdue = min(r.overdue, last)
}

// settle takes out what left the Window that ends with the newest bucket, and reports whether there was anything.
func (g *gains) settle(newest int64) (changed bool) {
	for b := max(g.newest, newest-buckets) + 1; b <= newest; b++ {
		changed = changed || g.byBucket[b%buckets] != 0
		g.byBucket[b%buckets] = 0
	}
	g.newest = newest
	return changed
}

func (g *gains) sum() (sum int64) {
	for _, gain := range g.byBucket {
		sum += gain
	}
	return sum
}
