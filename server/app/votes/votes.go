// Package votes holds the use cases of voting: cast, take back, and what a fan has cast in the present period.
package votes

import (
	"context"
	"errors"
	"fmt"

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
	return s.change(ctx, fan, entry, func(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string) (store.Vote, error) {
		weight, err := judge(tx, c, b, period)
		if err != nil {
			return store.Vote{}, err
		}
		return tx.Cast(b, period, weight, store.Origin{})
	}, true)
}

// judge judges a ballot and returns its weight; 0 where the vote stands already.
func judge(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string) (weight int, err error) {
	e, err := tx.Candidate(b.Entry)
	if err != nil {
		return 0, err
	}
	if e.Challenge != c.ID && e.Status == contest.Published {
		return 0, fmt.Errorf("vote for %s: %w", b.Entry, ErrOtherChallenge)
	}
	stands, err := tx.VoteOf(b, period)
	if err != nil || stands.Position != 0 {
		return 0, err
	}
	if e.Status != contest.Published && e.Fan != b.Fan {
		return 0, fmt.Errorf("vote for %s: %w", b.Entry, store.ErrNotFound) // as if it were not there
	}
	used, err := tx.Used(b, period, c.Rules.VotesPerEntry > 0)
	if err != nil {
		return 0, err
	}
	return c.MayVote(tx.Now(), e, b, used)
}

// Retract takes the fan's vote of the present period back and returns once that is durable. Taking back what was not
// cast changes nothing and succeeds. Errors as for Cast.
func (s *Service) Retract(ctx context.Context, fan access.Session, entry contest.EntryID) (Vote, error) {
	return s.change(ctx, fan, entry, func(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string) (store.Vote, error) {
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

// act changes a ballot's vote in a period.
type act func(tx *store.Tx, c contest.Challenge, b contest.Ballot, period string) (store.Vote, error)

// change runs one act in the writer's batch: the batch's clock decides period and window.
func (s *Service) change(ctx context.Context, fan access.Session, id contest.EntryID, do act, voted bool) (v Vote, err error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return Vote{}, err
	}
	b := contest.Ballot{Challenge: c.ID, Entry: id, Fan: fan.Fan.ID, Voter: fan.Voter, Class: fan.Class}
	err = s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		period := c.PeriodAt(tx.Now())
		result, err := do(tx, c, b, period)
		if err != nil {
			return err
		}
		used, err := tx.Used(b, period, false)
		if err != nil {
			return err
		}
		v = Vote{Entry: id, Voted: voted, Score: result.Change.Score, Left: max(0, c.Rules.VotesPerPeriod-used.Period), Period: period}
		return nil
	}, store.Ballot{Entry: id, Voter: fan.Voter, Period: c.PeriodAt})
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
		votes, err := tx.VotesOf(c.ID, fan.Voter, u.Period)
		for _, v := range votes {
			u.Entries = append(u.Entries, v.Entry)
		}
		u.Left = max(0, c.Rules.VotesPerPeriod-len(votes))
		return err
	})
	return u, err
}
