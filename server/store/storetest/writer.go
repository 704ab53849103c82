package storetest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

var writerClaims = map[string]func(*testing.T, Opener){
	"updates that wait together share a commit":                          func(t *testing.T, open Opener) { grouped(t, open, 100, 1) },
	"a commit holds so many updates and no more":                         func(t *testing.T, open Opener) { grouped(t, open, store.MaxBatch, 2) },
	"a failing update undoes its own writes alone":                       failsAlone,
	"a panicking update panics in its caller and undoes its own alone":   panicsAlone,
	"an update whose goroutine ends undoes its own alone":                goexitsAlone,
	"a caller who gives up in the queue is dropped":                      cancelledInQueue,
	"a caller who gives up after its turn is told the truth":             cancelledAfterTurn,
	"changes are told once per commit, before callers, newest per entry": committedOnce,
	"hooks run after the commit, and only for writes that stand":         hooks,
	"time is one per commit, in milliseconds, and never goes back":       oneTime,
	"an update in which a statement failed is undone, whatever it says":  failedStatement,
	"updates that write nothing need no commit":                          commitsNothing,
	"what an update took is told, and a view that failed":                observed,
	"a view sees one moment and cannot write":                            viewReads,
	"close answers who is under way and refuses who comes later":         closes,
}

var errOurs = errors.New("ours")

// held keeps the writer busy with one update until release is called. The claims about the writer run in a bubble of
// goroutines, where synctest.Wait returns once all others wait: for the writer, for their turn, for release.
func (s *stage) held() (release func()) {
	entered, leave := make(chan struct{}), make(chan struct{})
	enter := sync.OnceFunc(func() { close(entered) }) // it may run again
	var done sync.WaitGroup
	done.Go(func() {
		err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(*store.Tx) error {
			enter()
			<-leave
			return nil
		})
		if err != nil {
			s.Error(err)
		}
	})
	<-entered
	return func() { close(leave); done.Wait() }
}

// set writes a setting as an update of its own.
func (s *stage) set(ctx context.Context, name string, then func(*store.Tx) error) error {
	return s.store.UpdateIn(ctx, s.challenge.ID, func(tx *store.Tx) error {
		if err := tx.SetSetting(name, "on"); err != nil {
			return err
		}
		return then(tx)
	})
}

func stay(*store.Tx) error { return nil }

// isSet reports whether a setting was written.
func (s *stage) isSet(name string) bool {
	s.Helper()
	var err error
	s.view(func(tx *store.Tx) error {
		_, err = tx.Setting(name)
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		s.Fatal(err)
	}
	return err == nil
}

// grouped lets callers wait behind one that holds the writer, and counts the commits of all.
func grouped(t *testing.T, open Opener, callers int, commits int64) {
	s := setStage(t, open, nil)
	release := s.held()
	before := s.store.Stats()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			if err := s.set(context.Background(), "x", stay); err != nil {
				t.Error(err)
			}
		})
	}
	synctest.Wait()
	release()
	all.Wait()
	after := s.store.Stats()
	equal(t, "updates", after.Updates-before.Updates, int64(callers+1))
	equal(t, "commits", after.Commits-before.Commits, commits)
}

// besides runs act while other updates share its commit, and holds that those stand and act's does not.
func besides(t *testing.T, open Opener, act func(s *stage)) {
	s := setStage(t, open, nil)
	release := s.held()
	var all sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		all.Go(func() {
			if err := s.set(context.Background(), name, stay); err != nil {
				t.Errorf("neighbour %s: %v", name, err)
			}
		})
	}
	all.Go(func() { act(s) })
	synctest.Wait()
	release()
	all.Wait()
	for _, name := range []string{"a", "b", "c"} {
		equal(t, "neighbour "+name+" stands", s.isSet(name), true)
	}
	equal(t, "the failed one stands", s.isSet("failed"), false)
}

func failsAlone(t *testing.T, open Opener) {
	besides(t, open, func(s *stage) {
		err := s.set(context.Background(), "failed", func(*store.Tx) error { return errOurs })
		if !errors.Is(err, errOurs) {
			t.Errorf("got %v, want the function's own error", err)
		}
	})
}

func panicsAlone(t *testing.T, open Opener) {
	besides(t, open, func(s *stage) {
		defer func() { equal(t, "panic", recover(), any("boo")) }()
		err := s.set(context.Background(), "failed", func(*store.Tx) error { panic("boo") })
		t.Errorf("returned %v, want a panic", err)
	})
}

func goexitsAlone(t *testing.T, open Opener) {
	besides(t, open, func(s *stage) {
		err := s.set(context.Background(), "failed", func(*store.Tx) error { runtime.Goexit(); return nil })
		t.Errorf("returned %v, want the goroutine's end", err)
	})
}

func cancelledInQueue(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	release := s.held()
	ctx, cancel := context.WithCancelCause(t.Context())
	answer := make(chan error)
	go func() { answer <- s.set(ctx, "dropped", stay) }()
	synctest.Wait()
	cancel(errOurs)
	if err := <-answer; !errors.Is(err, errOurs) {
		t.Errorf("got %v, want the cause of the cancellation", err)
	}
	release()
	equal(t, "the dropped one stands", s.isSet("dropped"), false)
}

func cancelledAfterTurn(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.set(ctx, "stands", func(*store.Tx) error { cancel(); return nil })
	if err != nil {
		t.Errorf("got %v, want success", err)
	}
	equal(t, "stands", s.isSet("stands"), true)
}

func committedOnce(t *testing.T, open Opener) {
	var told [][]contest.Change
	s := setStage(t, open, func(c []contest.Change) { told = append(told, c) })
	e := s.entries(1, contest.Published)[0]
	told = nil
	release := s.held()
	var all sync.WaitGroup
	for _, voter := range []string{"f_1", "f_2", "f_3"} {
		all.Go(func() {
			err := s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
				_, err := Cast(tx, s.ballot(e, voter), today)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		_ = s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
			_, err := Cast(tx, s.ballot(e, "f_4"), today)
			return errors.Join(err, errOurs)
		})
	})
	synctest.Wait()
	release()
	all.Wait()
	same(t, "told", told, [][]contest.Change{{s.read(e.ID).Change()}})
	equal(t, "score", s.read(e.ID).Score, 3)
	_ = s.set(t.Context(), "quiet", stay)
	equal(t, "told after a commit without changes", len(told), 1)
}

func failedStatement(t *testing.T, open Opener) {
	besides(t, open, func(s *stage) {
		err := s.set(context.Background(), "failed", func(tx *store.Tx) error {
			_, _ = tx.Exec("INSERT INTO settings (name, value) VALUES (?, ?)", "failed", "again")
			return nil
		})
		if !errors.Is(err, store.ErrConflict) {
			t.Errorf("got %v, want the statement's conflict", err)
		}
	})
}

func commitsNothing(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	e := s.entries(1, contest.Published)[0]
	s.cast(s.ballot(e, "f_1"), today)
	before, hooked := s.store.Stats(), false
	equal(t, "already", s.cast(s.ballot(e, "f_1"), today).Already, true)
	s.update(func(tx *store.Tx) error { tx.OnCommit(func() { hooked = true }); return nil })
	after := s.store.Stats()
	equal(t, "commits", after.Commits, before.Commits)
	equal(t, "updates", after.Updates, before.Updates+2)
	equal(t, "the hook ran", hooked, true)
}

func observed(t *testing.T, open Opener) {
	var mu sync.Mutex
	var told []error
	s := setStage(t, open, nil, store.WithObserver(func(took time.Duration, err error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, err)
		if took < 0 {
			t.Errorf("an update took %v", took)
		}
	}))
	told = nil
	_ = s.set(t.Context(), "a", stay)
	_ = s.store.Update(t.Context(), func(*store.Tx) error { return errOurs })
	_ = s.store.View(t.Context(), stay)
	_ = s.store.View(t.Context(), func(*store.Tx) error { return errOurs })
	if len(told) != 3 || told[0] != nil || !errors.Is(told[1], errOurs) || !errors.Is(told[2], errOurs) {
		t.Errorf("told %v", told)
	}
}

func hooks(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	seen, undone := false, false
	_ = s.set(t.Context(), "a", func(tx *store.Tx) error {
		tx.OnCommit(func() { seen = s.isSet("a") })
		return nil
	})
	equal(t, "the hook saw the write when Update returned", seen, true)
	_ = s.set(t.Context(), "b", func(tx *store.Tx) error {
		tx.OnCommit(func() { undone = true })
		return errOurs
	})
	equal(t, "the hook of an undone write ran", undone, false)
}

func oneTime(t *testing.T, open Opener) {
	var mu sync.Mutex
	clock := noon.Add(1234567 * time.Nanosecond)
	tick := func(d time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		clock = clock.Add(d)
	}
	s := setStage(t, open, nil, store.WithClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	}))
	now := func() (at time.Time) {
		s.update(func(tx *store.Tx) error { at = tx.Now(); return nil })
		return at
	}
	equal(t, "time", now(), noon.Add(time.Millisecond))
	tick(-time.Hour)
	equal(t, "time after the clock was set back", now(), noon.Add(time.Millisecond))
	s.view(func(tx *store.Tx) error {
		equal(t, "time of a view", tx.Now(), noon.Add(time.Millisecond))
		return nil
	})
	tick(2 * time.Hour)
	release := s.held()
	times := make([]time.Time, 3)
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			_ = s.store.UpdateIn(context.Background(), s.challenge.ID, func(tx *store.Tx) error {
				tick(time.Second)
				times[i] = tx.Now()
				return nil
			})
		})
	}
	synctest.Wait()
	release()
	all.Wait()
	same(t, "times in one commit", times, []time.Time{times[0], times[0], times[0]})
}

func viewReads(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.view(func(tx *store.Tx) error {
		if _, err := tx.Setting("a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want not found", err)
		}
		if err := s.set(t.Context(), "a", stay); err != nil {
			t.Error(err)
		}
		if _, err := tx.Setting("a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the view sees a later commit: %v", err)
		}
		if err := tx.SetSetting("b", "on"); err == nil {
			t.Error("a view wrote")
		}
		return nil
	})
	equal(t, "a stands", s.isSet("a"), true)
	equal(t, "b stands", s.isSet("b"), false)
}

func closes(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	release := s.held()
	answer := make(chan error, 1)
	go func() { answer <- s.set(context.Background(), "late", stay) }()
	synctest.Wait()
	closed := make(chan struct{})
	go func() { s.store.Close(); close(closed) }()
	for s.store.View(t.Context(), stay) == nil {
		runtime.Gosched()
	}
	select {
	case <-closed:
		t.Error("closed while a caller was waiting")
	default:
	}
	release()
	if err := <-answer; err != nil {
		t.Errorf("a caller that waited before the close: %v", err)
	}
	<-closed
	for _, err := range []error{s.set(t.Context(), "refused", stay), s.store.View(t.Context(), stay)} {
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("after close: got %v, want unavailable", err)
		}
	}
	s.store.Close()
}
