// Package standing holds the boards in memory: who is where in each challenge, right now, among all entries, those of a city, a
// partner or a tag, those that rise, and some that are compared; and where cities and partners stand. It is fed by committed changes
// and by the other replicas' through the bus, and is what the application and the live rooms read.
//
// It knows numbers and versions, and how much of them may leave; it refuses to know SQL, sockets and rules. Everything
// here is derived: the database is the truth, a board is loaded from it on first use and compared with it on a timer. All boards of
// a challenge follow from the scores that the overall one shows, so that none tells what that one keeps back.
package standing

import (
	"context"
	"time"

	"fanfare/server/contest"
)

// Source is the database as standing needs it.
type Source interface {
	// Read returns a challenge's board as committed when it was called or later.
	Read(ctx context.Context, challenge contest.ChallengeID) (Reading, error)
	// Cards returns what rows show beside their score, in any order. An entry that is not published any more is left
	// out.
	Cards(ctx context.Context, challenge contest.ChallengeID, entries []contest.EntryID) ([]Card, error)
	// Members returns where the published entries belong whose numbers are from first to last.
	Members(ctx context.Context, challenge contest.ChallengeID, first, last contest.EntryNumber) ([]Member, error)
	// Gains returns what entries gained since a time, in one reading with their places.
	Gains(ctx context.Context, challenge contest.ChallengeID, since time.Time) (Gains, error)
}

// Reading is a board as the source has it. Scores that nobody may know yet are not in it: it has others in their place.
type Reading struct {
	// Changes is the present place of every published entry. Others may be among them, not visible.
	Changes []contest.Change
	Shows   contest.Shows
	// AsAt is when the scores were so; zero where they are those of now.
	AsAt time.Time
	// Cities and Partners are the contest.Choices' IDs, in the order of the terms.
	Cities, Partners []string
}

// shownScore is what is shown of a score, or of a number made of scores.
func shownScore(s contest.Shows, score int64) int64 {
	if s != contest.ScoresShown {
		return 0
	}
	return score
}

// shownRank is what is shown of a rank.
func shownRank(s contest.Shows, rank int) int {
	if s == contest.NothingShown {
		return 0
	}
	return rank
}

// Card is what a row shows beside its score.
type Card struct {
	Number  contest.EntryNumber
	Entry   contest.EntryID
	Caption string
	Author  string
	City    string // a contest.Choice's ID, or empty
	Partner string // likewise
	Tags    []string
	Photo   contest.Photo
	// SubmittedAt is when the fan sent it.
	SubmittedAt time.Time
}

// Key names a board.
type Key struct {
	Challenge contest.ChallengeID
	Scope     contest.Scope
}

// Overall is the board of all entries of a challenge.
func Overall(challenge contest.ChallengeID) Key { return Key{Challenge: challenge} }

// Row is one place of a board. Where its card could not be loaded, Number and Entry are still right, the card's other
// fields are empty and HasCard is false. On a board of groups, Number is the group's place in the list of the terms, from 1,
// and there is no entry.
type Row struct {
	// Rank is from 1, and no two rows share one; 0 where the board shows nothing, and for a group that has no place. On a
	// board of friends it is the rank among all.
	Rank int
	// Score is 0 where the board does not show it. It is votes in all, those gained lately on the board of what rises, and
	// hundredths of a vote on boards of averages.
	Score   int64
	HasCard bool
	Card
	Group   string // a contest.Choice's ID, on boards of groups
	Members int    // entries of the group
}

// Snapshot is some rows of a board at one moment.
type Snapshot struct {
	Entries int   // published entries on the board; of a board of groups, in all of them
	Votes   int64 // votes counted for them; 0 where the board does not show scores
	Rows    []Row
	Shows   contest.Shows
	AsAt    time.Time // when the scores were so; zero where they are those of now
	// Version grows with each change of what a snapshot shows. It means nothing beyond this Boards: see Epoch.
	Version uint64
}

// Place is where one entry stands, as far as its board shows it: Rank is 0 where it shows nothing, Score and Behind are 0
// where it shows no scores.
type Place struct {
	Entry    contest.EntryID
	Rank, Of int
	Score    int64
	// Behind is how many votes the next better place has more: 0 for the first, and where a tie was decided by who
	// reached the score first.
	Behind int64
	Shows  contest.Shows
	AsAt   time.Time // as of a Snapshot
}

// Placed is one entry in the order of its board, with the rank and the score as far as the board shows them.
type Placed struct {
	Entry  contest.EntryID
	Number contest.EntryNumber
	Rank   int
	Score  int64
}
