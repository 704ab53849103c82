// Package people holds the use cases of fans as persons: how a session is opened and recognised, and how a guest becomes more
// than one: by confirming a mailbox, by an invitation.
package people

import (
	"errors"
	"sync"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/store"
)

// Errors that surfaces tell apart.
var (
	ErrThrottled        = errors.New("too many attempts")
	ErrGuestsNotAllowed = errors.New("the challenge does not allow guests")
	ErrNoSession        = errors.New("no session")

	ErrMailNotConfigured = errors.New("no mail server is configured")
	ErrCode              = errors.New("the code is wrong")
	ErrCodeEnded         = errors.New("the code is too old, or was used")
	ErrMailTaken         = errors.New("the mailbox is another fan's")
	ErrInvitation        = errors.New("the invitation does not hold")
)

// FieldError says what is wrong with one field of a form: "required", "invalid", "too_short", "too_long".
type FieldError struct{ Field, Code string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// Service carries out the use cases.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	audience  string // what host-signed tokens name as their audience: our public URL
	mail      *Mail  // nil where no mail server is configured
	now       func() time.Time

	mu       sync.Mutex
	sessions map[string]cached // guarded by mu; by token hash
}

// New returns a service. audience is what host-signed tokens must name: the installation's public URL.
func New(s *store.Store, c *campaigns.Service, audience string) *Service {
	return &Service{
		store: s, campaigns: c, audience: audience, now: time.Now, sessions: map[string]cached{},
	}
}

// cached is a session that is remembered.
type cached struct {
	session   access.Session
	qualities store.Qualities
	changing  bool      // it may be another one at any moment, and is not remembered
	expires   time.Time // of the session
	until     time.Time // of the memory, whatever happens
	version   int64     // of sessions, when it was read
}
