package contest

import "time"

// LeafKind is what a line of the vote log says.
type LeafKind string

// The kinds of leaves.
const (
	Cast    LeafKind = "cast"
	Retract LeafKind = "retract"
)

// Leaf is one line of a challenge's vote log. Position counts from 1 without gaps.
type Leaf struct {
	Position int64
	Kind     LeafKind
	Entry    EntryID
	Fan      FanID
	Period   string
	At       time.Time
}

// Tally is an entry's standing by the log.
type Tally struct {
	Score   int64
	Reached int64
}

// VoteKey names a vote within its challenge.
type VoteKey struct {
	Entry  EntryID
	Fan    FanID
	Period string
}

// Standing returns the votes of a log that were not taken back, each with the position of its leaf. A second cast of
// the same vote and a retraction of none change nothing.
func Standing(leaves []Leaf) map[VoteKey]int64 {
	standing := map[VoteKey]int64{}
	for _, l := range leaves {
		k := VoteKey{l.Entry, l.Fan, l.Period}
		switch l.Kind {
		case Cast:
			if _, ok := standing[k]; !ok {
				standing[k] = l.Position
			}
		case Retract:
			delete(standing, k)
		}
	}
	return standing
}

// Count counts standing votes: each entry's score, and the position of its last counted vote.
func Count(standing map[VoteKey]int64) map[EntryID]Tally {
	tallies := map[EntryID]Tally{}
	for k, position := range standing {
		t := tallies[k.Entry]
		t.Score++
		t.Reached = max(t.Reached, position)
		tallies[k.Entry] = t
	}
	return tallies
}

// Fold recounts a log. It is the definition of a score; the stored one is a copy of it.
func Fold(leaves []Leaf) map[EntryID]Tally { return Count(Standing(leaves)) }
