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

// Fold recounts a log: each entry's score, and the position of its last counted vote. It is the definition of a score;
// the stored one is a copy of it. A second cast of the same vote and a retraction of none change nothing.
func Fold(leaves []Leaf) map[EntryID]Tally {
	type key struct {
		entry  EntryID
		fan    FanID
		period string
	}
	standing := map[key]int64{}
	for _, l := range leaves {
		k := key{l.Entry, l.Fan, l.Period}
		switch l.Kind {
		case Cast:
			if _, ok := standing[k]; !ok {
				standing[k] = l.Position
			}
		case Retract:
			delete(standing, k)
		}
	}
	tallies := map[EntryID]Tally{}
	for k, position := range standing {
		t := tallies[k.entry]
		t.Score++
		t.Reached = max(t.Reached, position)
		tallies[k.entry] = t
	}
	return tallies
}
