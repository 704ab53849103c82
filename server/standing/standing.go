// Package standing holds the boards in memory: who is where in each challenge, right now. It is fed by committed changes
// and by the other replicas' through the bus, and is what the application and the live rooms read.
//
// It knows numbers and versions; it refuses to know SQL, sockets and rules. Everything here is derived: the database is
// the truth, a board is loaded from it on first use and compared with it on a timer.
package standing

import (
	"context"

	"fanfare/server/contest"
)

// Source is the database as standing needs it.
type Source interface {
	// Changes returns the present place of every published entry of a challenge, as committed when it was called or
	// later. Others may be among them, not visible.
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
