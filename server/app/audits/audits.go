// Package audits publishes each challenge's vote log as something that anyone can check: it seals what was committed into a
// Merkle tree with signed checkpoints, and hands out checkpoints, tiles, leaves and whole exports as far as the rules let them
// be seen (package ledger). The tree is derived from the log, and every replica may seal.
package audits

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// maxExports is how many exports are written at once: each reads and hashes a whole log, and votes come first.
const maxExports = 2

// Service carries out the use cases.
type Service struct {
	store   *store.Store
	name    string // of a key that is still to be made
	log     *slog.Logger
	known   atomic.Pointer[ledger.Key]
	exports chan struct{} // a place for each that is written

	mu     sync.Mutex
	grown  map[contest.ChallengeID]bool  // guarded by mu: logs that have grown since they were sealed
	looked look                          // guarded by mu
	notes  map[contest.ChallengeID]noted // guarded by mu: newest checkpoints
}

// New returns a service. Host is the installation's public one, after which its key is named when it is made.
func New(s *store.Store, host string, log *slog.Logger) *Service {
	return &Service{
		store: s, name: host + "/log", log: log, exports: make(chan struct{}, maxExports), grown: map[contest.ChallengeID]bool{}, notes: map[contest.ChallengeID]noted{},
	}
}

// keySetting is where the key stands, both halves of it.
const keySetting = "vote_log_key"

// key returns the installation's key, which is made when it is asked for first.
func (s *Service) key(ctx context.Context) (ledger.Key, error) {
	if known := s.known.Load(); known != nil {
		return *known, nil
	}
	var secret string
	read := func(tx *store.Tx) (err error) {
		secret, err = tx.Setting(keySetting)
		return err
	}
	err := s.store.View(ctx, read)
	if errors.Is(err, store.ErrNotFound) {
		err = s.store.Update(ctx, func(tx *store.Tx) error {
			if err := tx.Lock(keySetting); err != nil {
				return err
			}
			err := read(tx)
			if errors.Is(err, store.ErrNotFound) {
				if secret, err = ledger.NewKey(s.name); err == nil {
					err = tx.SetSetting(keySetting, secret)
				}
			}
			return err
		})
	}
	if err != nil {
		return ledger.Key{}, fmt.Errorf("find the key of the vote logs: %w", err)
	}
	k, err := ledger.OpenKey(secret)
	if err == nil {
		s.known.Store(&k)
	}
	return k, err
}

// Key returns the note verifier key with which every checkpoint of the installation is verified.
func (s *Service) Key(ctx context.Context) (string, error) {
	k, err := s.key(ctx)
	return k.Public(), err
}
