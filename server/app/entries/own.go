package entries

import (
	"context"
	"sync"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// How long, and of how many fans, it is remembered which entries are theirs: who has a photo on a board asks every few seconds
// where it is.
const (
	ownMemory = time.Minute
	maxOwners = 20_000 // about 4 MB
)

// Numbered is an entry by its two names.
type Numbered struct {
	Entry  contest.EntryID
	Number contest.EntryNumber
}

// owner is a fan in a challenge.
type owner struct {
	challenge contest.ChallengeID
	fan       contest.FanID
}

// owners remember which entries are whose.
type owners struct {
	mu    sync.Mutex
	known map[owner]owned // guarded by mu
}

type owned struct {
	entries []Numbered
	until   time.Time
}

func ownerOf(fan access.Session) owner { return owner{fan.Challenge, fan.Fan.ID} }

// OwnNumbers lists what Own does, from memory for ownMemory: what was withdrawn since may be among it, and what the fan entered
// through another replica may not. Whether an entry stands on a board, the board tells.
func (s *Service) OwnNumbers(ctx context.Context, fan access.Session) ([]Numbered, error) {
	if known, ok := s.owners.recall(ownerOf(fan)); ok {
		return known, nil
	}
	list, err := s.Own(ctx, fan)
	if err != nil {
		return nil, err
	}
	entries := make([]Numbered, len(list))
	for i, e := range list {
		entries[i] = Numbered{e.ID, e.Number}
	}
	s.owners.remember(ownerOf(fan), entries)
	return entries, nil
}

// Own lists the fan's entries in their challenge, newest first, withdrawn ones left out.
func (s *Service) Own(ctx context.Context, fan access.Session) (list []contest.Entry, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.EntriesByFan(fan.Challenge, fan.Fan.ID)
		return err
	})
	kept := list[:0]
	for _, e := range list {
		if e.Status != contest.Withdrawn {
			kept = append(kept, e)
		}
	}
	return kept, err
}

func (o *owners) recall(who owner) ([]Numbered, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	known, ok := o.known[who]
	return known.entries, ok && time.Now().Before(known.until)
}

func (o *owners) remember(who owner, entries []Numbered) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.known) >= maxOwners {
		clear(o.known)
	}
	o.known[who] = owned{entries, time.Now().Add(ownMemory)}
}

// forget has the fan's entries read anew.
func (o *owners) forget(who owner) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.known, who)
}
