package contest

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
