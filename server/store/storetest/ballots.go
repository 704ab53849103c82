package storetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

func (s *stage) cast(b contest.Ballot, period string) (v store.Vote) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		v, err = Cast(tx, b, period)
		return err
	})
	return v
}

// Cast casts a vote that weighs 1, from nowhere.
func Cast(tx *store.Tx, b contest.Ballot, period string) (store.Vote, error) {
	return tx.Cast(b, period, 1, store.Origin{})
}

// Ballot is a guest's, with the pseudonym of VoterOf.
func Ballot(challenge contest.ChallengeID, entry contest.EntryID, fan string) contest.Ballot {
	return contest.Ballot{Challenge: challenge, Entry: entry, Fan: contest.FanID(fan), Voter: VoterOf(fan), Class: contest.GuestVoter}
}

// VoterOf is a pseudonym for the fan of that name, for tests that need no more than one each.
func VoterOf(fan string) contest.VoterID {
	sum := sha256.Sum256([]byte(fan))
	return contest.VoterID(hex.EncodeToString(sum[:16]))
}

func (s *stage) retract(b contest.Ballot, period string) (v store.Vote) {
	s.Helper()
	s.update(func(tx *store.Tx) (err error) {
		v, err = tx.Retract(b, period)
		return err
	})
	return v
}

func (s *stage) ballot(e contest.Entry, voter string) contest.Ballot {
	return Ballot(s.challenge.ID, e.ID, voter)
}

// ahead asks for what the rules look at for a ballot to be read ahead.
func ahead(b contest.Ballot) store.Ballot {
	return store.Ballot{Entry: b.Entry, Voter: b.Voter, Period: func(time.Time) string { return today }}
}

func (s *stage) leaves() (leaves []contest.Leaf) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		leaves, err = tx.Leaves(s.challenge.ID)
		return err
	})
	return leaves
}

// audited holds that every stored score is what the log says, that positions have no gaps, and returns the log.
func (s *stage) audited(entries []contest.Entry) []contest.Leaf {
	s.Helper()
	leaves := s.leaves()
	for i, l := range leaves {
		equal(s.T, "position of a leaf", l.Position, int64(i+1))
	}
	tallies, err := contest.Recount(leaves)
	if err != nil {
		s.Error(err)
	}
	var stored []store.Standing
	s.view(func(tx *store.Tx) (err error) {
		stored, err = tx.Tallies(s.challenge.ID)
		return err
	})
	for _, t := range stored {
		equal(s.T, fmt.Sprint("tally of entry ", t.Number), t.Tally, tallies[t.Number])
	}
	for _, e := range entries {
		e = s.read(e.ID)
		equal(s.T, fmt.Sprint("score and reach of entry ", e.Number), [2]int64{e.Score, e.Reached}, [2]int64{tallies[e.Number].Score, tallies[e.Number].Reached})
	}
	return leaves
}
