package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fanfare/server/store"
)

var tileClaims = map[string]func(*testing.T, Opener){
	"a log's tree grows from where it is, or not at all": func(t *testing.T, open Opener) {
		s := setStage(t, open, nil)
		if err := s.seal(store.Seal{Checkpoint: store.LogCheckpoint{Note: "empty"}}); err != nil {
			t.Fatal(err)
		}
		first := store.Seal{
			Tiles:      []store.LogTile{{Level: 0, N: 0, Hashes: []byte{1, 0, 255}}, {Level: 1, N: 7, Hashes: []byte{2}}},
			Block:      &store.LogBlock{First: 0, Size: 256, After: 0, Leaves: 3},
			Checkpoint: store.LogCheckpoint{Size: 256, Note: "first"},
		}
		second := store.Seal{
			Before: 256, Tiles: []store.LogTile{{Level: 0, N: 0, Hashes: []byte{1, 0, 255, 3}}},
			Block:      &store.LogBlock{First: 256, Size: 512, After: 3, Leaves: 300},
			Checkpoint: store.LogCheckpoint{Size: 768, Note: "second"},
		}
		for _, seal := range []store.Seal{first, second} {
			if err := s.seal(seal); err != nil {
				t.Fatal(err)
			}
			if err := s.seal(seal); !errors.Is(err, store.ErrConflict) {
				t.Errorf("the same again: got %v, want ErrConflict", err)
			}
		}
		s.view(func(tx *store.Tx) error {
			for place, want := range map[[2]int64][]byte{{0, 0}: {1, 0, 255, 3}, {1, 7}: {2}} {
				if got, err := tx.LogTile(s.challenge.ID, int(place[0]), place[1]); err != nil || !bytes.Equal(got, want) {
					t.Errorf("tile %v: got %v (%v), want %v", place, got, err, want)
				}
			}
			if _, err := tx.LogTile(s.challenge.ID, 2, 0); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a tile that is not there: got %v, want ErrNotFound", err)
			}
			blocks, err := tx.LogBlocks(s.challenge.ID)
			for i := range blocks {
				blocks[i].At = time.Time{}
			}
			if want := []store.LogBlock{*first.Block, *second.Block}; err != nil || !slices.Equal(blocks, want) {
				t.Errorf("blocks: got %v (%v), want %v", blocks, err, want)
			}
			return nil
		})
	},
	"the first checkpoint of an hour stays, and the newest": func(t *testing.T, open Opener) {
		hour := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
		now := hour
		s := setStage(t, open, nil, store.WithClock(func() time.Time { return now }))
		for i, minute := range []int{5, 20, 59, 61, 70, 150} {
			now = hour.Add(time.Duration(minute) * time.Minute)
			if err := s.seal(store.Seal{Before: int64(i), Checkpoint: store.LogCheckpoint{Size: int64(i + 1), Note: fmt.Sprint(minute)}}); err != nil {
				t.Fatal(err)
			}
		}
		s.wantCheckpoints("5", "61", "150")
		now = now.Add(time.Minute)
		for _, note := range []string{"151", "152"} { // of the same size: with a result
			if err := s.seal(store.Seal{Before: 6, Checkpoint: store.LogCheckpoint{Size: 6, Note: note}}); err != nil {
				t.Fatal(err)
			}
		}
		s.wantCheckpoints("5", "61", "152")
	},
}

func (s *stage) seal(seal store.Seal) error {
	return s.store.Update(s.Context(), func(tx *store.Tx) error { return tx.SealLog(s.challenge.ID, seal) })
}

// wantCheckpoints wants the notes of all checkpoints, and the last of them as the newest.
func (s *stage) wantCheckpoints(want ...string) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		list, err := tx.LogCheckpoints(s.challenge.ID)
		if err != nil {
			return err
		}
		var notes []string
		for _, c := range list {
			notes = append(notes, c.Note)
		}
		newest, err := tx.LogCheckpoint(s.challenge.ID)
		if err != nil || !slices.Equal(notes, want) || newest != list[len(list)-1] {
			s.Errorf("got %v, the newest %q (%v), want %v", notes, newest.Note, err, want)
		}
		return nil
	})
}
