package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"time"

	"fanfare/server/contest"
)

const (
	// MaxBatch is how many updates share a commit at most: it bounds how long the first of them waits.
	MaxBatch = 512
	// maxAttempts is how often a transaction is run that the database gave up for another one's sake.
	maxAttempts = 5
)

// batch is the updates that share one transaction. It runs them without savepoints, because hardly any of them fails after
// it has written; when one does, the transaction is undone and all run again, each behind a savepoint. (Besides the time,
// savepoints that write cost PostgreSQL a subtransaction each, and more than 64 of them slow down every reader.)
type batch struct {
	*lane
	requests []*request
	careful  bool // each behind a savepoint

	// What follows belongs to one run.
	tx      *sql.Tx
	prepped *bound
	own     *Tx // for the batch's own statements
	wrote   bool
	turned  bool  // sessions may be other ones
	version int64 // of the database, as other connections change it
	ledgers map[contest.ChallengeID]*ledger
	spoiled bool    // the ledgers had to forget
	errs    []error // the requests' answers
	changes []contest.Change
	counts  []counting
	hooks   []func()
	again   error // why it has to run again
	broken  error // the transaction is lost, with everything in it
}

// commit runs the request and all that wait behind it in one transaction, commits, and answers.
func (l *lane) commit(r *request) {
	b := &batch{lane: l, requests: []*request{r}}
	for attempt := 1; attempt <= maxAttempts; {
		careful := b.careful
		if b.run(); b.again == nil {
			break
		}
		if b.careful == careful { // becoming careful is no failure yet
			attempt++
		}
	}
	if b.again != nil {
		b.broken = fmt.Errorf("%w: %v", ErrUnavailable, b.again) //nolint:errorlint // whose refusal it was is nobody else's
	}
	if b.broken != nil {
		l.kept = kept{} // the next connection may be another one, whose versions say nothing
		l.sessions.blink()
	}
	if errors.Is(b.broken, ErrUnavailable) {
		b.gather() // who waits now has waited as long, and would learn the same
	}
	for i, r := range b.requests {
		switch {
		case b.broken != nil: // even a refusal may rest on what another caller of the batch wrote
			r.said <- word{err: b.broken}
		default:
			r.said <- word{err: b.errs[i]}
		}
	}
	if l.dialect == SQLite {
		_ = l.log.keep(context.Background()) // nobody waits for it, and the next commit tries again
	}
}

// run begins, serves and commits once.
func (b *batch) run() {
	*b = batch{lane: b.lane, requests: b.requests, careful: b.careful, ledgers: map[contest.ChallengeID]*ledger{}}
	b.stmts.learn(context.Background())
	tx, release, err := b.begin(context.Background(), b.write, nil)
	if err != nil {
		b.broken = fmt.Errorf("begin: %w", err)
		return
	}
	defer release()
	b.tx, b.prepped = tx, b.stmts.in(tx)
	b.own = b.transaction("", b.clock.read())
	b.must("lock challenge", b.lock())
	b.must("recall", b.recall())
	for served := 0; b.stands(); {
		b.gather()
		if served == len(b.requests) {
			break
		}
		b.must("read ahead", b.readAhead(b.requests[served:]))
		for ; served < len(b.requests) && b.stands(); served++ {
			b.serve(b.requests[served])
		}
	}
	b.finish()
}

// stands reports whether the transaction is still worth going on with.
func (b *batch) stands() bool { return b.broken == nil && b.again == nil }

// gather takes who waits now, while there is room; it never waits itself.
func (b *batch) gather() {
	runtime.Gosched() // those who were just answered may have come again
	for len(b.requests) < MaxBatch {
		select {
		case r := <-b.queue:
			b.requests = append(b.requests, r)
		default:
			return
		}
	}
}

func (b *batch) transaction(challenge contest.ChallengeID, now time.Time) *Tx {
	return &Tx{ctx: context.Background(), tx: b.tx, dialect: b.dialect, stmts: b.prepped, now: now, batch: b, challenge: challenge}
}

// serve runs one request's function.
func (b *batch) serve(r *request) {
	undo := b.savepoint(r.challenge)
	if !b.stands() {
		return
	}
	tx, err := b.transaction(r.challenge, b.own.now), errUndone
	if !r.gone {
		r.said <- word{tx: tx}
		err = <-r.ran
		r.gone = errors.Is(err, errUndone)
	}
	if err == nil {
		err = tx.failed // PostgreSQL does not go on after it, so nobody does
	}
	if b.careful && err == nil {
		err = b.settleOwn()
	}
	switch {
	case errors.Is(err, errLostRace) || errors.Is(tx.failed, errLostRace):
		b.again = errors.Join(err, tx.failed)
	case b.dialect == Postgres && errors.Is(tx.failed, ErrUnavailable):
		b.broken = tx.failed
	case b.careful && err != nil:
		undo(err)
	case b.careful:
		b.must("release savepoint", b.own.control("RELEASE SAVEPOINT caller"))
	case err != nil && (tx.wrote || tx.failed != nil):
		b.again, b.careful = err, true
	}
	b.errs = append(b.errs, classify(err))
	if err == nil {
		b.wrote = b.wrote || tx.wrote || tx.counts != nil
		b.counts = append(b.counts, tx.counts...)
		b.changes = append(b.changes, tx.changes...)
		b.hooks = append(b.hooks, tx.hooks...)
	}
}

// settleOwn writes what one caller of a careful batch left to be written, and returns what the database refuses of it.
func (b *batch) settleOwn() error {
	err := b.own.settleAll()
	if refused(err) {
		return err
	}
	b.must("settle", err)
	return nil
}

// refused reports whether an error is the database's answer to what was written, and not its state: other writes may succeed.
func refused(err error) bool {
	err = classify(err)
	return err != nil && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrFull) && !errors.Is(err, errLostRace)
}

// savepoint lets a careful batch undo what comes after it alone.
func (b *batch) savepoint(challenge contest.ChallengeID) (undo func(error)) {
	if !b.careful {
		return nil
	}
	b.must("settle", b.own.settleAll())
	if b.stands() {
		b.must("savepoint", b.own.control("SAVEPOINT caller"))
	}
	var before *counters
	if l := b.ledgers[challenge]; l != nil {
		c := l.counters
		before = &c
	}
	return func(err error) {
		b.mustAfter(err, "undo update", b.own.control("ROLLBACK TO SAVEPOINT caller"))
		b.mustAfter(err, "release savepoint", b.own.control("RELEASE SAVEPOINT caller"))
		if before != nil {
			b.ledgers[challenge].undo(*before)
		} else {
			delete(b.ledgers, challenge)
		}
	}
}

// must takes note of an error of the batch's own statements, which ends the transaction.
func (b *batch) must(what string, err error) { b.mustAfter(nil, what, err) }

// mustAfter is must for a statement that fails only when the database has given the whole transaction up. The kind of the
// error before it says why; its text is its caller's alone.
func (b *batch) mustAfter(before error, what string, err error) {
	if err == nil || !b.stands() {
		return
	}
	if errors.Is(err, errLostRace) {
		b.again = err
		return
	}
	kind := ErrUnavailable
	if errors.Is(classify(before), ErrFull) || errors.Is(err, ErrFull) {
		kind = ErrFull
	}
	b.broken = fmt.Errorf("%w: %s: %w", kind, what, err)
}

// finish writes what is still to be written, commits, and tells of it. What only read needs no commit, which would wait
// for the disk.
func (b *batch) finish() {
	if b.stands() {
		err := b.own.settleAll()
		if !b.careful && refused(err) {
			b.again, b.careful = err, true // whose it was is seen when each stands behind a savepoint
		}
		b.must("write votes", err)
	}
	if b.stands() {
		b.must("count", b.own.settleCounts(b.counts))
	}
	if !b.stands() {
		return
	}
	if b.wrote {
		if err := b.tx.Commit(); err != nil {
			b.broken = unknown(fmt.Errorf("commit: %w", classify(err)))
			for _, challenge := range challenges(b.changes) {
				b.doubtful(challenge)
			}
			return
		}
		b.commits.Add(1)
	}
	if b.turned {
		b.sessions.change()
	}
	b.keep()
	b.updates.Add(int64(len(b.requests)))
	b.tell(b.changes, b.hooks)
}

// challenges lists the challenges of changes, each once.
func challenges(changes []contest.Change) (list []contest.ChallengeID) {
	seen := map[contest.ChallengeID]bool{}
	for _, c := range changes {
		if !seen[c.Challenge] {
			seen[c.Challenge] = true
			list = append(list, c.Challenge)
		}
	}
	return list
}

// lock has the batch's challenge written by nobody else until the commit, in any process, and takes the time under that
// lock. One writer needs none.
func (b *batch) lock() error {
	if b.dialect == SQLite {
		return nil
	}
	var c counters
	var ticked, now int64
	err := one(direct{b.own}, "SELECT "+headColumns+", ticked, "+databaseTime+" FROM heads WHERE challenge = ? FOR UPDATE", []any{b.challenge},
		append(c.columns(), &ticked, &now)...)
	if errors.Is(err, ErrNotFound) {
		return nil // whoever needs the challenge finds that it is not there
	}
	if err != nil {
		return err
	}
	b.own.now = b.clock.set(now, ticked)
	b.ledgers[b.challenge] = newLedger(c)
	return nil
}

// unknown gives the error of a commit a kind, where it has none: whether it was done is not known.
func unknown(err error) error {
	for _, kind := range []error{ErrUnavailable, ErrConflict, ErrFull} {
		if errors.Is(err, kind) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
