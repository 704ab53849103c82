package storetest

import (
	"errors"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

var planClaims = map[string]func(*testing.T, Opener){
	"a campaign begins with a plan that has a time zone and a currency": planBegins,
	"a plan comes back as it was stored, with the same hash":            planReturns,
	"launching locks a plan":                                planLocked,
	"a launched plan is locked even against plain SQL":      planLockedInSQL,
	"amendments follow one another, and the last one holds": planAmended,
	"a campaign's name may change":                          campaignRenamed,
}

// November is a plan that lacks nothing.
func November() kpi.Plan {
	shanghai := time.FixedZone("CST", 8*3600)
	p := kpi.StartingPlan()
	p.Starts, p.Ends = time.Date(2026, 11, 1, 0, 0, 0, 0, shanghai), time.Date(2026, 12, 1, 0, 0, 0, 0, shanghai)
	p.Budget = 500_000_00
	p.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}, Budget: 200_000_00}}
	p.Partners = []contest.Choice{{ID: "wenlv-wuhan", Name: contest.Text{ZH: "文旅武汉", EN: "Wuhan Tourism"}}}
	p.Targets = map[kpi.Metric]int64{kpi.Impressions: 10_000_000, kpi.Orders: 2000, kpi.GMV: 4_000_000_00}
	p.Baseline = kpi.Baseline{Label: "2025", Figures: map[kpi.Metric]int64{kpi.Orders: 864}}
	p.Prizes = []kpi.Prize{{Name: contest.Text{ZH: "手机", EN: "Phone"}, Value: 6499_00, Currency: "CNY", Count: 3, How: kpi.ByRank}}
	return p
}

func planBegins(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.view(func(tx *store.Tx) error {
		p, err := tx.Plan(s.challenge.Campaign)
		same(t, "plan", p.Plan, kpi.StartingPlan())
		equal(t, "launched", p.Launched(), false)
		equal(t, "hash", p.SHA256, "")
		if _, missing := tx.Plan("ca_none"); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for an unknown campaign, want not found", missing)
		}
		if _, missing := tx.LaunchedPlan(s.challenge.Campaign); !errors.Is(missing, store.ErrNotFound) {
			t.Errorf("got %v for the launched plan of a draft, want not found", missing)
		}
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.SavePlan("ca_none", November()) })
	s.refused(store.ErrConflict, func(tx *store.Tx) error {
		_, err := tx.AmendPlan(s.challenge.Campaign, November(), "st_1", "too early")
		return err
	})
}

// planned gives the stage's campaign a plan.
func (s *stage) planned() kpi.Plan {
	s.Helper()
	s.update(func(tx *store.Tx) error { return tx.SavePlan(s.challenge.Campaign, November()) })
	return November()
}

func planReturns(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	want := s.planned()
	s.view(func(tx *store.Tx) error {
		got, err := tx.Plan(s.challenge.Campaign)
		equal(t, "plan", string(got.JSON()), string(want.JSON()))
		equal(t, "hash", got.Hash(), want.Hash())
		all, errAll := tx.Plans()
		same(t, "all plans", all, []store.Plan{got})
		return errors.Join(err, errAll)
	})
}

func planLocked(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	want := s.planned()
	s.update(func(tx *store.Tx) error {
		p, err := tx.LaunchPlan(s.challenge.Campaign)
		equal(t, "launched at", p.LaunchedAt, tx.Now())
		equal(t, "hash", p.SHA256, want.Hash())
		return err
	})
	for what, change := range map[string]func(tx *store.Tx) error{
		"saving":           func(tx *store.Tx) error { return tx.SavePlan(s.challenge.Campaign, kpi.StartingPlan()) },
		"launching again":  func(tx *store.Tx) error { _, err := tx.LaunchPlan(s.challenge.Campaign); return err },
		"saving unchanged": func(tx *store.Tx) error { return tx.SavePlan(s.challenge.Campaign, want) },
	} {
		var refusal *contest.Refusal
		if err := s.store.Update(t.Context(), change); !errors.As(err, &refusal) || refusal.Reason != contest.AlreadyLaunched {
			t.Errorf("%s a launched plan: got %v, want already_launched", what, err)
		}
	}
}

func planLockedInSQL(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	s.planned()
	s.update(func(tx *store.Tx) error { _, err := tx.LaunchPlan(s.challenge.Campaign); return err })
	for _, set := range []string{"plan = '{}'", "launched_at = 0", "plan_sha256 = ''"} {
		s.refused(store.ErrConflict, func(tx *store.Tx) error { _, err := tx.Exec("UPDATE campaigns SET " + set); return err })
	}
}

func planAmended(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	launched := s.planned()
	s.update(func(tx *store.Tx) error { _, err := tx.LaunchPlan(s.challenge.Campaign); return err })
	var made []kpi.Amendment
	for i, reason := range []string{"新增渠道", "The period is a week longer"} {
		p := November()
		p.Targets[kpi.Orders] += int64(i + 1)
		s.update(func(tx *store.Tx) error {
			a, err := tx.AmendPlan(s.challenge.Campaign, p, "st_1", reason)
			made = append(made, a)
			return err
		})
	}
	equal(t, "the first follows", made[0].Follows, launched.Hash())
	equal(t, "the second follows", made[1].Follows, made[0].Hash())
	s.view(func(tx *store.Tx) error {
		now, err := tx.Plan(s.challenge.Campaign)
		equal(t, "target that holds", now.Targets[kpi.Orders], 2002)
		equal(t, "hash that holds", now.SHA256, made[1].Hash())
		equal(t, "amendments", now.Amendments, 2)
		first, errFirst := tx.LaunchedPlan(s.challenge.Campaign)
		equal(t, "as launched", first.Hash(), launched.Hash())
		kept, errKept := tx.Amendments(s.challenge.Campaign)
		for i, a := range kept {
			equal(t, "hash of an amendment that was read", a.Hash(), made[i].Hash())
		}
		equal(t, "kept", len(kept), 2)
		return errors.Join(err, errFirst, errKept)
	})
}

func campaignRenamed(t *testing.T, open Opener) {
	s := setStage(t, open, nil)
	name := contest.Text{ZH: "长夜", EN: "The long night"}
	s.update(func(tx *store.Tx) error { return tx.RenameCampaign(s.challenge.Campaign, name) })
	s.view(func(tx *store.Tx) error {
		c, err := tx.Campaign(s.challenge.Campaign)
		equal(t, "name", c.Name, name)
		return err
	})
	s.refused(store.ErrNotFound, func(tx *store.Tx) error { return tx.RenameCampaign("ca_none", name) })
}
