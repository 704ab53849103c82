package demo

import (
	"slices"
	"testing"
	"time"

	"fanfare/server/kpi"
)

func TestTheHistoryFillsTheDaysBeforeTheStartAndNoMore(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 30, 0, 0, time.UTC)
	plan := Plan(now)
	counted, bought := History(plan, now)
	days := map[string]int64{}
	for _, c := range counted {
		if at := c.Quarter.Start(); at.Before(plan.Starts) || !at.Before(now) || c.N < 1 {
			t.Fatalf("%+v lies outside the days before %v, or is nothing", c, now)
		}
		if _, known := plan.Channel(c.Credit.Channel); c.Credit.Channel != "" && !known {
			t.Errorf("%s is no channel of the plan", c.Credit.Channel)
		}
		if c.Metric == kpi.Visits {
			days[kpi.DayOf(c.Quarter.Start(), plan.Location())] += c.N
		}
	}
	if len(days) != 7 {
		t.Errorf("visits on %d days, want six and today", len(days))
	}
	for day, n := range days {
		if day != "2026-11-22" && (n < 200 || n > 900) {
			t.Errorf("%d visits on %s, want some hundreds", n, day)
		}
	}
	for _, b := range bought {
		if b.At.Before(plan.Starts) || !b.At.Before(now) || b.Amount <= 0 || b.Credit.Channel == "" {
			t.Errorf("order %+v", b)
		}
	}
	if len(bought) < 60 {
		t.Errorf("%d orders in six days, want more", len(bought))
	}
	again, _ := History(plan, now)
	if !slices.Equal(counted, again) {
		t.Error("the same days had another history")
	}
}
