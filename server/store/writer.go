package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
)

// MaxBatch is how many updates share a commit at most: it bounds how long the first of them waits.
const MaxBatch = 512

// errUndone is what the writer is told of a function that panicked or ended its goroutine.
var errUndone = errors.New("update did not return")

// request is one Update. The writer gives the turn, the caller runs its function and says how it went, the writer
// answers after the commit.
type request struct {
	challenge contest.ChallengeID // empty for an Update
	turn      chan *Tx
	ran       chan error
	done      chan error
}

// run waits for the turn and runs fn. A panic goes on in the caller, after its writes have been undone.
func (r *request) run(fn func(*Tx) error) error {
	tx := <-r.turn
	if tx == nil { // the batch broke before the turn came
		return <-r.done
	}
	returned := false
	defer func() {
		if !returned {
			r.ran <- errUndone
			<-r.done //nolint:errcheck // the panic says more
		}
	}()
	err := fn(tx)
	returned = true
	r.ran <- err
	return <-r.done
}

// runWriter commits what waits until the store is closed.
func (s *Store) runWriter() {
	defer close(s.stopped)
	w := writer{Store: s, stmts: newStatements(s.write), log: logKeeper{db: s.write, limit: maxLog}}
	defer w.stmts.close()
	for {
		select {
		case r := <-s.queue:
			w.commitBatch(r)
		case <-s.stop:
			return
		}
	}
}

// writer is the state of the one goroutine that writes.
type writer struct {
	*Store
	stmts *statements
	log   logKeeper
}

// batch is the updates that share one transaction.
type batch struct {
	tx      *sql.Tx
	now     time.Time
	answers []answer
	changes []contest.Change
	hooks   []func()
	broken  error // the transaction is lost, with everything in it
}

type answer struct {
	to  *request
	err error
}

// commitBatch runs the request and all that wait behind it in one transaction, commits, and answers.
func (w *writer) commitBatch(r *request) {
	b := w.begin()
	for {
		w.serve(b, r)
		if r = w.next(b); r == nil {
			break
		}
	}
	w.commit(b)
	for _, a := range b.answers {
		a.to.done <- a.err
	}
	_ = w.log.keep(context.Background()) // nobody waits for it, and the next commit tries again
}

func (w *writer) begin() *batch {
	w.stmts.learn()
	tx, err := w.write.BeginTx(context.Background(), nil)
	if err != nil {
		return &batch{broken: fmt.Errorf("begin: %w", classify(err))}
	}
	return &batch{tx: tx, now: w.now()}
}

// next takes who waits now, if the batch has room; it never waits itself.
func (w *writer) next(b *batch) *request {
	if len(b.answers) >= MaxBatch {
		return nil
	}
	select {
	case r := <-w.queue:
		return r
	default:
		return nil
	}
}

// serve runs one request's function in a savepoint of its own.
func (w *writer) serve(b *batch, r *request) {
	tx := &Tx{ctx: context.Background(), tx: b.tx, stmts: w.stmts, now: b.now, challenge: r.challenge}
	if b.broken == nil {
		b.must("savepoint", tx, "SAVEPOINT caller", nil)
	}
	if b.broken != nil {
		r.turn <- nil
		b.answers = append(b.answers, answer{r, nil})
		return
	}
	r.turn <- tx
	err := <-r.ran
	if err != nil {
		b.must("undo update", tx, "ROLLBACK TO SAVEPOINT caller", err)
	}
	b.must("release savepoint", tx, "RELEASE SAVEPOINT caller", err)
	b.answers = append(b.answers, answer{r, classify(err)})
	if err == nil {
		b.changes = append(b.changes, tx.changes...)
		b.hooks = append(b.hooks, tx.hooks...)
	}
}

// must runs a statement that fails only when the database has given the whole transaction up. The kind of the error
// before it says why; its text is its caller's alone.
func (b *batch) must(what string, tx *Tx, query string, before error) {
	if b.broken != nil {
		return
	}
	if _, err := tx.Exec(query); err != nil {
		kind := ErrUnavailable
		if errors.Is(classify(before), ErrFull) || errors.Is(err, ErrFull) {
			kind = ErrFull
		}
		b.broken = fmt.Errorf("%w: %s: %w", kind, what, err)
	}
}

// commit ends the batch's transaction and puts the answer of a lost one in every caller's place: even a refusal may
// rest on what another caller of the batch wrote.
func (w *writer) commit(b *batch) {
	switch {
	case b.tx == nil:
	case b.broken != nil:
		b.tx.Rollback()
	default:
		if err := b.tx.Commit(); err != nil {
			b.broken = fmt.Errorf("commit: %w", classify(err))
		}
	}
	if b.broken != nil {
		for i := range b.answers {
			b.answers[i].err = b.broken
		}
		return
	}
	w.commits.Add(1)
	w.updates.Add(int64(len(b.answers)))
	if len(b.changes) > 0 && w.committed != nil {
		w.committed(newest(b.changes))
	}
	for _, hook := range b.hooks {
		hook()
	}
}

// newest keeps the last change of each entry, in the order of the last ones.
func newest(changes []contest.Change) []contest.Change {
	last := make(map[contest.EntryID]int, len(changes))
	for i, c := range changes {
		last[c.Entry] = i
	}
	kept := changes[:0]
	for i, c := range changes {
		if last[c.Entry] == i {
			kept = append(kept, c)
		}
	}
	return kept
}
