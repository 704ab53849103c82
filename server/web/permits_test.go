package web

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fanfare/media/blob"
	"fanfare/server/contest"
	"fanfare/server/store"
)

func TestAPermitIsAskedForAgainWhenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shown, asked := true, 0
		p := newPermits(func(context.Context, contest.EntryID) (bool, error) { asked++; return shown, nil }, permitLife)
		look := func(want error) {
			t.Helper()
			if err := p.check(t.Context(), "e_1"); !errors.Is(err, want) {
				t.Errorf("after %d questions: got %v, want %v", asked, err, want)
			}
		}
		look(nil)
		shown = false
		time.Sleep(permitLife - time.Millisecond)
		look(nil) // as remembered
		time.Sleep(time.Millisecond)
		look(blob.ErrNotFound)
		shown = true
		look(blob.ErrNotFound)
		time.Sleep(permitLife)
		look(nil)
		if asked != 3 {
			t.Errorf("asked %d times, want 3", asked)
		}
	})
}

func TestADatabaseThatIsAwayPermitsNothingAndIsAskedAgain(t *testing.T) {
	var away atomic.Bool
	away.Store(true)
	p := newPermits(func(context.Context, contest.EntryID) (bool, error) {
		if away.Load() {
			return false, store.ErrUnavailable
		}
		return true, nil
	}, time.Hour)
	if err := p.check(t.Context(), "e_1"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
	away.Store(false)
	if err := p.check(t.Context(), "e_1"); err != nil {
		t.Errorf("after its return: %v", err)
	}
}

func TestThoseWhoAskForAPermitAtOnceShareOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer, asked := make(chan struct{}), atomic.Int64{}
		p := newPermits(func(context.Context, contest.EntryID) (bool, error) { asked.Add(1); <-answer; return true, nil }, time.Hour)
		first, leave := context.WithCancel(t.Context())
		var visitors sync.WaitGroup
		visitors.Go(func() { p.check(first, "e_1") }) //nolint:errcheck // it leaves
		synctest.Wait()
		for range 20 {
			visitors.Go(func() {
				if err := p.check(t.Context(), "e_1"); err != nil {
					t.Error(err)
				}
			})
		}
		leave() // who asked first may go
		synctest.Wait()
		close(answer)
		visitors.Wait()
		if asked.Load() != 1 {
			t.Errorf("asked %d times, want once", asked.Load())
		}
	})
}

func TestPermitsThatAreGuessedFillNoMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPermits(func(context.Context, contest.EntryID) (bool, error) { return false, nil }, permitLife)
		for n := range maxPermits + 100 {
			if err := p.check(t.Context(), contest.EntryID(fmt.Sprint("e_", n))); !errors.Is(err, blob.ErrNotFound) {
				t.Fatal(err)
			}
		}
		if len(p.known) != maxPermits {
			t.Errorf("%d are remembered, want %d", len(p.known), maxPermits)
		}
		time.Sleep(permitLife + time.Millisecond)
		p.check(t.Context(), "e_new") //nolint:errcheck // is not shown
		if len(p.known) != 1 {
			t.Errorf("%d are remembered after their time, want 1", len(p.known))
		}
	})
}
