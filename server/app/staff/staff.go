// Package staff holds the use cases of those who work at the console: how the first administrator is set up, how others are
// invited and leave, how they sign in with a password and a second factor, and what they did. It refuses to know what a role
// may do: each route names those that may call it.
package staff

import (
	"context"
	"errors"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Errors that surfaces tell apart.
var (
	ErrCredentials = errors.New("mail address or password is wrong")
	ErrThrottled   = errors.New("too many attempts")
	ErrLinkUsed    = errors.New("the link was used or is too old")
	ErrNoSession   = errors.New("no session")
	ErrCode        = errors.New("the code is wrong, or was used")
	// ErrLastAdministrator keeps an installation from having nobody who may let others in.
	ErrLastAdministrator = errors.New("there is no other administrator")
	// ErrNoAccount says that nobody here is whom an issuer vouches for.
	ErrNoAccount = errors.New("nobody has this identity")
	// ErrIdentityTaken says that somebody else is.
	ErrIdentityTaken = errors.New("somebody else has this identity")
	// ErrFactorNeeded says that somebody must have a second factor: because it is asked of all, or before they ask it of all.
	ErrFactorNeeded = errors.New("a second factor is needed")
)

// FieldError says what is wrong with one field of a form: "required", "invalid", "too_short", "too_long", "taken", "wrong".
type FieldError struct{ Field, Code string }

func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// How long a person's words may be.
const (
	maxName = 80
	maxMail = 254 // RFC 5321 §4.5.3.1.3, less the brackets
)

// touchPause is how exactly the last use of a session is known: writing it down with each request would cost a commit each.
const touchPause = time.Minute

// Service carries out the use cases.
type Service struct {
	store    *store.Store
	mail     *Mail            // nil where no mail server is configured
	passkeys *access.Passkeys // nil where browsers make none
	issuer   *access.OpenID   // nil where none is configured
	host     string           // what authenticators call the installation
	now      func() time.Time
	check    func(hash, password string) (bool, error) // access.CheckPassword; counted by tests

	mu      sync.Mutex
	refused map[string]time.Time // guarded by mu; until when sign-ins under a key are refused without asking the store
}

// New returns a service for the installation with a public address: authenticators show its host beside a code, and passkeys
// are made for it. Issuer signs people in beside us; nil for none.
func New(s *store.Store, public *url.URL, issuer *access.OpenID) (*Service, error) {
	passkeys, err := access.NewPasskeys(public)
	if err != nil {
		return nil, err
	}
	return &Service{
		store: s, passkeys: passkeys, issuer: issuer, host: public.Host, now: time.Now, check: access.CheckPassword, refused: map[string]time.Time{},
	}, nil
}

// Visit is what is known of a browser.
type Visit struct {
	Address string // as far as it can be trusted
	Agent   string // what it calls itself
}

// maxAgent is how much is kept of what a browser calls itself.
const maxAgent = 300

// Staff returns who is signed in with the session, or ErrNoSession.
func (s *Service) Staff(ctx context.Context, session string) (who access.Staff, err error) {
	if session == "" {
		return access.Staff{}, ErrNoSession
	}
	hash, stale := access.HashToken(session), false
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.StaffSession(hash)
		if err != nil {
			return err
		}
		if s.now().After(open.ExpiresAt) {
			return ErrNoSession
		}
		stale = s.now().Sub(open.SeenAt) >= touchPause
		person, err := tx.Staff(open.Staff)
		who = access.Staff{
			ID: person.ID, Name: person.Name, Email: person.Email, Role: access.Role(person.Role),
			Campaign: person.Campaign, Partner: person.Partner,
		}
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return access.Staff{}, ErrNoSession
	case err == nil && stale:
		// Who cannot be written down is signed in all the same: a full disk must not lock those out who could mend it.
		_ = s.store.Update(ctx, func(tx *store.Tx) error { return tx.TouchStaffSession(hash) })
	}
	return who, err
}

// Session is a signed-in browser as its owner sees it.
type Session struct {
	store.StaffSession
	Own bool // the one that asks
}

// Sessions lists a person's sessions; own is the bearer of the one that asks, if it is one of theirs.
func (s *Service) Sessions(ctx context.Context, person contest.StaffID, own string) (list []Session, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.StaffSessions(person)
		list = nil
		for _, one := range found {
			list = append(list, Session{one, one.Hash == access.HashToken(own)})
		}
		return err
	})
	return list, err
}

// EndSession ends one of a person's sessions; store.ErrNotFound where it is none of theirs.
func (s *Service) EndSession(ctx context.Context, by, person contest.StaffID, hash string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		session, err := tx.StaffSession(hash)
		if err != nil {
			return err
		}
		if session.Staff != person {
			return store.ErrNotFound
		}
		return errors.Join(tx.DeleteStaffSession(hash), tx.Audit(act(by, "staff.session_end", person, "")))
	})
}

// EndSessions ends all of a person's sessions but the one of a bearer, empty for none.
func (s *Service) EndSessions(ctx context.Context, by, person contest.StaffID, but string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Staff(person); err != nil {
			return err
		}
		return errors.Join(tx.EndStaffSessions(person, access.HashToken(but)), tx.Audit(act(by, "staff.sessions_end", person, "")))
	})
}

// act is what somebody did to a person.
func act(by contest.StaffID, action string, person contest.StaffID, note string) store.Act {
	return store.Act{Staff: by, Action: action, Object: "staff/" + string(person), Note: note}
}

func checkPerson(name, email, password string) error {
	switch {
	case name == "":
		return &FieldError{"name", "required"}
	case utf8.RuneCountInString(name) > maxName:
		return &FieldError{"name", "too_long"}
	case !validMail(email):
		return &FieldError{"email", "invalid"}
	}
	return checkPassword(password)
}

func checkPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
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
