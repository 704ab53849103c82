package job

import (
	"context"
	"time"
)

// Queue runs jobs.
type Queue struct {
	update func(context.Context, func(Tx) error) error
	failed func(Job, error)
	wake   chan struct{}
}

// NewQueue returns a queue over the database that update writes to. Failed is told of every run that failed, and, with
// a zero Job, of every time the table could not be reached; it may be called by several goroutines at once.
func NewQueue(update func(context.Context, func(Tx) error) error, failed func(Job, error)) *Queue {
	return &Queue{update: update, failed: failed, wake: make(chan struct{}, 1)}
}

// Handle has a kind's jobs done by handler, at most workers at once. A job is leased while it runs, and the lease is
// renewed; when its process dies, another one takes the job up once the lease has run out. Call it before Run.
func (q *Queue) Handle(kind string, workers int, lease time.Duration, handler Handler) {}

// Insert puts a job into the table, as part of the transaction, and wakes the queue after the commit. When a job of
// that kind and key is there, it is armed again: it will run once more after the commit, also when it runs now, and a
// dead one comes back to life.
func (q *Queue) Insert(tx Tx, j Job) error { return nil }

// Run does jobs until ctx ends, and returns after the last handler has returned. Jobs that were running then are ready
// again.
func (q *Queue) Run(ctx context.Context) {}

// Stats counts the jobs of each kind that has any.
func (q *Queue) Stats(ctx context.Context) (map[string]Stats, error) { return nil, nil }
