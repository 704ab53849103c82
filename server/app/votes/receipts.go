package votes

import (
	"context"
	"slices"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/store"
)

// Receipt shows a voter that the log has their vote. It is for the voter alone, and never says that the vote counts.
type Receipt struct {
	Log    contest.ChallengeID
	Entry  contest.EntryID
	Period string
	Leaf   string // its exact bytes
	Index  *int64 // in the tree; nil as long as the tree of a padded log has not come to it
}

// receiptOf makes the receipt of a leaf. Without pads its place in the tree follows from its position.
func receiptOf(c *contest.Challenge, entry contest.EntryID, leaf contest.Leaf, key contest.LogKey) Receipt {
	line := leaf.Append(nil, key.Salt(leaf.Position))
	r := Receipt{Log: c.ID, Entry: entry, Period: leaf.Period, Leaf: string(line)}
	if !c.Padded() {
		index := leaf.Position - 1
		r.Index = &index
	}
	return r
}

// MaxReceipts is how many of a voter's votes are listed, the newest: a vote a day for years.
const MaxReceipts = 1000

// Receipts are those of a fan's votes that stand.
type Receipts struct {
	List []Receipt // the newest first
	// Next is when the tree comes to those that have no index; zero where it does within seconds.
	Next time.Time
}

// Receipts returns the receipts of the fan's votes that stand, in all periods.
func (s *Service) Receipts(ctx context.Context, fan access.Session) (r Receipts, err error) {
	c, err := s.campaigns.Launched(ctx, fan.Challenge)
	if err != nil {
		return r, err
	}
	var votes []store.VoterVote
	var head store.Head
	var now time.Time
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now()
		if head, err = tx.Head(c.ID); err == nil {
			votes, err = tx.VotesOf(c.ID, fan.Voter)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	if c.Padded() && !c.Certified() {
		r.Next = ledger.NextSeal(now)
	}
	votes = votes[max(0, len(votes)-MaxReceipts):]
	slices.Reverse(votes)
	indexes, err := s.indexesOf(ctx, c, votes)
	for _, v := range votes {
		leaf := contest.Leaf{
			Position: v.Position, Kind: contest.Cast, Entry: v.Number, Voter: fan.Voter, Period: v.Period, Weight: v.Weight, Class: v.Class, At: v.At,
		}
		one := receiptOf(&c, v.Entry, leaf, head.LogKey)
		if index, ok := indexes[v.Position]; ok {
			one.Index = &index
		}
		r.List = append(r.List, one)
	}
	return r, err
}

// indexesOf asks for what does not follow from positions.
func (s *Service) indexesOf(ctx context.Context, c contest.Challenge, votes []store.VoterVote) (map[int64]int64, error) {
	if !c.Padded() || len(votes) == 0 {
		return nil, nil
	}
	positions := make([]int64, len(votes))
	for i, v := range votes {
		positions[i] = v.Position
	}
	return s.audits.Indexes(ctx, c.ID, positions)
}
