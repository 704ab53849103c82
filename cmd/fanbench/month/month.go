// Package month plays a month of four campaigns against a real Fanfare, keeps books of its own of all that it does there, and
// compares what Fanfare says of the campaigns with them.
//
// What goes by Fanfare's own routes: clicks on tracked links (GET /t/CODE, whose redirect says the click's token), reports of events
// (POST /api/v1/events), votes (PUT and DELETE /api/v1/entries/ID/vote), orders (webhooks in the forms of Standard Webhooks, Shopify
// and WooCommerce, and calls with a shop's key, all signed here), what a program tells with an API key (events and reported figures), that key, a
// file of orders and the last rates (the console's forms). These routes take nothing
// but the present, except orders, which say when they were placed.
//
// What is seeded, because it lies in the past: campaigns with plans, links, shops, codes and rates; entries, votes, and the events and
// clicks of the month before. The store writes it under a clock that is put back, as it would have written it on those days; of a
// past click the token is signed with the installation's key.
//
// The books are plain maps, and big integers for money. Package kpi lends its types and its names; none of its arithmetic is used.
package month

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Size is how much happens in each campaign.
type Size struct {
	Counts   int // numbers of events that each past day has
	Entries  int
	Votes    int // of the past
	Orders   int
	Visitors int // who come now: each follows links, tells of events and votes
}

// place is where a campaign runs, and in which currencies it sells. The first currency is the one that sums are in.
type place struct {
	name, zone string
	currencies [3]kpi.Currency
	window     int  // days of attribution
	clocks     bool // the period goes back to before clocks were changed last
}

var places = []place{
	{"shanghai", "Asia/Shanghai", [3]kpi.Currency{"CNY", "USD", "JPY"}, 7, false},
	{"kolkata", "Asia/Kolkata", [3]kpi.Currency{"INR", "EUR", "KWD"}, 3, false},
	{"berlin", "Europe/Berlin", [3]kpi.Currency{"EUR", "USD", "JPY"}, 14, true},
	{"new-york", "America/New_York", [3]kpi.Currency{"USD", "KWD", "CNY"}, 7, false},
}

// minorDigits are how many digits the minor units of these currencies have (ISO 4217).
var minorDigits = map[kpi.Currency]int{"CNY": 2, "USD": 2, "INR": 2, "EUR": 2, "JPY": 0, "KWD": 3}

// length is how many days a campaign lasts until now.
const length = 30

// campaign is one as it was made, with what is needed to act in it.
type campaign struct {
	place
	location  *time.Location
	id        contest.CampaignID
	plan      kpi.Plan
	from, to  time.Time // its whole days
	challenge contest.Challenge
	entries   []contest.Entry
	links     []link
	shops     []shop
	codes     []code
	rates     []rate
	late      []rate // told by the console's form, after the orders
	books     *books
}

// link is a tracked link, and what clicks on it are due to.
type link struct {
	code    kpi.LinkCode
	due     due
	retired time.Time
}

// due is to whom something is due.
type due struct {
	channel kpi.ChannelID
	partner kpi.PartnerID
	entry   contest.EntryNumber
}

// code is a coupon or an F-code.
type code struct {
	text  string
	means kpi.Means
	due   due
}

// rate is what one unit of a currency is worth from a day on: value over ten to the power of decimals.
type rate struct {
	currency kpi.Currency
	day      string
	value    int64
	decimals int
}

func (r rate) String() string {
	unit := int64(1)
	for range r.decimals {
		unit *= 10
	}
	return fmt.Sprintf("%d.%0*d", r.value/unit, r.decimals, r.value%unit)
}

// Month is what is played.
type Month struct {
	size      Size
	random    *rand.Rand
	now       time.Time // when it began
	campaigns []*campaign
	session   string // of staff
	key       []byte // that signs clicks
	bearer    string // of the API's key
}

// Clock is what a store takes its times from while it is filled.
type Clock struct{ at atomic.Int64 }

// Now is what the clock shows.
func (c *Clock) Now() time.Time { return time.UnixMilli(c.at.Load()) }

func (c *Clock) set(t time.Time) { c.at.Store(t.UnixMilli()) }

// ErrQuarter says that a quarter-hour ended while the present was played, so that nobody outside can know in which one something
// was counted. Whoever gets it plays once more.
var ErrQuarter = errors.New("a quarter-hour ended meanwhile")

// New returns a month that will be played with the seed's randomness.
func New(size Size, seed uint64) *Month {
	return &Month{size: size, random: rand.New(rand.NewPCG(seed, seed)), now: time.Now()}
}

// quarterOf numbers the quarter-hours since 1970.
func quarterOf(t time.Time) int64 { return t.Unix() / (15 * 60) }

// still is ErrQuarter once the month's quarter-hour is over.
func (m *Month) still() error {
	if quarterOf(time.Now()) != quarterOf(m.now) {
		return ErrQuarter
	}
	return nil
}

// Play does all that lies in the present at the server of the address, and tells it of all orders.
func (m *Month) Play(ctx context.Context, url string) error {
	v := newVisitors(url)
	defer v.close()
	if err := m.makeKey(ctx, v); err != nil {
		return err
	}
	for _, c := range m.campaigns {
		for _, step := range []func(context.Context, *visitors, *campaign) error{m.visit, m.tellByKey} {
			if err := step(ctx, v, c); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	if err := m.sell(ctx, v); err != nil {
		return err
	}
	for _, c := range m.campaigns {
		for _, step := range []func(context.Context, *visitors, *campaign) error{m.sendFile, m.tellRates} {
			if err := step(ctx, v, c); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return m.still()
}

// chance is true so many times of a hundred.
func (m *Month) chance(percent int) bool { return m.random.IntN(100) < percent }

// within draws a time between two, in whole seconds.
func (m *Month) within(from, to time.Time) time.Time {
	return from.Add(time.Duration(m.random.Int64N(int64(to.Sub(from)/time.Second))) * time.Second).Truncate(time.Second)
}

// pick draws one of a list.
func pick[T any](m *Month, list []T) T { return list[m.random.IntN(len(list))] }
