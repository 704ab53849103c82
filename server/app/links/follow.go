package links

import (
	"context"
	"math/rand/v2"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/store"
)

// How long, and how many, links are remembered: one on a poster is opened by thousands at once.
const (
	linkMemory = 5 * time.Second
	maxKnown   = 10_000
)

// clickWait is how long a visitor waits for being counted. Who came comes before the number.
const clickWait = 2 * time.Second

// remembered is a link as the database had it.
type remembered struct {
	link  kpi.Link
	until time.Time
}

// Follow returns where the link of a code leads a click with these parameters; store.ErrNotFound where there is none. A click that
// counts is counted, and takes its token along. Uncounted says why it was not, where it should have been: the address holds all the same.
func (s *Service) Follow(ctx context.Context, typed, asked string, counts bool) (to string, uncounted, err error) {
	l, err := s.link(ctx, kpi.FoldLink(typed))
	if err != nil {
		return "", nil, err
	}
	if !counts || l.Retired() {
		return l.Landing(s.own, asked, ""), nil, nil
	}
	token, err := s.count(ctx, l)
	return l.Landing(s.own, asked, token), err, nil
}

// count counts a click and returns its token.
func (s *Service) count(ctx context.Context, l kpi.Link) (token string, err error) {
	key, err := s.ClickKey(ctx)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, clickWait)
	defer cancel()
	at := time.Now()
	count := func(tx *store.Tx) error {
		at = tx.Now()
		return tx.Clicked(l, 1)
	}
	if l.Challenge == "" {
		err = s.store.Update(ctx, count)
	} else {
		err = s.store.UpdateIn(ctx, l.Challenge, count) // which shares commits in every database
	}
	return kpi.SignClick(key, kpi.Click{Link: l.Code, At: at}, rand.Uint32()), err
}

// ClickKey is what clicks are signed with.
func (s *Service) ClickKey(ctx context.Context) (key []byte, err error) {
	s.mu.RLock()
	key = s.key
	s.mu.RUnlock()
	if key != nil {
		return key, nil
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		key, err = tx.Secret(kpi.ClickSecret)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
	return key, nil
}

// link reads a link, from memory where it was read lately.
func (s *Service) link(ctx context.Context, code kpi.LinkCode) (l kpi.Link, err error) {
	s.mu.RLock()
	known, ok := s.known[code]
	s.mu.RUnlock()
	if ok && time.Now().Before(known.until) {
		return known.link, nil
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		l, err = tx.Link(code)
		return err
	})
	if err != nil {
		return l, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= maxKnown {
		clear(s.known)
	}
	s.known[code] = remembered{l, time.Now().Add(linkMemory)}
	return l, nil
}

// forget lets a change of a link count at once in this process.
func (s *Service) forget(code kpi.LinkCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, code)
}
