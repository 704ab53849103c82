// Package throttle counts requests by key and window, together with the other replicas, so that a limit holds for all of
// them. It knows names, hashed keys and numbers; it refuses to know what is limited and what happens then.
//
// Each replica tells the others its own counts as absolute numbers, four times a second at most: a message that is lost,
// repeated or late does no harm that the next one does not mend. Counting never waits for the bus. What this replica
// counted and the others cannot know yet is taken as a sample: they are each assumed to have counted as much. So replicas
// that share the load hold the limit together exactly, as long as messages arrive within a tick; what a slower bus lets
// through is what arrives meanwhile. Without a bus each replica holds the limit on its own.
package throttle

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"fanfare/server/bus"
)

// topic is where replicas tell each other their counts.
const topic = "throttle"

const (
	// tick is the time between two messages.
	tick = 250 * time.Millisecond
	// greeting is the time between two messages where there is nothing to tell: that this replica is there.
	greeting = 5 * time.Second
	// absence is how long a replica counts as there after its last message.
	absence = 3 * greeting
	// maxTold is how many counts one message tells, about 45 KB: taking them in must not hold requests up.
	maxTold = 4096
	// maxKeys is how many keys one counter remembers for one window, about 5 MB. Where more come, the least counted go:
	// a flood of invented keys pushes itself out.
	maxKeys = 50_000
	// maxReplicas is how many replicas' counts one key remembers. Each start of a replica is one.
	maxReplicas = 64
)

// Counts are all counters of this replica.
type Counts struct {
	bus         bus.Bus
	self        uint64 // tells replicas and their starts apart
	unsubscribe func()
	quit        chan struct{}
	work        sync.WaitGroup

	mu       sync.Mutex // guards what follows, and all that hangs on it
	counters map[string]*Counter
	heard    map[uint64]time.Time // when the others were last heard
	others   int                  // how many of them are there now
	asking   bool                 // for everything that the others counted
	asked    bool                 // by one that has just come: it is to know at once that it is not alone
	spoke    time.Time
}

// New returns counts that are shared over b, which stays the caller's. Close ends the sharing.
func New(b bus.Bus) (*Counts, error) {
	c := &Counts{
		bus: b, self: rand.Uint64(), quit: make(chan struct{}),
		counters: map[string]*Counter{}, heard: map[uint64]time.Time{}, asking: true,
	}
	unsubscribe, err := b.Subscribe(topic, c.receive, c.missed)
	if err != nil {
		return nil, fmt.Errorf("hear other replicas: %w", err)
	}
	c.unsubscribe = unsubscribe
	c.work.Go(c.tell)
	return c, nil
}

// Close ends the sharing and waits for its goroutines. What is counted then counts here alone.
func (c *Counts) Close() {
	c.unsubscribe()
	close(c.quit)
	c.work.Wait()
}

// Counter returns the counter of a name, which is the same at every replica and names one limit.
func (c *Counts) Counter(name string) *Counter {
	c.mu.Lock()
	defer c.mu.Unlock()
	counter := c.counters[name]
	if counter == nil {
		counter = &Counter{counts: c, slots: map[int64]*slot{}}
		c.counters[name] = counter
	}
	return counter
}

// tell sends what is new, on each tick.
func (c *Counts) tell() {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-c.quit:
			return
		case <-ticker.C:
			c.tellOnce(time.Now())
		}
	}
}

func (c *Counts) tellOnce(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look(now)
	m := message{replica: c.self, asking: c.asking}
	var told []*tally
	for name, counter := range c.counters {
		told = counter.collect(name, &m, told)
	}
	if len(told) == 0 && !c.asking && !c.asked && now.Sub(c.spoke) < greeting {
		return
	}
	if c.bus.Publish(topic, m.encode()) != nil { // which waits for nothing
		return // all of it is still new at the next tick
	}
	c.spoke, c.asking, c.asked = now, false, false
	for _, t := range told {
		t.told = t.own
	}
}

// look counts the replicas that are there. The lock is held.
func (c *Counts) look(now time.Time) {
	for replica, at := range c.heard {
		if now.Sub(at) > absence {
			delete(c.heard, replica)
		}
	}
	c.others = len(c.heard)
}

// missed is called after messages may have been lost, in either direction.
func (c *Counts) missed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking = true
	c.repeat()
}

// repeat makes everything that was counted here new. The lock is held.
func (c *Counts) repeat() {
	for _, counter := range c.counters {
		for _, s := range counter.slots {
			s.repeat()
		}
	}
}

// receive takes what another replica counted. What cannot be read comes from a replica of another version.
func (c *Counts) receive(encoded []byte) {
	m, err := decode(encoded)
	if err != nil || m.replica == c.self {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.heard[m.replica]; known || len(c.heard) < maxReplicas {
		c.heard[m.replica] = time.Now()
	}
	if m.asking {
		c.asked = true
		c.repeat()
	}
	for _, g := range m.groups {
		if counter := c.counters[g.counter]; counter != nil {
			counter.take(m.replica, g)
		}
	}
}

// hash is how keys are held and told: nobody reads addresses off the bus, and nobody can choose two keys that are one.
func hash(key string) uint64 {
	sum := sha256.Sum256([]byte(key))
	return binary.LittleEndian.Uint64(sum[:])
}
