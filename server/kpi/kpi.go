// Package kpi is the domain of numbers: what each metric means, what a campaign set out to reach, to which link an order
// belongs, and how far a campaign has come. It is plain arithmetic on integers: no clock, no storage, no rounding that is not
// written down. It refuses to know where a number comes from.
package kpi

import (
	"time"

	"fanfare/server/contest"
)

// Metric names what is counted. Each has one definition, in Definitions.
type Metric string

// The metrics. Those of events are kept as roll-ups, the others are counted from their rows.
const (
	Impressions  Metric = "impressions"  // events
	Reach        Metric = "reach"        // daily uniques, from events
	Views        Metric = "views"        // events
	Visits       Metric = "visits"       // events
	Shares       Metric = "shares"       // events
	Clicks       Metric = "clicks"       // of tracked links
	Entries      Metric = "entries"      // rows
	Participants Metric = "participants" // rows
	Votes        Metric = "votes"        // rows
	Reposts      Metric = "reposts"      // rows
	Orders       Metric = "orders"       // rows
	GMV          Metric = "gmv"          // rows; minor units of the reporting currency, refunds deducted
	Refunds      Metric = "refunds"      // rows; minor units of the reporting currency
	AverageOrder Metric = "average"      // minor units of the reporting currency: GMV over orders
	Conversion   Metric = "conversion"   // hundredths of a percent: orders over visits
)

// Metrics are all of them, in the order in which people read them.
var Metrics = []Metric{Impressions, Reach, Views, Visits, Clicks, Shares, Entries, Participants, Votes, Reposts, Orders, GMV, Refunds, AverageOrder, Conversion}

// Identifiers of what numbers are told apart by. A channel is a way on which people come ("weibo", "newsletter"); its identifier is the
// utm_source that means it. A partner's is that of the challenge's terms.
type (
	ChannelID string
	PartnerID string
	ShopID    string
	OrderID   string
	// LinkCode is a tracked link's name in its address, /t/CODE.
	LinkCode string
)

// Quarter is a quarter of an hour: how many passed since 1970 in UTC. Every time zone's days begin with one.
type Quarter int64

// QuarterLength is how long one lasts.
const QuarterLength = 15 * time.Minute

// QuarterOf returns the quarter-hour that a time lies in.
func QuarterOf(t time.Time) Quarter {
	s := t.Unix()
	if s < 0 {
		s -= int64(QuarterLength/time.Second) - 1
	}
	return Quarter(s / int64(QuarterLength/time.Second))
}

// Start returns the quarter-hour's first moment, in UTC.
func (q Quarter) Start() time.Time {
	return time.Unix(int64(q)*int64(QuarterLength/time.Second), 0).UTC()
}

// Cell is what one number is about: a metric of a quarter-hour, told apart by challenge, channel and partner. What is not
// known is empty.
type Cell struct {
	Quarter   Quarter
	Challenge contest.ChallengeID
	Channel   ChannelID
	Partner   PartnerID
	Metric    Metric
}

// Point is a cell's number.
type Point struct {
	Cell
	Value int64
}
