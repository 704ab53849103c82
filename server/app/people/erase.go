package people

import (
	"errors"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// ErrDeparted says that somebody comes back to a challenge who had everything about themselves erased while votes of theirs
// stood there: as somebody new they would vote twice.
var ErrDeparted = errors.New("everything about this person was erased while the challenge ran")

// mayReturn returns ErrDeparted for whom a challenge knows to have left it.
func mayReturn(tx *store.Tx, challenge contest.ChallengeID, issuer, subject string) error {
	departed, err := tx.Departed(challenge, issuer, subject)
	if err == nil && departed {
		err = ErrDeparted
	}
	return err
}

// ForgetFan has the sessions of a fan looked up again, which this process remembers for a few seconds.
func (s *Service) ForgetFan(fan contest.FanID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, c := range s.sessions {
		if c.session.Fan.ID == fan {
			delete(s.sessions, hash)
		}
	}
}
