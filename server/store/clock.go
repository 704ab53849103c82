package store

import (
	"context"
	"database/sql"
	"sync"
	"time"
)

// clockLife is how long the comparison with the database's clock counts: clocks drift by less than a millisecond in it.
const clockLife = 10 * time.Second

// clock tells the time in whole milliseconds, as it is stored; it never goes back. Where several processes write, it is
// the database's, by the difference seen last.
type clock struct {
	now      func() time.Time
	database bool

	mu       sync.Mutex // guards what follows
	ahead    time.Duration
	compared time.Time // zero before the first comparison
	last     time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.notBefore(c.now().Add(c.ahead))
}

// notBefore keeps a time from being before the last one. It is called with mu held.
func (c *clock) notBefore(at time.Time) time.Time {
	at = at.UTC().Truncate(time.Millisecond)
	if at.Before(c.last) {
		return c.last
	}
	c.last = at
	return at
}

// set takes over the database's time, in milliseconds, and returns the time now, which is not before another one, the last
// of a challenge. That one counts for this answer alone: what a wrong clock once wrote into one challenge stops no other's.
func (c *clock) set(database, ticked int64) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if c.database {
		c.ahead, c.compared = time.UnixMilli(database).Sub(now), now
	}
	at := c.notBefore(now.Add(c.ahead))
	if last := time.UnixMilli(ticked).UTC(); at.Before(last) {
		return last
	}
	return at
}

func (c *clock) stale() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.database && (c.compared.IsZero() || c.now().Sub(c.compared) > clockLife)
}

// databaseTime is PostgreSQL's time in milliseconds at the moment of evaluation.
const databaseTime = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint"

// compareClocks looks at the database's clock where the last comparison is old.
func (s *Store) compareClocks(ctx context.Context, t *sql.Tx) error {
	if !s.clock.stale() {
		return nil
	}
	var ms int64
	if err := t.QueryRowContext(ctx, "SELECT "+databaseTime).Scan(&ms); err != nil {
		return err
	}
	s.clock.set(ms, 0)
	return nil
}
