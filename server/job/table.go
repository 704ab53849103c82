package job

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"
)

// The states of a job. One that is done is deleted.
const (
	ready   = "ready"
	running = "running"
	dead    = "dead"
)

// errorLimit bounds the error kept with a job, in bytes: enough for a message and the stack's interesting part.
const errorLimit = 4 << 10

// lease is a job that a worker has taken.
type lease struct {
	Job
	armed int64 // the insertion that the run answers
	claim int64 // this run, among all of the job
}

func arm(tx Tx, j Job) error {
	if j.Key == "" {
		j.Key = rand.Text()
	}
	at := tx.Now()
	if j.RunAt.After(at) {
		at = j.RunAt
	}
	_, err := tx.Exec(`INSERT INTO jobs (kind, key, payload, state, run_at, due_at, armed, claim, attempts, last_error)
		VALUES (?, ?, ?, 'ready', ?, ?, 1, 0, 0, '')
		ON CONFLICT (kind, key) DO UPDATE SET
			payload = excluded.payload, run_at = excluded.run_at, armed = jobs.armed + 1,
			attempts = CASE WHEN jobs.state = 'running' THEN jobs.attempts ELSE 0 END,
			due_at = CASE
				WHEN jobs.state = 'running' OR jobs.state = 'ready' AND jobs.due_at < excluded.due_at THEN jobs.due_at
				ELSE excluded.due_at END,
			state = CASE WHEN jobs.state = 'running' THEN 'running' ELSE 'ready' END`,
		j.Kind, j.Key, j.Payload, at.UnixMilli(), at.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert job %s %s: %w", j.Kind, j.Key, err)
	}
	return nil
}

// everyKey is the key of a kind's only job where it is one of Every.
const everyKey = "every"

// plant puts the job of Every into the table, unless it is there, and has it wait for at most a period.
func plant(tx Tx, kind string, period time.Duration) error {
	now := tx.Now()
	_, err := tx.Exec(`INSERT INTO jobs (kind, key, payload, state, run_at, due_at, armed, claim, attempts, last_error)
		VALUES (?, ?, '', 'ready', ?, ?, 1, 0, 0, '') ON CONFLICT (kind, key) DO NOTHING`, kind, everyKey, now.UnixMilli(), now.UnixMilli())
	if err == nil {
		latest := now.Add(period).UnixMilli()
		_, err = tx.Exec("UPDATE jobs SET due_at = ? WHERE kind = ? AND key = ? AND state = 'ready' AND due_at > ?", latest, kind, everyKey, latest)
	}
	if err != nil {
		return fmt.Errorf("plant job %s: %w", kind, err)
	}
	return nil
}

// claim takes up to n due jobs of a kind. Next is when the kind should be looked at again; zero means that nothing waits.
func claim(tx Tx, k *kind, n int) (taken []lease, next time.Time, err error) {
	due, err := dueJobs(tx, k.name, n)
	if err != nil {
		return nil, next, err
	}
	for _, l := range due {
		if l.Attempt > MaxAttempts && k.period == 0 { // its process died in each of them
			err = end(tx, l, dead, tx.Now(), l.Attempt-1, "the lease ran out")
		} else if l.claim, err = take(tx, l, k.term); l.claim > 0 {
			taken = append(taken, l)
		}
		if err != nil {
			return nil, next, err
		}
	}
	next, err = nextDue(tx, k.name)
	return taken, next, err
}

func dueJobs(tx Tx, kind string, n int) (due []lease, err error) {
	rows, err := tx.Query(`SELECT key, payload, armed, claim, attempts + 1 FROM jobs
		WHERE kind = ? AND state <> 'dead' AND due_at <= ? ORDER BY due_at LIMIT ?`+tx.SkipLocked(), kind, tx.Now().UnixMilli(), n)
	if err != nil {
		return nil, fmt.Errorf("find due jobs %s: %w", kind, err)
	}
	defer rows.Close()
	for rows.Next() {
		l := lease{Job: Job{Kind: kind}}
		if err := rows.Scan(&l.Key, &l.Payload, &l.armed, &l.claim, &l.Attempt); err != nil {
			return nil, fmt.Errorf("find due jobs %s: %w", kind, err)
		}
		due = append(due, l)
	}
	return due, rows.Err()
}

// take leases a job for a term and returns the claim, 0 when another worker was faster.
func take(tx Tx, l lease, term time.Duration) (int64, error) {
	result, err := tx.Exec(`UPDATE jobs SET state = 'running', due_at = ?, claim = claim + 1, attempts = attempts + 1
		WHERE kind = ? AND key = ? AND claim = ?`, tx.Now().Add(term).UnixMilli(), l.Kind, l.Key, l.claim)
	if err != nil {
		return 0, fmt.Errorf("lease job %s %s: %w", l.Kind, l.Key, err)
	}
	n, err := result.RowsAffected()
	return n * (l.claim + 1), err
}

func nextDue(tx Tx, kind string) (next time.Time, err error) {
	rows, err := tx.Query("SELECT due_at FROM jobs WHERE kind = ? AND state <> 'dead' ORDER BY due_at LIMIT 1", kind)
	if err != nil {
		return next, fmt.Errorf("find next job %s: %w", kind, err)
	}
	defer rows.Close()
	for rows.Next() {
		var ms int64
		if err := rows.Scan(&ms); err != nil {
			return next, fmt.Errorf("find next job %s: %w", kind, err)
		}
		next = time.UnixMilli(ms)
	}
	return next, rows.Err()
}

// renew lengthens a lease from now on; false means that it is lost.
func renew(tx Tx, l lease, term time.Duration) (held bool, err error) {
	result, err := tx.Exec("UPDATE jobs SET due_at = ? WHERE kind = ? AND key = ? AND claim = ? AND state = 'running'",
		tx.Now().Add(term).UnixMilli(), l.Kind, l.Key, l.claim)
	if err != nil {
		return false, fmt.Errorf("renew job %s %s: %w", l.Kind, l.Key, err)
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// held returns whether the lease still stands, how often the job has been inserted by now, and for when last. From then on
// nobody else changes the job until the commit.
func held(tx Tx, l lease) (stands bool, armed int64, runAt time.Time, err error) {
	rows, err := tx.Query(`UPDATE jobs SET state = 'running' WHERE kind = ? AND key = ? AND claim = ? AND state = 'running'
		RETURNING armed, run_at`, l.Kind, l.Key, l.claim)
	if err != nil {
		return false, 0, runAt, fmt.Errorf("read job %s %s: %w", l.Kind, l.Key, err)
	}
	defer rows.Close()
	for rows.Next() {
		var ms int64
		if err := rows.Scan(&armed, &ms); err != nil {
			return false, 0, runAt, fmt.Errorf("read job %s %s: %w", l.Kind, l.Key, err)
		}
		stands, runAt = true, time.UnixMilli(ms)
	}
	return stands, armed, runAt, rows.Err()
}

// settle writes down how a run went. Interrupted says that it was cut short by the queue's end, which counts as no
// attempt. A job inserted again meanwhile is ready again, however the run went; one of Every, with a period, always is.
func settle(tx Tx, l lease, period time.Duration, failure error, interrupted bool) error {
	stands, armed, runAt, err := held(tx, l)
	if err != nil || !stands {
		return err
	}
	again := armed != l.armed
	switch {
	case interrupted:
		return end(tx, l, ready, tx.Now(), l.Attempt-1, "")
	case period > 0 && failure == nil:
		return end(tx, l, ready, tx.Now().Add(period), 0, "")
	case period > 0:
		return end(tx, l, ready, tx.Now().Add(min(period, pause(l.Attempt))), l.Attempt, failure.Error())
	case failure == nil && !again:
		_, err := tx.Exec("DELETE FROM jobs WHERE kind = ? AND key = ?", l.Kind, l.Key)
		return err
	case failure == nil:
		return end(tx, l, ready, runAt, 0, "")
	case again:
		return end(tx, l, ready, later(runAt, tx.Now().Add(pause(l.Attempt))), 0, failure.Error())
	case hopeless(l.Attempt, failure):
		return end(tx, l, dead, tx.Now(), l.Attempt, failure.Error())
	}
	return end(tx, l, ready, tx.Now().Add(pause(l.Attempt)), l.Attempt, failure.Error())
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// end gives a job up in a state.
func end(tx Tx, l lease, state string, due time.Time, attempts int, message string) error {
	message = strings.ToValidUTF8(message[:min(len(message), errorLimit)], "") // a cut letter is no text to some databases
	_, err := tx.Exec("UPDATE jobs SET state = ?, due_at = ?, attempts = ?, last_error = ? WHERE kind = ? AND key = ? AND claim = ?",
		state, due.UnixMilli(), attempts, message, l.Kind, l.Key, l.claim)
	if err != nil {
		return fmt.Errorf("settle job %s %s: %w", l.Kind, l.Key, err)
	}
	return nil
}

func count(tx Tx) (map[string]Stats, error) {
	rows, err := tx.Query("SELECT kind, state, COUNT(*), MIN(due_at) FROM jobs WHERE state <> 'ready' OR key <> ? OR due_at <= ? GROUP BY kind, state",
		everyKey, tx.Now().UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer rows.Close()
	counts := map[string]Stats{}
	for rows.Next() {
		var kind, state string
		var n int
		var oldest int64
		if err := rows.Scan(&kind, &state, &n, &oldest); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		s := counts[kind]
		switch state {
		case ready:
			s.Ready = n
		case running:
			s.Running = n
		case dead:
			s.Dead = n
		}
		if state != dead {
			s.Overdue = max(s.Overdue, tx.Now().Sub(time.UnixMilli(oldest)))
		}
		counts[kind] = s
	}
	return counts, rows.Err()
}
