// Package store keeps Fanfare's truth in a SQL database: campaigns, entries, votes and the people around them.
//
// It knows tables and transactions. It refuses to know rules: who may do what and when is judged by contest, inside the
// same Update, by whoever calls. What changes a challenge's entries and votes goes through one lane at a time, which lets
// concurrent updates share one commit.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/server/contest"
)

// How long a transaction may last, and wait for a connection to begin on.
const (
	// MaxView bounds a read-only transaction: one that stays keeps SQLite's write-ahead log from being reused, and
	// PostgreSQL from vacuuming.
	MaxView = 30 * time.Second
	// maxWait is what "unavailable" may take to be said.
	maxWait = 10 * time.Second
)

// Store is a database with its writers. Its methods may be called at the same time.
type Store struct {
	write, read *sql.DB
	dialect     Dialect
	clock       clock
	committed   func([]contest.Change)
	doubtful    func(contest.ChallengeID)
	observe     func(time.Duration, error)

	stmts *statements // of SQLite's only lane
	reads *statements // of its views
	log   logKeeper   // of SQLite's only lane

	sessions watch // by SQLite's only lane

	commits, updates atomic.Int64

	telling sync.Mutex // held while committed is called

	mu      sync.Mutex // guards lanes and closed
	lanes   map[contest.ChallengeID]*lane
	closed  bool
	callers sync.WaitGroup // updates and views under way; added to under mu while not closed
	writers sync.WaitGroup // the lanes' goroutines
}

// Option changes a Store at Open.
type Option func(*Store)

// WithClock makes the store take its times from now instead of the system's or the database's clock.
func WithClock(now func() time.Time) Option {
	return func(s *Store) { s.clock.now, s.clock.database = now, false }
}

// WithDoubt has doubtful called after a commit of a challenge's changes whose outcome is not known, because the database
// did not answer. It must not block.
func WithDoubt(doubtful func(contest.ChallengeID)) Option {
	return func(s *Store) { s.doubtful = doubtful }
}

// WithObserver has observe called with what each update took its caller, its wait included, and with each view that failed.
// It may be called by several goroutines at once.
func WithObserver(observe func(took time.Duration, err error)) Option {
	return func(s *Store) { s.observe = observe }
}

// Open returns a store over a database that write and read reach; SQLite's write has one connection. Committed is told
// of every commit's changes, the newest per entry, before the callers are answered; it is never called by two commits at
// once and must not block. Close leaves the two pools to the caller.
func Open(write, read *sql.DB, d Dialect, committed func([]contest.Change), options ...Option) (*Store, error) {
	if d != SQLite && d != Postgres {
		return nil, fmt.Errorf("open store: unknown dialect %d", d)
	}
	s := &Store{
		write: write, read: read, dialect: d, clock: clock{now: time.Now, database: d == Postgres},
		committed: committed, doubtful: func(contest.ChallengeID) {}, observe: func(time.Duration, error) {},
		lanes: map[contest.ChallengeID]*lane{},
	}
	for _, option := range options {
		option(s)
	}
	if d == SQLite {
		s.stmts, s.reads = newStatements(write), newStatements(read)
		s.log = logKeeper{db: write, stmts: s.stmts, limit: maxLog}
		s.join("") // until Close
	}
	return s, nil
}

// Close refuses new calls, waits for those under way to be answered, and ends the writers.
func (s *Store) Close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.callers.Wait()
	if first && s.dialect == SQLite {
		s.leave(s.lanes[""])
	}
	s.writers.Wait()
	if first {
		s.stmts.close()
		s.reads.close()
	}
}

// Update runs fn in a transaction that other callers' updates may share; nobody sees another's half-done work. When
// Update returns nil, what fn wrote has reached the disk. When fn returns an error or panics, its own writes alone are
// undone. Fn runs on the caller's goroutine and must not call Update. It may run more than once, each time as if it were
// the first, so it sets what it hands out and adds nothing to it. A caller whose ctx ends while it still waits for
// its turn leaves with ctx's error; once fn has run, the answer is the truth and ctx no longer counts.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	if s.dialect == SQLite {
		return s.UpdateIn(ctx, "", fn)
	}
	begun := time.Now()
	err := s.updateAlone(ctx, fn)
	s.observe(time.Since(begun), err)
	return err
}

// UpdateIn is Update for whatever writes a challenge's entries, votes and tallies: such updates follow one another, in
// all processes, and have one clock. What writes them refuses another challenge's. What the rules look at for the ballots
// is read ahead, together with what the neighbours' need.
func (s *Store) UpdateIn(ctx context.Context, challenge contest.ChallengeID, fn func(*Tx) error, ballots ...Ballot) error {
	begun := time.Now()
	r := &request{challenge: challenge, ballots: ballots, actor: ActorOf(ctx), said: make(chan word, 1), ran: make(chan error, 1)}
	err := s.share(ctx, r, fn)
	s.observe(time.Since(begun), err)
	return err
}

// share has a request join the others of its lane.
func (s *Store) share(ctx context.Context, r *request, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.callers.Done()
	l := s.join(s.laneOf(r.challenge))
	defer s.leave(l)
	select {
	case l.queue <- r:
		return r.run(fn)
	case <-ctx.Done():
		return fmt.Errorf("wait for the writer: %w", context.Cause(ctx))
	}
}

// View runs fn in a read-only transaction, which sees one moment of the database and lasts at most MaxView.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(ctx, MaxView)
	defer cancel()
	err := s.look(ctx, fn)
	if err != nil {
		s.observe(time.Since(begun), err)
	}
	return err
}

// Snapshot is View without a bound, for copies of the whole database. The write-ahead log of SQLite grows for as long
// as it lasts, and what PostgreSQL would vacuum away stays.
func (s *Store) Snapshot(ctx context.Context, fn func(*Tx) error) error {
	return s.look(ctx, func(tx *Tx) error {
		for _, setting := range s.dialect.patience() {
			if _, err := tx.Exec(setting); err != nil {
				return fmt.Errorf("begin snapshot: %w", err)
			}
		}
		return fn(tx)
	})
}

func (s *Store) look(ctx context.Context, fn func(*Tx) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.callers.Done()
	s.reads.learn(ctx)
	t, release, err := s.begin(ctx, s.read, &sql.TxOptions{ReadOnly: true, Isolation: s.dialect.snapshot()})
	if err != nil {
		return fmt.Errorf("begin view: %w", err)
	}
	defer release()
	return classify(fn(&Tx{ctx: ctx, tx: t, dialect: s.dialect, stmts: s.reads.in(t), now: s.clock.read()}))
}

// begin begins a transaction, which lives on when ctx ends unless it only reads. Waiting for a connection is bounded.
// Release undoes what was not committed.
func (s *Store) begin(ctx context.Context, pool *sql.DB, options *sql.TxOptions) (t *sql.Tx, release func(), err error) {
	waiting, cancel := context.WithTimeoutCause(ctx, maxWait, ErrUnavailable)
	defer cancel()
	living := context.WithoutCancel(ctx)
	if options != nil && options.ReadOnly {
		living = ctx
	}
	for begun, attempt := time.Now(), 0; ; attempt++ {
		conn, err := pool.Conn(waiting)
		if err != nil {
			if errors.Is(context.Cause(waiting), ErrUnavailable) {
				err = fmt.Errorf("%w: %w", ErrUnavailable, err)
			}
			return nil, nil, classify(err)
		}
		if t, err = s.beginOn(living, conn, options); err == nil {
			return t, func() { t.Rollback(); conn.Close() }, nil
		}
		conn.Close()
		if err = classify(err); !errors.Is(err, ErrUnavailable) || attempt == s.dialect.leftovers() || time.Since(begun) > maxWait/2 {
			return nil, nil, err
		}
	}
}

func (s *Store) beginOn(ctx context.Context, conn *sql.Conn, options *sql.TxOptions) (*sql.Tx, error) {
	t, err := conn.BeginTx(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := s.compareClocks(ctx, t); err != nil {
		return nil, errors.Join(err, t.Rollback())
	}
	return t, nil
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
