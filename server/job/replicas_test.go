package job_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// replica is another process's queue over the same table.
func (b *bench) replica() *bench { return newBench(b.T, b.store) }

func everyOnce(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		other := b.replica()
		for _, q := range []*bench{b, other} {
			q.queue.Every("k", time.Hour, q.noting(func(context.Context, job.Job) error { time.Sleep(3 * lease); return nil }))
			q.Cleanup(q.start())
		}
		wait(time.Minute)
		if n := len(b.payloads()) + len(other.payloads()); n != 1 {
			t.Errorf("%d runs at the start, want 1", n)
		}
		b.stands(job.Stats{Running: 1})
		wait(4 * time.Hour)
		if n := len(b.payloads()) + len(other.payloads()); n != 4 {
			t.Errorf("%d runs, want one at the start and one an hour after the end of each", n)
		}
		b.stands(job.Stats{})
	})
}

func everyFails(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Every("k", time.Minute, b.noting(func(context.Context, job.Job) error { return job.Permanent(errOurs) }))
		defer b.start()()
		wait(2 * job.MaxAttempts * time.Minute)
		if n := len(b.runs); n < 2*job.MaxAttempts || n > 3*job.MaxAttempts {
			t.Errorf("%d runs, want about one a minute", n)
		}
		if first := b.runs[1].after; first > 10*time.Second {
			t.Errorf("tried again after %v", first)
		}
		b.stands(job.Stats{})
	})
}

func everyDies(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Every("k", time.Hour, b.noting(succeed))
		stop := b.start()
		synctest.Wait()
		stop()
		err := b.store.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE jobs SET state = 'running', due_at = ?, claim = 99, attempts = 99", tx.Now().Add(lease).UnixMilli())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		next := b.replica()
		next.queue.Every("k", time.Hour, next.noting(succeed))
		defer next.start()()
		wait(lease - time.Second)
		next.ran()
		wait(6 * time.Second)
		next.ran("")
		b.stands(job.Stats{})
	})
}

func everyShorter(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Every("k", 24*time.Hour, b.noting(succeed))
		stop := b.start()
		synctest.Wait()
		stop()
		next := b.replica()
		next.queue.Every("k", time.Minute, next.noting(succeed))
		defer next.start()()
		wait(59 * time.Second)
		next.ran()
		wait(2 * time.Second)
		next.ran("")
	})
}

func eachOnce(t *testing.T, open storetest.Opener) {
	const jobs, workers = 150, 5
	bubble(t, open, func(b *bench) {
		queues := []*bench{b, b.replica(), b.replica()}
		for i := range jobs {
			b.insert(job.Job{Kind: "k", Payload: fmt.Sprint(i)})
		}
		for _, q := range queues {
			q.queue.Handle("k", workers, lease, q.noting(succeed))
			q.Cleanup(q.start())
		}
		wait(time.Minute)
		runs := map[string]int{}
		for _, q := range queues {
			for _, payload := range q.payloads() {
				runs[payload]++
			}
			if len(q.failures) > 0 {
				t.Errorf("told %v", q.failures)
			}
		}
		for payload, n := range runs {
			if n != 1 {
				t.Errorf("job %s ran %d times", payload, n)
			}
		}
		if len(runs) != jobs {
			t.Errorf("%d of %d jobs ran", len(runs), jobs)
		}
		b.stands(job.Stats{})
	})
}

func lastIsSeen(t *testing.T, open storetest.Opener) {
	const insertions = 60
	bubble(t, open, func(b *bench) {
		queues := []*bench{b, b.replica()}
		var mu sync.Mutex
		inserted, seen := 0, 0 // the handler reads the state as it is when it runs
		for _, q := range queues {
			q.queue.Handle("k", 2, lease, func(context.Context, job.Job) error {
				mu.Lock()
				defer mu.Unlock()
				seen = inserted
				return nil
			})
			q.Cleanup(q.start())
		}
		for range insertions {
			err := b.update(context.Background(), func(tx job.Tx) error {
				if err := b.queue.Insert(tx, job.Job{Kind: "k", Key: "1"}); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				inserted++
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		wait(time.Minute)
		if seen != inserted {
			t.Errorf("the handler last saw %d of %d insertions", seen, inserted)
		}
		b.stands(job.Stats{})
	})
}

func overdue(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.insert(job.Job{Kind: "k"})
		wait(time.Minute)
		b.insert(job.Job{Kind: "k"})
		b.insert(job.Job{Kind: "later", RunAt: time.Now().Add(time.Hour)})
		counts, err := b.queue.Stats(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if got := counts["k"]; got != (job.Stats{Ready: 2, Overdue: time.Minute}) {
			t.Errorf("got %+v", got)
		}
		if got := counts["later"]; got != (job.Stats{Ready: 1}) {
			t.Errorf("got %+v of a job whose time has not come", got)
		}
	})
}

// A row that another process holds is due and cannot be taken; the queue looks again in a while, and not in a loop.
func TestAQueueWaitsForARowThatAnotherProcessHolds(t *testing.T) {
	address := storetest.StartPostgres(t).NewDatabase(t)
	b := newBench(t, storetest.OpenPostgres(t, address, nil))
	b.insert(job.Job{Kind: "k", Payload: "a"})
	other, read, err := store.OpenPostgres(address, "other", func() string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	defer read.Close()
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ExecContext(t.Context(), "SELECT key FROM jobs FOR UPDATE"); err != nil {
		t.Fatal(err)
	}
	b.queue.Handle("k", 1, lease, b.noting(succeed))
	before := b.store.Stats().Updates
	stop := b.start()
	defer stop()
	time.Sleep(time.Second) // what is held is a rate
	if looked := b.store.Stats().Updates - before; looked > 10 {
		t.Errorf("the queue looked %d times in a second", looked)
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(5 * time.Second); len(b.payloads()) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the job does not run once its row is free")
		}
	}
}
