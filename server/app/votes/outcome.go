package votes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// outcome is what an update did, as it is kept under an idempotency key: nothing in it names the fan.
type outcome struct {
	Voted    bool   `json:"voted"`
	Score    int64  `json:"score"`
	Left     int    `json:"left"`
	Period   string `json:"period"`
	Position int64  `json:"position"` // of its leaf; 0 for none

	leaf contest.Leaf // with its position alone where the log had it before
	key  contest.LogKey
}

// once does what is wanted, unless a request with the same key did. What was done is kept in the same commit.
func (w Wish) once(tx *store.Tx, b *ballot, kind contest.LeafKind, do func() (outcome, error)) (done outcome, err error) {
	if w.IdempotencyKey == "" {
		return do()
	}
	scope := store.VoteScope(b.Challenge, b.Voter)
	known, found, err := tx.Idempotent(scope, w.IdempotencyKey, w.hash(kind))
	if err != nil {
		return outcome{}, err
	}
	if found {
		err = json.Unmarshal([]byte(known), &done)
		return done, err
	}
	if done, err = do(); err != nil {
		return outcome{}, err
	}
	kept, err := json.Marshal(done)
	if err != nil {
		return outcome{}, err
	}
	return done, tx.SaveIdempotent(scope, w.IdempotencyKey, w.hash(kind), string(kept))
}

// hash tells one wish from another.
func (w Wish) hash(kind contest.LeafKind) string {
	b, _ := json.Marshal([]any{kind, w.Entry, w.InsteadOf, w.Points}) // strings and numbers always marshal
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// answer says what was done, as far as the rules let it be seen.
func (s *Service) answer(ctx context.Context, b *ballot, done outcome) (Vote, error) {
	v := Vote{Entry: b.Entry, Voted: done.Voted, Left: done.Left, Period: done.Period}
	if b.c.ShowsScores() {
		v.Score = &done.Score
	}
	if done.Position == 0 {
		return v, nil
	}
	if done.leaf.Kind == "" {
		if err := s.readLeaf(ctx, b.c.ID, &done); err != nil {
			return Vote{}, err
		}
	}
	receipt := receiptOf(b.c, b.Entry, done.leaf, done.key)
	v.Receipt = &receipt
	return v, nil
}

// readLeaf reads the leaf that the log had before.
func (s *Service) readLeaf(ctx context.Context, challenge contest.ChallengeID, done *outcome) error {
	return s.store.View(ctx, func(tx *store.Tx) error {
		head, err := tx.Head(challenge)
		if err != nil {
			return err
		}
		leaves, err := tx.LeavesAfter(challenge, done.Position-1, 1)
		if err != nil {
			return err
		}
		if len(leaves) == 0 || leaves[0].Position != done.Position {
			return fmt.Errorf("read leaf %d of challenge %s: %w", done.Position, challenge, store.ErrNotFound)
		}
		done.leaf, done.key = leaves[0], head.LogKey
		return nil
	})
}

// Client is where a request came from: its address as limits see it, and its program.
type Client struct{ Address, Agent string }

// originBytes is how much is kept of a keyed hash: no two addresses of a challenge have the same one by chance.
const originBytes = 8

// origin hashes where a vote came from with a secret of the installation. Hashes of two challenges cannot be compared.
func (s *Service) origin(ctx context.Context, challenge contest.ChallengeID, c Client) (store.Origin, error) {
	secret, err := s.originSecret(ctx)
	if err != nil {
		return store.Origin{}, err
	}
	return store.Origin{Source: keyed(secret, challenge, "source", c.Address), Agent: keyed(secret, challenge, "agent", c.Agent)}, nil
}

// keyed hashes a value behind the secret. Of the hash a part is kept, so that nobody can go on from it to another value's.
func keyed(secret []byte, challenge contest.ChallengeID, kind, value string) string {
	message := append(make([]byte, 0, 256), secret...)
	for _, part := range []string{string(challenge), "\n", kind, "\n", value} {
		message = append(message, part...)
	}
	sum := sha256.Sum256(message)
	return hex.EncodeToString(sum[:originBytes])
}

// originSecret reads the secret once.
func (s *Service) originSecret(ctx context.Context) ([]byte, error) {
	if known := s.secret.Load(); known != nil {
		return *known, nil
	}
	var secret []byte
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		secret, err = tx.Secret("votes")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find the secret of origins: %w", err)
	}
	s.secret.Store(&secret)
	return secret, nil
}
