package reviews

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// together is how many votes share a commit of a decision: whoever votes meanwhile waits for one of them, not for all.
const together = 500

// Act is a decision of staff about votes.
type Act struct {
	Staff  contest.StaffID
	Kind   contest.LeafKind // hold, release, exclude or restore
	Of     store.VoteSelection
	Reason contest.Reason
	Note   string // for the other members of staff
}

// Outcome is what came of an act: a batch that can be undone, or a proposal that waits for a second person. Both are empty where
// there was nothing to do.
type Outcome struct {
	Batch    contest.VoteBatch
	Proposal contest.ProposalID
}

// ErrAct says that an act is none that staff can take.
var ErrAct = errors.New("no act about votes")

// Reasons lists what staff choose from for a kind of decision.
func Reasons(kind contest.LeafKind) []contest.Reason {
	switch kind {
	case contest.Hold, contest.Exclude:
		return contest.VoteReasons
	case contest.Release, contest.Restore:
		return []contest.Reason{contest.Cleared}
	}
	return nil
}

// Decide carries an act out, in commits of so many votes; when it fails, what the commits before it did stands, and its batch
// undoes that. Once the result is certified it becomes a proposal. Errors: ErrAct, store.ErrNotFound.
func (s *Service) Decide(ctx context.Context, c contest.ChallengeID, act Act) (Outcome, error) {
	if !slices.Contains(Reasons(act.Kind), act.Reason) {
		return Outcome{}, fmt.Errorf("%w: %q for %q", ErrAct, act.Kind, act.Reason)
	}
	act.Note = entries.Bounded(act.Note, entries.MaxNote)
	var challenge contest.Challenge
	var votes []store.VoteRow
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if challenge, err = tx.Challenge(c); err != nil {
			return err
		}
		votes, err = selected(tx, c, act.Of)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	if challenge.Certified() {
		return s.propose(ctx, store.VoteProposal{VoteProposal: contest.VoteProposal{
			Challenge: c, Kind: act.Kind, Reason: act.Reason, Note: act.Note, Staff: act.Staff,
		}, Selection: act.Of})
	}
	keys := keysOf(votes)
	out := Outcome{Batch: contest.VoteBatch{
		ID: newBatch(), Challenge: c, Kind: act.Kind, Reason: act.Reason, Note: act.Note, Staff: act.Staff,
	}}
	for some := range slices.Chunk(keys, together) {
		if err := s.rule(ctx, &out.Batch, some); err != nil {
			return out, err
		}
	}
	if out.Batch.Changed == 0 {
		return Outcome{}, nil
	}
	return out, nil
}

func newBatch() contest.BatchID { return contest.BatchID(store.NewID("vb_")) }

func keysOf(votes []store.VoteRow) []contest.VoteKey {
	keys := make([]contest.VoteKey, min(len(votes), MaxVotes))
	for i := range keys {
		keys[i] = votes[i].VoteKey
	}
	return keys
}

// rule decides about some votes of a batch in one commit, and counts them in it.
func (s *Service) rule(ctx context.Context, b *contest.VoteBatch, keys []contest.VoteKey) error {
	var ruled store.Ruled
	err := s.store.UpdateIn(ctx, b.Challenge, func(tx *store.Tx) error {
		c, err := tx.Challenge(b.Challenge)
		if err != nil {
			return err
		}
		if c.Certified() {
			return fmt.Errorf("decide about votes of %s: certified meanwhile: %w", c.ID, store.ErrConflict)
		}
		if ruled, err = tx.RuleVotes(b.Challenge, ruling(*b, keys)); err != nil || b.Changed+ruled.Changed == 0 {
			return err
		}
		if b.Changed > 0 {
			return tx.GrowVoteBatch(b.ID, ruled.Changed, ruled.Skipped)
		}
		begun := *b
		begun.Changed, begun.Skipped = ruled.Changed, b.Skipped+ruled.Skipped
		return errors.Join(tx.InsertVoteBatch(begun), tx.Audit(acted(b.Staff, "vote."+string(b.Kind), b.Challenge, string(b.Reason))))
	})
	if err == nil {
		b.Changed, b.Skipped = b.Changed+ruled.Changed, b.Skipped+ruled.Skipped
	}
	return err
}

func ruling(b contest.VoteBatch, keys []contest.VoteKey) store.Ruling {
	return store.Ruling{Kind: b.Kind, Keys: keys, Reason: b.Reason, Actor: contest.StaffActor(b.Staff), Batch: b.ID}
}

// Undo takes a batch back, whose votes get the state that they had before; those about which something else was decided since
// stay. What it does is a batch as well. Once the result is certified it becomes a proposal. Errors: store.ErrNotFound,
// store.ErrConflict where somebody was quicker.
func (s *Service) Undo(ctx context.Context, staff contest.StaffID, id contest.BatchID) (Outcome, error) {
	var batch contest.VoteBatch
	var c contest.Challenge
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if batch, err = tx.VoteBatch(id); err == nil {
			c, err = tx.Challenge(batch.Challenge)
		}
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	if batch.UndoneBy != "" {
		return Outcome{}, fmt.Errorf("undo batch %s: %w", id, store.ErrConflict)
	}
	if c.Certified() {
		return s.propose(ctx, store.VoteProposal{VoteProposal: contest.VoteProposal{Challenge: c.ID, Undoes: id, Reason: contest.Undone, Staff: staff}})
	}
	back := contest.VoteBatch{ID: newBatch(), Challenge: c.ID, Reason: contest.Undone, Staff: staff, Undoes: id}
	var done contest.VoteBatch
	err = s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		now, err := tx.Challenge(c.ID)
		if err == nil && now.Certified() {
			err = fmt.Errorf("undo batch %s: certified meanwhile: %w", id, store.ErrConflict)
		}
		if err != nil {
			return err
		}
		done, err = undo(tx, back)
		return err
	})
	return Outcome{Batch: done}, err
}

// acted is what staff did about a challenge's votes.
func acted(staff contest.StaffID, action string, id contest.ChallengeID, note string) store.Act {
	return store.Act{Staff: staff, Action: action, Object: "challenge/" + string(id), Note: note}
}

func undo(tx *store.Tx, back contest.VoteBatch) (contest.VoteBatch, error) {
	ruled, err := tx.UndoVotes(back.Challenge, back.Undoes, contest.StaffActor(back.Staff), back.ID)
	if err != nil {
		return back, err
	}
	back.Changed, back.Skipped = ruled.Changed, ruled.Skipped
	return back, errors.Join(tx.InsertVoteBatch(back), tx.Audit(acted(back.Staff, "vote.undo", back.Challenge, string(back.Undoes))))
}
