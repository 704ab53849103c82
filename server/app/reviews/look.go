package reviews

import (
	"context"
	"errors"

	"fanfare/server/contest"
	"fanfare/server/store"
)

const (
	groupsShown  = 20 // of one trait: who has looked at them looks again
	entriesShown = 5  // of a group: it is for few entries, or it says little
	batchesShown = 30
)

// Desk is what staff see of a challenge's votes first.
type Desk struct {
	Totals     store.VoteTotals
	Groups     []Group
	Complaints []Complaint
	Proposals  []Proposal
	Batches    []Batch
}

// Group is votes that have a trait in common, with the entries that most of them are for.
type Group struct {
	store.VoteGroup
	Filter store.VoteFilter
	For    []store.EntryVotes
	// Of is how many votes of whatever kind the entry has, where the group is of one.
	Of int64
}

// Batch is an act about votes with the names of who took it.
type Batch struct {
	contest.VoteBatch
	Name, SecondName string
}

// Desk returns what staff see of a challenge's votes first: the groups of one trait, what waits, and what was decided. On
// millions of votes it takes seconds, because it reads all of them.
func (s *Service) Desk(ctx context.Context, c contest.ChallengeID, trait store.Trait) (d Desk, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		all, err := tx.VoteTotals()
		if err != nil {
			return err
		}
		d.Totals = all[c]
		if d.Groups, err = groups(tx, c, trait); err != nil {
			return err
		}
		if d.Complaints, err = complaints(tx, c); err != nil {
			return err
		}
		if d.Proposals, err = proposals(tx, c); err != nil {
			return err
		}
		d.Batches, err = batches(tx, c)
		return err
	})
	return d, err
}

func groups(tx *store.Tx, c contest.ChallengeID, trait store.Trait) ([]Group, error) {
	found, err := tx.VoteGroups(c, trait, groupsShown)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	filters := make([]store.VoteFilter, len(found))
	for i, g := range found {
		filters[i] = store.VoteFilter{Trait: trait, Key: g.Key, Entry: g.Entry}
	}
	voted, err := tx.EntriesOfGroups(c, trait, found, entriesShown)
	if err != nil {
		return nil, err
	}
	of, err := standingVotes(tx, c)
	if err != nil {
		return nil, err
	}
	list := make([]Group, len(found))
	for i, g := range found {
		list[i] = Group{g, filters[i], voted[g.Key], of[g.Entry]}
	}
	return list, nil
}

// standingVotes counts the votes of each entry, in whatever state.
func standingVotes(tx *store.Tx, c contest.ChallengeID) (map[contest.EntryNumber]int64, error) {
	tallies, err := tx.Tallies(c)
	of := make(map[contest.EntryNumber]int64, len(tallies))
	for _, t := range tallies {
		of[t.Number] = t.Votes + t.Held + t.Excluded
	}
	return of, err
}

func batches(tx *store.Tx, c contest.ChallengeID) ([]Batch, error) {
	found, err := tx.VoteBatches(c, batchesShown)
	if err != nil {
		return nil, err
	}
	list := make([]Batch, len(found))
	for i, b := range found {
		name, errName := tx.StaffName(b.Staff)
		second, errSecond := tx.StaffName(b.Second)
		if err := errors.Join(errName, errSecond); err != nil {
			return nil, err
		}
		list[i] = Batch{b, name, second}
	}
	return list, nil
}

// votesShown is a page of votes to tick.
const votesShown = 100

// List is a page of a group's votes, the newest first.
type List struct {
	store.VoteGroup
	For  []store.EntryVotes
	Rows []store.VoteRow
	// Upto is the position of the group's newest vote: what is decided about the whole group goes as far.
	Upto int64
	// Next is the position up to which the next page goes; 0 on the last one.
	Next int64
}

// Votes returns a page of what a filter finds: the one that begins at a position of the log, or the first for 0.
func (s *Service) Votes(ctx context.Context, c contest.ChallengeID, f store.VoteFilter, from int64) (l List, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		newest, err := tx.VoteRows(c, f, 1)
		if err != nil || len(newest) == 0 {
			return err
		}
		l.Upto, f.Upto = newest[0].Position, newest[0].Position
		if l.VoteGroup, err = tx.VotesFound(c, f); err != nil {
			return err
		}
		if l.For, err = tx.EntriesVoted(c, f, groupsShown); err != nil {
			return err
		}
		if from != 0 {
			f.Upto = from
		}
		rows, err := tx.VoteRows(c, f, votesShown+1)
		if len(rows) > votesShown {
			l.Next, rows = rows[votesShown].Position, rows[:votesShown]
		}
		l.Rows = rows
		return err
	})
	return l, err
}

// Batch returns what was decided about votes in one act.
func (s *Service) Batch(ctx context.Context, id contest.BatchID) (b contest.VoteBatch, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		b, err = tx.VoteBatch(id)
		return err
	})
	return b, err
}

// Proposal returns what waits for a second person, or waited.
func (s *Service) Proposal(ctx context.Context, id contest.ProposalID) (p contest.VoteProposal, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err := tx.VoteProposal(id)
		p = found.VoteProposal
		return err
	})
	return p, err
}

// Entry returns the entry with a number in a challenge.
func (s *Service) Entry(ctx context.Context, c contest.ChallengeID, number contest.EntryNumber) (e contest.Entry, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		e, err = tx.EntryNumbered(c, number)
		return err
	})
	return e, err
}
