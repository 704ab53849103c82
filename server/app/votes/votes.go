// Package votes holds the use cases of voting: cast, take back, and what a fan has cast in the present period.
package votes

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Service carries out the use cases.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
}

// New returns a service.
func New(s *store.Store, c *campaigns.Service) *Service { return &Service{store: s, campaigns: c} }

// Vote is what a cast or a retraction left behind.
type Vote struct {
	Entry  contest.EntryID
	Voted  bool
	Score  int64
	Left   int // votes left in the period
	Period string
}

// ErrOtherChallenge says that a session of one challenge was used for another's entry.
var ErrOtherChallenge = errors.New("the session belongs to another challenge")

// Cast casts the fan's vote for an entry and returns once it is durable. Casting it again changes nothing and succeeds.
// Errors: *contest.Refusal, ErrOtherChallenge, store.ErrNotFound.
func (s *Service) Cast(ctx context.Context, fan access.Session, entry contest.EntryID) (Vote, error) {
	if err := fan.MayAct(); err != nil {
		return Vote{}, err
	}
	return s.change(ctx, fan, entry, func(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string, cast []contest.EntryID) (store.Vote, error) {
		if !slices.Contains(cast, b.Entry) {
			e, err := tx.Candidate(b.Entry)
			if err != nil {
				return store.Vote{}, err
			}
			if e.Status != contest.Published && e.Fan != b.Fan {
				return store.Vote{}, fmt.Errorf("vote for %s: %w", b.Entry, store.ErrNotFound) // as if it were not there
			}
			if e.Challenge != c.ID {
				return store.Vote{}, fmt.Errorf("vote for %s: %w", b.Entry, ErrOtherChallenge)
			}
			if err := c.MayVote(tx.Now(), e, b.Fan, len(cast)); err != nil {
				return store.Vote{}, err
			}
		}
		return tx.Cast(b, period)
	}, true)
}

// Retract takes the fan's vote of the present period back and returns once that is durable. Taking back what was not
// cast changes nothing and succeeds. Errors as for Cast.
func (s *Service) Retract(ctx context.Context, fan access.Session, entry contest.EntryID) (Vote, error) {
	return s.change(ctx, fan, entry, func(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string, _ []contest.EntryID) (store.Vote, error) {
		if err := c.MayRetract(tx.Now()); err != nil {
			return store.Vote{}, err
		}
		v, err := tx.Retract(b, period)
		if err == nil && v.Already && !v.Change.Visible {
			err = fmt.Errorf("take vote for %s back: %w", b.Entry, store.ErrNotFound) // as if it were not there
		}
		return v, err
	}, false)
}

// act changes a ballot's vote in a period, in which the fan has cast votes for the entries.
type act func(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string, cast []contest.EntryID) (store.Vote, error)

// change runs one act in the writer's batch: the batch's clock decides period and window.
func (s *Service) change(ctx context.Context, fan access.Session, id contest.EntryID, do act, voted bool) (v Vote, err error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return Vote{}, err
	}
	err = s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		period := c.PeriodAt(tx.Now())
		cast, err := tx.VotedEntries(c.ID, fan.Fan.ID, period)
		if err != nil {
			return err
		}
		result, err := do(tx, c, contest.Ballot{Challenge: c.ID, Entry: id, Fan: fan.Fan.ID}, period, cast)
		if err != nil {
			return err
		}
		used := len(cast)
		switch {
		case result.Already:
		case voted:
			used++
		default:
			used--
		}
		v = Vote{Entry: id, Voted: voted, Score: result.Change.Score, Left: max(0, c.Rules.VotesPerPeriod-used), Period: period}
		return nil
	}, store.Ballot{Entry: id, Fan: fan.Fan.ID, Period: c.PeriodAt})
	return v, err
}

// Used is what a fan has cast in the present period.
type Used struct {
	Entries []contest.EntryID
	Left    int
	Period  string
}

// Used returns what the fan has cast in the present period.
func (s *Service) Used(ctx context.Context, fan access.Session) (u Used, err error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return Used{}, err
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		u.Period = c.PeriodAt(tx.Now())
		u.Entries, err = tx.VotedEntries(c.ID, fan.Fan.ID, u.Period)
		u.Left = max(0, c.Rules.VotesPerPeriod-len(u.Entries))
		return err
	})
	return u, err
}
