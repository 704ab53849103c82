// Package store keeps Fanfare's truth in a SQL database: campaigns, entries, votes and the people around them.
//
// It knows tables and transactions. It refuses to know rules: who may do what and when is judged by contest, inside the
// same Update, by whoever calls. Everything that changes goes through one writer per Store, which lets concurrent
// updates share one commit.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/server/contest"
)

// MaxView is how long a read-only transaction may last: a reader that stays keeps the write-ahead log from being
// reused, and the log grows for as long.
const MaxView = 30 * time.Second

// Store is a database with its writer. Its methods may be called at the same time.
type Store struct {
	write, read *sql.DB
	dialect     Dialect
	clock       func() time.Time
	committed   func([]contest.Change)

	queue   chan *request // unbuffered: who waits in it can still leave
	stop    chan struct{} // closed when no caller is left
	stopped chan struct{} // closed when the writer has ended

	commits, updates atomic.Int64

	mu      sync.Mutex // guards last and closed
	last    time.Time
	closed  bool
	callers sync.WaitGroup // Update and View under way; added to under mu while not closed
}

// Option changes a Store at Open.
type Option func(*Store)

// WithClock makes the store take its times from clock instead of the system's.
func WithClock(clock func() time.Time) Option { return func(s *Store) { s.clock = clock } }

// Open starts the writer of a database that write and read reach (write with one connection). Committed is told of every
// commit's changes, the newest per entry, before the callers are answered; it is never called by two commits at once and must not block.
// Close ends the writer and leaves the two pools to the caller.
func Open(write, read *sql.DB, d Dialect, committed func([]contest.Change), options ...Option) (*Store, error) {
	if d != SQLite {
		return nil, fmt.Errorf("open store: unknown dialect %d", d)
	}
	s := &Store{
		write: write, read: read, dialect: d, clock: time.Now, committed: committed,
		queue: make(chan *request), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	for _, option := range options {
		option(s)
	}
	go s.runWriter()
	return s, nil
}

// Close refuses new calls, waits for those under way to be answered, and ends the writer.
func (s *Store) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.callers.Wait()
	if first {
		close(s.stop)
	}
	<-s.stopped
}

// Update runs fn in a transaction that other callers' updates may share; nobody sees another's half-done work. When
// Update returns nil, what fn wrote has reached the disk. When fn returns an error or panics, its own writes alone are
// undone. Fn runs on the caller's goroutine and must not call Update. It may run more than once, each time as if it were
// the first, so it sets what it hands out and adds nothing to it. A caller whose ctx ends while it still waits for
// its turn leaves with ctx's error; once fn has run, the answer is the truth and ctx no longer counts.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	return s.UpdateIn(ctx, "", fn)
}

// UpdateIn is Update for whatever writes a challenge's entries, votes and tallies: such updates follow one another, in
// all processes, and have one clock. What writes them refuses another challenge's.
func (s *Store) UpdateIn(ctx context.Context, challenge contest.ChallengeID, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.callers.Done()
	r := &request{challenge: challenge, turn: make(chan *Tx, 1), ran: make(chan error, 1), done: make(chan error, 1)}
	select {
	case s.queue <- r:
		return r.run(fn)
	case <-ctx.Done():
		return fmt.Errorf("wait for the writer: %w", context.Cause(ctx))
	}
}

// View runs fn in a read-only transaction, which sees one moment of the database and lasts at most MaxView.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, MaxView)
	defer cancel()
	return s.Snapshot(ctx, fn)
}

// Snapshot is View without a bound, for copies of the whole database. The write-ahead log of SQLite grows for as long
// as it lasts, and what PostgreSQL would vacuum away stays.
func (s *Store) Snapshot(ctx context.Context, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.callers.Done()
	t, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin view: %w", classify(err))
	}
	defer t.Rollback()
	return classify(fn(&Tx{ctx: ctx, tx: t, now: s.now()}))
}

// Dialect returns the kind of the database.
func (s *Store) Dialect() Dialect { return s.dialect }

// Stats are a store's figures: commits made, and updates within them.
type Stats struct{ Commits, Updates int64 }

// Stats returns the figures since Open.
func (s *Store) Stats() Stats { return Stats{s.commits.Load(), s.updates.Load()} }

// Check reports whether the database answers, for readiness.
func (s *Store) Check(ctx context.Context) error {
	return s.View(ctx, func(tx *Tx) error {
		var one int
		return tx.one("SELECT 1", nil, &one)
	})
}

func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return fmt.Errorf("%w: store closed", ErrUnavailable)
	}
	s.callers.Add(1)
	return nil
}

// now returns the time in whole milliseconds, as it is stored; it never goes back.
func (s *Store) now() time.Time {
	now := s.clock().UTC().Truncate(time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.last) {
		return s.last
	}
	s.last = now
	return now
}
