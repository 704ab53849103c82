package staff

import (
	"context"
	"errors"
	"time"

	"fanfare/server/access"
	"fanfare/server/store"
)

// How sign-ins are slowed down, at all replicas together.
const (
	maxFailures   = 10 // sign-ins that failed for one mail address, or from one address, within failureWindow
	failureWindow = 15 * time.Minute
	refusalMemory = 5 * time.Second // for which a flood of refused sign-ins costs the store nothing
	maxRefused    = 10_000          // remembered at once
)

// attempt is a sign-in as failures are counted: by the mail address and by where it came from. Both are hashed, because
// what people type into the wrong field is nobody's business.
type attempt struct{ mail, from string }

func attemptOf(email, address string) attempt {
	return attempt{access.HashToken("mail " + email), access.HashToken("from " + address)}
}

// count counts a sign-in as failed before it is judged, so that many at once are not all let through. ErrThrottled says
// that one of its keys has failed too often; then nothing is counted.
func (s *Service) count(ctx context.Context, a attempt) error {
	if s.isRefused(a.mail) || s.isRefused(a.from) {
		return ErrThrottled
	}
	full := ""
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		for _, key := range []string{a.mail, a.from} {
			allowed, err := tx.CountFailures([]string{key}, failureWindow, maxFailures)
			if err != nil {
				return err
			}
			if !allowed {
				full = key
				return ErrThrottled
			}
		}
		return nil
	})
	if errors.Is(err, ErrThrottled) {
		s.refuse(full)
	}
	return err
}

func (s *Service) isRefused(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Before(s.refused[key])
}

func (s *Service) refuse(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.refused) >= maxRefused {
		clear(s.refused) // they come back with one question each
	}
	s.refused[key] = s.now().Add(refusalMemory)
}

// succeeded takes back what count counted; whoever knows the password starts afresh.
func (a attempt) succeeded(tx *store.Tx) error {
	return errors.Join(tx.ForgetFailures(a.mail), tx.TakeBackFailure(a.from))
}
