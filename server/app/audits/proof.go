package audits

import (
	"context"
	"errors"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// MaxProofs is how many leaves one call proves: more than a fan's votes of a week, and few enough to read for anybody.
const MaxProofs = 32

// ErrNoSuchSize says that a log never had the size that a proof is asked from.
var ErrNoSuchSize = errors.New("the log has not come to that size")

// Proof is what convinces the keeper of leaves, and of an earlier checkpoint, that the newest one has them.
type Proof struct {
	Checkpoint  string // the newest one, a signed note
	Inclusion   []Inclusion
	Consistency []ledger.Hash // with the earlier checkpoint
}

// Inclusion is the audit path of one leaf.
type Inclusion struct {
	Index  int64
	Hashes []ledger.Hash
}

// Prove proves that a challenge's log has the leaves of the indexes, of which it leaves out those that it has not come to,
// and begins with the tree of the size since, where that is not 0. It reads the log at one moment.
func (s *Service) Prove(ctx context.Context, id contest.ChallengeID, indexes []int64, since int64) (p Proof, err error) {
	note, err := s.Checkpoint(ctx, id) // makes the first
	if err != nil || note == "" {
		return Proof{}, err
	}
	err = s.view(ctx, id, readState, func(tx *store.Tx, v state) error {
		size := v.newest.Size
		if since < 0 || since > size {
			return ErrNoSuchSize
		}
		p = Proof{Checkpoint: v.newest.Note}
		proofs := ledger.OpenProofs(size, func(level int, n int64) ([]byte, error) { return tx.LogTile(id, level, n) })
		for _, index := range indexes {
			if index < 0 || index >= size {
				continue
			}
			hashes, err := proofs.Inclusion(index)
			if err != nil {
				return err
			}
			p.Inclusion = append(p.Inclusion, Inclusion{index, hashes})
		}
		p.Consistency, err = proofs.Consistency(since)
		return err
	})
	return p, err
}
