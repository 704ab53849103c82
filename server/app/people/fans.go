package people

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// How long fans' sessions live and are remembered.
const (
	// A guest's bearer is all that says who the guest is, so it outlives the usual challenge.
	guestSessionLength = 60 * 24 * time.Hour
	// A host signs another token whenever its visitor comes back.
	hostSessionLength = 12 * time.Hour
	// A revoked session works at most this long, and one of a fan who was banned (DESIGN §4).
	sessionMemory = 5 * time.Second
	maxSessions   = 50_000 // remembered at once, about 15 MB
)

// GuestIssuer is the issuer of fans who came without a site's word for them.
const GuestIssuer = "guest"

// SessionRequest asks for a fan's session.
type SessionRequest struct {
	Challenge string // slug
	Origin    string // of the page that asks
	HostToken string // signed by the registered site; empty for a guest
	Name      string // what a guest calls themselves; may be empty
}

// OpenSession opens a fan's session for one challenge and returns its bearer and end. Errors: store.ErrNotFound,
// campaigns.ErrOriginNotRegistered, access.ErrHostToken, ErrGuestsNotAllowed, ErrDeparted.
func (s *Service) OpenSession(ctx context.Context, r SessionRequest) (bearer string, session access.Session, expires time.Time, err error) {
	c, err := s.campaigns.Public(ctx, r.Challenge)
	if err != nil {
		return "", access.Session{}, time.Time{}, err
	}
	site, err := s.campaigns.Embedder(ctx, r.Origin, c.Campaign)
	if err != nil {
		return "", access.Session{}, time.Time{}, err
	}
	issuer, subject, name, length := GuestIssuer, access.NewToken(), displayName(r.Name), guestSessionLength
	switch {
	case r.HostToken != "":
		claims, err := s.verifyHostToken(r.HostToken, site)
		if err != nil {
			return "", access.Session{}, time.Time{}, err
		}
		issuer, subject, name, length = "site:"+string(site.ID), claims.Subject, displayName(claims.Name), hostSessionLength
	case !c.Rules.Guests && !earned(c.Rules):
		return "", access.Session{}, time.Time{}, ErrGuestsNotAllowed
	}
	bearer = access.NewToken()
	session = access.Session{Challenge: c.ID, Site: site.ID, TokenHash: access.HashToken(bearer)}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		expires = tx.Now().Add(length)
		if r.HostToken != "" {
			if err := mayReturn(tx, c.ID, issuer, subject); err != nil {
				return err
			}
		}
		session.Fan, err = tx.FanFor(issuer, subject, name)
		if err != nil {
			return err
		}
		session.Voter, err = tx.VoterFor(c.ID, session.Fan.ID)
		if err != nil {
			return err
		}
		qualities, err := tx.Qualities(c.ID, session.Fan.ID)
		if err != nil {
			return err
		}
		session.Class = classOf(c.Rules, session.Fan, qualities)
		session.Lacks = lacks(c.Rules, session.Class)
		return tx.InsertToken(store.Token{Hash: session.TokenHash, Fan: session.Fan.ID, Site: site.ID, Challenge: c.ID, ExpiresAt: expires})
	})
	return bearer, session, expires, err
}

// verifyHostToken reads a token that the site signed with its secret, or with the former one while that counts.
func (s *Service) verifyHostToken(token string, site contest.Site) (claims access.HostClaims, err error) {
	now := s.now()
	for _, secret := range site.Secrets(now) {
		if claims, err = access.VerifyHostToken(token, string(site.ID), secret, s.audience, now); err == nil {
			break
		}
	}
	return claims, err
}

// displayName keeps what can be shown of a name: no control or invisible characters, at most contest.MaxAuthor.
func displayName(name string) string {
	kept := []rune(strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return -1
	}, name))
	return strings.TrimSpace(string(kept[:min(len(kept), contest.MaxAuthor)]))
}

// Session returns the session of a bearer and its end, or ErrNoSession. origin is where the request's page stands:
// a session works only on pages of the site that it was opened from; "" (no browser) is not checked.
func (s *Service) Session(ctx context.Context, bearer, origin string) (access.Session, time.Time, error) {
	hash := access.HashToken(bearer)
	c, err := s.remembered(ctx, hash)
	if err != nil {
		return access.Session{}, time.Time{}, err
	}
	if s.now().After(c.expires) {
		return access.Session{}, time.Time{}, ErrNoSession
	}
	if origin != "" {
		if err := s.sameSite(ctx, c.session, origin); err != nil {
			return access.Session{}, time.Time{}, err
		}
	}
	return c.session, c.expires, nil
}

func (s *Service) sameSite(ctx context.Context, session access.Session, origin string) error {
	challenge, err := s.campaigns.Launched(ctx, session.Challenge)
	if err != nil {
		return err
	}
	site, err := s.campaigns.Embedder(ctx, origin, challenge.Campaign)
	if err != nil || site.ID != session.Site {
		return ErrNoSession
	}
	return nil
}

func (s *Service) remembered(ctx context.Context, hash string) (cached, error) {
	s.mu.Lock()
	c, ok := s.sessions[hash]
	s.mu.Unlock()
	if ok && s.now().Before(c.until) {
		return c, nil
	}
	c, changing, err := s.read(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return cached{}, ErrNoSession
	}
	if err != nil || changing {
		return c, err
	}
	c.until = s.now().Add(sessionMemory)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= maxSessions {
		clear(s.sessions) // they come back with one read each
	}
	s.sessions[hash] = c
	return c, nil
}

// read reads a session. Changing says that it may become another one at any moment, by what a fan does elsewhere, so that
// it is not to be remembered.
func (s *Service) read(ctx context.Context, hash string) (c cached, changing bool, err error) {
	var qualities []contest.VoterClass
	err = s.store.View(ctx, func(tx *store.Tx) error {
		token, err := tx.Token(hash)
		if err != nil {
			return err
		}
		c.expires = token.ExpiresAt
		c.session = access.Session{Challenge: token.Challenge, Site: token.Site, TokenHash: hash}
		if c.session.Fan, err = tx.Fan(token.Fan); err != nil {
			return err
		}
		if c.session.Voter, err = tx.Voter(token.Challenge, token.Fan); err != nil {
			return err
		}
		if c.session.Ban, err = banOf(tx, token); err != nil {
			return err
		}
		if qualities, err = tx.Qualities(token.Challenge, token.Fan); err != nil {
			return err
		}
		changing, err = tx.AwaitsConfirmation(hash)
		return err
	})
	if err != nil {
		return c, false, err
	}
	challenge, err := s.campaigns.Launched(ctx, c.session.Challenge) // from memory, as a rule
	c.session.Class = classOf(challenge.Rules, c.session.Fan, qualities)
	c.session.Lacks = lacks(challenge.Rules, c.session.Class)
	return c, changing || !challenge.Rules.Admits(c.session.Class), err
}

// banOf returns the ban that holds for a token's fan in its challenge, nil where none does.
func banOf(tx *store.Tx, token store.Token) (*contest.Ban, error) {
	ban, err := tx.Banned(token.Challenge, token.Fan)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return &ban, err
}

// Tidy removes expired sessions, what they wait for, and set-up links.
func (s *Service) Tidy(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error { return tx.DeleteExpiredTokens(tx.Now()) })
}
