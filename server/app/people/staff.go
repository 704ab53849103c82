package people

import (
	"context"
	"errors"
	"net/mail"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/store"
)

// How long a set-up link can be used, and how long a person's words may be.
const (
	setupLinkLength = 24 * time.Hour
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

// Members lists who works at the console, those who joined first leading.
func (s *Service) Members(ctx context.Context) (list []store.Staff, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.Members()
		return err
	})
	return list, err
}

// SetupValid returns ErrLinkUsed for a link that cannot be used any more.
func (s *Service) SetupValid(ctx context.Context, token string) error {
	var expires time.Time
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		expires, err = tx.SetupLink(access.HashToken(token))
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.now().Before(expires) {
		return ErrLinkUsed
	}
	return err
}

// SetUp uses up the link, makes the administrator and signs them in. The first administrator ends all other links: each
// start of each replica has printed one until then, and logs are read by many. Errors: ErrLinkUsed, *FieldError, and
// store.ErrConflict when the mail address is taken.
func (s *Service) SetUp(ctx context.Context, token, name, email, password string) (session string, err error) {
	name, email = strings.TrimSpace(name), normalMail(email)
	if err := checkPerson(name, email, password); err != nil {
		return "", err
	}
	if err := s.SetupValid(ctx, token); err != nil {
		return "", err
	}
	hash := access.HashPassword(password)
	session = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		err := useLink(tx, access.HashToken(token))
		if errors.Is(err, store.ErrNotFound) {
			return ErrLinkUsed
		}
		if err != nil {
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

func useLink(tx *store.Tx, hash string) error {
	if err := tx.Lock("staff"); err != nil { // two first administrators at once
		return err
	}
	if err := tx.UseSetupLink(hash, tx.Now()); err != nil {
		return err
	}
	administrators, err := tx.CountStaff(string(access.Administrator))
	if err != nil || administrators > 0 {
		return err
	}
	return tx.DeleteSetupLinks()
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
// It is made when the first one is needed: a hash takes 64 MiB.
var absent = sync.OnceValue(func() string { return access.HashPassword(access.NewToken()) })

// SignIn opens a staff session. address is where the request came from. Errors: ErrCredentials, ErrThrottled.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (session string, err error) {
	email = normalMail(email)
	if len(email) > maxMail || len(password) > 4*access.MaxPassword {
		return "", ErrCredentials
	}
	attempt := attemptOf(email, address)
	if err := s.count(ctx, attempt); err != nil {
		return "", err
	}
	var person store.Staff
	err = s.store.View(ctx, func(tx *store.Tx) error {
		person, err = tx.StaffByEmail(email)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		person.Password = absent()
	case err != nil:
		return "", err
	}
	if ok, checkErr := access.CheckPassword(person.Password, password); checkErr != nil || !ok || err != nil {
		return "", ErrCredentials
	}
	session = access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(attempt.succeeded(tx), signIn(tx, person, session))
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
