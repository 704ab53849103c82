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
	// For so long a session is not read again where the store knows that it is still what it was. A fan's other name may wait so long.
	nameMemory  = time.Minute
	maxSessions = 50_000 // remembered at once, about 15 MB
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
	who, err := s.newcomer(r, c, site)
	if err != nil {
		return "", access.Session{}, time.Time{}, err
	}
	bearer = access.NewToken()
	var opened cached
	version, _ := s.store.SessionsVersion()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		opened, err = who.enter(tx, store.Token{Hash: access.HashToken(bearer), Site: site.ID, Challenge: c.ID})
		return err
	})
	if err != nil {
		return "", access.Session{}, time.Time{}, err
	}
	opened.judge(c.Rules)
	s.remember(opened, version)
	return bearer, opened.session, opened.expires, nil
}

// newcomer is who asks for a session.
type newcomer struct {
	issuer, subject, name string
	stay                  time.Duration
}

// newcomer finds out who asks for a session: the visitor that a site vouches for, or a guest where the rules let guests in
// or let them become more.
func (s *Service) newcomer(r SessionRequest, c contest.Challenge, site contest.Site) (newcomer, error) {
	if r.HostToken != "" {
		claims, err := s.verifyHostToken(r.HostToken, site)
		return newcomer{"site:" + string(site.ID), claims.Subject, displayName(claims.Name), hostSessionLength}, err
	}
	if !c.Rules.Guests && !earned(c.Rules) {
		return newcomer{}, ErrGuestsNotAllowed
	}
	return newcomer{GuestIssuer, access.NewToken(), displayName(r.Name), guestSessionLength}, nil
}

// enter makes the newcomer a fan with a pseudonym in the token's challenge, and the token theirs.
func (n newcomer) enter(tx *store.Tx, t store.Token) (cached, error) {
	if n.issuer != GuestIssuer {
		if err := mayReturn(tx, t.Challenge, n.issuer, n.subject); err != nil {
			return cached{}, err
		}
	}
	fan, err := tx.FanFor(n.issuer, n.subject, n.name)
	if err != nil {
		return cached{}, err
	}
	if _, err := tx.VoterFor(t.Challenge, fan.ID); err != nil {
		return cached{}, err
	}
	t.Fan, t.ExpiresAt = fan.ID, tx.Now().Add(n.stay)
	if err := tx.InsertToken(t); err != nil {
		return cached{}, err
	}
	return recognise(tx, t.Hash)
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
	if ok && s.holds(c) {
		return c, nil
	}
	version, _ := s.store.SessionsVersion()
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		c, err = recognise(tx, hash)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return cached{}, ErrNoSession
	}
	if err != nil {
		return cached{}, err
	}
	challenge, err := s.campaigns.Launched(ctx, c.session.Challenge) // from memory, as a rule
	if err != nil {
		return cached{}, err
	}
	c.judge(challenge.Rules)
	s.remember(c, version)
	return c, nil
}

// holds reports whether a remembered session was so less than sessionMemory ago: it was read then, or nothing was written since
// that makes it another one.
func (s *Service) holds(c cached) bool {
	now := s.now()
	if now.Before(c.until) {
		return true
	}
	version, age := s.store.SessionsVersion()
	return version == c.version && age < sessionMemory && now.Before(c.until.Add(nameMemory))
}

// recognise reads a session. What its fan may do, judge finds out.
func recognise(tx *store.Tx, hash string) (c cached, err error) {
	known, err := tx.Session(hash)
	if err != nil {
		return c, err
	}
	c = cached{expires: known.ExpiresAt, qualities: known.Qualities, changing: known.Awaits, session: access.Session{
		Fan: known.Fan, Challenge: known.Challenge, Site: known.Site, Voter: known.Voter, TokenHash: hash,
	}}
	if known.Banned {
		c.session.Ban, err = banOf(tx, known.Token)
	}
	return c, err
}

// judge finds out as what a session's fan votes. Who may vote as nothing yet becomes more at any moment, by what they do
// at another replica.
func (c *cached) judge(r contest.Rules) {
	c.session.Class = classOf(r, c.session.Fan, c.qualities)
	c.session.Lacks = lacks(r, c.session.Class)
	c.changing = c.changing || !r.Admits(c.session.Class)
}

// remember keeps a session that was read behind a version, unless it may change at any moment.
func (s *Service) remember(c cached, version int64) {
	if c.changing {
		return
	}
	c.until, c.version = s.now().Add(sessionMemory), version
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= maxSessions {
		clear(s.sessions) // they come back with one read each
	}
	s.sessions[c.session.TokenHash] = c
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
