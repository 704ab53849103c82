package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
	"fanfare/server/contest"
	"fanfare/server/store"
)

const (
	fillBatch = 10_000 // votes in a commit, when a database is filled
	// calmShare is how much of a processor a server uses at most that only looks after its boards.
	calmShare = 0.2
	calmLimit = 20 * time.Minute // for sealing and indexing what a filled database has
)

// filling is what a challenge is filled with before it is measured.
type filling struct {
	votes, entries int
	scores         map[string]int64 // by entry, once it is filled
}

// fill casts the votes into a database that nobody serves.
func (f *filling) fill(ctx context.Context, file string) (challenge contest.ChallengeID, err error) {
	f.scores = map[string]int64{}
	s, closed, err := openFile(file)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, closed()) }()
	var c contest.Challenge
	err = s.View(ctx, func(tx *store.Tx) (err error) { c, err = tx.ChallengeBySlug(load.Challenge); return err })
	if err != nil {
		return "", err
	}
	entries, err := f.enter(ctx, s, c)
	for first := 0; err == nil && first < f.votes; first += fillBatch {
		err = s.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
			for n := first; n < min(first+fillBatch, f.votes); n++ {
				if err := f.cast(tx, c, entries, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c.ID, err
}

// enter fills the challenge up with entries, all by the first one's fan and with its photo, and returns them all.
func (f *filling) enter(ctx context.Context, s *store.Store, c contest.Challenge) (entries []contest.EntryID, err error) {
	err = s.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		changes, err := tx.Changes(c.ID)
		if err != nil {
			return err
		}
		entries = nil
		for _, change := range changes {
			entries = append(entries, change.Entry)
			f.scores[string(change.Entry)] = change.Score
		}
		e, err := tx.Entry(entries[0])
		for n := len(entries); err == nil && n < f.entries; n++ {
			e.ID, e.Number = "", 0
			e, err = tx.InsertEntry(e)
			entries = append(entries, e.ID)
		}
		return err
	})
	return entries, err
}

// votesEach is how many entries a voter of a filled database votes for.
const votesEach = 10

// cast casts the n-th vote.
func (f *filling) cast(tx *store.Tx, c contest.Challenge, entries []contest.EntryID, n int) error {
	voter, turn := n/votesEach, n%votesEach
	entry := entries[(voter*voter%len(entries)+turn)%len(entries)] // some have more votes than others
	v, err := tx.Cast(contest.Ballot{
		Challenge: c.ID, Entry: entry, Voter: contest.VoterID(voterName(voter)), Class: contest.GuestVoter,
	}, c.PeriodAt(tx.Now()), 1, store.Origin{Source: fmt.Sprintf("%016x", voter/3), Agent: fmt.Sprintf("%016x", voter%7)})
	if err == nil && !v.Already {
		f.scores[string(entry)] = v.Change.Score
	}
	return err
}

// enterInto fills a target's data, and serves it until the server has sealed and indexed everything: a start on a copy does not
// work that off while it is measured.
func (f *filling) enterInto(ctx context.Context, t target) error {
	if _, err := f.fill(ctx, filepath.Join(t.data, "fanfare.db")); err != nil {
		return err
	}
	spec := t.spec
	spec.Data = t.data
	p, err := process.Start(ctx, spec)
	if err != nil {
		return err
	}
	return errors.Join(calm(ctx, p), p.Stop())
}

// calm waits until the server has sealed and indexed what it found at its start.
func calm(ctx context.Context, p *process.Process) error {
	ctx, cancel := context.WithTimeout(ctx, calmLimit)
	defer cancel()
	const look = 3 * time.Second // longer than pauses in that work
	for last := time.Duration(-1); ; {
		u, err := p.Usage()
		if err != nil {
			return err
		}
		if last >= 0 && (u.CPU-last).Seconds() < calmShare*look.Seconds() {
			return nil
		}
		last = u.CPU
		if err := pause(ctx, look); err != nil {
			return fmt.Errorf("the server does not come to rest: %w", err)
		}
	}
}
