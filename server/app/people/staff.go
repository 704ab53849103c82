package people

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/store"
)

// How long a set-up link can be used, and how sign-ins are slowed down.
const (
	setupLinkLength = 24 * time.Hour
	maxFailures     = 10 // sign-ins that failed for one mail address, or from one address, within failureWindow
	failureWindow   = 15 * time.Minute
	maxRemembered   = 10_000 // failures remembered at once, so that guessing costs no memory
	maxName         = 80
	maxMail         = 254 // RFC 5321 §4.5.3.1.3, less the brackets
)

// NeedsSetup reports whether there is no administrator yet.
func (s *Service) NeedsSetup(ctx context.Context) (needs bool, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		n, err := tx.CountStaff(string(access.Administrator))
		needs = n == 0
		return err
	})
	return needs, err
}

// SetupLink makes a one-time link for a new administrator and returns its token.
func (s *Service) SetupLink(ctx context.Context) (string, error) {
	token := access.NewToken()
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertSetupLink(access.HashToken(token), tx.Now().Add(setupLinkLength))
	})
	return token, err
}

// SetupValid reports whether the link can still be used.
func (s *Service) SetupValid(ctx context.Context, token string) bool {
	var expires time.Time
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		expires, err = tx.SetupLink(access.HashToken(token))
		return err
	})
	return err == nil && s.now().Before(expires)
}

// SetUp uses up the link, makes the administrator and signs them in. Errors: ErrLinkUsed, *FieldError, and
// store.ErrConflict when the mail address is taken.
func (s *Service) SetUp(ctx context.Context, token, name, email, password string) (session string, err error) {
	name, email = strings.TrimSpace(name), normalMail(email)
	if err := checkPerson(name, email, password); err != nil {
		return "", err
	}
	if !s.SetupValid(ctx, token) {
		return "", ErrLinkUsed
	}
	hash := access.HashPassword(password)
	session = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.UseSetupLink(access.HashToken(token), tx.Now()); err != nil {
			if errors.Is(err, store.ErrNotFound) {
				return ErrLinkUsed
			}
			return err
		}
		person, err := tx.CreateStaff(store.Staff{Email: email, Name: name, Role: string(access.Administrator), Password: hash})
		if err != nil {
			return err
		}
		return signIn(tx, person, session)
	})
	return session, err
}

func checkPerson(name, email, password string) error {
	switch n := utf8.RuneCountInString(password); {
	case name == "":
		return &FieldError{"name", "required"}
	case utf8.RuneCountInString(name) > maxName:
		return &FieldError{"name", "too_long"}
	case !validMail(email):
		return &FieldError{"email", "invalid"}
	case n < access.MinPassword:
		return &FieldError{"password", "too_short"}
	case n > access.MaxPassword:
		return &FieldError{"password", "too_long"}
	}
	return nil
}

func validMail(email string) bool {
	a, err := mail.ParseAddress(email)
	return err == nil && a.Address == email && a.Name == "" && len(email) <= maxMail
}

func normalMail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// absent is checked when no such person exists, so that the answer takes as long as for one who does.
var absent = access.HashPassword(access.NewToken())

// SignIn opens a staff session. address is where the request came from. Errors: ErrCredentials, ErrThrottled.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (session string, err error) {
	email = normalMail(email)
	if len(email) > maxMail || len(password) > 4*access.MaxPassword {
		return "", ErrCredentials
	}
	if !s.mayTry(email) || !s.mayTry(address) {
		return "", ErrThrottled
	}
	var person store.Staff
	err = s.store.View(ctx, func(tx *store.Tx) error {
		person, err = tx.StaffByEmail(email)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		person.Password = absent
	case err != nil:
		return "", err
	}
	if ok, checkErr := access.CheckPassword(person.Password, password); checkErr != nil || !ok || err != nil {
		s.failed(email)
		s.failed(address)
		return "", ErrCredentials
	}
	session = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		return signIn(tx, person, session)
	})
	return session, err
}

func signIn(tx *store.Tx, person store.Staff, session string) error {
	return tx.InsertStaffSession(store.StaffSession{
		Hash: access.HashToken(session), Staff: person.ID, ExpiresAt: tx.Now().Add(access.StaffSessionLength),
	})
}

// SignOut ends a staff session.
func (s *Service) SignOut(ctx context.Context, session string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteStaffSession(access.HashToken(session)) })
}

// Staff returns who is signed in with the session, or ErrNoSession.
func (s *Service) Staff(ctx context.Context, session string) (staff access.Staff, err error) {
	if session == "" {
		return access.Staff{}, ErrNoSession
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.StaffSession(access.HashToken(session))
		if err != nil {
			return err
		}
		if s.now().After(open.ExpiresAt) {
			return ErrNoSession
		}
		person, err := tx.Staff(open.Staff)
		staff = access.Staff{ID: person.ID, Name: person.Name, Email: person.Email, Role: access.Role(person.Role)}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return access.Staff{}, ErrNoSession
	}
	return staff, err
}

// failure counts sign-ins that failed since a moment.
type failure struct {
	count int
	since time.Time
}

func (s *Service) mayTry(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.failures[key]
	return f.count < maxFailures || s.now().Sub(f.since) > failureWindow
}

func (s *Service) failed(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if len(s.failures) >= maxRemembered {
		for k, f := range s.failures {
			if now.Sub(f.since) > failureWindow {
				delete(s.failures, k)
			}
		}
		if len(s.failures) >= maxRemembered {
			return // an attack from thousands of addresses: the mail address is remembered already or never will be
		}
	}
	f := s.failures[key]
	if now.Sub(f.since) > failureWindow {
		f = failure{since: now}
	}
	f.count++
	s.failures[key] = f
}
