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

// CHECKS 30: whose session is over is told so; others, and those without one, watch on.
func TestASessionThatIsOverIsPutOutAndOthersAreNot(t *testing.T) {
	timing := quick()
	timing.judge = 5 * time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	over, other, guest := s.join("night", "good1"), s.join("night", "good2"), s.join("night", "")
	for _, c := range []*client{over, other, guest} {
		c.frame()
	}
	end := func(err error) {
		s.admit.mu.Lock()
		defer s.admit.mu.Unlock()
		s.admit.ended, s.admit.err = map[string]bool{"good1": true}, err
	}
	end(errors.New("the database does not answer"))
	s.boards.set("c_night", 2, 1, 2)
	over.frame()
	end(nil)
	if code, _ := over.closed(); code != wire.CloseRevoked {
		t.Errorf("closed with %d, want %d", code, wire.CloseRevoked)
	}
	s.boards.set("c_night", 3, 1, 3)
	for other.frame().Votes != 3 {
	}
	for guest.frame().Votes != 3 {
	}
}
