package ledger

import (
	"encoding/hex"
	"fmt"

	"fanfare/server/contest"
)

// usage counts the votes of each voter that stand, for the limits of the rules.
type usage struct {
	period map[turn]int
	entry  map[choice]int
}

// turn is a voter's period, and choice a voter's entry.
type (
	turn struct {
		voter  [16]byte
		period string
	}
	choice struct {
		voter [16]byte
		entry contest.EntryNumber
	}
)

// apply judges a leaf that can follow by the rules, and counts it.
func (u *usage) apply(c contest.Challenge, l contest.Leaf) error {
	if l.Kind != contest.Cast && l.Kind != contest.Retract {
		return nil
	}
	if u.period == nil {
		u.period, u.entry = map[turn]int{}, map[choice]int{}
	}
	var voter [16]byte
	hex.Decode(voter[:], []byte(l.Voter)) //nolint:errcheck // of a leaf that was parsed
	t, e := turn{voter, l.Period}, choice{voter, l.Entry}
	if l.Kind == contest.Retract {
		if err := c.MayRetract(l.At); err != nil {
			return fmt.Errorf("the rules refuse it: %w", err)
		}
		u.period[t]--
		u.entry[e]--
		return nil
	}
	if err := allowed(c, l, contest.Used{Period: u.period[t], Entry: u.entry[e]}); err != nil {
		return err
	}
	u.period[t]++
	if c.Rules.VotesPerEntry > 0 {
		u.entry[e]++
	}
	return nil
}

// allowed judges a cast as it was judged when it came, as far as leaves and terms tell: not whether the entry was shown, and
// whose it is.
func allowed(c contest.Challenge, l contest.Leaf, used contest.Used) error {
	if want := c.PeriodAt(l.At); l.Period != want {
		return fmt.Errorf("its period is %q, and its time lies in %q", l.Period, want)
	}
	b := contest.Ballot{Fan: "another", Class: l.Class}
	if l.Class == contest.JuryVoter && l.Weight != c.Rules.Weight(l.Class) {
		b.Points = l.Weight
	}
	weight, err := c.MayVote(l.At, contest.Entry{Status: contest.Published}, b, used)
	if err != nil {
		return fmt.Errorf("the rules refuse it: %w", err)
	}
	if weight != l.Weight {
		return fmt.Errorf("its weight is %d, and the rules give a %s voter %d", l.Weight, l.Class, weight)
	}
	return nil
}
