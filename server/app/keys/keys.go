// Package keys holds the use cases of the keys by which other programs use the API: how administrators make and revoke them, and
// what a request's key may be used for. It refuses to know what any operation does.
package keys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Scope is something that a key may be used for.
type Scope string

// The scopes.
const (
	NumbersRead   Scope = "numbers:read"
	PlanRead      Scope = "plan:read"
	LinksWrite    Scope = "links:write" // and read
	OrdersRead    Scope = "orders:read"
	EventsWrite   Scope = "events:write"
	ReportedWrite Scope = "reported:write"
	WebhooksRead  Scope = "webhooks:read"
	WebhooksWrite Scope = "webhooks:write"
	RepostsWrite  Scope = "reposts:write" // and read
)

// Scopes are all of them, in the order in which people read them.
var Scopes = []Scope{NumbersRead, PlanRead, OrdersRead, LinksWrite, RepostsWrite, ReportedWrite, EventsWrite, WebhooksRead, WebhooksWrite}

// prefix begins a bearer, so that people and programs that look for leaked secrets know what it is.
const prefix = "ffk_"

// bearerLength is that of the prefix and of 256 bits in base64url.
const bearerLength = len(prefix) + 43

// Limits of keys.
const (
	MaxName = 80
	MaxKeys = 200 // that nobody has revoked: each program has one of its own
)

// Days are how long a key may be made to last; 0 is for ever.
var Days = []int{30, 90, 365, 0}

// memory is how long a key is remembered, and so how long one that is revoked at another replica lets in here.
const memory = 3 * time.Second

// notePause is how exactly the last use is known. It is written down beside requests, never by one.
const notePause = time.Minute

// ErrKey says that a bearer is no key that holds.
var ErrKey = errors.New("no key")

// FieldError says what is wrong with one field of a form: "required", "too_long", "invalid", "too_many".
type FieldError struct{ Field, Code string }

// Error implements error.
func (e *FieldError) Error() string { return e.Field + ": " + e.Code }

// Service carries out the use cases.
type Service struct {
	store *store.Store
	log   *slog.Logger
	now   func() time.Time

	mu    sync.Mutex            // guards what follows
	known map[string]remembered // by the bearer's hash; keys that were made are few
	used  map[string]time.Time  // by the key's identifier; what is not written down yet
}

// remembered is a key as the store had it.
type remembered struct {
	store.Key
	until time.Time
}

// New returns a service over the store.
func New(s *store.Store, log *slog.Logger) *Service {
	return &Service{store: s, log: log, now: time.Now, known: map[string]remembered{}, used: map[string]time.Time{}}
}

// Wish is what a key shall be.
type Wish struct {
	Name     string
	Scopes   []Scope
	Campaign contest.CampaignID // empty for all
	Days     int                // that it lasts; 0 for ever
}

// Make makes a key. Its bearer is returned this once. A *FieldError says what is wrong with the wish.
func (s *Service) Make(ctx context.Context, staff contest.StaffID, w Wish) (k store.Key, bearer string, err error) {
	w.Name = strings.TrimSpace(w.Name)
	if err := w.check(); err != nil {
		return k, "", err
	}
	bearer = prefix + access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		k = store.Key{Hash: access.HashToken(bearer), Name: w.Name, Campaign: w.Campaign, Staff: staff}
		for _, scope := range w.Scopes {
			k.Scopes = append(k.Scopes, string(scope))
		}
		if w.Days > 0 {
			k.ExpiresAt = tx.Now().AddDate(0, 0, w.Days)
		}
		if err := room(tx, w); err != nil {
			return err
		}
		if k, err = tx.CreateKey(k); err != nil {
			return err
		}
		return tx.Audit(act(staff, "key.create", k))
	})
	return k, bearer, err
}

func (w Wish) check() error {
	switch {
	case w.Name == "":
		return &FieldError{"key_name", "required"}
	case utf8.RuneCountInString(w.Name) > MaxName:
		return &FieldError{"key_name", "too_long"}
	case len(w.Scopes) == 0:
		return &FieldError{"key_scope", "required"}
	case !slices.Contains(Days, w.Days):
		return &FieldError{"key_days", "required"}
	}
	for i, scope := range w.Scopes {
		if !slices.Contains(Scopes, scope) || slices.Contains(w.Scopes[:i], scope) {
			return &FieldError{"key_scope", "required"}
		}
	}
	return nil
}

// room holds a wish to what there is.
func room(tx *store.Tx, w Wish) error {
	n, err := tx.CountKeys()
	switch {
	case err != nil:
		return err
	case n >= MaxKeys:
		return &FieldError{"key_name", "too_many"}
	case w.Campaign == "":
		return nil
	}
	if _, err = tx.Campaign(w.Campaign); errors.Is(err, store.ErrNotFound) {
		return &FieldError{"key_campaign", "required"}
	}
	return err
}

func act(staff contest.StaffID, action string, k store.Key) store.Act {
	return store.Act{Staff: staff, Action: action, Object: "key/" + k.ID, Note: fmt.Sprintf("%s: %s", k.Name, strings.Join(k.Scopes, ", "))}
}

// Revoke ends a key; store.ErrNotFound where none of that identifier holds. Here it lets nobody in any more, elsewhere in seconds.
func (s *Service) Revoke(ctx context.Context, staff contest.StaffID, id string) error {
	var k store.Key
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if k, err = tx.RevokeKey(id); err != nil {
			return err
		}
		return tx.Audit(act(staff, "key.revoke", k))
	})
	if err == nil {
		s.mu.Lock()
		delete(s.known, k.Hash)
		s.mu.Unlock()
	}
	return err
}

// All lists the keys that were made, the newest first, and the campaigns that there are.
func (s *Service) All(ctx context.Context) (keys []store.Key, campaigns []contest.Campaign, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if keys, err = tx.Keys(); err != nil {
			return err
		}
		campaigns, err = tx.Campaigns()
		return err
	})
	return keys, campaigns, err
}

// Open returns the key of a bearer; ErrKey where that is none that holds.
func (s *Service) Open(ctx context.Context, bearer string) (store.Key, error) {
	if len(bearer) != bearerLength || !strings.HasPrefix(bearer, prefix) {
		return store.Key{}, ErrKey
	}
	k, err := s.recall(ctx, access.HashToken(bearer))
	now := s.now()
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !k.Holds(now):
		return store.Key{}, ErrKey
	case err != nil:
		return store.Key{}, err
	}
	s.use(k, now)
	return k, nil
}

// recall returns the key of a hash, from memory for a moment. Only keys that are there are remembered.
func (s *Service) recall(ctx context.Context, hash string) (store.Key, error) {
	now := s.now()
	s.mu.Lock()
	known, ok := s.known[hash]
	s.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.Key, nil
	}
	var k store.Key
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		k, err = tx.KeyByHash(hash)
		return err
	})
	if err == nil {
		s.mu.Lock()
		s.known[hash] = remembered{k, now.Add(memory)}
		s.mu.Unlock()
	}
	return k, err
}

// use takes note of a use that is to be written down.
func (s *Service) use(k store.Key, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Sub(k.LastUsedAt) >= notePause {
		s.used[k.ID] = now
	}
}

// Run writes down when keys are used, until the context ends.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(notePause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.Note(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the last use of API keys is not written down; it is tried again", "err", err)
		}
	}
}

// Note writes down when keys were used last. Uses that cannot be written down are forgotten: the next one counts as well.
func (s *Service) Note(ctx context.Context) error {
	s.mu.Lock()
	used := s.used
	s.used = map[string]time.Time{}
	s.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(used)) { // in one order at all replicas, so that none waits for another in a circle
			if err := tx.UseKey(id, used[id]); err != nil {
				return err
			}
		}
		return nil
	})
}
