package audits

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

const (
	// maxSeal is how many leaves are sealed in one commit: two megabytes of hashes, which hold up no vote for long.
	maxSeal = 1 << 16
	// tick is how soon votes are sealed that came to this process.
	tick = time.Second
	// retryPause is how soon it is tried again where the database is away.
	retryPause = 5 * time.Second
	// lookPause is how often all logs are looked at, for what other processes left.
	lookPause = 30 * time.Second
)

// look is when all logs were looked at last.
type look struct{ at time.Time }

// due reports whether it is time to look again: after a while, and when a block of padded logs ends.
func (l look) due(now time.Time) bool {
	return now.Sub(l.at) >= lookPause || !now.Before(ledger.NextSeal(l.at))
}

// Committed notes which logs have grown. It does not block.
func (s *Service) Committed(changes []contest.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		s.grown[c.Challenge] = true
	}
}

// Run seals logs until the context ends.
func (s *Service) Run(ctx context.Context) {
	for {
		pause := tick
		if err := s.sealDue(ctx, time.Now()); err != nil && ctx.Err() == nil {
			pause = retryPause
			s.log.Warn("vote logs are not sealed; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// sealDue seals the logs that have grown, and now and then looks at all.
func (s *Service) sealDue(ctx context.Context, now time.Time) error {
	ids := s.takeGrown()
	if s.lookDue(now) {
		all, err := s.launched(ctx)
		if err != nil {
			s.lookAgain()
			return err
		}
		ids = all
	}
	var errs []error
	for _, id := range ids {
		if err := s.Seal(ctx, id); err != nil {
			errs = append(errs, err)
			s.lookAgain()
		}
	}
	return errors.Join(errs...)
}

func (s *Service) takeGrown() []contest.ChallengeID {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := slices.Sorted(maps.Keys(s.grown))
	clear(s.grown)
	return ids
}

func (s *Service) lookDue(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	due := s.looked.due(now)
	if due {
		s.looked.at = now
	}
	return due
}

// lookAgain has the next tick look at all logs.
func (s *Service) lookAgain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked = look{}
}

// launched lists the challenges that have a log.
func (s *Service) launched(ctx context.Context) (ids []contest.ChallengeID, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		ids = nil
		list, err := tx.Challenges()
		for _, c := range list {
			if c.Launched() {
				ids = append(ids, c.ID)
			}
		}
		return err
	})
	return ids, err
}

// Seal brings the tree of a challenge's log and its newest checkpoint up to what is committed, and, where the rules hide
// tallies, to what is due.
func (s *Service) Seal(ctx context.Context, id contest.ChallengeID) error {
	for {
		more, err := s.sealOnce(ctx, id)
		if errors.Is(err, store.ErrConflict) {
			return nil // another process does it
		}
		if err != nil || !more {
			return err
		}
	}
}

// sealOnce seals up to maxSeal leaves, and reports whether there are more.
func (s *Service) sealOnce(ctx context.Context, id contest.ChallengeID) (more bool, err error) {
	key, err := s.key(ctx)
	if err != nil {
		return false, err
	}
	var g growth
	err = s.store.View(ctx, func(tx *store.Tx) error {
		g, err = grow(tx, id)
		return err
	})
	if err != nil || g.nothing() {
		return false, err
	}
	seal, err := g.seal(key)
	if err != nil {
		return false, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error { return tx.SealLog(id, seal) })
	s.keepNote(id, "")
	return g.more, err
}

// growth is what a tree is about to grow by.
type growth struct {
	state
	tree  *ledger.Tree
	tiles []store.LogTile
	block *ledger.Block
	more  bool
}

// grow appends what is due to a log's tree.
func grow(tx *store.Tx, id contest.ChallengeID) (g growth, err error) {
	if g.state, err = readWhole(tx, id); err != nil {
		return g, err
	}
	if !g.due() && g.newest.Note != "" && ledger.ResultOf(g.newest.Note) == g.result {
		return g, nil
	}
	if g.tree, err = g.state.tree(tx); err != nil || !g.due() {
		return g, err
	}
	leaves, err := tx.LeavesAfter(id, g.covered(), maxSeal)
	if err != nil {
		return g, err
	}
	g.more = len(leaves) == maxSeal
	finished := func(t ledger.Tile) { g.tiles = append(g.tiles, store.LogTile(t)) }
	if g.Padded() {
		g.pad(leaves, finished)
		return g, nil
	}
	for _, l := range leaves {
		g.tree.Append(ledger.HashLeaf(g.leaf(l)), finished)
	}
	return g, nil
}

// due reports whether the tree is to grow: with each leaf; where the rules hide tallies by the half hour while there may be
// votes, whether there are any or not; and at once when a block was not large enough.
func (v state) due() bool {
	waiting := v.Leaves > v.covered()
	if !v.Padded() || v.open() == ledger.OpenAll || v.last().Leaves == maxSeal {
		return waiting
	}
	hides := v.at.Before(v.AuditEnds().Add(ledger.SealStep))
	return !v.at.Before(ledger.NextSeal(later(v.sealed, v.Votes.Opens))) && (hides || waiting)
}

// pad appends a block: leaves on their slots, pads elsewhere. Once all is open there is nothing to be hidden by pads.
func (g *growth) pad(leaves []contest.Leaf, finished func(ledger.Tile)) {
	n := int64(len(leaves))
	g.block = &ledger.Block{First: g.newest.Size, Size: ledger.BlockSize(n), After: g.covered(), Leaves: n}
	if g.open() == ledger.OpenAll {
		g.block.Size = n
	}
	slots := g.block.Slots(g.LogKey[:])
	for index := g.block.First; index < g.block.End(); index++ {
		bytes := contest.AppendPad(nil, g.LogKey.PadSalt(index))
		if len(slots) > 0 && slots[0] == index {
			bytes = g.leaf(leaves[0])
			slots, leaves = slots[1:], leaves[1:]
		}
		g.tree.Append(ledger.HashLeaf(bytes), finished)
	}
}

// nothing reports whether the newest checkpoint says all there is to say.
func (g growth) nothing() bool { return g.tree == nil }

// seal signs what the tree has grown to.
func (g growth) seal(key ledger.Key) (store.Seal, error) {
	note, err := g.sign(key)
	if err != nil {
		return store.Seal{}, err
	}
	seal := store.Seal{Before: g.newest.Size, Tiles: g.tiles, Checkpoint: store.LogCheckpoint{Size: g.tree.Size(), Note: note}}
	for _, t := range g.tree.Edge() {
		seal.Tiles = append(seal.Tiles, store.LogTile(t))
	}
	if b := g.block; b != nil {
		seal.Block = &store.LogBlock{First: b.First, Size: b.Size, After: b.After, Leaves: b.Leaves}
	}
	return seal, nil
}

// sign signs a checkpoint of the tree as it is.
func (g growth) sign(key ledger.Key) (string, error) {
	root, err := g.tree.Root()
	if err != nil {
		return "", fmt.Errorf("seal log of challenge %s: %w", g.Challenge.ID, err)
	}
	return key.Sign(ledger.Checkpoint{Origin: key.Origin(string(g.Challenge.ID)), Size: g.tree.Size(), Root: root, Result: g.result})
}
