package entries

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// PhotoServed reports whether an entry's photos may be shown to the public now.
func (s *Service) PhotoServed(ctx context.Context, id contest.EntryID) (bool, error) {
	e, err := s.Entry(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && e.PhotoServed(), err
}

// retainBatch is how many entries one commit lets go of their originals.
const retainBatch = 100

// Retain has the originals removed that the rules of their challenge keep no longer, and what fans sent when asked for
// them. A job each removes the bytes after the commit.
func (s *Service) Retain(ctx context.Context) error {
	challenges, err := s.campaigns.Challenges(ctx)
	if err != nil {
		return err
	}
	for _, c := range challenges {
		for last, done := contest.EntryNumber(0), false; !done; {
			if last, done, err = s.retain(ctx, c, last); err != nil {
				return fmt.Errorf("remove originals of %s: %w", c.Slug, err)
			}
		}
	}
	return nil
}

// retain does some of a challenge's entries behind a number, and returns the last of them.
func (s *Service) retain(ctx context.Context, c contest.Challenge, after contest.EntryNumber) (last contest.EntryNumber, done bool, err error) {
	err = s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		if last, done = after, true; !c.OriginalsDue(tx.Now()) {
			return nil
		}
		list, err := tx.WithOriginals(c.ID, after, retainBatch)
		for _, e := range list {
			err = errors.Join(err, s.letGo(tx, e))
			last, done = e.Number, false
		}
		return err
	})
	return last, done, err
}

// letGo has the entry name its original no longer, and the bytes removed. Nor is its fan asked any more for what would go as
// soon as it came.
func (s *Service) letGo(tx *store.Tx, e contest.Entry) error {
	if err := errors.Join(tx.DropOriginal(e.ID), tx.SetEvidence(e.ID, "", ""), tx.AskOriginal(e.ID, false)); err != nil {
		return err
	}
	kept := slices.DeleteFunc([]string{e.Original, e.Evidence}, func(key string) bool { return key == "" })
	return s.queue.Insert(tx, job.Job{Kind: shedJob, Key: string(e.ID), Payload: strings.Join(kept, "\n")})
}

// shed removes objects that an entry has let go of.
func (s *Service) shed(ctx context.Context, j job.Job) error {
	e, err := s.Entry(ctx, contest.EntryID(j.Key))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	for key := range strings.SplitSeq(j.Payload, "\n") {
		if key == e.Original || key == e.Evidence {
			continue // of a job of before a backup that was restored since
		}
		if err := s.bucket.Delete(ctx, key); err != nil {
			return fmt.Errorf("remove original of %s: %w", j.Key, err)
		}
	}
	return nil
}
