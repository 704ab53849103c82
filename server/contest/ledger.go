package contest

import (
	"encoding/hex"
	"fmt"
	"iter"
)

// VoteState says whether a vote counts.
type VoteState string

// The states. counted → held → counted | excluded; excluded → counted.
const (
	Counted  VoteState = "counted"
	Held     VoteState = "held"
	Excluded VoteState = "excluded"
)

// After returns the state that a decision leads to from s; false where it cannot be taken then.
func (s VoteState) After(k LeafKind) (VoteState, bool) {
	switch {
	case k == Hold && s == Counted:
		return Held, true
	case k == Release && s == Held, k == Restore && s == Excluded:
		return Counted, true
	case k == Exclude && s != Excluded:
		return Excluded, true
	}
	return s, false
}

// Path returns the decisions that lead from s to another state.
func (s VoteState) Path(to VoteState) []LeafKind {
	switch {
	case s == to:
		return nil
	case s == Excluded && to == Held:
		return []LeafKind{Restore, Hold}
	case s == Excluded:
		return []LeafKind{Restore}
	case to == Excluded:
		return []LeafKind{Exclude}
	case to == Held:
		return []LeafKind{Hold}
	}
	return []LeafKind{Release}
}

// VoteKey names a vote within its challenge.
type VoteKey struct {
	Entry  EntryNumber
	Voter  VoterID
	Period string
}

// Key names the vote that a leaf is about.
func (l Leaf) Key() VoteKey { return VoteKey{l.Entry, l.Voter, l.Period} }

// Standing is what the log says of one vote. The state stays with the vote: one that is held, taken back and cast again is held.
type Standing struct {
	Position int64 // of its cast; 0 for a vote that was taken back
	Weight   int
	State    VoteState
}

// Tally is an entry's standing by the log.
type Tally struct {
	Score    int64 // the weights of the votes that stand and count, together
	Votes    int64 // the number of those
	Reached  int64 // position of the last of them; 0 where there is none
	Held     int64 // the number of those that stand and are held
	Excluded int64 // likewise
}

// Add counts a vote; what it does to Reached is right for the vote cast last.
func (t *Tally) Add(v Standing) { t.add(v, 1) }

// Remove takes a vote out of the count. Reached is the caller's, where the vote was the last.
func (t *Tally) Remove(v Standing) { t.add(v, -1) }

func (t *Tally) add(v Standing, n int64) {
	switch {
	case v.Position == 0:
	case v.State == Held:
		t.Held += n
	case v.State == Excluded:
		t.Excluded += n
	default:
		t.Votes += n
		t.Score += n * int64(v.Weight)
		if n > 0 {
			t.Reached = max(t.Reached, v.Position)
		}
	}
}

// Ledger recounts a log, leaf by leaf. It is the definition of a score; the stored one is a copy of it. The zero Ledger is an
// empty log's. It needs about a hundred bytes for each vote.
type Ledger struct {
	last    int64
	votes   map[ledgerKey]Standing
	periods map[string]uint32
	names   []string // of periods
}

// ledgerKey is a VoteKey in few bytes, because a log has millions.
type ledgerKey struct {
	voter  [16]byte
	entry  EntryNumber
	period uint32
}

// Apply takes the log's next leaf, or names why it cannot follow; then it changed nothing. Pads are passed over.
func (g *Ledger) Apply(l Leaf) error {
	if err := l.check(); err != nil || l.Kind == Pad {
		return err
	}
	if l.Position <= g.last {
		return fmt.Errorf("leaf %d comes after leaf %d", l.Position, g.last)
	}
	v, cast := g.Vote(l.Key())
	switch {
	case l.Kind == Cast && v.Position != 0:
		return fmt.Errorf("cast of a vote that stands since leaf %d", v.Position)
	case l.Kind == Cast && !cast:
		v = Standing{State: Counted}
	case l.Kind != Cast && !cast:
		return fmt.Errorf("%s of a vote that was never cast", l.Kind)
	case l.Kind == Retract && v.Position == 0:
		return fmt.Errorf("retract of a vote that does not stand")
	}
	switch l.Kind {
	case Cast:
		v.Position, v.Weight = l.Position, l.Weight
	case Retract:
		v.Position = 0
	default:
		after, ok := v.State.After(l.Kind)
		if !ok {
			return fmt.Errorf("%s of a vote that is %s", l.Kind, v.State)
		}
		v.State = after
	}
	g.set(l.Key(), v)
	g.last = l.Position
	return nil
}

// key returns the short form of a key with a valid pseudonym; false for one of a period that no leaf named.
func (g *Ledger) key(k VoteKey) (ledgerKey, bool) {
	short := ledgerKey{entry: k.Entry}
	hex.Decode(short.voter[:], []byte(k.Voter)) //nolint:errcheck // a valid one's
	period, ok := g.periods[k.Period]
	short.period = period
	return short, ok
}

func (g *Ledger) set(k VoteKey, v Standing) {
	if g.votes == nil {
		g.votes, g.periods = map[ledgerKey]Standing{}, map[string]uint32{}
	}
	if _, ok := g.periods[k.Period]; !ok {
		g.periods[k.Period] = uint32(len(g.names))
		g.names = append(g.names, k.Period)
	}
	short, _ := g.key(k)
	g.votes[short] = v
}

// Vote returns what the leaves so far say of a vote; false for one that was never cast.
func (g *Ledger) Vote(k VoteKey) (Standing, bool) {
	if !k.Voter.Valid() {
		return Standing{}, false
	}
	short, known := g.key(k)
	if !known {
		return Standing{}, false
	}
	v, ok := g.votes[short]
	return v, ok
}

// Take is Vote for who compares the votes with others: the Ledger forgets what it returns.
func (g *Ledger) Take(k VoteKey) (Standing, bool) {
	v, ok := g.Vote(k)
	if ok {
		short, _ := g.key(k)
		delete(g.votes, short)
	}
	return v, ok
}

// Votes goes through all votes that were ever cast, in no order.
func (g *Ledger) Votes() iter.Seq2[VoteKey, Standing] {
	return func(yield func(VoteKey, Standing) bool) {
		for k, v := range g.votes {
			if !yield(VoteKey{k.entry, VoterID(hex.EncodeToString(k.voter[:])), g.names[k.period]}, v) {
				return
			}
		}
	}
}

// Tallies counts the votes of each entry that was ever voted for.
func (g *Ledger) Tallies() map[EntryNumber]Tally {
	tallies := map[EntryNumber]Tally{}
	for k, v := range g.votes {
		t := tallies[k.entry]
		t.Add(v)
		tallies[k.entry] = t
	}
	return tallies
}

// Recount counts a whole log, or names the first leaf that cannot stand where it does.
func Recount(leaves []Leaf) (map[EntryNumber]Tally, error) {
	var g Ledger
	for _, l := range leaves {
		if err := g.Apply(l); err != nil {
			return nil, fmt.Errorf("recount leaf %d: %w", l.Position, err)
		}
	}
	return g.Tallies(), nil
}
