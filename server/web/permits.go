package web

import (
	"context"
	"fmt"
	"sync"
	"time"

	"fanfare/media/blob"
	"fanfare/server/contest"
)

const (
	// permitLife is how long an entry's photos are served without asking the database again: a photo that is taken down is
	// gone "at once" as people see it, and one that everybody looks at costs a question in two seconds.
	permitLife = 2 * time.Second
	// maxPermits bounds what is remembered: a megabyte or two. Who guesses names beyond that costs a question each.
	maxPermits = 10_000
)

// permits remembers for a moment which entries' photos may be seen. It is safe for concurrent use.
type permits struct {
	ask  func(context.Context, contest.EntryID) (bool, error)
	life time.Duration

	mu    sync.Mutex // guards what follows
	known map[contest.EntryID]*permit
	swept time.Time
}

// permit is one answer. Those who ask at once wait for the same.
type permit struct {
	until time.Time // counted from the question: what the answer says was so then

	ready  chan struct{} // closed once what follows is set
	served bool
	err    error
}

func newPermits(ask func(context.Context, contest.EntryID) (bool, error), life time.Duration) *permits {
	return &permits{ask: ask, life: life, known: map[contest.EntryID]*permit{}}
}

// check is blob.ErrNotFound for an entry whose photos are not to be seen, and another error where that cannot be known now.
func (p *permits) check(ctx context.Context, entry contest.EntryID) error {
	one, first := p.enter(entry)
	if first {
		one.served, one.err = p.ask(context.WithoutCancel(ctx), entry) // others wait for it too
		close(one.ready)
		if one.err != nil {
			p.drop(entry, one)
		}
	}
	select {
	case <-one.ready:
	case <-ctx.Done():
		return ctx.Err()
	}
	if one.err != nil {
		return fmt.Errorf("ask whether photos of %s are shown: %w", entry, one.err)
	}
	if !one.served {
		return fmt.Errorf("photo of %s: %w", entry, blob.ErrNotFound)
	}
	return nil
}

// enter returns the answer to wait for, and whether it is the caller who asks.
func (p *permits) enter(entry contest.EntryID) (one *permit, first bool) {
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if one, found := p.known[entry]; found && now.Before(one.until) {
		return one, false
	}
	one = &permit{until: now.Add(p.life), ready: make(chan struct{})}
	if p.room(now) {
		p.known[entry] = one
	}
	return one, true
}

// room reports whether one more can be remembered, and forgets those that ended, not more often than they end. The caller
// holds mu.
func (p *permits) room(now time.Time) bool {
	if len(p.known) >= maxPermits && now.Sub(p.swept) > p.life {
		p.swept = now
		for entry, one := range p.known {
			if !now.Before(one.until) {
				delete(p.known, entry)
			}
		}
	}
	return len(p.known) < maxPermits
}

// drop forgets a question that failed: the next who asks tries again.
func (p *permits) drop(entry contest.EntryID, one *permit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[entry] == one {
		delete(p.known, entry)
	}
}
