package kpi

import (
	"math"
	"math/big"
	"time"
)

// Progress is how far a figure has come on its way to a target.
type Progress struct {
	Actual, Target int64
	Starts, Ends   time.Time // of the campaign
	Now            time.Time
	// Recent is how much of Actual came since Since: the rate at which it goes on. Without a Since it is the whole, since the
	// campaign's start.
	Recent int64
	Since  time.Time
}

// Pace says where a figure is heading.
type Pace struct {
	// Due is what a figure that grows evenly would have reached by now, Actual's measure of being ahead or behind.
	Due int64
	// AtEnd is what Actual comes to at the campaign's end if it goes on at the rate of late.
	AtEnd int64
	// Completion is what that is of the target, in hundredths of a percent.
	Completion int64
	// PerDay is how much more is needed a day from now on to reach the target; 0 where it is reached, or no time is left.
	PerDay int64
}

// Pace works out where the figure is heading; false before the campaign's start, and where there is no target. After the end
// it is what was reached.
func (p Progress) Pace() (Pace, bool) {
	if p.Target <= 0 || !p.Starts.Before(p.Ends) || !p.Now.After(p.Starts) {
		return Pace{}, false
	}
	now := p.Now
	if now.After(p.Ends) {
		now = p.Ends
	}
	left := p.Ends.Sub(now)
	pace := Pace{Due: portion(p.Target, now.Sub(p.Starts), p.Ends.Sub(p.Starts)), AtEnd: p.Actual + p.ahead(now)}
	pace.Completion, _ = Completion(pace.AtEnd, p.Target)
	if p.Actual < p.Target && left > 0 {
		pace.PerDay = ceiling(p.Target-p.Actual, 24*time.Hour, left)
	}
	return pace, true
}

// ahead is how much is still to come at the rate of late.
func (p Progress) ahead(now time.Time) int64 {
	if p.Since.After(p.Starts) && p.Since.Before(now) {
		return portion(p.Recent, p.Ends.Sub(now), now.Sub(p.Since))
	}
	return portion(p.Actual, p.Ends.Sub(now), now.Sub(p.Starts))
}

// portion is a times part over whole, halves rounded away from zero.
func portion(a int64, part, whole time.Duration) int64 {
	return scaled(a, int64(part), int64(whole))
}

// ceiling is a times part over whole, rounded up. All are above zero.
func ceiling(a int64, part, whole time.Duration) int64 {
	n := new(big.Int).Mul(big.NewInt(a), big.NewInt(int64(part)))
	n.Add(n, big.NewInt(int64(whole)-1)).Quo(n, big.NewInt(int64(whole)))
	if !n.IsInt64() {
		return math.MaxInt64
	}
	return n.Int64()
}
