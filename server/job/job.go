// Package job is a table of work: whoever changes something inserts what follows from it in the same transaction, and
// workers do it after the commit, as often as needed until it succeeds.
//
// It knows kinds, keys, leases and retries. It refuses to know what a job does and whose database it is in: it declares
// the transaction that it needs. A handler may run more than once for one insertion, so it reads the state as it is
// then and does its work idempotently.
package job

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"
)

// Tx is the transaction that the jobs' table is reached through. Statements have "?" for their arguments.
type Tx interface {
	Exec(query string, args ...any) (sql.Result, error)
	Query(query string, args ...any) (*sql.Rows, error)
	Now() time.Time
	// OnCommit has hook called after the commit, never when the transaction is undone.
	OnCommit(hook func())
	// SkipLocked ends a SELECT that takes rows to change them, where the database has more than one writer.
	SkipLocked() string
}

// Job is one piece of work.
type Job struct {
	Kind string
	// Key names the work among its kind: inserting the same key again arms the job there is. An empty key is drawn
	// anew, so that every insertion is a job of its own.
	Key string
	// Payload is for the handler. The last insertion's counts.
	Payload string
	// RunAt is the earliest time to run; zero means at once.
	RunAt time.Time
	// Attempt counts the runs since the job was last armed, from 1. It is set for handlers.
	Attempt int
}

// MaxAttempts is how often a job is tried before it is left dead. With the pauses between them that is nearly three
// hours, longer than an outage of anything it may wait for should last.
const MaxAttempts = 20

// The pause before a second attempt, and before the later ones; it doubles from one to the other.
const (
	firstPause = 2 * time.Second
	lastPause  = 15 * time.Minute
)

// pause is how long to wait after a failed attempt. A quarter of it is drawn, so that what failed together does not
// come back together.
func pause(attempt int) time.Duration {
	p := min(firstPause<<min(attempt-1, MaxAttempts), lastPause)
	return p - p/8 + rand.N(p/4)
}

type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent marks an error that no further attempt will mend: the job is dead at once.
func Permanent(err error) error { return permanent{err} }

// hopeless reports whether a job that failed is to be left dead.
func hopeless(attempt int, err error) bool {
	var p permanent
	return attempt >= MaxAttempts || errors.As(err, &p)
}

// Handler does a job. Its context ends when the queue stops or the job's lease is lost.
type Handler func(context.Context, Job) error

// Stats counts a kind's jobs. Those of Every that wait for their time are left out.
type Stats struct {
	Ready, Running, Dead int
	// Overdue is how long the oldest has been waiting since its time.
	Overdue time.Duration
}
