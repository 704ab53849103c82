package upkeep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// departed is what left an installation between a backup's mark and its last photo, by its own doing.
type departed struct {
	withdrawn map[contest.EntryID]bool
	dropped   map[string]contest.EntryID // keys of originals that their entries name no longer
}

// departedSince asks again for the entries of the objects, of which none was withdrawn when the database named them, and
// whether they still name those that could not be read.
func departedSince(ctx context.Context, s *store.Store, objects, lost []object) (departed, error) {
	left := departed{withdrawn: map[contest.EntryID]bool{}, dropped: map[string]contest.EntryID{}}
	for _, o := range objects {
		left.withdrawn[o.entry] = true
	}
	missed := map[contest.EntryID][]object{}
	for _, o := range lost {
		missed[o.entry] = append(missed[o.entry], o)
	}
	err := s.Snapshot(ctx, func(tx *store.Tx) error {
		placeless, err := eachEntry(tx, func(e contest.Entry) error {
			if e.Status != contest.Withdrawn {
				delete(left.withdrawn, e.ID)
			}
			for _, o := range missed[e.ID] {
				if !strings.HasPrefix(o.key, entries.PhotoPrefix) && !names(e, o) {
					left.dropped[o.key] = e.ID
				}
			}
			return nil
		})
		for _, id := range placeless {
			delete(left.withdrawn, id)
		}
		return err
	})
	if err != nil {
		return departed{}, fmt.Errorf("ask for what was withdrawn or removed since the mark: %w", err)
	}
	return left, nil
}

// names reports whether an entry names an object.
func names(e contest.Entry, o object) bool {
	return slices.ContainsFunc(objectsOf(e), func(named object) bool { return named.key == o.key && named.sum == o.sum })
}

// stillNamed reports whether the database names an object by now.
func stillNamed(ctx context.Context, s *store.Store, o object) (named bool, err error) {
	err = s.View(ctx, func(tx *store.Tx) error {
		e, err := tx.Entry(o.entry)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		named = err == nil && names(e, o)
		return err
	})
	return named, err
}

// follow has a backup's rows do what the installation did.
func (d departed) follow(ctx context.Context, backup *store.Store) error {
	for id := range d.withdrawn {
		err := amend(ctx, backup, id, func(tx *store.Tx, _ contest.Entry) error {
			_, err := tx.Decide(id, contest.Withdrawn, "", "")
			return err
		})
		if err != nil {
			return fmt.Errorf("withdraw %s in the backup: %w", id, err)
		}
	}
	for key, id := range d.dropped {
		err := amend(ctx, backup, id, func(tx *store.Tx, marked contest.Entry) error {
			if key == marked.Original {
				return tx.DropOriginal(id)
			}
			return tx.SetEvidence(id, "", "")
		})
		if err != nil {
			return fmt.Errorf("drop %s in the backup: %w", key, err)
		}
	}
	return nil
}

// amend runs do with an entry in an update of its challenge.
func amend(ctx context.Context, s *store.Store, id contest.EntryID, do func(*store.Tx, contest.Entry) error) error {
	var e contest.Entry
	err := s.View(ctx, func(tx *store.Tx) (err error) {
		e, err = tx.Entry(id)
		return err
	})
	if err != nil {
		return err
	}
	return s.UpdateIn(ctx, e.Challenge, func(tx *store.Tx) error { return do(tx, e) })
}
