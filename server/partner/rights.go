package partner

import (
	"time"

	"fanfare/server/contest"
)

// Refusal is a stable code for why an entry may not be reposted; empty where it may be. Surfaces translate it.
type Refusal string

// The refusals. What hides an entry from the public comes first: then it does not matter what its fan allowed.
const (
	NotShown  Refusal = "not_shown"      // it is not published, a takedown hides it, or the result passes it over
	NotAsked  Refusal = "rights_none"    // the fan never allowed it
	TakenBack Refusal = "rights_taken"   // the fan allows it no longer
	TermOver  Refusal = "rights_over"    // the term that the fan set is over
	NotHere   Refusal = "rights_outlets" // the fan allows it, but elsewhere
)

// May says whether partners may repost an entry on an outlet, by the newest grant of its fan. It is asked at every request that
// shows partners the entry or anything made of it, and nothing of that outlives the request: a fan's no counts at once.
func May(e contest.Entry, g Grant, o Outlet, now time.Time) Refusal {
	if refusal := MayAny(e, g, now); refusal != "" {
		return refusal
	}
	if !g.Allows(o, now) {
		return NotHere
	}
	return ""
}

// MayAny says whether partners may repost an entry anywhere.
func MayAny(e contest.Entry, g Grant, now time.Time) Refusal {
	switch {
	case e.Status != contest.Published || e.Takedown != "" || e.PassedOver != "":
		return NotShown
	case g.Version == 0:
		return NotAsked
	case len(g.Outlets) == 0:
		return TakenBack
	case !g.Open(now):
		return TermOver
	}
	return ""
}
