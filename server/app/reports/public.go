package reports

import (
	"cmp"
	"maps"
	"slices"

	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// Public returns the report as somebody without an account may read it: without the votes of challenges whose numbers the rules
// conceal until the result is certified, without what would tell of them, and without posts that are to be taken down.
func (c Closing) Public() Closing {
	c.Posts = slices.DeleteFunc(slices.Clone(c.Posts), func(p store.RepostFigures) bool { return !p.TakedownAsked.IsZero() })
	for _, ch := range c.Challenges {
		if ch.Concealed() || !ch.ShowsScores() {
			c.Concealed = append(c.Concealed, ch)
		}
	}
	if len(c.Concealed) == 0 {
		return c
	}
	c.Figures = slices.DeleteFunc(slices.Clone(c.Figures), func(f numbers.Figure) bool { return tells(f.Metric) })
	c.Channels, c.Partners = silent(c.Channels), silent(c.Partners)
	c.Cities = slices.Clone(c.Cities)
	for i := range c.Cities {
		c.Cities[i].Votes = 0
	}
	slices.SortFunc(c.Cities, func(a, b numbers.City) int { // not by what they were sorted by before, which was votes
		return cmp.Or(cmp.Compare(b.Entries, a.Entries), cmp.Compare(a.ID, b.ID))
	})
	c.Engaging = slices.DeleteFunc(slices.Clone(c.Engaging), func(e numbers.Entry) bool { return c.Conceals(e.Challenge) })
	c.Selling = slices.Clone(c.Selling)
	for i, e := range c.Selling {
		if c.Conceals(e.Challenge) {
			c.Selling[i].Votes = 0
		}
	}
	c.Changes = slices.DeleteFunc(slices.Clone(c.Changes), func(change Change) bool { return change.ofVotes() && c.Conceals(change.Challenge) })
	return c
}

// tells reports whether a metric's number tells how many votes there are. Participants are among them: a voter is one.
func tells(m kpi.Metric) bool { return m == kpi.Votes || m == kpi.Participants }

// Conceals reports whether the report leaves out the votes of a challenge.
func (c Closing) Conceals(id contest.ChallengeID) bool {
	return slices.ContainsFunc(c.Concealed, func(ch contest.Challenge) bool { return ch.ID == id })
}

// ofVotes reports whether a change is a ruling about votes.
func (c Change) ofVotes() bool {
	return slices.Contains(slices.Collect(maps.Values(rulings)), c.Kind)
}

// silent are groups without what tells of votes.
func silent(groups []numbers.Group) []numbers.Group {
	groups = slices.Clone(groups)
	for i, g := range groups {
		groups[i].Measured = maps.Clone(g.Measured)
		maps.DeleteFunc(groups[i].Measured, func(m kpi.Metric, _ int64) bool { return tells(m) })
	}
	return groups
}
