package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/widget/wire"
)

const (
	joinTime = 30 * time.Second // until every browser has its first frame
	lastTime = 20 * time.Second // from the last change until every browser has seen it
	// perAddress is how many browsers share one loopback address: an audience has many, and servers bound the sockets of
	// one.
	perAddress = 500
	// readers is how many goroutines read for all browsers. Two keep up with any server on the same machine.
	readers = 2
)

// Audience is many open browsers that read, and some that stall. Its load on the machine is kept small by few goroutines
// that wait for all of them at once.
type Audience struct {
	url, room string
	browsers  []*browser
	groups    [readers]*group
	working   sync.WaitGroup
	ending    atomic.Bool
	base      int64          // votes on the board before the first change
	sent      []atomic.Int64 // when the i-th change was requested, in Unix nanoseconds; 0 before
	acked     []atomic.Int64 // when the i-th acknowledgement came, likewise
	asked     atomic.Int64   // changes requested
	told      atomic.Int64   // changes acknowledged
	failed    chan error     // holds the first failure
}

// Watching says who watches what.
type Watching struct {
	Browsers    int
	Concurrency int    // how many open at once
	Room        string // the board's name; empty for the challenge's overall board
	Votes       int64  // on the board before the first change
	Changes     int    // how many will come
}

// group is what one reading goroutine looks after. All but the counters is its own until it ended.
type group struct {
	audience *Audience
	poll     *poller
	sight    sight
	took     Histogram // of each change, from its request to each browser
	ages     Histogram // of each frame: for how long a change that it is the first to show had been acknowledged
	frames   atomic.Int64
	updates  atomic.Int64 // frames that bring no cards
	bytes    atomic.Int64 // of those, with the header of websockets
}

// Watch opens browsers that join the challenge's board and read, and waits until each has its first frame.
func Watch(ctx context.Context, url string, w Watching) (*Audience, error) {
	if w.Room == "" {
		w.Room = Challenge
	}
	a := &Audience{
		url: url, room: w.Room, browsers: make([]*browser, w.Browsers), base: w.Votes,
		sent: make([]atomic.Int64, w.Changes), acked: make([]atomic.Int64, w.Changes), failed: make(chan error, 1),
	}
	for i := range a.groups {
		p, err := newPoller()
		if err != nil {
			a.Close()
			return nil, err
		}
		g := &group{audience: a, poll: p}
		a.groups[i] = g
		a.working.Go(g.read)
	}
	err := Each(ctx, w.Browsers, w.Concurrency, func(ctx context.Context, i int) (err error) {
		a.browsers[i], err = a.open(ctx, i)
		return err
	})
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// open opens the i-th browser and waits for its first frame.
func (a *Audience) open(ctx context.Context, i int) (*browser, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	conn, err := dial(ctx, a.url, a.room, addressOfBrowser(i), false)
	if err != nil {
		return nil, fmt.Errorf("open browser %d: %w", i, err)
	}
	b, err := a.groups[i%readers].poll.adopt(conn)
	if err != nil {
		return nil, fmt.Errorf("open browser %d: %w", i, err)
	}
	select {
	case <-b.first:
		return b, nil
	case err := <-a.failed:
		return b, err
	case <-ctx.Done():
		return b, fmt.Errorf("browser %d has no frame: %w", i, ctx.Err())
	}
}

// addressOfBrowser spreads browsers over loopback addresses.
func addressOfBrowser(i int) [4]byte {
	return [4]byte{127, 0, byte(1 + i/perAddress>>8), byte(1 + i/perAddress)}
}

// read takes what arrives until the audience ends.
func (g *group) read() {
	buffer := make([]byte, wire.MaxMessage)
	for !g.audience.ending.Load() {
		ready, err := g.poll.wait()
		if err != nil {
			g.audience.fail(err)
			return
		}
		for _, b := range ready {
			if err := g.receive(b, buffer); err != nil {
				g.poll.forget(b)
				g.audience.fail(fmt.Errorf("read browser: %w", err))
			}
		}
	}
}

// receive takes what one browser was sent.
func (g *group) receive(b *browser, buffer []byte) error {
	n, err := b.receive(buffer)
	if n == 0 || err != nil {
		return err
	}
	now := time.Now().UnixNano()
	return b.take(buffer[:n], func(op byte, payload []byte, size int) error {
		switch {
		case op == opPing:
			b.send(framed(opPong, payload))
		case op == opClose:
			return closing(payload)
		case op == opBinary && wire.KindOf(payload) == wire.KindFrame:
			return g.show(b, payload, size, now)
		case op != opBinary:
			return errFrame
		}
		return nil
	})
}

// show notes how old each change is that the frame is the first to show.
func (g *group) show(b *browser, message []byte, size int, now int64) error {
	f, err := g.sight.of(message)
	if err != nil {
		return err
	}
	g.frames.Add(1)
	if len(f.Cards) == 0 {
		g.updates.Add(1)
		g.bytes.Add(int64(size))
	}
	votes, last := int64(f.Votes), b.seen.Load()
	b.seen.Store(votes)
	if !b.begun {
		b.begun = true
		close(b.first)
		return nil
	}
	g.note(last, votes, now)
	return nil
}

// note counts the changes between two totals. Which vote made which total is not known where several are under way; the
// first request is no later than the first vote, and the first acknowledgement no earlier, and so on: what is counted is
// never too short from the request, and never too long from the acknowledgement.
func (g *group) note(last, votes, now int64) {
	a := g.audience
	first := max(0, last-a.base)
	for i := first; i < min(votes-a.base, int64(len(a.sent))); i++ {
		if i == first {
			age := time.Duration(0)
			if at := a.acked[i].Load(); at != 0 {
				age = time.Duration(now - at)
			}
			g.ages.Add(age)
		}
		g.took.Add(time.Duration(now - a.sent[i].Load()))
	}
}

func (a *Audience) fail(err error) {
	select {
	case a.failed <- err:
	default: // another one was first, or Close is the reason
	}
}

// Change requests the next change by vote, which must return when it is acknowledged. Several may run at once.
func (a *Audience) Change(vote func() error) error {
	i := a.asked.Add(1) - 1
	if i >= int64(len(a.sent)) {
		return errors.New("more changes than were announced")
	}
	a.sent[i].Store(time.Now().UnixNano())
	if err := vote(); err != nil {
		return err
	}
	a.acked[a.told.Add(1)-1].Store(time.Now().UnixNano())
	return nil
}

// Settle waits until every browser shows all changes.
func (a *Audience) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastTime)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	want := a.base + int64(len(a.sent))
	behind := func(b *browser) bool { return b.seen.Load() != want }
	for slices.ContainsFunc(a.browsers, behind) {
		select {
		case <-tick.C:
		case err := <-a.failed:
			return err
		case <-ctx.Done():
			i := slices.IndexFunc(a.browsers, behind)
			return fmt.Errorf("browser %d shows %d votes, the board has %d: %w", i, a.browsers[i].seen.Load(), want, ctx.Err())
		}
	}
	return nil
}

// Err returns what went wrong at a browser since it was asked last, if anything did.
func (a *Audience) Err() error {
	select {
	case err := <-a.failed:
		return err
	default:
		return nil
	}
}

// Frames returns how many frames arrived so far, the first ones included.
func (a *Audience) Frames() (n int64) {
	for _, g := range a.groups {
		n += g.frames.Load()
	}
	return n
}

// UpdateBytes is the mean size of a frame without cards, with the header of websockets; 0 where none came.
func (a *Audience) UpdateBytes() float64 {
	var updates, bytes int64
	for _, g := range a.groups {
		updates, bytes = updates+g.updates.Load(), bytes+g.bytes.Load()
	}
	return float64(bytes) / float64(max(1, updates))
}

// Close ends all browsers. Afterwards Changes and Ages may be called.
func (a *Audience) Close() {
	a.ending.Store(true)
	a.working.Wait()
	for _, g := range a.groups {
		if g != nil {
			g.poll.close()
		}
	}
}

// Changes tells how long each change took from its request to each browser.
func (a *Audience) Changes() (h Histogram) {
	for _, g := range a.groups {
		h.merge(&g.took)
	}
	return h
}

// Ages tells how old the board at each browser became before each frame: how long ago the oldest change that it did not show
// had been acknowledged.
func (a *Audience) Ages() (h Histogram) {
	for _, g := range a.groups {
		h.merge(&g.ages)
	}
	return h
}
