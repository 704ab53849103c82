// Package votes holds the use cases of voting: cast, change, take back, what a fan has cast in the present period, and the
// receipts of it.
package votes

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/audits"
	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Service carries out the use cases.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	audits    *audits.Service
	secret    atomic.Pointer[[]byte] // of origins
}

// New returns a service. The audits know where votes stand in their logs.
func New(s *store.Store, c *campaigns.Service, a *audits.Service) *Service {
	return &Service{store: s, campaigns: c, audits: a}
}

// Wish is what a fan wants of an entry.
type Wish struct {
	Entry contest.EntryID
	// Points are a juror's; 0 leaves a vote at the weight of its class.
	Points int
	// InsteadOf is an entry whose vote of the period is taken back in the same commit, if it stands; empty for none.
	InsteadOf contest.EntryID
	// IdempotencyKey has a repeated request answered as the first one, and change nothing; empty for none.
	IdempotencyKey string
	From           Client
}

// Vote is what a wish left behind.
type Vote struct {
	Entry contest.EntryID
	Voted bool
	// Score is the entry's as the public sees it; nil where the rules show none.
	Score  *int64
	Left   int // votes left in the period
	Period string
	// Receipt is of the log's line about it; nil where there is none, because there was nothing to take back.
	Receipt *Receipt
}

// ErrOtherChallenge says that a session of one challenge was used for another's entry.
var ErrOtherChallenge = errors.New("the session belongs to another challenge")

// ErrErased says that everything about the fan was erased since the session was looked up: another replica may remember it for
// seconds, and such a vote would come on top of those that the same person casts after coming back.
var ErrErased = errors.New("the fan has been erased")

// Cast casts the fan's vote for an entry and returns once it is durable. Casting it again changes nothing and succeeds; a juror
// who gives other points changes the vote. Errors: *contest.Refusal, ErrOtherChallenge, ErrErased, store.ErrNotFound,
// store.ErrKeyReused.
func (s *Service) Cast(ctx context.Context, fan access.Session, w Wish) (Vote, error) {
	if err := fan.MayAct(); err != nil {
		return Vote{}, err
	}
	return s.change(ctx, fan, w, contest.Cast, cast)
}

// Retract takes the fan's vote of the present period back and returns once that is durable. Taking back what was not
// cast changes nothing and succeeds. Errors as for Cast.
func (s *Service) Retract(ctx context.Context, fan access.Session, w Wish) (Vote, error) {
	return s.change(ctx, fan, w, contest.Retract, retract)
}

// ballot is a wish as an update judges it, in the period of the update.
type ballot struct {
	contest.Ballot
	c         *contest.Challenge
	insteadOf contest.EntryID
	period    string
	from      store.Origin
}

// of is the ballot's vote for another entry.
func (b *ballot) of(entry contest.EntryID) contest.Ballot {
	other := b.Ballot
	other.Entry = entry
	return other
}

// cast judges a ballot before it writes anything: a batch whose updates fail late runs again.
func cast(tx *store.Tx, b *ballot) (store.Vote, error) {
	e, err := tx.Candidate(b.Entry)
	if err != nil {
		return store.Vote{}, err
	}
	if e.Challenge != b.c.ID && e.Status == contest.Published {
		return store.Vote{}, fmt.Errorf("vote for %s: %w", b.Entry, ErrOtherChallenge)
	}
	stands, err := tx.VoteOf(b.Ballot, b.period)
	if err != nil {
		return store.Vote{}, err
	}
	if stands.Position != 0 && (b.Points == 0 || b.Points == stands.Weight) {
		return tx.Cast(b.Ballot, b.period, stands.Weight, b.from) // which says that it stands already
	}
	if e.Status != contest.Published && e.Fan != b.Fan {
		return store.Vote{}, fmt.Errorf("vote for %s: %w", b.Entry, store.ErrNotFound) // as if it were not there
	}
	used, err := tx.Used(b.Ballot, b.period, b.c.Rules.VotesPerEntry > 0)
	if err != nil {
		return store.Vote{}, err
	}
	before, err := b.before(tx, stands, &used)
	if err != nil {
		return store.Vote{}, err
	}
	weight, err := b.c.MayVote(tx.Now(), e, b.Ballot, used)
	if err == nil && before != "" {
		_, err = tx.Retract(b.of(before), b.period)
	}
	if err != nil {
		return store.Vote{}, err
	}
	return tx.Cast(b.Ballot, b.period, weight, b.from)
}

// before returns the entry whose vote is taken back first, "" for none, and counts it as not used.
func (b *ballot) before(tx *store.Tx, stands contest.Standing, used *contest.Used) (contest.EntryID, error) {
	entry := b.insteadOf
	switch {
	case stands.Position != 0: // with other points
		entry = b.Entry
		used.Entry--
	case entry == "":
		return "", nil
	default:
		other, err := tx.VoteOf(b.of(entry), b.period)
		if err != nil || other.Position == 0 {
			return "", err
		}
	}
	used.Period--
	return entry, b.c.MayRetract(tx.Now())
}

func retract(tx *store.Tx, b *ballot) (store.Vote, error) {
	if err := b.c.MayRetract(tx.Now()); err != nil {
		return store.Vote{}, err
	}
	v, err := tx.Retract(b.Ballot, b.period)
	if err == nil && v.Already && !v.Change.Visible {
		err = fmt.Errorf("take vote for %s back: %w", b.Entry, store.ErrNotFound) // as if it were not there
	}
	return v, err
}

// change does what is wanted in the writer's batch: the batch's clock decides period and window.
func (s *Service) change(ctx context.Context, fan access.Session, w Wish, kind contest.LeafKind, do func(*store.Tx, *ballot) (store.Vote, error)) (Vote, error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return Vote{}, err
	}
	b := &ballot{c: &c, Ballot: contest.Ballot{Challenge: c.ID, Entry: w.Entry, Fan: fan.Fan.ID, Voter: fan.Voter, Class: fan.Class, Points: w.Points}}
	if b.from, err = s.origin(ctx, c.ID, w.From); err != nil {
		return Vote{}, err
	}
	period := func(at time.Time) string { return c.PeriodAt(at) } // c.PeriodAt would be a copy of the challenge
	ahead := []store.Ballot{{Entry: w.Entry, Voter: fan.Voter, Period: period}}
	if w.InsteadOf != "" && w.InsteadOf != w.Entry {
		b.insteadOf = w.InsteadOf
		ahead = append(ahead, store.Ballot{Entry: w.InsteadOf, Voter: fan.Voter, Period: period})
	}
	var done outcome
	err = s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		b.period = c.PeriodAt(tx.Now())
		if known, err := tx.Knows(b.Ballot, b.period); err != nil {
			return err
		} else if !known {
			return ErrErased
		}
		done, err = w.once(tx, b, kind, func() (outcome, error) {
			v, err := do(tx, b)
			if err != nil {
				return outcome{}, err
			}
			return settle(tx, b, v, kind == contest.Cast)
		})
		return err
	}, ahead...)
	if err != nil {
		return Vote{}, err
	}
	return s.answer(ctx, b, done)
}

// settle gathers what an answer says.
func settle(tx *store.Tx, b *ballot, v store.Vote, voted bool) (outcome, error) {
	used, err := tx.Used(b.Ballot, b.period, false)
	if err != nil {
		return outcome{}, err
	}
	head, err := tx.Head(b.c.ID)
	return outcome{
		Voted: voted, Score: v.Change.Score, Left: max(0, b.c.Rules.VotesPerPeriod-used.Period), Period: b.period,
		Position: v.Leaf.Position, leaf: v.Leaf, key: head.LogKey,
	}, err
}

// Used is what a fan has cast in the present period.
type Used struct {
	Entries []contest.EntryID
	// Points are a juror's, by entry; nil for others.
	Points map[contest.EntryID]int
	Left   int
	Period string
	// Lacks are the classes of voters that the rules admit, where the fan is of none of them.
	Lacks []contest.VoterClass
}

// Used returns what the fan has cast in the present period.
func (s *Service) Used(ctx context.Context, fan access.Session) (u Used, err error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return Used{}, err
	}
	if !c.Rules.Admits(fan.Class) {
		u.Lacks = c.Rules.Voters
	}
	if fan.Class == contest.JuryVoter {
		u.Points = map[contest.EntryID]int{}
	}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		u.Period = c.PeriodAt(tx.Now())
		votes, err := tx.VotesOf(c.ID, fan.Voter, u.Period)
		for _, v := range votes {
			u.Entries = append(u.Entries, v.Entry)
			if u.Points != nil {
				u.Points[v.Entry] = v.Weight
			}
		}
		u.Left = max(0, c.Rules.VotesPerPeriod-len(votes))
		return err
	})
	return u, err
}
