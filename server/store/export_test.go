package store

import "time"

// WithSkew has this machine's clock be wrong.
func WithSkew(by time.Duration) Option {
	return func(s *Store) { s.clock.now = func() time.Time { return time.Now().Add(by) } }
}
