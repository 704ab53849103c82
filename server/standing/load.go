package standing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"fanfare/server/contest"
)

const (
	// loadTimeout ends a reading of a whole board; ten million entries take less.
	loadTimeout = 2 * time.Minute
	// mergeStep is how many changes of a reading are applied before others get the lock again: the writer must not wait
	// for a whole board.
	mergeStep = 1000
)

// load returns the challenge's board when it is loaded. Any number of callers wait for one reading, which goes on when
// they leave; after a failure the next caller tries again.
func (b *Boards) load(ctx context.Context, challenge contest.ChallengeID) (*board, error) {
	board := b.board(challenge)
	if board.loaded.Load() {
		return board, nil
	}
	err := b.flights.do(ctx, board.reading(), func(ctx context.Context) error {
		if board.loaded.Load() { // since we looked
			return nil
		}
		return b.read(ctx, board)
	})
	if err != nil {
		return nil, fmt.Errorf("load board %s: %w", challenge, err)
	}
	return board, nil
}

// refresh compares a loaded board with the source.
func (b *Boards) refresh(ctx context.Context, board *board) error {
	return b.flights.do(ctx, board.reading(), func(ctx context.Context) error { return b.read(ctx, board) })
}

// reading names the flight that reads the board.
func (b *board) reading() string { return "board " + string(b.challenge) }

// read reads the source and merges what it says. It runs once at a time for each board.
func (b *Boards) read(ctx context.Context, board *board) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	began := time.Now()
	board.beginReading()
	defer board.endReading()
	reading, err := b.source.Read(ctx, board.challenge)
	if err != nil {
		board.doubtAgain()
		return err
	}
	board.name(reading.Cities, reading.Partners)
	differences := board.merge(reading.Changes)
	board.show(reading.Shows, reading.AsAt) // only now, or scores would show while some of them are not there yet
	before := board.wasRead(began)
	if !board.loaded.Swap(true) {
		board.wake()
		return nil
	}
	b.repaired.Add(uint64(differences))
	if differences == 0 || !board.risesSince(before) {
		return nil
	}
	if err := b.seed(ctx, board); err != nil {
		board.doubtAgain()
		return err
	}
	return nil
}

func (b *board) beginReading() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.touched, b.doubtful = map[contest.EntryNumber]struct{}{}, false
}

// wasRead says that a reading which began at a time was merged, and returns when the one before began.
func (b *board) wasRead(began time.Time) (before time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before, b.readAt = b.readAt, began
	b.askAgain()
	return before
}

// doubtAgain takes back that a reading began, after it failed; a board that was never loaded waits for the next caller.
func (b *board) doubtAgain() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.doubtful = b.loaded.Load()
}

func (b *board) endReading() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.touched = nil
}

// wake tells the watchers that there is a board now.
func (b *board) wake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wakeAll()
}

// merge applies a reading of the source, and returns how many differences it found.
func (b *board) merge(changes []contest.Change) (differences int) {
	for chunk := range slices.Chunk(changes, mergeStep) {
		differences += b.takeStep(chunk)
	}
	return differences + b.removeAbsent(changes)
}

func (b *board) takeStep(chunk []contest.Change) (differences int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.take(chunk)
}

// removeAbsent takes entries off that the reading does not show any more. Those that changed since it began are newer
// than the reading, and stay.
func (b *board) removeAbsent(changes []contest.Change) (removed int) {
	if b.len() == countVisible(changes) {
		return 0 // so far as nothing else happens at this moment, the same entries; the next reading will tell
	}
	present := make(map[contest.EntryNumber]struct{}, len(changes))
	for _, c := range changes {
		present[c.Number] = struct{}{}
	}
	b.walk(func(number contest.EntryNumber, k *known) {
		_, there := present[number]
		_, newer := b.touched[number]
		if row, shown := b.overall.ranks.Row(uint32(number)); shown && !there && !newer {
			k.version++ // becoming invisible has raised it by one at least
			b.takeOff(k, row)
			removed++
		}
	})
	return removed
}

func countVisible(changes []contest.Change) (n int) {
	for _, c := range changes {
		if c.Visible {
			n++
		}
	}
	return n
}
