package numbers

import (
	"errors"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// reading is what an overview is made of, as the store had it at one moment.
type reading struct {
	now        time.Time
	campaign   contest.Campaign
	plan       store.Plan
	period     Period
	challenges []contest.Challenge
	days       []store.DaySum
	groups     []store.GroupSum
	reach      []store.DayPoint
	entries    []store.EntryGroup
	orders     []kpi.Point // by when they were placed
	dues       []kpi.Point // by whom they are due to
	sums       []store.OrderSum
	reported   []store.ReportedDay
	reposts    []kpi.Point
}

func read(tx *store.Tx, id contest.CampaignID, now time.Time) (r reading, err error) {
	r.now = now
	if r.campaign, err = tx.Campaign(id); err != nil {
		return r, err
	}
	if r.plan, err = tx.Plan(id); err != nil {
		return r, err
	}
	if r.challenges, err = challengesOf(tx, id); err != nil {
		return r, err
	}
	r.period = periodOf(r.plan.Plan, r.campaign.CreatedAt, now)
	p := r.period
	var errs [8]error
	r.days, errs[0] = tx.DaySums(id, p.First, p.Last)
	r.groups, errs[1] = tx.GroupSums(id, p.First, p.Last)
	r.reach, errs[2] = tx.Reach(id, p.First, p.Last)
	from, to := kpi.QuarterOf(p.From), soFar(p.To, now)
	r.orders, errs[3] = tx.OrderPoints(id, r.plan.Currency, from, to)
	r.dues, errs[4] = tx.OrderGroups(id, r.plan.Currency, from, to)
	r.sums, errs[5] = tx.OrderSums(store.OrderFilter{Campaign: id, From: from, To: to})
	r.reported, errs[6] = tx.ReportedDays(id, p.First, p.Last)
	r.reposts, errs[7] = tx.RepostPoints(id, from, to)
	if err := errors.Join(errs[:]...); err != nil {
		return r, err
	}
	for _, c := range r.challenges {
		groups, err := tx.EntryGroups(c.ID)
		if err != nil {
			return r, err
		}
		r.entries = append(r.entries, groups...)
	}
	return r, nil
}

// soFar is the first quarter-hour of which orders do not count before a time. An order that a shop says was placed later than now, its
// clock being wrong, counts when its time has come: then no sum has more of it than another.
func soFar(before, now time.Time) kpi.Quarter {
	return min(kpi.QuarterOf(before), kpi.QuarterOf(now)+1)
}

// challengesOf lists a campaign's challenges that were launched: drafts have no numbers.
func challengesOf(tx *store.Tx, id contest.CampaignID) (of []contest.Challenge, err error) {
	all, err := tx.ChallengesOf(id)
	for _, c := range all {
		if c.Launched() {
			of = append(of, c)
		}
	}
	return of, err
}
