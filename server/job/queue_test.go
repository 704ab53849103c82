package job_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const lease = time.Minute

var errOurs = errors.New("ours")

// bench is a queue over a database of its own, in a bubble of goroutines whose clock jumps when all wait.
type bench struct {
	*testing.T
	store *store.Store
	queue *job.Queue

	mu       sync.Mutex // guards what follows
	runs     []run
	failures []error
	cut      bool // the database cannot be reached
}

// run is one call of a handler.
type run struct {
	payload string
	attempt int
	after   time.Duration
}

func TestQueueConformance(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		for claim, hold := range claims {
			t.Run(claim, func(t *testing.T) { hold(t, open) })
		}
	})
}

var claims = map[string]func(*testing.T, storetest.Opener){
	"an inserted job runs at once and is gone afterwards":                 runsAtOnce,
	"jobs of before the start run":                                        runsFromBefore,
	"an undone insertion runs nothing":                                    undoneRunsNothing,
	"a job waits for its time":                                            waitsForItsTime,
	"another process's insertion is noticed in seconds":                   othersInsertion,
	"a failing job is tried again with growing pauses and then left dead": triedAgain,
	"a permanent error leaves the job dead at once":                       permanentError,
	"a panic is a failure":                                                panicFails,
	"inserting a waiting job again changes its payload alone":             insertedWaiting,
	"inserting a running job again runs it once more":                     insertedRunning,
	"inserting a dead job again revives it":                               insertedDead,
	"no more jobs run at once than workers":                               noMoreThanWorkers,
	"a long job keeps its lease":                                          keepsLease,
	"another queue takes up the job of one that lost the database":        takenUp,
	"a job whose process dies in each attempt is left dead":               diesEachTime,
	"stopping cancels handlers, waits for them and gives their jobs back": stopped,
	"a job of every period runs once in it, in one of two processes":      everyOnce,
	"a job of every period is tried again and never given up":             everyFails,
	"a job of every period whose process dies is taken up":                everyDies,
	"a shorter period counts at once":                                     everyShorter,
	"two queues run each of many jobs once":                               eachOnce,
	"of a storm of insertions the last is seen":                           lastIsSeen,
	"how long the oldest waits is told":                                   overdue,
	"an unreachable table is told and tried again":                        unreachable,
}

// bubble runs a test in a bubble, whose clock is the database's as well.
func bubble(t *testing.T, open storetest.Opener, test func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		test(newBench(t, open(t, nil, store.WithClock(time.Now))))
	})
}

func newBench(t *testing.T, s *store.Store) *bench {
	b := &bench{T: t, store: s}
	b.queue = job.NewQueue(b.update, func(_ job.Job, err error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.failures = append(b.failures, err)
	})
	return b
}

func (b *bench) update(ctx context.Context, fn func(job.Tx) error) error {
	b.mu.Lock()
	cut := b.cut
	b.mu.Unlock()
	if cut {
		return errOurs
	}
	return b.store.Update(ctx, func(tx *store.Tx) error { return fn(tx) })
}

func (b *bench) setCut(cut bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = cut
}

// noting wraps a handler so that its runs are noted.
func (b *bench) noting(handler job.Handler) job.Handler {
	start := time.Now()
	return func(ctx context.Context, j job.Job) error {
		b.mu.Lock()
		b.runs = append(b.runs, run{j.Payload, j.Attempt, time.Since(start)})
		b.mu.Unlock()
		return handler(ctx, j)
	}
}

// start runs the queue until the returned function is called.
func (b *bench) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { b.queue.Run(ctx) })
	return func() { cancel(); running.Wait() }
}

func (b *bench) insert(j job.Job) {
	b.Helper()
	if err := b.update(context.Background(), func(tx job.Tx) error { return b.queue.Insert(tx, j) }); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) payloads() (payloads []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.runs {
		payloads = append(payloads, r.payload)
	}
	return payloads
}

// stands holds the counts of kind "k".
func (b *bench) stands(want job.Stats) {
	b.Helper()
	counts, err := b.queue.Stats(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	got := counts["k"]
	got.Overdue = 0
	if got != want {
		b.Errorf("got %+v, want %+v", got, want)
	}
}

func (b *bench) ran(want ...string) {
	b.Helper()
	if got := b.payloads(); !slices.Equal(got, want) {
		b.Errorf("ran %q, want %q", got, want)
	}
}

// wait lets the queue do what it does within a time.
func wait(d time.Duration) {
	time.Sleep(d) // of the bubble's clock
	synctest.Wait()
}

func succeed(context.Context, job.Job) error { return nil }
func fail(context.Context, job.Job) error    { return errOurs }

func runsAtOnce(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		defer b.start()()
		synctest.Wait()
		b.insert(job.Job{Kind: "k", Key: "1", Payload: "a"})
		synctest.Wait()
		b.ran("a")
		b.stands(job.Stats{})
	})
}

func runsFromBefore(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		for _, payload := range []string{"a", "b", "c"} {
			b.insert(job.Job{Kind: "k", Payload: payload})
			wait(time.Millisecond)
		}
		b.insert(job.Job{Kind: "other", Payload: "x"})
		b.stands(job.Stats{Ready: 3})
		defer b.start()()
		synctest.Wait()
		b.ran("a", "b", "c")
	})
}

func undoneRunsNothing(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		defer b.start()()
		err := b.update(context.Background(), func(tx job.Tx) error {
			return errors.Join(b.queue.Insert(tx, job.Job{Kind: "k"}), errOurs)
		})
		if !errors.Is(err, errOurs) {
			t.Errorf("got %v", err)
		}
		wait(5 * time.Minute)
		b.ran()
		b.stands(job.Stats{})
	})
}

func waitsForItsTime(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		defer b.start()()
		b.insert(job.Job{Kind: "k", RunAt: time.Now().Add(10 * time.Minute)})
		wait(10*time.Minute - time.Millisecond)
		b.ran()
		wait(time.Millisecond)
		b.ran("")
	})
}

func othersInsertion(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		defer b.start()()
		synctest.Wait()
		newBench(t, b.store).insert(job.Job{Kind: "k", Payload: "a"})
		wait(5 * time.Second)
		b.ran("a")
	})
}

func triedAgain(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(fail))
		defer b.start()()
		b.insert(job.Job{Kind: "k", Key: "1"})
		wait(3 * time.Hour)
		if len(b.runs) != job.MaxAttempts || len(b.failures) != job.MaxAttempts {
			t.Fatalf("%d runs and %d failures told, want %d", len(b.runs), len(b.failures), job.MaxAttempts)
		}
		for i, r := range b.runs {
			if r.attempt != i+1 {
				t.Errorf("run %d was attempt %d", i+1, r.attempt)
			}
			if i == 0 {
				continue
			}
			pause, ideal := r.after-b.runs[i-1].after, min(2*time.Second<<(i-1), 15*time.Minute)
			if pause < ideal*7/8 || pause > ideal*9/8+time.Millisecond {
				t.Errorf("pause %d was %v, want about %v", i, pause, ideal)
			}
		}
		b.stands(job.Stats{Dead: 1})
		if got := b.lastError("1"); got != errOurs.Error() {
			t.Errorf("kept error %q", got)
		}
	})
}

func (b *bench) lastError(key string) (message string) {
	b.Helper()
	err := b.store.View(context.Background(), func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT last_error FROM jobs WHERE key = ?", key)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			err = errors.Join(err, rows.Scan(&message))
		}
		return errors.Join(err, rows.Err())
	})
	if err != nil {
		b.Fatal(err)
	}
	return message
}

func permanentError(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(func(context.Context, job.Job) error {
			return errors.Join(errors.New("render"), job.Permanent(errOurs))
		}))
		defer b.start()()
		b.insert(job.Job{Kind: "k"})
		wait(5 * time.Minute)
		b.ran("")
		b.stands(job.Stats{Dead: 1})
		if len(b.failures) != 1 || !errors.Is(b.failures[0], errOurs) {
			t.Errorf("told %v", b.failures)
		}
	})
}

func panicFails(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(func(_ context.Context, j job.Job) error {
			if j.Attempt == 1 {
				panic("boo")
			}
			return nil
		}))
		defer b.start()()
		b.insert(job.Job{Kind: "k", Payload: "a"})
		wait(time.Minute)
		b.ran("a", "a")
		if len(b.failures) != 1 || !strings.Contains(b.failures[0].Error(), "boo") || !strings.Contains(b.failures[0].Error(), "queue_test.go") {
			t.Errorf("told %v, want the panic and its stack", b.failures)
		}
	})
}

func insertedWaiting(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(succeed))
		b.insert(job.Job{Kind: "k", Key: "1", Payload: "a"})
		b.insert(job.Job{Kind: "k", Key: "1", Payload: "b", RunAt: time.Now().Add(10 * time.Minute)})
		defer b.start()()
		wait(20 * time.Minute)
		b.ran("b")
		if b.runs[0].after != 0 {
			t.Errorf("ran after %v: the earlier insertion's time counts", b.runs[0].after)
		}
	})
}

func insertedRunning(t *testing.T, open storetest.Opener) {
	for _, failure := range []error{nil, errOurs, job.Permanent(errOurs)} {
		bubble(t, open, func(b *bench) {
			begun, proceed := make(chan struct{}, 2), make(chan struct{})
			b.queue.Handle("k", 2, lease, b.noting(func(_ context.Context, j job.Job) error {
				if j.Payload != "a" {
					return nil
				}
				begun <- struct{}{}
				<-proceed
				return failure
			}))
			defer b.start()()
			b.insert(job.Job{Kind: "k", Key: "1", Payload: "a"})
			<-begun
			b.insert(job.Job{Kind: "k", Key: "1", Payload: "b"})
			wait(5 * time.Minute)
			b.ran("a") // not both at once
			b.stands(job.Stats{Running: 1})
			close(proceed)
			wait(time.Minute)
			b.ran("a", "b")
			b.stands(job.Stats{})
		})
	}
}

func insertedDead(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		b.queue.Handle("k", 1, lease, b.noting(func(_ context.Context, j job.Job) error {
			if j.Payload == "bad" {
				return job.Permanent(errOurs)
			}
			return nil
		}))
		defer b.start()()
		b.insert(job.Job{Kind: "k", Key: "1", Payload: "bad"})
		synctest.Wait()
		b.stands(job.Stats{Dead: 1})
		b.insert(job.Job{Kind: "k", Key: "1", Payload: "good"})
		synctest.Wait()
		b.ran("bad", "good")
		if b.runs[1].attempt != 1 {
			t.Errorf("the revived job's first run was attempt %d", b.runs[1].attempt)
		}
		b.stands(job.Stats{})
	})
}

func noMoreThanWorkers(t *testing.T, open storetest.Opener) {
	bubble(t, open, func(b *bench) {
		proceed := make(chan struct{})
		b.queue.Handle("k", 3, lease, b.noting(func(context.Context, job.Job) error { <-proceed; return nil }))
		b.queue.Handle("quick", 1, lease, b.noting(succeed))
		for range 7 {
			b.insert(job.Job{Kind: "k", Payload: "k"})
		}
		defer b.start()()
		b.insert(job.Job{Kind: "quick", Payload: "q"})
		wait(5 * time.Minute)
		if got := b.payloads(); len(got) != 4 || !slices.Contains(got, "q") {
			t.Errorf("ran %q, want three of the slow kind and the quick one", got)
		}
		b.stands(job.Stats{Ready: 4, Running: 3})
		for range 7 {
			proceed <- struct{}{}
		}
		synctest.Wait()
		b.stands(job.Stats{})
	})
}
