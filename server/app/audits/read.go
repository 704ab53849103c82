package audits

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// ErrSealed says that leaves are asked for that the rules do not show yet.
var ErrSealed = errors.New("these votes are not open yet")

// view reads a log as it is now, by readState or readWhole.
func (s *Service) view(ctx context.Context, id contest.ChallengeID, read readerOf, fn func(*store.Tx, state) error) error {
	return s.store.View(ctx, func(tx *store.Tx) error {
		v, err := read(tx, id)
		if err != nil {
			return err
		}
		return fn(tx, v)
	})
}

type readerOf func(*store.Tx, contest.ChallengeID) (state, error)

// Checkpoint returns the newest checkpoint of a challenge's log, a signed note, from memory for checkpointLife. One is made
// where there is none.
func (s *Service) Checkpoint(ctx context.Context, id contest.ChallengeID) (note string, err error) {
	if known, ok := s.knownNote(id); ok {
		return known, nil
	}
	read := func(_ *store.Tx, v state) error {
		note = v.newest.Note
		return nil
	}
	if err = s.view(ctx, id, readState, read); err == nil && note == "" {
		if err = s.Seal(ctx, id); err == nil {
			err = s.view(ctx, id, readState, read)
		}
	}
	if err == nil {
		s.keepNote(id, note)
	}
	return note, err
}

// checkpointLife is how long a newest checkpoint is known: every voter's browser asks for it.
const checkpointLife = time.Second

// noted is a checkpoint as the database had it.
type noted struct {
	note  string
	until time.Time
}

func (s *Service) knownNote(id contest.ChallengeID) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.notes[id]
	return k.note, time.Now().Before(k.until)
}

// keepNote keeps a checkpoint; an empty one is forgotten.
func (s *Service) keepNote(id contest.ChallengeID, note string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if note == "" {
		delete(s.notes, id)
		return
	}
	s.notes[id] = noted{note, time.Now().Add(checkpointLife)}
}

// Tile returns a tile of a challenge's log, so many hashes wide; store.ErrNotFound where the log does not come so far.
func (s *Service) Tile(ctx context.Context, id contest.ChallengeID, level int, n int64, width int) (hashes []byte, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
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
	if err := s.view(ctx, id, readWhole, func(_ *store.Tx, now state) error { v = now; return nil }); err != nil {
		return nil, err
	}
	first := n * ledger.TileWidth
	if n > v.newest.Size/ledger.TileWidth || first > v.newest.Size-int64(width) { // the first also where the product overflows
		return nil, fmt.Errorf("entries %d, %d wide: %w", n, width, store.ErrNotFound)
	}
	if v.open() == ledger.OpenNone {
		return nil, ErrSealed
	}
	err = v.walk(s.leaves(ctx, id), first, first+int64(width), func(_ int64, l contest.Leaf, leaf []byte) error {
		if !v.open().Shows(l.Kind) {
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
	err := s.view(ctx, id, readWhole, func(_ *store.Tx, v state) error {
		for _, p := range positions {
			if index, ok := v.index(p); ok {
				indexes[p] = index
			}
		}
		return nil
	})
	return indexes, err
}
