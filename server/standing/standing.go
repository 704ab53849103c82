// Package standing holds the boards in memory: who is where in each challenge, right now. It is fed by committed changes
// and by the other replicas' through the bus, and is what the application and the live rooms read.
//
// It knows numbers and versions; it refuses to know SQL, sockets and rules. Everything here is derived: the database is
// the truth, a board is loaded from it on first use and compared with it on a timer.
package standing

import (
	"context"

	"fanfare/server/bus"
	"fanfare/server/contest"
)

// Source is the database as standing needs it.
type Source interface {
	// Changes returns the present place of every published entry of a challenge.
	Changes(ctx context.Context, challenge contest.ChallengeID) ([]contest.Change, error)
	// Cards returns what rows show beside their score, in any order. An entry that is not published any more is left
	// out.
	Cards(ctx context.Context, challenge contest.ChallengeID, entries []contest.EntryID) ([]Card, error)
}

// Card is what a row shows beside its score.
type Card struct {
	Number  contest.EntryNumber
	Entry   contest.EntryID
	Caption string
	Author  string
	City    string // a contest.Choice's ID, or empty
	Photo   contest.Photo
}

// Row is one place of a board. Where its card could not be loaded, Number and Entry are still right, the card's other
// fields are empty and HasCard is false.
type Row struct {
	Rank    int // from 1; no two rows share one
	Score   int64
	HasCard bool
	Card
}

// Snapshot is the top of a board at one moment.
type Snapshot struct {
	Entries int   // published entries on the board
	Votes   int64 // votes counted for them
	Rows    []Row
	// Version grows with each change of what a snapshot shows. It means nothing beyond this Boards: see Epoch.
	Version uint64
}

// Place is where one entry stands.
type Place struct {
	Rank, Of int
	Score    int64
	// Behind is how many votes the next better place has more: 0 for the first, and where a tie was decided by who
	// reached the score first.
	Behind int64
}

// Placed is one entry in the order of its board.
type Placed struct {
	Entry  contest.EntryID
	Number contest.EntryNumber
	Rank   int
	Score  int64
}

// Boards are all boards of this replica.
type Boards struct{}

// New returns boards that read source, and tell and hear the other replicas by b. Close ends them; the bus stays the caller's.
func New(source Source, b bus.Bus) (*Boards, error) { return &Boards{}, nil }

// Epoch is drawn at random by New. Versions and counters of two epochs cannot be compared.
func (b *Boards) Epoch() uint64 { return 0 }

// Committed applies what the writer committed, and tells the other replicas. It never waits for I/O.
func (b *Boards) Committed(changes []contest.Change) {}

// Top returns the first n rows with their cards.
func (b *Boards) Top(ctx context.Context, challenge contest.ChallengeID, n int) (Snapshot, error) {
	return Snapshot{}, nil
}

// Place returns where the entry stands; false if it is not on the board.
func (b *Boards) Place(ctx context.Context, challenge contest.ChallengeID, number contest.EntryNumber) (Place, bool, error) {
	return Place{}, false, nil
}

// Order returns up to n entries from the rank on (the first is 1), best first.
func (b *Boards) Order(ctx context.Context, challenge contest.ChallengeID, from, n int) ([]Placed, error) {
	return nil, nil
}

// Watch returns a channel that holds a token when the board changed since the last one was taken: many changes, one
// token. The board need not be loaded. Cancel frees it; the channel is never closed.
func (b *Boards) Watch(challenge contest.ChallengeID) (changed <-chan struct{}, cancel func()) {
	return nil, func() {}
}

// Invalidate forgets the entry's card, here and in the other replicas, after its caption or photo changed.
func (b *Boards) Invalidate(challenge contest.ChallengeID, entry contest.EntryID) {}

// Close ends the timer and the subscription, and waits for them.
func (b *Boards) Close() {}
