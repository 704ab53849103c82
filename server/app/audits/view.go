package audits

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// state is a log at one moment.
type state struct {
	contest.Challenge
	store.Head
	at     time.Time
	newest store.LogCheckpoint // of size 0 and without a note before the first
	blocks []ledger.Block      // of a padded log; see readWhole
	sealed time.Time           // when its last block was; likewise
	result string              // SHA-256 of the newest certified result, empty before there is one
}

// readState reads the log of a launched challenge, but for its blocks.
func readState(tx *store.Tx, id contest.ChallengeID) (v state, err error) {
	v.at = tx.Now()
	if v.Challenge, err = tx.Challenge(id); err != nil {
		return v, err
	}
	if !v.Launched() {
		return v, fmt.Errorf("read vote log of draft %s: %w", id, store.ErrNotFound)
	}
	if v.Head, err = tx.Head(id); err != nil {
		return v, err
	}
	if v.newest, err = tx.LogCheckpoint(id); err != nil && !errors.Is(err, store.ErrNotFound) {
		return v, err
	}
	if v.Certified() {
		if v.result, err = newestResult(tx, id); err != nil {
			return v, err
		}
	}
	return v, nil
}

// readWhole is readState with the blocks of a padded log, of which a month has a thousand.
func readWhole(tx *store.Tx, id contest.ChallengeID) (state, error) {
	v, err := readState(tx, id)
	if err != nil || !v.Padded() {
		return v, err
	}
	blocks, err := tx.LogBlocks(id)
	for _, b := range blocks {
		v.blocks = append(v.blocks, ledger.Block{First: b.First, Size: b.Size, After: b.After, Leaves: b.Leaves})
		v.sealed = b.At
	}
	return v, err
}

func newestResult(tx *store.Tx, id contest.ChallengeID) (sha256 string, err error) {
	list, err := tx.Certifications(id)
	for _, c := range list {
		if !c.ConfirmedAt.IsZero() {
			sha256 = c.SHA256
		}
	}
	return sha256, err
}

// open says how much of the log the public may read.
func (v state) open() ledger.Openness { return ledger.OpennessOf(v.Challenge, v.at) }

// last returns the last block of a padded log, an empty one before the first.
func (v state) last() ledger.Block {
	if len(v.blocks) == 0 {
		return ledger.Block{}
	}
	return v.blocks[len(v.blocks)-1]
}

// covered is the position of the last leaf that the tree has.
func (v state) covered() int64 {
	if !v.Padded() {
		return v.newest.Size
	}
	return v.last().After + v.last().Leaves
}

// tree opens the tree as far as it is sealed.
func (v state) tree(tx *store.Tx) (*ledger.Tree, error) {
	t, err := ledger.OpenTree(v.newest.Size, func(level int, n int64) ([]byte, error) { return tx.LogTile(v.Challenge.ID, level, n) })
	if err != nil {
		return nil, fmt.Errorf("open tree of challenge %s: %w", v.Challenge.ID, err)
	}
	return t, nil
}

// leaf returns the bytes of a leaf.
func (v state) leaf(l contest.Leaf) []byte { return l.Append(nil, v.LogKey.Salt(l.Position)) }

// index returns the index of a leaf; false while a padded log has not come to it.
func (v state) index(position int64) (int64, bool) {
	if !v.Padded() {
		return position - 1, position > 0 && position <= v.Leaves
	}
	i, _ := slices.BinarySearchFunc(v.blocks, position, func(b ledger.Block, p int64) int {
		if b.After+b.Leaves < p {
			return -1
		}
		return 1
	})
	if i == len(v.blocks) || position <= 0 {
		return 0, false
	}
	b := v.blocks[i]
	return b.Slots(v.LogKey[:])[position-b.After-1], true
}
