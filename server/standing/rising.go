package standing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/rank"
)

// Gains are what entries gained lately.
type Gains struct {
	// Changes are the places, at that moment, of all entries about which the vote log says something since then.
	Changes []contest.Change
	Gains   []Gain
}

// Gain is what an entry gained at about a time, or lost, below zero.
type Gain struct {
	Number contest.EntryNumber
	At     time.Time
	Score  int64
}

const (
	// gainsTimeout ends a reading of an hour of the log: a thousand votes a second take less.
	gainsTimeout = time.Minute
	// lateGain is how late a gain may be heard of without asking the log for its time: as exact as the Window's end is.
	lateGain = 5 * time.Minute
	// ageStep is how many entries' gains become old before others get the lock again.
	ageStep = 500
)

var risingScope = contest.Scope{Kind: contest.RisingBoard}

// rising is what entries gained within the last hour. It is there only while the public sees scores of now: when it is first asked
// for, it begins with what the vote log says, so that a start forgets nothing.
type rising struct {
	gains *rank.Rising // nil while there is no list
	seed  *seed        // nil while the log is not being read
}

// seed is what rises while the log is being read.
type seed struct {
	gains rank.Rising
	// since has what entries gained since the log was read, or may have been.
	since map[uint32]int64
}

// gained tells what rises, and the pulse, of a score that changed. The lock is held.
func (b *board) gained(number uint32, gain, reached int64, now time.Time) {
	went := b.votes.reach(reached)
	if !b.live() || !b.loaded.Load() {
		return
	}
	b.votes.beat(gain, went, now)
	if s := b.rising.seed; s != nil {
		s.since[number] += gain
	}
	if r := b.rising.gains; r != nil {
		was, _ := r.Board().Row(number)
		r.Gain(number, gain, reached, now)
		if is, _ := r.Board().Row(number); is != was {
			b.changed(b.lists[risingScope].news)
		}
	}
}

// fall takes an entry off. What it gained until now is not remembered should it come back. The lock is held.
func (b *board) fall(number uint32) {
	if s := b.rising.seed; s != nil {
		delete(s.since, number)
		s.gains.Forget(number)
	}
	if r := b.rising.gains; r != nil {
		r.Forget(number)
		b.changed(b.lists[risingScope].news)
	}
}

// endRising forgets what rises. The lock is held.
func (b *board) endRising() {
	b.rising.seed = nil
	if l := b.lists[risingScope]; l != nil {
		b.dropList(l)
	}
}

// risesSince reports whether the board of what rises should begin again, because what was missed since a time may have been gained
// so long ago that it matters when. Until then it counts as gained when it is heard of.
func (b *board) risesSince(since time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rising.gains != nil && time.Since(since) > lateGain
}

// age lets gains become old, and reports whether there are more to be looked at.
func (b *board) age(now time.Time) (more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rising.gains == nil {
		return false
	}
	changed, more := b.rising.gains.Advance(now, ageStep)
	if changed {
		b.changed(b.lists[risingScope].news)
	}
	return more
}

// seed has what rises begin again with what the log says.
func (b *Boards) seed(ctx context.Context, board *board) error {
	err := b.flights.do(ctx, "rising of "+string(board.challenge), func(ctx context.Context) error { return b.readGains(ctx, board) })
	if err != nil {
		return fmt.Errorf("read what rises on board %s: %w", board.challenge, err)
	}
	return nil
}

func (b *Boards) readGains(ctx context.Context, board *board) error {
	ctx, cancel := context.WithTimeout(ctx, gainsTimeout)
	defer cancel()
	s := board.beginSeed()
	read, err := b.source.Gains(ctx, board.challenge, time.Now().Add(-rank.Window))
	if err == nil {
		for chunk := range slices.Chunk(read.Changes, mergeStep) {
			board.takeSeedPlaces(s, chunk)
		}
		for chunk := range slices.Chunk(read.Gains, mergeStep) {
			board.takeSeed(s, chunk)
		}
	}
	board.endSeed(s, err == nil)
	return err
}

func (b *board) beginSeed() *seed {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rising.seed = &seed{since: map[uint32]int64{}}
	return b.rising.seed
}

// takeSeedPlaces takes the places of entries when the log was read. What they gained since is the difference to now, whether we
// heard of it while the log was read or before.
func (b *board) takeSeedPlaces(s *seed, changes []contest.Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.take(changes)
	for _, c := range changes {
		delete(s.since, uint32(c.Number))
		row, visible := b.overall.ranks.Row(uint32(c.Number))
		if gain := row.Score - c.Score; visible && gain != 0 {
			s.since[row.Number] = gain
		}
	}
}

func (b *board) takeSeed(s *seed, gains []Gain) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range gains {
		if row, visible := b.overall.ranks.Row(uint32(g.Number)); visible {
			s.gains.Gain(row.Number, g.Score, row.Reached, g.At)
		}
	}
}

// endSeed puts what the log says in the place of what rose before, unless the public does not see scores of now any more.
func (b *board) endSeed(s *seed, read bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rising.seed != s {
		return
	}
	b.rising.seed = nil
	if !read || !b.live() {
		return
	}
	now := time.Now()
	for number, gain := range s.since {
		if row, visible := b.overall.ranks.Row(number); visible {
			s.gains.Gain(number, gain, row.Reached, now)
		}
	}
	b.rising.gains = &s.gains
	l := &list{of: b, scope: risingScope, ranks: s.gains.Board(), news: b.newsOf(risingScope), ready: true, used: now}
	b.lists[risingScope] = l
	b.changed(l.news)
}
