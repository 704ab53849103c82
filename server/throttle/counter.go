package throttle

import (
	"slices"
	"time"
)

// Counter counts the requests of one limit. Its methods are those that httprate asks of a LimitCounter; they never fail.
type Counter struct {
	counts *Counts
	// The rest is guarded by the lock of counts.
	window time.Duration
	slots  map[int64]*slot // by the beginning of their window, in Unix seconds
}

// slot holds one window's counts.
type slot struct {
	tallies map[uint64]*tally
	fresh   map[uint64]*tally // those among them that the others may not know yet
}

// tally is what is known of one key in one window.
type tally struct {
	own     int // counted here
	told    int // of own, told to the others
	settled int // of own, told at least a tick ago, so that the others know it
	others  int // the sum of by
	by      []share
}

// share is what another replica counted.
type share struct {
	replica uint64
	count   int
}

// Config is told the limit's window, before anything is counted.
func (c *Counter) Config(_ int, window time.Duration) {
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	c.window = window
}

// Increment counts one request of the key.
func (c *Counter) Increment(key string, current time.Time) error {
	return c.IncrementBy(key, current, 1)
}

// IncrementBy counts requests of the key.
func (c *Counter) IncrementBy(key string, current time.Time, amount int) error {
	id := hash(key)
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	s := c.slot(current)
	t := s.tally(id)
	t.own += amount
	s.fresh[id] = t
	return nil
}

// Get returns how often the key was counted in the two windows, here and elsewhere.
func (c *Counter) Get(key string, current, previous time.Time) (now, before int, err error) {
	id := hash(key)
	c.counts.mu.Lock()
	defer c.counts.mu.Unlock()
	if t := c.find(id, current); t != nil {
		now = t.own + t.others + c.counts.others*(t.own-t.settled)
	}
	if t := c.find(id, previous); t != nil {
		before = t.own + t.others
	}
	return now, before, nil
}

// find returns a key's tally, or nil. The lock is held, as in all that follows.
func (c *Counter) find(id uint64, window time.Time) *tally {
	if s := c.slots[window.Unix()]; s != nil {
		return s.tallies[id]
	}
	return nil
}

// slot returns a window's slot, and forgets those that no question is about any more.
func (c *Counter) slot(window time.Time) *slot {
	start := window.Unix()
	s := c.slots[start]
	if s == nil {
		oldest := time.Now().Truncate(c.window).Add(-c.window).Unix()
		for old := range c.slots {
			if old < oldest {
				delete(c.slots, old)
			}
		}
		s = &slot{tallies: map[uint64]*tally{}, fresh: map[uint64]*tally{}}
		c.slots[start] = s
	}
	return s
}

// collect appends to the message, as far as there is room, what the others do not know, and returns what it told.
func (c *Counter) collect(name string, m *message, told []*tally) []*tally {
	for start, s := range c.slots {
		g := group{counter: name, window: c.window, start: start}
		for id, t := range s.fresh {
			if len(told) == maxTold {
				break
			}
			if t.settled = max(t.settled, t.told); t.told < t.own {
				g.counts = append(g.counts, count{id, t.own})
				told = append(told, t)
			} else if t.settled == t.own {
				delete(s.fresh, id)
			}
		}
		if len(g.counts) > 0 {
			m.groups = append(m.groups, g)
		}
	}
	return told
}

// take applies what another replica counted, for windows that our clock knows too.
func (c *Counter) take(replica uint64, g group) {
	if g.window != c.window {
		return // of another version's limit
	}
	start := time.Unix(g.start, 0)
	if current := time.Now().Truncate(c.window); start.Sub(current).Abs() > c.window || !start.Truncate(c.window).Equal(start) {
		return
	}
	s := c.slot(start)
	for _, told := range g.counts {
		s.tally(told.id).take(replica, told.n)
	}
}

// take keeps the largest count that the replica ever told.
func (t *tally) take(replica uint64, n int) {
	at := slices.IndexFunc(t.by, func(s share) bool { return s.replica == replica })
	if at < 0 {
		if len(t.by) == maxReplicas {
			return
		}
		at = len(t.by)
		t.by = append(t.by, share{replica: replica})
	}
	if n > t.by[at].count {
		t.others += n - t.by[at].count
		t.by[at].count = n
	}
}

// tally returns the key's tally.
func (s *slot) tally(id uint64) *tally {
	t := s.tallies[id]
	if t == nil {
		if len(s.tallies) >= maxKeys {
			s.makeRoom()
		}
		t = &tally{}
		s.tallies[id] = t
	}
	return t
}

// makeRoom forgets, of a few keys, the one that was counted least.
func (s *slot) makeRoom() {
	const looked = 8
	var least uint64
	seen, fewest := 0, 0
	for id, t := range s.tallies { // a map's order is random
		if n := t.own + t.others; seen == 0 || n < fewest {
			least, fewest = id, n
		}
		if seen++; seen == looked {
			break
		}
	}
	delete(s.tallies, least)
	delete(s.fresh, least)
}

// repeat makes everything counted here new to the others.
func (s *slot) repeat() {
	for id, t := range s.tallies {
		if t.own > 0 {
			t.told = 0
			s.fresh[id] = t
		}
	}
}
