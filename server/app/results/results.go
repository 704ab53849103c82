// Package results holds the use cases of a challenge's end: what it came to is counted, proposed by one member of staff,
// confirmed by another, and published; staff mark what they single out. Who wins is the domain's to say (contest.Certify).
package results

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/store"
)

// Errors that surfaces tell apart.
var (
	// ErrChanged says that the result is not any more what was read and agreed to.
	ErrChanged = errors.New("the result has changed meanwhile")
	// ErrUnchanged says that an amendment would say what the certified result says.
	ErrUnchanged = errors.New("the certified result stands as it is")
)

// Service carries out the use cases.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	boards    *standing.Boards
	news      *news.Service

	mu     sync.Mutex
	known  map[contest.ChallengeID]*ranking // guarded by mu; maxKnown at most
	recent map[contest.ChallengeID]recent   // guarded by mu; maxKnown at most
}

// New returns a service over the store.
func New(s *store.Store, c *campaigns.Service, b *standing.Boards, n *news.Service) *Service {
	return &Service{store: s, campaigns: c, boards: b, news: n, known: map[contest.ChallengeID]*ranking{}, recent: map[contest.ChallengeID]recent{}}
}

// Propose stores what the challenge has come to by now, for another member of staff to confirm. sha256 is the hash of the
// result that was read; another one is ErrChanged. After the certification it proposes an amendment, unless that is
// ErrUnchanged. Errors: *contest.Refusal, store.ErrConflict where a proposal is open.
func (s *Service) Propose(ctx context.Context, staff contest.StaffID, id contest.ChallengeID, sha256 string) error {
	return s.store.UpdateIn(ctx, id, func(tx *store.Tx) error {
		c, err := tx.Challenge(id)
		if err != nil {
			return err
		}
		if err := c.MayPropose(tx.Now()); err != nil {
			return err
		}
		result, before, err := count(tx, c)
		switch {
		case err != nil:
			return err
		case before != nil && before.Says(result):
			return ErrUnchanged
		case result.Hash() != sha256:
			return ErrChanged
		}
		others, err := Others(tx, access.Insiders)
		if err != nil {
			return err
		}
		if _, err = tx.ProposeResult(result, staff, others); err != nil {
			return err
		}
		return tx.Audit(act(staff, "result.propose", id, sha256))
	})
}

// act is what staff did about a challenge's result.
func act(staff contest.StaffID, action string, id contest.ChallengeID, note string) store.Act {
	return store.Act{Staff: staff, Action: action, Object: "challenge/" + string(id), Note: note}
}

// Confirm certifies a proposed result: whoever breaks a rule leaves the board, the log is opened, and the result is public.
// sha256 is the hash of the result that was read. Errors: *contest.Refusal, ErrChanged where a vote or an entry was decided
// about since, store.ErrNotFound where no proposal is open.
func (s *Service) Confirm(ctx context.Context, staff contest.StaffID, id contest.ChallengeID, sha256 string) error {
	err := s.store.UpdateIn(ctx, id, func(tx *store.Tx) error {
		c, err := tx.Challenge(id)
		if err != nil {
			return err
		}
		proposal, err := proposed(tx, id)
		if err != nil {
			return err
		}
		if err := SecondPerson(tx, proposal.ProposedBy, proposal.ProposedAt, proposal.Others, staff); err != nil {
			return err
		}
		result, before, err := count(tx, c)
		if err != nil {
			return err
		}
		if hash := result.Hash(); hash != proposal.SHA256 || hash != sha256 {
			return ErrChanged
		}
		if err := s.certify(tx, c, result, before, proposal, staff); err != nil {
			return err
		}
		return tx.Audit(act(staff, "result.confirm", id, sha256))
	})
	s.campaigns.Forget(id)
	s.forget(id)
	s.boards.Reread(id) // it may show more now, which no change tells
	return err
}

// Withdraw closes an open proposal: its result was wrong, or has changed since.
func (s *Service) Withdraw(ctx context.Context, staff contest.StaffID, id contest.ChallengeID) error {
	return s.store.UpdateIn(ctx, id, func(tx *store.Tx) error {
		proposal, err := proposed(tx, id)
		if err != nil {
			return err
		}
		if err := tx.WithdrawResult(proposal, staff); err != nil {
			return err
		}
		return tx.Audit(act(staff, "result.withdraw", id, proposal.SHA256))
	})
}

// Amend stores what a certified challenge comes to after two people decided about votes, in the commit of that decision;
// it does nothing where the result says the same. A proposal that is open rests on what was before, and is withdrawn.
func (s *Service) Amend(tx *store.Tx, id contest.ChallengeID, proposer, confirmer contest.StaffID) error {
	c, err := tx.Challenge(id)
	if err != nil {
		return err
	}
	result, before, err := count(tx, c)
	if err != nil || before == nil || before.Says(result) {
		return err
	}
	switch open, err := proposed(tx, id); {
	case err == nil:
		if err := tx.WithdrawResult(open, confirmer); err != nil {
			return err
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	others, err := Others(tx, access.Insiders)
	if err != nil {
		return err
	}
	proposal, err := tx.ProposeResult(result, proposer, others)
	if err != nil {
		return err
	}
	return s.certify(tx, c, result, before, proposal, confirmer)
}

// certify confirms a proposal, has everything public follow it, and tells of it. Before is the certified result whose place it
// takes; nil for the first.
func (s *Service) certify(tx *store.Tx, c contest.Challenge, r contest.Result, before *contest.Result, proposal store.Certification, staff contest.StaffID) error {
	if err := tx.ConfirmResult(proposal, staff); err != nil {
		return err
	}
	if c.CertifiedAt.IsZero() {
		if err := tx.Reveal(c.ID); err != nil {
			return err
		}
	}
	if err := tx.PassOver(c.ID, r.PassedOver); err != nil {
		return err
	}
	return s.tellResult(tx, c, r, before)
}

// count is what the challenge comes to now, and the certified result that it would amend; nil where there is none.
func count(tx *store.Tx, c contest.Challenge) (r contest.Result, before *contest.Result, err error) {
	all, err := tx.Certifications(c.ID)
	if err != nil {
		return r, nil, err
	}
	candidates, err := tx.Candidates(c.ID)
	if err != nil {
		return r, nil, err
	}
	certified := confirmed(all)
	if n := len(certified); n > 0 {
		if before, err = read(tx, certified[n-1]); err != nil {
			return r, nil, err
		}
		keepPlaces(candidates, before)
	}
	head, err := tx.Head(c.ID)
	if err != nil {
		return r, nil, err
	}
	r = contest.Certify(c, candidates)
	r.Leaves = head.Leaves
	if before != nil {
		r.Amendment, r.Amends = len(certified), certified[len(certified)-1].SHA256
	}
	return r, before, nil
}

// keepPlaces notes which candidates have a place in a certified result.
func keepPlaces(candidates []contest.Candidate, before *contest.Result) {
	placed := make(map[contest.EntryNumber]bool, len(before.Places))
	for _, p := range before.Places {
		placed[p.Entry] = true
	}
	for i := range candidates {
		candidates[i].Placed = placed[candidates[i].Number]
	}
}

// confirmed are the certified ones among all.
func confirmed(all []store.Certification) (list []store.Certification) {
	for _, c := range all {
		if !c.ConfirmedAt.IsZero() {
			list = append(list, c)
		}
	}
	return list
}

// open is the proposal that waits among all, which is the last; nil where none does.
func open(all []store.Certification) *store.Certification {
	if len(all) == 0 || !all[len(all)-1].Open() {
		return nil
	}
	return &all[len(all)-1]
}

// proposed returns the open proposal; store.ErrNotFound where there is none.
func proposed(tx *store.Tx, id contest.ChallengeID) (store.Certification, error) {
	all, err := tx.Certifications(id)
	if err != nil {
		return store.Certification{}, err
	}
	if p := open(all); p != nil {
		return *p, nil
	}
	return store.Certification{}, fmt.Errorf("proposed result of challenge %s: %w", id, store.ErrNotFound)
}

// Others counts the members of staff beside the one who acts that have a role which may act.
func Others(tx *store.Tx, may access.Roles) (int, error) {
	n, err := tx.CountStaff(may.Names()...)
	return max(n-1, 0), err
}

// SecondPerson judges whether a member of staff may confirm what one proposed while there were so many others. It returns
// nil or a *contest.Refusal.
func SecondPerson(tx *store.Tx, proposer contest.StaffID, proposedAt time.Time, others int, confirmer contest.StaffID) error {
	person, err := tx.Staff(confirmer)
	if err != nil {
		return err
	}
	return contest.Confirmation{
		Proposer: proposer, ProposedAt: proposedAt, Confirmer: confirmer, JoinedAt: person.RoleAt, Others: others,
	}.Judge(tx.Now())
}
