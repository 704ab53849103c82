package kpi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"fanfare/server/contest"
)

// Plan is what a campaign sets out to do, and what its numbers are measured against. Launching the campaign locks it; what
// has to change after that is an Amendment.
type Plan struct {
	// TimeZone is an IANA name; the campaign's days are days in it.
	TimeZone string `json:"time_zone"`
	// Starts is the first moment of the campaign's period, Ends the first one after it.
	Starts time.Time `json:"starts"`
	Ends   time.Time `json:"ends"`
	// Currency is the one that sums are reported in.
	Currency Currency `json:"currency"`
	// AttributionDays is how long after a click an order still counts for its link.
	AttributionDays int              `json:"attribution_days"`
	Budget          int64            `json:"budget"` // minor units of the currency
	Channels        []Channel        `json:"channels"`
	Partners        []contest.Choice `json:"partners"`
	Baseline        Baseline         `json:"baseline"`
	Targets         map[Metric]int64 `json:"targets"`
	Prizes          []Prize          `json:"prizes"`
	// PrizeTerms is how winners are chosen, when, and how prizes reach them, as the public reads it.
	PrizeTerms contest.Text `json:"prize_terms"`
	// Mechanics are those of the campaign that platforms or laws look at.
	Mechanics []Mechanic `json:"mechanics"`
}

// Channel is a way on which people come.
type Channel struct {
	ID     ChannelID    `json:"id"`
	Name   contest.Text `json:"name"`
	Budget int64        `json:"budget"` // minor units of the plan's currency
}

// Baseline are the figures of an earlier period, which uplift is measured against. They are entered: they may be older
// than Fanfare.
type Baseline struct {
	Label   string           `json:"label"`
	Starts  time.Time        `json:"starts"`
	Ends    time.Time        `json:"ends"`
	Figures map[Metric]int64 `json:"figures"`
}

// Award says how the winners of a prize are chosen.
type Award string

// The awards.
const (
	ByRank Award = "rank" // the best places
	ByDraw Award = "draw" // chance
)

// Prize is what winners get.
type Prize struct {
	Name     contest.Text `json:"name"`
	Value    int64        `json:"value"` // of one, in minor units
	Currency Currency     `json:"currency"`
	Count    int          `json:"count"`
	How      Award        `json:"how"`
}

// Mechanic is something that a campaign asks of its fans, in exchange for something.
type Mechanic string

// The mechanics.
const (
	RewardedSharing   Mechanic = "rewarded_sharing"   // something for sharing
	RequiredSharing   Mechanic = "required_sharing"   // no further without sharing
	FriendsHelp       Mechanic = "friends_help"       // friends' clicks raise one's chance or price
	RewardedFollowing Mechanic = "rewarded_following" // something for following an account
)

// Mechanics are all of them, in the order in which people read them.
var Mechanics = []Mechanic{RewardedSharing, RequiredSharing, FriendsHelp, RewardedFollowing}

// What a plan begins with.
const (
	startingZone        = "Asia/Shanghai"
	startingCurrency    = "CNY"
	startingAttribution = 7
)

// StartingPlan is the plan of a campaign for which nobody has written one.
func StartingPlan() Plan {
	return Plan{TimeZone: startingZone, Currency: startingCurrency, AttributionDays: startingAttribution}.tidy()
}

// Location is the plan's time zone.
func (p Plan) Location() *time.Location {
	zone, _ := contest.Zone(p.TimeZone)
	return zone
}

// Day returns the day that a time lies on in the plan's time zone, as "2026-11-22".
func (p Plan) Day(t time.Time) string { return DayOf(t, p.Location()) }

// LastDay returns the last day of the campaign's period; empty while it has none.
func (p Plan) LastDay() string {
	if p.Ends.IsZero() {
		return ""
	}
	return p.Day(p.Ends.Add(-time.Nanosecond))
}

// Running reports whether now lies in the campaign's period.
func (p Plan) Running(now time.Time) bool { return !now.Before(p.Starts) && now.Before(p.Ends) }

// Attribution is how long after a click an order still counts for its link.
func (p Plan) Attribution() time.Duration { return time.Duration(p.AttributionDays) * 24 * time.Hour }

// Channel returns the channel of an identifier.
func (p Plan) Channel(id ChannelID) (Channel, bool) {
	for _, c := range p.Channels {
		if c.ID == id {
			return c, true
		}
	}
	return Channel{}, false
}

// Partner returns the partner of an identifier.
func (p Plan) Partner(id PartnerID) (contest.Choice, bool) {
	for _, c := range p.Partners {
		if c.ID == string(id) {
			return c, true
		}
	}
	return contest.Choice{}, false
}

// Uses reports whether the campaign has a mechanic.
func (p Plan) Uses(m Mechanic) bool {
	for _, used := range p.Mechanics {
		if used == m {
			return true
		}
	}
	return false
}

// JSON returns the plan as it is hashed: fields in the order of the types, metrics in that of their names, times in UTC and
// whole milliseconds, no list null. Only a year beyond 9999, which Validate refuses, cannot be written; then it is nil.
func (p Plan) JSON() []byte {
	b, err := json.Marshal(p.tidy())
	if err != nil {
		return nil
	}
	return b
}

// Hash returns SHA-256 of the plan as JSON, in hexadecimal; empty where it cannot be written.
func (p Plan) Hash() string { return hashed(p.JSON()) }

func hashed(b []byte) string {
	if b == nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// tidy returns the plan in the one form that two equal plans share.
func (p Plan) tidy() Plan {
	for _, t := range []*time.Time{&p.Starts, &p.Ends, &p.Baseline.Starts, &p.Baseline.Ends} {
		*t = t.UTC().Truncate(time.Millisecond)
	}
	p.Channels, p.Partners, p.Prizes, p.Mechanics = listed(p.Channels), listed(p.Partners), listed(p.Prizes), listed(p.Mechanics)
	if p.Targets == nil {
		p.Targets = map[Metric]int64{}
	}
	if p.Baseline.Figures == nil {
		p.Baseline.Figures = map[Metric]int64{}
	}
	return p
}

// listed makes an absent list the same as an empty one.
func listed[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Amendment is a change of a plan after the launch: the whole plan as it is from then on, and why. Each carries the hash
// of what it follows, so that none can be slipped in or taken away.
type Amendment struct {
	Number int             `json:"number"` // from 1
	At     time.Time       `json:"at"`
	Staff  contest.StaffID `json:"staff"`
	Reason string          `json:"reason"`
	Plan   Plan            `json:"plan"`
	// Follows is the hash of the amendment before it, or of the plan as it was launched.
	Follows string `json:"follows"`
}

// Hash returns SHA-256 of the amendment as JSON, in hexadecimal; empty where it cannot be written.
func (a Amendment) Hash() string {
	a.At, a.Plan = a.At.UTC().Truncate(time.Millisecond), a.Plan.tidy()
	b, err := json.Marshal(a)
	if err != nil {
		return ""
	}
	return hashed(b)
}
