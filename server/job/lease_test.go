package job_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func keepsLease(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 2, lease, b.noting(func(ctx context.Context, _ job.Job) error {
			time.Sleep(20 * lease)
			return ctx.Err()
		}))
		defer b.start()()
		b.insert(job.Job{Kind: "k", Payload: "a"})
		wait(21 * lease)
		b.ran("a")
		b.stands(job.Stats{})
		if len(b.failures) != 0 {
			t.Errorf("told %v", b.failures)
		}
	})
}

func takenUp(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		var cause error
		b.queue.Handle("k", 1, lease, b.noting(func(ctx context.Context, _ job.Job) error {
			b.setCut(true)
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}))
		defer b.start()()
		b.insert(job.Job{Kind: "k", Payload: "a"})
		synctest.Wait()
		other := newBench(t, b.store)
		other.queue.Handle("k", 1, lease, other.noting(succeed))
		defer other.start()()
		wait(lease / 2)
		other.ran()
		wait(2 * lease)
		other.ran("a")
		if other.runs[0].attempt != 2 {
			t.Errorf("taken up as attempt %d", other.runs[0].attempt)
		}
		if cause == nil || errors.Is(cause, context.Canceled) {
			t.Errorf("the first handler ended by %v, want the lost lease", cause)
		}
		other.stands(job.Stats{})
		b.ran("a")
	})
}

func diesEachTime(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		b.insert(job.Job{Kind: "k", Key: "1"})
		err := b.store.Update(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE jobs SET state = 'running', claim = ?, attempts = ?", job.MaxAttempts, job.MaxAttempts)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		defer b.start()()
		synctest.Wait()
		b.ran()
		b.stands(job.Stats{Dead: 1})
	})
}

func stopped(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		ended := false
		b.queue.Handle("k", 1, lease, b.noting(func(ctx context.Context, _ job.Job) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended = true
			return ctx.Err()
		}))
		stop := b.start()
		b.insert(job.Job{Kind: "k", Payload: "a"})
		synctest.Wait()
		stop()
		if !ended {
			t.Error("Run returned before the handler")
		}
		b.stands(job.Stats{Ready: 1})
		if len(b.failures) != 0 {
			t.Errorf("told %v", b.failures)
		}
		next := newBench(t, b.store)
		next.queue.Handle("k", 1, lease, next.noting(succeed))
		defer next.start()()
		synctest.Wait()
		next.ran("a")
		if next.runs[0].attempt != 1 {
			t.Errorf("the interrupted run counted: the next was attempt %d", next.runs[0].attempt)
		}
	})
}

func unreachable(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		b.insert(job.Job{Kind: "k", Payload: "a"})
		b.setCut(true)
		defer b.start()()
		wait(time.Minute)
		b.ran()
		if n := len(b.failures); n == 0 || n > 20 || !errors.Is(b.failures[0], errOurs) {
			t.Errorf("told %d failures in a minute", n)
		}
		b.setCut(false)
		wait(5 * time.Second)
		b.ran("a")
	})
}
