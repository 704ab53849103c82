// Package tallies brings the counts up to date that a challenge shows with a delay. It knows when one is due and whom to
// tell; what a count is and who may see it, it leaves to the rules and to the store.
package tallies

import (
	"context"
	"errors"
	"fmt"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// Service carries out the use case.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	boards    *standing.Boards
}

// New returns a service.
func New(s *store.Store, c *campaigns.Service, b *standing.Boards) *Service { return &Service{s, c, b} }

// Show brings every count up to date that is due. It may run in several replicas at once; each count is taken by one.
func (s *Service) Show(ctx context.Context) error {
	list, err := s.campaigns.Challenges(ctx)
	if err != nil {
		return fmt.Errorf("show tallies: %w", err)
	}
	var errs []error
	for _, c := range list {
		if c.Launched() && c.Rules.Tally == contest.TallyDelayed && !c.Certified() {
			errs = append(errs, s.show(ctx, c.ID))
		}
	}
	return errors.Join(errs...)
}

// show brings a challenge's count up to date if that is due, by the clock of the commit.
func (s *Service) show(ctx context.Context, id contest.ChallengeID) error {
	shown := false
	err := s.store.UpdateIn(ctx, id, func(tx *store.Tx) error {
		shown = false
		c, err := tx.Challenge(id)
		if err != nil {
			return err
		}
		head, err := tx.Head(id)
		if err != nil || !c.CountDue(tx.Now(), head.ShownAt) {
			return err
		}
		shown = true
		return tx.ShowTallies(id)
	})
	if err != nil {
		return fmt.Errorf("show tallies of %s: %w", id, err)
	}
	if shown {
		s.boards.Reread(id) // as of when the count is stands in no change
	}
	return nil
}
