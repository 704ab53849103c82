package audits

import (
	"bytes"
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// Examine compares the tree of every vote log with its leaves, and with the checkpoints that were signed. It tells of the
// first fault of each log, and returns how many leaves and pads it has looked at. What is not sealed yet is no fault.
func Examine(tx *store.Tx, fault func(format string, args ...any)) (looked int64, err error) {
	key := ""
	secret, err := tx.Setting(keySetting)
	if err == nil {
		k, openErr := ledger.OpenKey(secret)
		if openErr != nil {
			fault("the key of the vote logs is none: %v", openErr)
			return 0, nil
		}
		key = k.Public()
	} else if !errors.Is(err, store.ErrNotFound) {
		return 0, err
	}
	challenges, err := tx.Challenges()
	for _, c := range challenges {
		if err != nil {
			break
		}
		if !c.Launched() {
			continue
		}
		e := &examination{tx: tx, key: key, tree: &ledger.Tree{}, tile: ledger.Tile{N: -1}}
		err = e.run(c.ID)
		if wrong, ok := errors.AsType[*wrongError](err); ok {
			fault("challenge %s: %s", c.ID, wrong.why)
			err = nil
		}
		looked += e.tree.Size()
	}
	return looked, err
}

// wrongError says what is wrong with a log.
type wrongError struct{ why string }

// Error implements error.
func (e *wrongError) Error() string { return e.why }

func wrong(format string, args ...any) error { return &wrongError{fmt.Sprintf(format, args...)} }

// examination is how far the tree of one log has been compared.
type examination struct {
	state
	tx          *store.Tx
	key         string
	checkpoints []store.LogCheckpoint // still to come
	tree        *ledger.Tree
	tile        ledger.Tile // of level 0, as it is stored
	sure        int64       // so many leaves are those of a signed checkpoint
	odd         string      // the first leaf behind those that differs from the tile; empty for none
	damaged     error       // the first tile that differs from its leaves
}

func (e *examination) run(id contest.ChallengeID) (err error) {
	if e.state, err = readWhole(e.tx, id); err != nil {
		return err
	}
	if e.checkpoints, err = e.tx.LogCheckpoints(id); err != nil {
		return err
	}
	if err := e.blocksFollow(); err != nil {
		return err
	}
	if err := e.signed(0); err != nil {
		return err
	}
	read := func(position int64) ([]contest.Leaf, error) { return e.tx.LeavesAfter(id, position, pageLeaves) }
	err = e.walk(read, 0, e.newest.Size, e.leaf)
	if missing, ok := errors.AsType[*missingError](err); ok {
		return wrong("%v", missing)
	}
	if err == nil {
		err = e.compareEdge()
	}
	return err
}

// blocksFollow looks whether each block begins where the one before ends, and the newest checkpoint is of all.
func (e *examination) blocksFollow() error {
	var last ledger.Block
	for _, b := range e.blocks {
		if b.First != last.End() || b.After != last.After+last.Leaves || b.Leaves > b.Size {
			return wrong("the block at index %d does not follow the one before", b.First)
		}
		last = b
	}
	if e.Padded() && last.End() != e.newest.Size {
		return wrong("its blocks end at index %d, and its newest checkpoint at %d", last.End(), e.newest.Size)
	}
	if e.covered() > e.Leaves {
		return wrong("its newest checkpoint is of leaf %d, and the last one is %d", e.covered(), e.Leaves)
	}
	return nil
}

// leaf compares the next leaf.
func (e *examination) leaf(index int64, l contest.Leaf, text []byte) (err error) {
	place, n := int(index%ledger.TileWidth), index/ledger.TileWidth
	if e.tile.N != n {
		if e.tile, err = e.stored(0, n); err != nil {
			return err
		}
	}
	h := ledger.HashLeaf(text)
	differs := len(e.tile.Hashes) < (place+1)*ledger.HashSize || e.tile.Hash(place) != h
	if differs && e.odd == "" {
		if e.odd = fmt.Sprintf("leaf %d", l.Position); l.Kind == contest.Pad {
			e.odd = fmt.Sprintf("the pad at index %d", index)
		}
	}
	e.tree.Append(h, e.finished)
	return e.signed(index + 1)
}

// stored returns a tile as it is stored, an empty one where it is not.
func (e *examination) stored(level int, n int64) (ledger.Tile, error) {
	hashes, err := e.tx.LogTile(e.Challenge.ID, level, n)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return ledger.Tile{Level: level, N: n, Hashes: hashes}, err
}

// finished compares a whole tile that its leaves define.
func (e *examination) finished(t ledger.Tile) {
	if e.damaged == nil {
		e.damaged = e.compareTile(t)
	}
}

func (e *examination) compareTile(t ledger.Tile) error {
	stored, err := e.stored(t.Level, t.N)
	if err == nil && !bytes.Equal(stored.Hashes, t.Hashes) {
		err = wrong("tile %d of level %d is not what its leaves define", t.N, t.Level)
	}
	return err
}

// signed compares the tree with the checkpoints of its size. A leaf that differs from its tile was changed where the checkpoint
// is of another; where it is not, the tile was.
func (e *examination) signed(size int64) error {
	for len(e.checkpoints) > 0 && e.checkpoints[0].Size == size {
		c, err := ledger.OpenCheckpoint(e.checkpoints[0].Note, ledger.Origin(e.key, string(e.Challenge.ID)), e.key)
		switch {
		case err != nil:
			return wrong("the checkpoint of %d leaves: %v", size, err)
		case c.Size != size:
			return wrong("the checkpoint of %d leaves says that it is of %d", size, c.Size)
		}
		got, err := e.tree.Root()
		switch {
		case err != nil:
			return err
		case got != c.Root && e.odd != "":
			return wrong("%s is not the one that the checkpoint of %d leaves was signed for", e.odd, size)
		case got != c.Root:
			return wrong("one of the leaves at index %d to %d is not the one that the checkpoint of %d leaves was signed for", e.sure, size-1, size)
		}
		if e.odd != "" && e.damaged == nil {
			e.damaged = wrong("the tile of %s is not what its leaves define", e.odd)
		}
		e.sure, e.odd, e.checkpoints = size, "", e.checkpoints[1:]
	}
	return nil
}

// compareEdge compares what is left when all leaves are those of the newest checkpoint: the tiles.
func (e *examination) compareEdge() error {
	if e.damaged != nil {
		return e.damaged
	}
	for _, t := range e.tree.Edge() {
		if err := e.compareTile(t); err != nil {
			return err
		}
	}
	beyond, err := e.stored(0, (e.newest.Size+ledger.TileWidth-1)/ledger.TileWidth)
	if err == nil && len(beyond.Hashes) > 0 {
		err = wrong("its tiles go on behind the newest checkpoint, of %d leaves: a later one is missing", e.newest.Size)
	}
	return err
}
