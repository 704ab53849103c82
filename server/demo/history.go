package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"fanfare/server/kpi"
)

// before is how long the demo campaign has gone on when it is started, so that its numbers have days to show.
const before = 6 * 24 * time.Hour

// Counted is what the campaign's visitors did in a quarter-hour.
type Counted struct {
	Quarter kpi.Quarter
	Credit  kpi.Credit
	Metric  kpi.Metric
	N       int64
}

// Bought is an order that somebody placed who came by a link.
type Bought struct {
	Number string
	At     time.Time
	Credit kpi.Credit // of the link
	Amount int64      // fen
}

// The campaign's days before it is started: so many visits each, most of them in the evening.
const (
	visitsADay = 380
	buyers     = .07  // share of those who came by a link
	evening    = 20.5 // hour at which most come
	spread     = 3.0  // hours around it
	seed       = 20_26
)

// sources are what visits are due to, and how many of them.
var sources = []struct {
	kpi.Credit
	share float64
}{
	{kpi.Credit{}, .25}, {kpi.Credit{Channel: "weibo"}, .2}, {kpi.Credit{Channel: "weibo", Partner: "yangtze-by-night"}, .18},
	{kpi.Credit{Channel: "douyin"}, .15}, {kpi.Credit{Channel: "douyin", Partner: "nightwalkers"}, .12}, {kpi.Credit{Channel: "newsletter"}, .1},
}

// History is what visitors did from the plan's beginning until now, the same for the same times. Entries and votes it has none of: fans make
// those, by the way that all fans go.
func History(plan kpi.Plan, now time.Time) (counted []Counted, bought []Bought) {
	random := rand.New(rand.NewPCG(seed, seed))
	for q := kpi.QuarterOf(plan.Starts); q < kpi.QuarterOf(now); q++ {
		for _, from := range sources {
			visits := draw(random, visitsADay*from.share*busy(q.Start().In(plan.Location())))
			add := func(m kpi.Metric, n int64) {
				if n > 0 {
					counted = append(counted, Counted{q, from.Credit, m, n})
				}
			}
			add(kpi.Visits, visits)
			add(kpi.Impressions, visits*(6+random.Int64N(6)))
			add(kpi.Views, visits*(1+random.Int64N(4)))
			add(kpi.Shares, visits*random.Int64N(3)/4)
			if from.Channel == "" {
				continue
			}
			add(kpi.Clicks, visits)
			for range visits {
				if random.Float64() < buyers {
					at := q.Start().Add(time.Duration(random.IntN(15*60)) * time.Second)
					bought = append(bought, Bought{fmt.Sprintf("N%05d", len(bought)+1), at, from.Credit, prices[random.IntN(len(prices))]})
				}
			}
		}
	}
	return counted, slices.DeleteFunc(bought, func(b Bought) bool { return !b.At.Before(now) })
}

// busy is which part of a day's visits comes in the quarter-hour of a time; on weekends half as many again.
func busy(at time.Time) float64 {
	hour := float64(at.Hour()) + float64(at.Minute())/60
	off := math.Abs(hour - evening)
	off = min(off, 24-off)
	part := (.25/24 + .75*math.Exp(-off*off/(2*spread*spread))/(spread*math.Sqrt(2*math.Pi))) / 4
	if day := at.Weekday(); day == time.Saturday || day == time.Sunday {
		part *= 1.5
	}
	return part
}

// draw is how often something happens that is expected so many times (Knuth's way to a Poisson number, fine for few).
func draw(random *rand.Rand, expected float64) (n int64) {
	for left := math.Exp(-expected); ; n++ {
		if left /= random.Float64(); left >= 1 {
			return n
		}
	}
}
