package main

import (
	"testing"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

func TestAFilledCampaignHasCountedAsManyEventsAsWereAskedFor(t *testing.T) {
	const events = 1_000_003
	s := storetest.OpenSQLite(t, nil)
	var c contest.Challenge
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{})
		if err == nil {
			c, err = tx.CreateChallenge(storetest.Draft(campaign.ID, load.Challenge, time.Now()))
		}
		if err == nil {
			_, err = tx.LaunchPlan(campaign.ID) // as the demo does, which is what gets filled
		}
		return err
	})
	if err == nil {
		err = s.UpdateIn(t.Context(), c.ID, func(tx *store.Tx) error {
			fan, err := tx.FanFor("guest", "ada", "Ada")
			if err == nil {
				_, err = tx.InsertEntry(contest.Entry{Challenge: c.ID, Fan: fan.ID, Status: contest.Published})
			}
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := fillEvents(t.Context(), s, events)
	if err != nil {
		t.Fatal(err)
	}
	var quarters, days, views, ofEntries int64
	err = s.View(t.Context(), func(tx *store.Tx) error {
		points, err := tx.Quarters(c.Campaign, 0, 1<<40)
		if err != nil {
			return err
		}
		if int64(len(points)) != rows {
			t.Errorf("%d rows were told, %d are there", rows, len(points))
		}
		for _, p := range points {
			quarters += p.Value
			if p.Metric == kpi.Views || p.Metric == kpi.Shares {
				views += p.Value
			}
		}
		byDay, err := tx.Days(c.Campaign, "", "9999-12-31")
		for _, p := range byDay {
			days += p.Value
		}
		if err != nil {
			return err
		}
		entries, err := tx.EntryCounts(c.ID)
		for _, p := range entries {
			ofEntries += p.Value
		}
		return err
	})
	if err != nil || quarters != events || days != events || views == 0 || ofEntries != views {
		t.Errorf("counted are %d by quarter-hour, %d by day, %d views and shares, %d of entries, error %v", quarters, days, views, ofEntries, err)
	}
}
