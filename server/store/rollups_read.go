package store

import (
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// DayPoint is a number of one of a campaign's own days, told apart like a kpi.Cell.
type DayPoint struct {
	Day       string // 2026-11-22
	Challenge contest.ChallengeID
	Channel   kpi.ChannelID
	Partner   kpi.PartnerID
	Metric    kpi.Metric
	Value     int64
}

// EntryPoint is a number of an entry.
type EntryPoint struct {
	Entry  contest.EntryNumber
	Metric kpi.Metric
	Value  int64
}

// daysLock is the name of the lock under which a campaign's days are summed anew. Commits that add to them share it.
func daysLock(campaign contest.CampaignID) string { return "days " + string(campaign) }

// zone is the time zone whose days a campaign's are; UTC where there is no such campaign. It takes no more of the plan, because each
// commit that counts asks.
func (tx *Tx) zone(campaign contest.CampaignID) (*time.Location, error) {
	var name string
	err := one(direct{tx}, "SELECT COALESCE("+tx.dialect.field("NULLIF(COALESCE(a.plan, c.plan), '')", "time_zone")+", '')"+fromPlans+" WHERE c.id = ?",
		[]any{campaign}, &name)
	switch {
	case errors.Is(err, ErrNotFound):
		return time.UTC, nil
	case err == nil && name == "": // nobody has written a plan
		return kpi.StartingPlan().Location(), nil
	}
	return kpi.Plan{TimeZone: name}.Location(), err
}

const selectQuarters = `SELECT quarter, challenge, channel, partner, metric, value FROM rollups
	WHERE campaign = ? AND quarter >= ? AND quarter < ? ORDER BY quarter, challenge, channel, partner, metric`

func scanPoint(row scanner) (p kpi.Point, err error) {
	err = row.Scan((*int64)(&p.Quarter), (*string)(&p.Challenge), (*string)(&p.Channel), (*string)(&p.Partner), (*string)(&p.Metric), &p.Value)
	return p, err
}

// Quarters lists what a campaign counted from a quarter-hour on, and before another one, in their order.
func (tx *Tx) Quarters(campaign contest.CampaignID, from, before kpi.Quarter) ([]kpi.Point, error) {
	points, err := list(tx, scanPoint, selectQuarters, campaign, int64(from), int64(before))
	if err != nil {
		return nil, fmt.Errorf("read quarter-hours of campaign %s: %w", campaign, err)
	}
	return points, nil
}

const selectDays = `SELECT day, challenge, channel, partner, metric, value FROM rollup_days
	WHERE campaign = ? AND day >= ? AND day <= ? ORDER BY day, challenge, channel, partner, metric`

func scanDay(row scanner) (p DayPoint, err error) {
	err = row.Scan(&p.Day, (*string)(&p.Challenge), (*string)(&p.Channel), (*string)(&p.Partner), (*string)(&p.Metric), &p.Value)
	return p, err
}

// Days lists what a campaign counted from a day to another one, that included, in their order.
func (tx *Tx) Days(campaign contest.CampaignID, from, to string) ([]DayPoint, error) {
	points, err := list(tx, scanDay, selectDays, campaign, from, to)
	if err != nil {
		return nil, fmt.Errorf("read days of campaign %s: %w", campaign, err)
	}
	return points, nil
}

// EntryCounts lists what was counted about a challenge's entries, in the order of their numbers.
func (tx *Tx) EntryCounts(challenge contest.ChallengeID) ([]EntryPoint, error) {
	points, err := list(tx, scanEntryPoint, "SELECT entry, metric, value FROM rollup_entries WHERE challenge = ? ORDER BY entry, metric", challenge)
	if err != nil {
		return nil, fmt.Errorf("read counts of entries of challenge %s: %w", challenge, err)
	}
	return points, nil
}

func scanEntryPoint(row scanner) (p EntryPoint, err error) {
	err = row.Scan(intColumn[contest.EntryNumber]{&p.Entry}, (*string)(&p.Metric), &p.Value)
	return p, err
}

// rebuildDays sums a campaign's days anew, because its time zone has become another one. The reach of days is not kept by
// quarter-hours and stays as it is. Whoever counts meanwhile waits, and then counts by the new one.
func (tx *Tx) rebuildDays(campaign contest.CampaignID) error {
	if err := tx.Lock(daysLock(campaign)); err != nil {
		return err
	}
	points, err := list(tx, scanPoint, "SELECT quarter, challenge, channel, partner, metric, value FROM rollups WHERE campaign = ?", campaign)
	if err != nil {
		return err
	}
	s := sums{cells: map[cellOf]int64{}}
	for _, p := range points {
		s.cells[cellOf{campaign, p.Cell}] = p.Value
	}
	days, err := s.days(tx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM rollup_days WHERE campaign = ?", campaign); err != nil {
		return err
	}
	return tx.insert(addToDays, rowsOf(days, dayOf.row))
}
