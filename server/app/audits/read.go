package audits

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// ErrSealed says that leaves are asked for that the rules do not show yet.
var ErrSealed = errors.New("these votes are not open yet")

// view reads a log as it is now.
func (s *Service) view(ctx context.Context, id contest.ChallengeID, fn func(*store.Tx, state) error) error {
	return s.store.View(ctx, func(tx *store.Tx) error {
		v, err := readState(tx, id)
		if err != nil {
			return err
		}
		return fn(tx, v)
	})
}

// Checkpoint returns the newest checkpoint of a challenge's log, a signed note. One is made where there is none.
func (s *Service) Checkpoint(ctx context.Context, id contest.ChallengeID) (note string, err error) {
	read := func(_ *store.Tx, v state) error {
		note = v.newest.Note
		return nil
	}
	if err = s.view(ctx, id, read); err == nil && note == "" {
		if err = s.Seal(ctx, id); err == nil {
			err = s.view(ctx, id, read)
		}
	}
	return note, err
}

// Tile returns a tile of a challenge's log, so many hashes wide; store.ErrNotFound where the log does not come so far.
func (s *Service) Tile(ctx context.Context, id contest.ChallengeID, level int, n int64, width int) (hashes []byte, err error) {
	err = s.view(ctx, id, func(tx *store.Tx, v state) error {
		if hashes, err = tx.LogTile(id, level, n); err == nil && len(hashes) < width*ledger.HashSize {
			err = fmt.Errorf("tile %d of level %d, %d wide: %w", n, level, width, store.ErrNotFound)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return hashes[:width*ledger.HashSize], nil
}

// Entries returns the leaves of a tile of level 0, each behind its length in two bytes; ErrSealed where one of them is not open.
func (s *Service) Entries(ctx context.Context, id contest.ChallengeID, n int64, width int) (bundle []byte, err error) {
	var v state
	if err := s.view(ctx, id, func(_ *store.Tx, now state) error { v = now; return nil }); err != nil {
		return nil, err
	}
	first := n * ledger.TileWidth
	if first > v.newest.Size-int64(width) {
		return nil, fmt.Errorf("entries %d, %d wide: %w", n, width, store.ErrNotFound)
	}
	if v.open() == ledger.OpenNone {
		return nil, ErrSealed
	}
	err = s.walk(ctx, v, first, first+int64(width), func(_ int64, kind contest.LeafKind, leaf []byte) error {
		if !v.open().Shows(kind) {
			return ErrSealed
		}
		bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(leaf))), leaf...)
		return nil
	})
	return bundle, err
}

// Indexes returns where leaves of a challenge stand in its tree, by their positions; those that it has not come to are left
// out. They tell which leaves are pads, so they are for the voters alone.
func (s *Service) Indexes(ctx context.Context, id contest.ChallengeID, positions []int64) (map[int64]int64, error) {
	indexes := make(map[int64]int64, len(positions))
	err := s.view(ctx, id, func(_ *store.Tx, v state) error {
		for _, p := range positions {
			if index, ok := v.index(p); ok {
				indexes[p] = index
			}
		}
		return nil
	})
	return indexes, err
}

// pageLeaves is how many leaves are read at once: a megabyte.
const pageLeaves = 4096

// pages reads leaves one after the other.
type pages struct {
	ctx  context.Context
	s    *Service
	id   contest.ChallengeID
	last int64 // position
	page []contest.Leaf
}

// next returns the next leaf.
func (p *pages) next() (l contest.Leaf, err error) {
	if len(p.page) == 0 {
		err = p.s.store.View(p.ctx, func(tx *store.Tx) error {
			p.page, err = tx.LeavesAfter(p.id, p.last, pageLeaves)
			return err
		})
		if err == nil && (len(p.page) == 0 || p.page[0].Position != p.last+1) {
			err = fmt.Errorf("leaf %d of challenge %s is missing", p.last+1, p.id)
		}
		if err != nil {
			return l, err
		}
	}
	l, p.page = p.page[0], p.page[1:]
	p.last = l.Position
	return l, nil
}

// walk calls fn with the leaves of a log from one index to before another, pads among them. It holds no transaction while it
// calls, because whoever is told may be slow.
func (s *Service) walk(ctx context.Context, v state, from, to int64, fn func(index int64, kind contest.LeafKind, leaf []byte) error) error {
	if !v.Padded() {
		p := &pages{ctx: ctx, s: s, id: v.Challenge.ID, last: from}
		for index := from; index < to; index++ {
			l, err := p.next()
			if err == nil {
				err = fn(index, l.Kind, v.leaf(l))
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, b := range v.blocks {
		if b.End() > from && b.First < to {
			if err := s.walkBlock(ctx, v, b, max(from, b.First), min(to, b.End()), fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// walkBlock is walk within a block.
func (s *Service) walkBlock(ctx context.Context, v state, b ledger.Block, from, to int64, fn func(int64, contest.LeafKind, []byte) error) error {
	p := &pages{ctx: ctx, s: s, id: v.Challenge.ID, last: b.After}
	slots := b.Slots(v.LogKey[:])
	for len(slots) > 0 && slots[0] < from {
		slots = slots[1:]
		p.last++
	}
	for index := from; index < to; index++ {
		kind, bytes := contest.Pad, []byte(nil)
		if len(slots) > 0 && slots[0] == index {
			l, err := p.next()
			if err != nil {
				return err
			}
			kind, bytes, slots = l.Kind, v.leaf(l), slots[1:]
		} else {
			bytes = contest.AppendPad(nil, v.LogKey.PadSalt(index))
		}
		if err := fn(index, kind, bytes); err != nil {
			return err
		}
	}
	return nil
}
