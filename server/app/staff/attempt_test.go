package staff

import (
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// replicas are services of two replicas on one database, with one clock.
type replicas struct {
	*testing.T
	here, there *Service
	store       *store.Store
	clock       time.Time
}

// Sign-ins are slowed down at all replicas together.
func TestSignInsThatFail(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		for claim, check := range map[string]func(*replicas){
			"at two replicas close the account at both":      closeTheAccount,
			"under one key count for no other":               countForNoOther,
			"are forgotten when somebody knows the password": areForgotten,
			"cost the store nothing once they are refused":   costNothing,
		} {
			t.Run(claim, func(t *testing.T) { check(newReplicas(t, open)) })
		}
	})
}

func newReplicas(t *testing.T, open storetest.Opener) *replicas {
	t.Helper()
	r := &replicas{T: t, clock: time.Now()}
	now := func() time.Time { return r.clock }
	r.store = open(t, nil, store.WithClock(now))
	for _, s := range []**Service{&r.here, &r.there} {
		var err error
		if *s, err = New(r.store, &url.URL{Scheme: "https", Host: "fanfare.example"}, nil); err != nil {
			t.Fatal(err)
		}
		(*s).now = now
	}
	return r
}

// expectCount counts a failure and compares the answer.
func (r *replicas) expectCount(s *Service, mail, from string, want error) {
	r.Helper()
	if err := s.count(r.Context(), attemptOf(mail, from)); !errors.Is(err, want) {
		r.Errorf("count(%s, %s) = %v, want %v", mail, from, err, want)
	}
}

func (r *replicas) pass(d time.Duration) { r.clock = r.clock.Add(d) }

// CHECKS 51: guessing is not easier where there are more replicas to guess at.
func closeTheAccount(r *replicas) {
	const email = "ada@example.org"
	link, err := r.here.SetupLink(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	if _, err := r.here.SetUp(r.Context(), link, Newcomer{Name: "Ada", Email: email, Password: password}); err != nil {
		r.Fatal(err)
	}
	for n := range maxFailures {
		s := []*Service{r.here, r.there}[n%2]
		if _, err := s.SignIn(r.Context(), email, "wrong", Visit{Address: fmt.Sprint("198.51.100.", n)}); !errors.Is(err, ErrCredentials) {
			r.Fatalf("sign-in %d = %v, want %v", n, err, ErrCredentials)
		}
	}
	for _, s := range []*Service{r.here, r.there} {
		if _, err := s.SignIn(r.Context(), email, password, Visit{Address: "203.0.113.1"}); !errors.Is(err, ErrThrottled) {
			r.Errorf("after %d failures = %v, want %v", maxFailures, err, ErrThrottled)
		}
	}
	r.pass(failureWindow + time.Second)
	if _, err := r.there.SignIn(r.Context(), email, password, Visit{Address: "203.0.113.1"}); err != nil {
		r.Errorf("after the window = %v", err)
	}
}

func countForNoOther(r *replicas) {
	for range maxFailures {
		r.expectCount(r.here, "ada", "1", nil)
	}
	r.expectCount(r.there, "eve", "1", ErrThrottled)
	r.expectCount(r.there, "ada", "2", ErrThrottled)
	for range maxFailures { // the refused ones have not counted for those beside them
		r.expectCount(r.there, "eve", "2", nil)
	}
}

func areForgotten(r *replicas) {
	for range maxFailures {
		r.expectCount(r.here, "ada", "1", nil)
	}
	if err := r.store.Update(r.Context(), attemptOf("ada", "1").succeeded); err != nil {
		r.Fatal(err)
	}
	r.expectCount(r.here, "ada", "1", nil)
	r.expectCount(r.here, "ada", "1", ErrThrottled) // the address failed with others' names
	r.expectCount(r.here, "ada", "2", nil)
}

func costNothing(r *replicas) {
	for range maxFailures {
		r.expectCount(r.here, "ada", "1", nil)
	}
	r.expectCount(r.here, "ada", "1", ErrThrottled)
	before := r.store.Stats().Updates
	for n := range 1000 {
		r.expectCount(r.here, "ada", fmt.Sprint(n), ErrThrottled)
	}
	if asked := r.store.Stats().Updates - before; asked != 0 {
		r.Errorf("the store was asked %d times", asked)
	}
	r.pass(failureWindow + time.Second)
	r.expectCount(r.here, "ada", "1", nil)
}

func TestRefusalsInMemoryAreBounded(t *testing.T) {
	s, err := New(nil, &url.URL{Scheme: "https", Host: "fanfare.example"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 * maxRefused {
		s.refuse(fmt.Sprint(n))
	}
	if len(s.refused) > maxRefused {
		t.Errorf("%d refusals are remembered, want at most %d", len(s.refused), maxRefused)
	}
}
