package people

import (
	"fmt"
	"testing"
	"time"
)

// CHECKS 51: a flood of invented addresses neither takes memory without end nor makes a guessed account forgotten.
func TestAFloodOfFailuresPushesItselfOut(t *testing.T) {
	clock := time.Unix(1_700_000_000, 0)
	s := &Service{now: func() time.Time { return clock }, failures: map[string]failure{}}
	for range maxFailures {
		s.attempt([]string{"mail ada@example.org"})
	}
	for n := range 3 * maxRemembered {
		s.attempt([]string{fmt.Sprint("mail ", n), fmt.Sprint("from ", n)})
	}
	if len(s.failures) > maxRemembered {
		t.Errorf("%d failures are remembered, want at most %d", len(s.failures), maxRemembered)
	}
	if s.attempt([]string{"mail ada@example.org"}) {
		t.Error("the guessed account is forgotten")
	}
	clock = clock.Add(failureWindow + time.Second)
	if !s.attempt([]string{"mail ada@example.org"}) {
		t.Error("the account stays closed after the window")
	}
}

func TestAFailureOfOneKeyCountsForNoOther(t *testing.T) {
	s := &Service{now: time.Now, failures: map[string]failure{}}
	for range maxFailures {
		s.attempt([]string{"mail ada@example.org", "from 198.51.100.1"})
	}
	if s.attempt([]string{"mail eve@example.org", "from 198.51.100.1"}) || s.attempt([]string{"mail ada@example.org", "from 198.51.100.2"}) {
		t.Error("the mail address or the address can be tried on")
	}
	if !s.attempt([]string{"mail eve@example.org", "from 198.51.100.2"}) {
		t.Error("others cannot sign in")
	}
	if s.succeeded([]string{"mail eve@example.org", "from 198.51.100.2"}); len(s.failures) != 2 {
		t.Errorf("a success leaves %v", s.failures)
	}
}
