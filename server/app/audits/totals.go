package audits

import (
	"context"
	"time"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// Totals are what the page of a challenge's log shows.
type Totals struct {
	Open       ledger.Openness
	Key        string // note verifier key
	Checkpoint string // the newest, a signed note
	Size       int64  // of the tree, pads among it
	SealedAt   time.Time
	// Next is when more is sealed, where that goes by the clock; zero otherwise.
	Next time.Time
	// Votes and Doubtful are there unless the log is wholly sealed.
	Votes    contest.VoteTotals
	Doubtful []store.DoubtfulVotes
}

// Totals reads how a challenge's log stands.
func (s *Service) Totals(ctx context.Context, id contest.ChallengeID) (t Totals, err error) {
	if t.Checkpoint, err = s.Checkpoint(ctx, id); err != nil {
		return t, err
	}
	if t.Key, err = s.Key(ctx); err != nil {
		return t, err
	}
	err = s.view(ctx, id, readState, func(tx *store.Tx, v state) error {
		t.Open, t.Size, t.SealedAt, t.Checkpoint = v.open(), v.newest.Size, v.newest.At, v.newest.Note
		t.Next = v.next()
		if t.Open == ledger.OpenNone {
			return nil
		}
		if t.Votes, err = tx.VotesByState(id); err != nil {
			return err
		}
		t.Doubtful, err = tx.DoubtfulVotes(id)
		return err
	})
	return t, err
}

// next is when the next block of a padded log ends; zero for any other, and where none is to come by the clock.
func (v state) next() time.Time {
	if !v.Padded() || v.open() == ledger.OpenAll || v.at.After(v.AuditEnds()) {
		return time.Time{}
	}
	if v.at.Before(v.Votes.Opens) {
		return ledger.NextSeal(v.Votes.Opens)
	}
	return ledger.NextSeal(v.at)
}

// Lag is how far the trees are behind the logs: how many leaves wait in logs without pads (how many do in others nobody is
// told), and for how long the log has waited that waits longest.
func (s *Service) Lag(ctx context.Context) (leaves int64, overdue time.Duration, err error) {
	ids, err := s.launched(ctx)
	for _, id := range ids {
		if err != nil {
			break
		}
		err = s.view(ctx, id, readWhole, func(tx *store.Tx, v state) error {
			if !v.due() {
				return nil
			}
			since := v.sealed
			if !v.Padded() {
				leaves += v.Leaves - v.covered()
				next, err := tx.LeavesAfter(id, v.covered(), 1)
				if err != nil || len(next) == 0 {
					return err
				}
				since = next[0].At
			} else if v.open() != ledger.OpenAll {
				since = ledger.NextSeal(later(v.sealed, v.Votes.Opens))
			}
			overdue = max(overdue, v.at.Sub(since))
			return nil
		})
	}
	return leaves, overdue, err
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
