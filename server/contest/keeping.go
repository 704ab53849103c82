package contest

import "time"

// EndsAt is when the challenge is over: both windows have closed, and no announced photo may come any more.
func (c Challenge) EndsAt() time.Time {
	end := c.Entries.Closes.Add(c.Rules.Grace())
	if c.Votes.Closes.After(end) {
		end = c.Votes.Closes
	}
	return end
}

// OriginalsDue reports whether the rules have the challenge's originals removed by now. What staff had asked fans for
// goes with them.
func (c Challenge) OriginalsDue(now time.Time) bool {
	days := c.Rules.OriginalsDays
	return c.Launched() && days > 0 && !now.Before(c.EndsAt().Add(time.Duration(days)*24*time.Hour))
}
