package numbers

import (
	"cmp"
	"slices"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Overview is how a campaign is doing.
type Overview struct {
	Campaign   contest.Campaign
	Plan       store.Plan
	Period     Period
	Now        time.Time
	Challenges []contest.Challenge // those that were launched
	Figures    []Figure            // of all metrics, in the order of kpi.Metrics
	Channels   []Group             // those of the plan first
	Partners   []Group             // likewise
	Cities     []City              // the ones with the most votes first
	Engaging   []Entry             // the ones with the most votes and shares first
	Selling    []Entry             // the ones whose links brought most first
	// Unrated is how many orders wait for a rate and are in no number, Unattributed how many are due to no link.
	Unrated, Unattributed int64

	participants []kpi.Point
}

// Nearly is from which completion on, in hundredths of a percent, something that will miss its target misses it by little.
const Nearly = 85_00

// Figure is one metric of a campaign: what was counted, what others report, and what was set out for.
type Figure struct {
	kpi.Definition
	// Measured was counted here, Reported elsewhere; both are there only where their bool says so.
	Measured, Reported int64
	HasMeasured        bool // a metric that is worked out may have nothing to divide by
	HasReported        bool
	Days               kpi.Series // of what was counted
	ReportedDays       kpi.Series
	Target             int64 // 0 for none
	Completion         int64 // of Total, in hundredths of a percent, where there is a target
	Pace               kpi.Pace
	HasPace            bool
	Baseline           int64
	Uplift             int64 // in hundredths of a percent
	HasUplift          bool
}

// Total is what was counted and what is reported together.
func (f Figure) Total() int64 { return f.Measured + f.Reported }

// Has reports whether there is a number at all.
func (f Figure) Has() bool { return f.HasMeasured || f.HasReported }

// Figure returns the figure of a metric.
func (o Overview) Figure(m kpi.Metric) Figure {
	for _, f := range o.Figures {
		if f.Metric == m {
			return f
		}
	}
	return Figure{}
}

// Group is a channel or a partner with its numbers.
type Group struct {
	ID       string // empty for what is due to none
	Name     contest.Text
	Budget   int64 // minor units of the plan's currency; channels alone
	Measured map[kpi.Metric]int64
	Reported map[kpi.Metric]int64
}

// Total is what was counted of a metric and what is reported together.
func (g Group) Total(m kpi.Metric) int64 { return g.Measured[m] + g.Reported[m] }

// ledger collects numbers by day and by group.
type ledger struct {
	reading
	empty    kpi.Series
	measured map[kpi.Metric]kpi.Series
	reports  map[kpi.Metric]kpi.Series
	channels []Group
	partners []Group
}

// overview works out all that follows from what was read.
func (r reading) overview(people *crowd) Overview {
	l := r.ledger()
	l.addEvents()
	l.addEntries(people)
	l.addOrders()
	l.addReposts()
	l.addReports()
	o := Overview{
		Campaign: r.campaign, Plan: r.plan, Period: r.period, Now: r.now, Challenges: r.challenges,
		Channels: l.channels, Partners: l.partners, Cities: r.cities(people), Engaging: people.engaging, Selling: people.selling, participants: people.participants,
	}
	for _, s := range r.sums {
		o.Unrated, o.Unattributed = o.Unrated+s.NoRate, o.Unattributed+s.Unattributed
	}
	o.Figures = l.figures()
	return o
}

func (r reading) ledger() *ledger {
	l := &ledger{
		reading: r, empty: kpi.NewSeries(r.period.From, r.period.To, r.now, kpi.ByDay, r.plan.Location()),
		measured: map[kpi.Metric]kpi.Series{}, reports: map[kpi.Metric]kpi.Series{},
	}
	for _, c := range r.plan.Channels {
		l.channels = append(l.channels, newGroup(string(c.ID), c.Name, c.Budget))
	}
	for _, p := range r.plan.Partners {
		l.partners = append(l.partners, newGroup(p.ID, p.Name, 0))
	}
	return l
}

func newGroup(id string, name contest.Text, budget int64) Group {
	return Group{ID: id, Name: name, Budget: budget, Measured: map[kpi.Metric]int64{}, Reported: map[kpi.Metric]int64{}}
}

// series returns a metric's, which is begun where it is new.
func (l *ledger) series(of map[kpi.Metric]kpi.Series, m kpi.Metric) kpi.Series {
	if of[m] == nil {
		of[m] = slices.Clone(l.empty)
	}
	return of[m]
}

// group returns the group of an identifier, which is added where nobody planned it.
func group(groups *[]Group, id string, name contest.Text) *Group {
	for i := range *groups {
		if (*groups)[i].ID == id {
			return &(*groups)[i]
		}
	}
	*groups = append(*groups, newGroup(id, name, 0))
	return &(*groups)[len(*groups)-1]
}

// of adds a number to its channel and its partner. Entries and votes are told apart by partners alone.
func (l *ledger) of(channel kpi.ChannelID, p kpi.PartnerID, m kpi.Metric, n int64) {
	if m != kpi.Entries && m != kpi.Votes {
		group(&l.channels, string(channel), contest.Text{EN: string(channel)}).Measured[m] += n
	}
	l.partner(p).Measured[m] += n
}

// partner returns a partner's group.
func (l *ledger) partner(id kpi.PartnerID) *Group {
	name, _ := partner.Name(l.plan.Plan, l.challenges, id)
	return group(&l.partners, string(id), name)
}

func (l *ledger) addEvents() {
	for _, d := range l.days {
		l.series(l.measured, d.Metric).AddDay(d.Day, d.Value)
	}
	for _, g := range l.groups {
		l.of(g.Channel, g.Partner, g.Metric, g.Value)
	}
	for _, d := range l.reach {
		switch {
		case d.Challenge == "" && d.Channel == "":
			l.series(l.measured, kpi.Reach).AddDay(d.Day, d.Value)
		case d.Channel != "":
			group(&l.channels, string(d.Channel), contest.Text{EN: string(d.Channel)}).Measured[kpi.Reach] += d.Value
		}
	}
}

func (l *ledger) addEntries(people *crowd) {
	for _, g := range l.entries {
		if at := g.Quarter.Start(); l.period.holds(at) {
			l.series(l.measured, kpi.Entries).Add(at, g.N)
			l.of("", g.Partner, kpi.Entries, g.N)
		}
	}
	for _, p := range people.participants {
		if at := p.Quarter.Start(); l.period.holds(at) {
			l.series(l.measured, kpi.Participants).Add(at, p.Value)
		}
	}
}

func (p Period) holds(at time.Time) bool { return !at.Before(p.From) && at.Before(p.To) }

func (l *ledger) addOrders() {
	for _, p := range l.orders {
		l.series(l.measured, p.Metric).Add(p.Quarter.Start(), p.Value)
	}
	for _, p := range l.dues {
		l.of(p.Channel, p.Partner, p.Metric, p.Value)
	}
}

func (l *ledger) addReposts() {
	for _, p := range l.reposts {
		l.series(l.measured, kpi.Reposts).Add(p.Quarter.Start(), p.Value)
		l.of(p.Channel, p.Partner, kpi.Reposts, p.Value)
	}
}

func (l *ledger) addReports() {
	for _, d := range l.reported {
		l.series(l.reports, d.Metric).AddDay(d.Day, d.Value)
		group(&l.channels, string(d.Channel), contest.Text{EN: string(d.Channel)}).Reported[d.Metric] += d.Value
		if d.Partner != "" {
			l.partner(d.Partner).Reported[d.Metric] += d.Value
		}
	}
}

// cities are those of the crowd with their entries in the period.
func (r reading) cities(people *crowd) []City {
	entries := map[string]int64{}
	for _, g := range r.entries {
		if r.period.holds(g.Quarter.Start()) {
			entries[g.City] += g.N
		}
	}
	cities := slices.Clone(people.cities)
	for i := range cities {
		cities[i].Entries = entries[cities[i].ID]
	}
	slices.SortStableFunc(cities, func(a, b City) int { return cmp.Compare(b.Entries, a.Entries) })
	slices.SortStableFunc(cities, func(a, b City) int { return cmp.Compare(b.Votes, a.Votes) })
	return cities
}
