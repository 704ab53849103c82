package store

import (
	"errors"
	"fmt"

	"fanfare/server/contest"
)

const batchColumns = "id, challenge, kind, reason, note, staff, second, changed, skipped, at, undoes, undone_by"

func scanBatch(row scanner) (b contest.VoteBatch, err error) {
	err = row.Scan(&b.ID, &b.Challenge, &b.Kind, &b.Reason, &b.Note, &b.Staff, &b.Second, &b.Changed, &b.Skipped, timeColumn{&b.At},
		&b.Undoes, &b.UndoneBy)
	return b, err
}

// InsertVoteBatch keeps what was decided about votes. One that undoes another is noted with that one; ErrConflict where
// somebody was quicker.
func (tx *Tx) InsertVoteBatch(b contest.VoteBatch) error {
	_, err := tx.Exec("INSERT INTO vote_batches ("+batchColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
		b.ID, b.Challenge, b.Kind, b.Reason, b.Note, b.Staff, b.Second, b.Changed, b.Skipped, millis(tx.now), b.Undoes)
	if err == nil && b.Undoes != "" {
		err = tx.mustChange("UPDATE vote_batches SET undone_by = ? WHERE id = ? AND undone_by = ''", b.ID, b.Undoes)
		if errors.Is(err, ErrNotFound) {
			err = ErrConflict
		}
	}
	if err != nil {
		return fmt.Errorf("insert batch of votes %s: %w", b.ID, err)
	}
	return nil
}

// GrowVoteBatch adds what one more commit of a batch did.
func (tx *Tx) GrowVoteBatch(id contest.BatchID, changed, skipped int) error {
	err := tx.mustChange("UPDATE vote_batches SET changed = changed + ?, skipped = skipped + ? WHERE id = ?", changed, skipped, id)
	if err != nil {
		return fmt.Errorf("grow batch of votes %s: %w", id, err)
	}
	return nil
}

// VoteBatch returns a batch.
func (tx *Tx) VoteBatch(id contest.BatchID) (contest.VoteBatch, error) {
	b, err := first(tx, scanBatch, "SELECT "+batchColumns+" FROM vote_batches WHERE id = ?", id)
	if err != nil {
		return b, fmt.Errorf("read batch of votes %s: %w", id, err)
	}
	return b, nil
}

// VoteBatches lists what was decided about a challenge's votes, the newest first.
func (tx *Tx) VoteBatches(challenge contest.ChallengeID, limit int) ([]contest.VoteBatch, error) {
	batches, err := list(tx, scanBatch, "SELECT "+batchColumns+" FROM vote_batches WHERE challenge = ? ORDER BY at DESC, id DESC LIMIT ?", challenge, limit)
	if err != nil {
		return nil, fmt.Errorf("list batches of votes of challenge %s: %w", challenge, err)
	}
	return batches, nil
}

const proposalColumns = "id, challenge, kind, undoes, reason, note, selection, staff, others, created_at, decided_at, second, batch"

// VoteProposal is a proposal with the votes that it is about.
type VoteProposal struct {
	contest.VoteProposal
	Selection VoteSelection
}

// VoteSelection names votes of a challenge: those listed, or all that a filter finds.
type VoteSelection struct {
	Keys   []contest.VoteKey `json:"keys,omitempty"`
	Filter *VoteFilter       `json:"filter,omitempty"`
}

func scanProposal(row scanner) (p VoteProposal, err error) {
	err = row.Scan(&p.ID, &p.Challenge, &p.Kind, &p.Undoes, &p.Reason, &p.Note, jsonColumn{&p.Selection}, &p.Staff, &p.Others, timeColumn{&p.CreatedAt},
		timeColumn{&p.DecidedAt}, &p.Second, &p.Batch)
	return p, err
}

// InsertVoteProposal stores a proposal and returns it with its identifier and time.
func (tx *Tx) InsertVoteProposal(p VoteProposal) (VoteProposal, error) {
	p.ID, p.CreatedAt = orNew(p.ID, "vp_"), tx.now
	_, err := tx.Exec("INSERT INTO vote_proposals ("+proposalColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', '')",
		p.ID, p.Challenge, p.Kind, p.Undoes, p.Reason, p.Note, asJSON{p.Selection}, p.Staff, p.Others, millis(p.CreatedAt))
	if err != nil {
		return p, fmt.Errorf("insert proposal about votes: %w", err)
	}
	return p, nil
}

// VoteProposal returns a proposal.
func (tx *Tx) VoteProposal(id contest.ProposalID) (VoteProposal, error) {
	p, err := first(tx, scanProposal, "SELECT "+proposalColumns+" FROM vote_proposals WHERE id = ?", id)
	if err != nil {
		return p, fmt.Errorf("read proposal about votes %s: %w", id, err)
	}
	return p, nil
}

// VoteProposals lists those that wait in a challenge, the oldest first.
func (tx *Tx) VoteProposals(challenge contest.ChallengeID) ([]VoteProposal, error) {
	proposals, err := list(tx, scanProposal, "SELECT "+proposalColumns+
		" FROM vote_proposals WHERE decided_at = 0 AND challenge = ? ORDER BY created_at, id", challenge)
	if err != nil {
		return nil, fmt.Errorf("list proposals about votes of challenge %s: %w", challenge, err)
	}
	return proposals, nil
}

// CountVoteProposals counts those that wait, by challenge.
func (tx *Tx) CountVoteProposals() (map[contest.ChallengeID]int, error) {
	return tx.countByChallenge("SELECT challenge, COUNT(*) FROM vote_proposals WHERE decided_at = 0 GROUP BY challenge")
}

// DecideVoteProposal closes a proposal, with the batch that carried it out, or none; ErrNotFound where it was closed before.
func (tx *Tx) DecideVoteProposal(id contest.ProposalID, second contest.StaffID, batch contest.BatchID) error {
	err := tx.mustChange("UPDATE vote_proposals SET decided_at = ?, second = ?, batch = ? WHERE id = ? AND decided_at = 0",
		millis(tx.now), second, batch, id)
	if err != nil {
		return fmt.Errorf("decide proposal about votes %s: %w", id, err)
	}
	return nil
}
