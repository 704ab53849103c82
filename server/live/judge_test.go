package live

import (
	"errors"
	"testing"
	"time"

	"fanfare/widget/wire"
)

// CHECKS 30: whoever may no longer watch is put out; a database that does not answer puts nobody out.
func TestAPageThatMayNoLongerWatchIsPutOut(t *testing.T) {
	timing := quick()
	timing.judge = 5 * time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	c := s.join("night", "")
	c.frame()
	verdict := func(err error) (asked int) {
		s.admit.mu.Lock()
		defer s.admit.mu.Unlock()
		s.admit.err = err
		return s.admit.asked
	}
	since := verdict(errors.New("the database does not answer"))
	s.wait("the page was judged three times", func() bool {
		s.admit.mu.Lock()
		defer s.admit.mu.Unlock()
		return s.admit.asked > since+3
	})
	s.boards.set("c_night", 2, 1, 2)
	c.frame()
	verdict(ErrRefused)
	if code, _ := c.closed(); code != wire.CloseRefused {
		t.Errorf("closed with %d, want %d", code, wire.CloseRefused)
	}
}
