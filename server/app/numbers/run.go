package numbers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

const (
	// tick is how soon votes are in the numbers, and crowds are counted again that somebody looks at.
	tick = 2 * time.Second
	// foldTogether is how many lines of a log are booked in one commit.
	foldTogether = 20_000
)

// Run keeps the numbers up to date until the context ends.
func (s *Service) Run(ctx context.Context) {
	if err := s.mendOnce(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("vote logs of an earlier version are not read anew; the next start tries again", "err", err)
	}
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		if err := errors.Join(s.Fold(ctx), s.recount(ctx)); err != nil && ctx.Err() == nil {
			s.log.Warn("campaigns' numbers are not up to date; it is tried again", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// launched lists all challenges that were launched.
func (s *Service) launched(ctx context.Context) (launched []contest.ChallengeID, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		launched = nil
		all, err := tx.Challenges()
		for _, c := range all {
			if c.Launched() {
				launched = append(launched, c.ID)
			}
		}
		return err
	})
	return launched, err
}

// Fold brings all votes that are committed into the numbers.
func (s *Service) Fold(ctx context.Context) error {
	launched, err := s.launched(ctx)
	if err != nil {
		return fmt.Errorf("fold votes: %w", err)
	}
	var errs []error
	for _, id := range launched {
		errs = append(errs, s.fold(ctx, id))
	}
	return errors.Join(errs...)
}

// fold brings a challenge's votes into the numbers. Of several processes one does it.
func (s *Service) fold(ctx context.Context, id contest.ChallengeID) error {
	for {
		var f store.Fold
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			f, err = tx.VoteFold(id, foldTogether)
			return err
		})
		if err != nil || f.From == f.To {
			return err
		}
		err = s.store.UpdateIn(ctx, id, func(tx *store.Tx) error { return tx.BookFold(f) })
		if errors.Is(err, store.ErrConflict) {
			return nil // another process does it
		}
		if err != nil || !f.More {
			return err
		}
	}
}

// recount counts the crowds anew that somebody looked at.
func (s *Service) recount(ctx context.Context) error {
	s.mu.Lock()
	known := maps.Clone(s.known)
	s.mu.Unlock()
	var errs []error
	for id, m := range known {
		m.crowding.Lock()
		wanted := m.wanted
		m.crowding.Unlock()
		if !wanted {
			continue
		}
		if _, err := s.countCrowd(ctx, id, m); err != nil {
			errs = append(errs, fmt.Errorf("count the crowd of campaign %s: %w", id, err))
		}
	}
	return errors.Join(errs...)
}
