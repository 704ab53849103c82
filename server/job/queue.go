package job

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// longestSleep bounds how long the queue relies on being woken: insertions by another process wake nobody here.
	longestSleep = 5 * time.Second
	// heldPause is how long a job that another process is just taking or changing is left alone.
	heldPause = 200 * time.Millisecond
	// settleTimeout bounds the write after a run, which is made even when the queue is stopping.
	settleTimeout = 10 * time.Second
	// everyLease is the lease of a job of Every: how late the next one is after a process has died in it.
	everyLease = time.Minute
	// renewals is how many times a lease is renewed within its term, so that one failure loses nothing.
	renewals = 3
)

var errLeaseLost = errors.New("lease lost")

// Queue runs jobs.
type Queue struct {
	update func(context.Context, func(Tx) error) error
	failed func(Job, error)
	wake   chan struct{} // holds one, so that a waking before the sleep is not lost
	kinds  []*kind
}

// kind is how one kind of jobs is done.
type kind struct {
	name    string
	workers int
	term    time.Duration
	handler Handler
	period  time.Duration // of a job of Every; 0 for the others
	planted bool          // the job of Every is in the table; the Run's alone
	busy    atomic.Int64
}

// NewQueue returns a queue over the database that update writes to. Failed is told of every run that failed, and, with
// a zero Job, of every time the table could not be reached; it may be called by several goroutines at once.
func NewQueue(update func(context.Context, func(Tx) error) error, failed func(Job, error)) *Queue {
	return &Queue{update: update, failed: failed, wake: make(chan struct{}, 1)}
}

// Handle has a kind's jobs done by handler, at most workers at once. A job is leased while it runs, and the lease is
// renewed; when its process dies, another one takes the job up once the lease has run out. Call it before Run.
func (q *Queue) Handle(name string, workers int, lease time.Duration, handler Handler) {
	q.kinds = append(q.kinds, &kind{name: name, workers: workers, term: lease, handler: handler})
}

// Every has handler called once in a period, by one of all the processes that share the table: at once when the table
// has not seen the kind, and from then on a period after the run before has ended. A run that failed is tried again,
// after growing pauses and never later than the next period; it is never given up. Call it before Run.
func (q *Queue) Every(name string, period time.Duration, handler Handler) {
	q.kinds = append(q.kinds, &kind{name: name, workers: 1, term: everyLease, handler: handler, period: period})
}

// Insert puts a job into the table, as part of the transaction, and wakes the queue after the commit. When a job of
// that kind and key is there, it is armed again: it will run once more after the commit, also when it runs now, and a
// dead one comes back to life.
func (q *Queue) Insert(tx Tx, j Job) error {
	tx.OnCommit(q.rouse)
	return arm(tx, j)
}

func (q *Queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default: // it is awake
	}
}

// Run does jobs until ctx ends, and returns after the last handler has returned. Jobs that were running then are ready
// again.
func (q *Queue) Run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	for ctx.Err() == nil {
		timer := time.NewTimer(q.poll(ctx, &workers))
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// poll starts what is due and returns how long there is nothing more to start.
func (q *Queue) poll(ctx context.Context, workers *sync.WaitGroup) time.Duration {
	sleep := longestSleep
	for _, k := range q.kinds {
		free := k.workers - int(k.busy.Load())
		if free == 0 {
			continue // the first to end will rouse the queue
		}
		taken, wait, err := q.claim(ctx, k, free)
		if err != nil && ctx.Err() == nil {
			q.failed(Job{}, err)
		}
		for _, l := range taken {
			k.busy.Add(1)
			workers.Go(func() { q.work(ctx, k, l) })
		}
		if len(taken) < free {
			sleep = min(sleep, wait)
		}
	}
	return sleep
}

func (q *Queue) claim(ctx context.Context, k *kind, free int) (taken []lease, wait time.Duration, err error) {
	err = q.update(ctx, func(tx Tx) error {
		wait = longestSleep
		if k.period > 0 && !k.planted {
			if err := plant(tx, k.name, k.period); err != nil {
				return err
			}
		}
		var next time.Time
		taken, next, err = claim(tx, k, free)
		if !next.IsZero() {
			wait = next.Sub(tx.Now())
		}
		if wait <= 0 { // due, and yet not taken: another process holds its row
			wait = heldPause
		}
		return err
	})
	if err != nil {
		return nil, longestSleep, err
	}
	k.planted = true
	return taken, wait, nil
}

// work runs one job and settles it.
func (q *Queue) work(ctx context.Context, k *kind, l lease) {
	defer q.rouse()
	defer k.busy.Add(-1)
	failure := q.attempt(ctx, k, l)
	interrupted := failure != nil && ctx.Err() != nil
	if failure != nil && !interrupted {
		q.failed(l.Job, failure)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := q.update(ctx, func(tx Tx) error { return settle(tx, l, k.period, failure, interrupted) }); err != nil {
		q.failed(Job{}, err) // the lease will run out, and the job run again
	}
}

// attempt calls the handler while the lease is kept.
func (q *Queue) attempt(ctx context.Context, k *kind, l lease) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var keeper sync.WaitGroup
	defer keeper.Wait()
	defer cancel(nil)
	keeper.Go(func() { q.keep(ctx, cancel, l, k.term) })
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return k.handler(ctx, l.Job)
}

// keep renews a lease until ctx ends, and cancels when it is lost or has run out.
func (q *Queue) keep(ctx context.Context, cancel context.CancelCauseFunc, l lease, term time.Duration) {
	ticker := time.NewTicker(term / renewals)
	defer ticker.Stop()
	for expires := time.Now().Add(term); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		asked, stands := time.Now(), false
		err := q.update(ctx, func(tx Tx) (err error) {
			stands, err = renew(tx, l, term)
			return err
		})
		switch {
		case err == nil && stands:
			expires = asked.Add(term)
		case err == nil || time.Now().After(expires):
			cancel(errLeaseLost)
			return
		}
	}
}

// Stats counts the jobs of each kind that has any.
func (q *Queue) Stats(ctx context.Context) (counts map[string]Stats, err error) {
	err = q.update(ctx, func(tx Tx) error {
		counts, err = count(tx)
		return err
	})
	return counts, err
}
