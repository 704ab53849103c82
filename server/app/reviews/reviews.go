// Package reviews holds the use cases of doubtful votes. Staff look at what votes have in common, see what a decision would do to
// the board, take it, and take it back to the exact same totals; fans whose votes wait can complain. It decides nothing by
// itself: many honest votes come from one address in one minute.
package reviews

import (
	"context"

	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Service carries out the use cases.
type Service struct {
	store   *store.Store
	results *results.Service
}

// New returns a service.
func New(s *store.Store, r *results.Service) *Service { return &Service{s, r} }

// Totals are how many votes of a challenge stand in each state, and what waits for staff.
type Totals struct {
	store.VoteTotals
	Complaints, Proposals int
}

// Totals returns the totals of all challenges in which anybody voted or anything waits.
func (s *Service) Totals(ctx context.Context) (totals map[contest.ChallengeID]Totals, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		votes, err := tx.VoteTotals()
		if err != nil {
			return err
		}
		complaints, proposals, err := waiting(tx)
		if err != nil {
			return err
		}
		totals = map[contest.ChallengeID]Totals{}
		for c, v := range votes {
			totals[c] = Totals{v, complaints[c], proposals[c]}
		}
		return nil
	})
	return totals, err
}

// Waiting is how much waits for staff, in all challenges.
type Waiting struct{ Complaints, Proposals int }

// Waiting counts what waits for staff.
func (s *Service) Waiting(ctx context.Context) (w Waiting, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		complaints, proposals, err := waiting(tx)
		w = Waiting{sum(complaints), sum(proposals)}
		return err
	})
	return w, err
}

func waiting(tx *store.Tx) (complaints, proposals map[contest.ChallengeID]int, err error) {
	if complaints, err = tx.CountComplaints(); err != nil {
		return nil, nil, err
	}
	proposals, err = tx.CountVoteProposals()
	return complaints, proposals, err
}

func sum(counts map[contest.ChallengeID]int) (n int) {
	for _, count := range counts {
		n += count
	}
	return n
}
