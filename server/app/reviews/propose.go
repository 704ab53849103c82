package reviews

import (
	"context"
	"errors"
	"fmt"

	"fanfare/server/access"
	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Proposal is what waits for a second person, with what it would do.
type Proposal struct {
	store.VoteProposal
	Name   string // of who proposed it
	Effect Effect // empty for one that takes a batch back
	// Taken is the batch to be taken back; nil for others.
	Taken *contest.VoteBatch
}

func (s *Service) propose(ctx context.Context, p store.VoteProposal) (Outcome, error) {
	err := s.store.UpdateIn(ctx, p.Challenge, func(tx *store.Tx) (err error) {
		if p.Others, err = results.Others(tx, access.Moderators); err != nil {
			return err
		}
		if p, err = tx.InsertVoteProposal(p); err != nil {
			return err
		}
		return tx.Audit(acted(p.Staff, "vote.propose", p.Challenge, string(p.ID)))
	})
	return Outcome{Proposal: p.ID}, err
}

func proposals(tx *store.Tx, c contest.ChallengeID) ([]Proposal, error) {
	found, err := tx.VoteProposals(c)
	if err != nil {
		return nil, err
	}
	list := make([]Proposal, len(found))
	for i, p := range found {
		list[i].VoteProposal = p
		var err error
		if p.Undoes != "" {
			var taken contest.VoteBatch
			taken, err = tx.VoteBatch(p.Undoes)
			list[i].Taken = &taken
		} else {
			list[i].Effect, err = effectOf(tx, p)
		}
		name, errName := tx.StaffName(p.Staff)
		if err := errors.Join(err, errName); err != nil {
			return nil, err
		}
		list[i].Name = name
	}
	return list, nil
}

func effectOf(tx *store.Tx, p store.VoteProposal) (Effect, error) {
	votes, err := selected(tx, p.Challenge, p.Selection)
	if err != nil {
		return Effect{}, err
	}
	return effect(tx, p.Challenge, p.Kind, votes)
}

// Confirm carries a proposal out, with the amended result, all in one commit; or declines it. Who proposed may decline it, and
// not confirm it. Errors: *contest.Refusal, store.ErrNotFound for one that does not wait.
func (s *Service) Confirm(ctx context.Context, staff contest.StaffID, id contest.ProposalID, yes bool) (Outcome, error) {
	var p store.VoteProposal
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.VoteProposal(id)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	b := contest.VoteBatch{
		Challenge: p.Challenge, Kind: p.Kind, Reason: p.Reason, Note: p.Note, Staff: p.Staff, Second: staff, Undoes: p.Undoes,
	}
	if yes {
		b.ID = newBatch()
	}
	var done contest.VoteBatch
	err = s.store.UpdateIn(ctx, p.Challenge, func(tx *store.Tx) (err error) {
		if err := tx.DecideVoteProposal(id, staff, b.ID); err != nil {
			return err
		}
		action := map[bool]string{true: "vote.confirm", false: "vote.decline"}[yes]
		if err := tx.Audit(acted(staff, action, p.Challenge, string(id))); err != nil || !yes {
			return err
		}
		if err := second(tx, p, staff); err != nil {
			return err
		}
		done, err = s.carryOut(tx, b, p.Selection)
		return err
	})
	return Outcome{Batch: done}, err
}

// second judges who confirms: always another person, which a certified result does without only at its first certification.
func second(tx *store.Tx, p store.VoteProposal, staff contest.StaffID) error {
	if p.Staff == staff {
		return &contest.Refusal{Reason: contest.SecondPersonNeeded}
	}
	return results.SecondPerson(tx, p.Staff, p.CreatedAt, p.Others, staff)
}

func (s *Service) carryOut(tx *store.Tx, b contest.VoteBatch, of store.VoteSelection) (_ contest.VoteBatch, err error) {
	if b.Undoes != "" {
		b, err = undo(tx, b)
	} else {
		b, err = decideAll(tx, b, of)
	}
	if err != nil {
		return b, fmt.Errorf("carry out proposal about votes: %w", err)
	}
	return b, s.results.Amend(tx, b.Challenge, b.Staff, b.Second)
}

func decideAll(tx *store.Tx, b contest.VoteBatch, of store.VoteSelection) (contest.VoteBatch, error) {
	votes, err := selected(tx, b.Challenge, of)
	if err != nil {
		return b, err
	}
	ruled, err := tx.RuleVotes(b.Challenge, ruling(b, keysOf(votes)))
	if err != nil {
		return b, err
	}
	b.Changed, b.Skipped = ruled.Changed, ruled.Skipped
	return b, tx.InsertVoteBatch(b)
}
