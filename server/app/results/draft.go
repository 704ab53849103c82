package results

import (
	"context"
	"errors"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// Draft is what staff look at before they propose or confirm a result.
type Draft struct {
	// Outcome has in Result what the challenge comes to at this moment.
	Outcome
	// Hash is the hash of that.
	Hash string
	// Unchanged says that the certified result says the same, so there is nothing to amend.
	Unchanged bool
	// Stale says that the open proposal says something else by now.
	Stale bool
	// Pending entries wait for a moderator, Contested ones for a decision about a takedown: they have no place until then.
	Pending, Contested int
	// May is why whoever looks may not propose, or not confirm what is proposed; nil where they may.
	May error
	// All are the certifications, whatever became of them, the oldest first.
	All []Named
}

// Named is a certification with the names of who had a part in it.
type Named struct {
	store.Certification
	Proposer, Confirmer, Withdrawer string
}

// Draft counts what a challenge comes to now, for a member of staff.
func (s *Service) Draft(ctx context.Context, staff contest.StaffID, id contest.ChallengeID) (d Draft, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		d = Draft{}
		c, err := tx.Challenge(id)
		if err != nil {
			return err
		}
		all, err := tx.Certifications(id)
		if err != nil {
			return err
		}
		d.Challenge, d.Certified, d.Proposal = c, confirmed(all), open(all)
		d.Stage = c.Stage(tx.Now(), d.Proposal != nil)
		if d.Marks, err = tx.Marks(id); err != nil {
			return err
		}
		if err := d.count(tx); err != nil {
			return err
		}
		if d.All, err = named(tx, all); err != nil {
			return err
		}
		d.May, err = may(tx, d, staff)
		return err
	})
	return d, err
}

// Waiting lists the challenges whose proposed result waits to be confirmed.
func (s *Service) Waiting(ctx context.Context) (list []contest.ChallengeID, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		open, err := tx.OpenProposals()
		for _, p := range open {
			list = append(list, p.Challenge)
		}
		return err
	})
	return list, err
}

func (d *Draft) count(tx *store.Tx) error {
	result, before, err := count(tx, d.Challenge)
	if err != nil {
		return err
	}
	d.Result, d.Hash = &result, result.Hash()
	d.Unchanged = before != nil && before.Says(result)
	d.Stale = d.Proposal != nil && d.Proposal.SHA256 != d.Hash
	statuses, err := tx.Counts(d.Challenge.ID)
	if err != nil {
		return err
	}
	d.Pending = statuses[contest.Pending] + statuses[contest.Processing]
	for _, over := range result.PassedOver {
		if over.Reason == contest.TakedownOpen {
			d.Contested++
		}
	}
	return nil
}

// may is why a member of staff may not take the next step.
func may(tx *store.Tx, d Draft, staff contest.StaffID) (refusal, err error) {
	err = d.Challenge.MayPropose(tx.Now())
	if p := d.Proposal; p != nil {
		err = SecondPerson(tx, p.ProposedBy, p.ProposedAt, p.Others, staff)
	}
	if r, ok := errors.AsType[*contest.Refusal](err); ok {
		return r, nil
	}
	return nil, err
}

func named(tx *store.Tx, all []store.Certification) (list []Named, err error) {
	for _, c := range all {
		proposer, errProposer := tx.StaffName(c.ProposedBy)
		confirmer, errConfirmer := tx.StaffName(c.ConfirmedBy)
		withdrawer, errWithdrawer := tx.StaffName(c.WithdrawnBy)
		if err := errors.Join(errProposer, errConfirmer, errWithdrawer); err != nil {
			return nil, err
		}
		list = append(list, Named{c, proposer, confirmer, withdrawer})
	}
	return list, nil
}
