package contest

import "time"

// Shows is how much of its votes a challenge lets the public see, be they those of now or of a while ago.
type Shows int

// What a challenge shows.
const (
	ScoresShown  Shows = iota
	OrderShown         // who is before whom, and no number
	NothingShown       // neither
)

// Shows says what the rules let be seen; once the result is certified, everything.
func (c Challenge) Shows() Shows {
	switch {
	case c.ShowsScores():
		return ScoresShown
	case c.ShowsRanks():
		return OrderShown
	}
	return NothingShown
}

// InPoints reports whether scores are points, because some votes count more than one.
func (r Rules) InPoints() bool {
	for _, weight := range r.Weights {
		if weight > 1 {
			return true
		}
	}
	return r.JuryPoints > 0
}

// CountDue reports whether a delayed count that was brought up to date at last is to be so again at now. It is due at the
// opening of voting and after each span of Rules.TallyDelayMinutes from there, so that all know when.
func (c Challenge) CountDue(now, last time.Time) bool {
	if c.Rules.Tally != TallyDelayed || !c.Concealed() || now.Before(c.Votes.Opens) {
		return false
	}
	step := time.Duration(c.Rules.TallyDelayMinutes) * time.Minute
	return last.Before(c.Votes.Opens.Add(now.Sub(c.Votes.Opens).Truncate(step)))
}
