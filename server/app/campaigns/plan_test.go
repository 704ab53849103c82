package campaigns

import (
	"errors"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// set opens a service with one campaign in it.
func set(t *testing.T) (*Service, contest.Campaign) {
	t.Helper()
	s := New(storetest.OpenSQLite(t, nil), "https://photos.example.org")
	campaign, err := s.CreateCampaign(t.Context(), "st_1", contest.Text{ZH: "夜", EN: "Night"})
	if err != nil {
		t.Fatal(err)
	}
	return s, campaign
}

// future is a plan that lacks nothing, from a day that is still to come.
func future(t *testing.T, s *Service) kpi.Plan {
	t.Helper()
	p := storetest.November()
	err := s.store.View(t.Context(), func(tx *store.Tx) error {
		p.Starts, p.Ends = tx.Now().AddDate(0, 1, 0), tx.Now().AddDate(0, 2, 0)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	p.PrizeTerms = contest.Text{ZH: "十二月一日公布。", EN: "Named on 1 December."}
	return p
}

// locked saves and launches a plan.
func locked(t *testing.T, s *Service, campaign contest.Campaign) Planned {
	t.Helper()
	p := future(t, s)
	if err := s.SavePlan(t.Context(), "st_1", campaign.ID, campaign.Name, p, kpi.StartingPlan().Hash()); err != nil {
		t.Fatal(err)
	}
	if found, err := s.LaunchPlan(t.Context(), "st_1", campaign.ID, p.Hash()); err != nil || !kpi.Cleared(found) {
		t.Fatal(found, err)
	}
	now, err := s.Planned(t.Context(), campaign.ID)
	if err != nil || !now.Launched() {
		t.Fatalf("not launched: %+v, %v", now, err)
	}
	return now
}

func TestAPlanThatSomebodyElseSavedIsNotOverwritten(t *testing.T) {
	s, campaign := set(t)
	first, second := future(t, s), future(t, s)
	second.Budget++
	read := kpi.StartingPlan().Hash()
	if err := s.SavePlan(t.Context(), "st_1", campaign.ID, campaign.Name, first, read); err != nil {
		t.Fatal(err)
	}
	if err := s.SavePlan(t.Context(), "st_2", campaign.ID, campaign.Name, second, read); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want changed", err)
	}
	if now, err := s.Planned(t.Context(), campaign.ID); err != nil || now.Hash() != first.Hash() {
		t.Errorf("the second took the first one's place: %v", err)
	}
}

func TestOnlyThePlanThatWasReadIsLaunched(t *testing.T) {
	s, campaign := set(t)
	if _, err := s.LaunchPlan(t.Context(), "st_1", campaign.ID, "another"); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want changed", err)
	}
	found, err := s.LaunchPlan(t.Context(), "st_1", campaign.ID, kpi.StartingPlan().Hash())
	if err != nil || kpi.Cleared(found) {
		t.Errorf("a plan without period and targets: %v, %v", found, err)
	}
	if now, err := s.Planned(t.Context(), campaign.ID); err != nil || now.Launched() {
		t.Errorf("it was launched all the same: %v", err)
	}
	locked(t, s, campaign)
	var refusal *contest.Refusal
	if _, err := s.LaunchPlan(t.Context(), "st_1", campaign.ID, future(t, s).Hash()); !errors.As(err, &refusal) || refusal.Reason != contest.AlreadyLaunched {
		t.Errorf("launching again: got %v", err)
	}
}

func TestAnAmendmentNeedsAReasonAndAChangeThatFiguresBear(t *testing.T) {
	s, campaign := set(t)
	before := locked(t, s, campaign)
	more := func(change func(*kpi.Plan)) kpi.Plan {
		p := before.Plan.Plan
		p.Targets = map[kpi.Metric]int64{kpi.Orders: 3000}
		change(&p)
		return p
	}
	same := func(*kpi.Plan) {}
	for name, c := range map[string]struct {
		plan            kpi.Plan
		reason, follows string
		want            error
	}{
		"no reason":        {more(same), " \n", before.SHA256, ErrReason},
		"a novel":          {more(same), string(make([]rune, kpi.MaxReason+1)), before.SHA256, ErrReason},
		"no change":        {before.Plan.Plan, "more", before.SHA256, ErrUnchanged},
		"another currency": {more(func(p *kpi.Plan) { p.Currency = "EUR" }), "more", before.SHA256, ErrFixed},
		"another zone":     {more(func(p *kpi.Plan) { p.TimeZone = "Asia/Tokyo" }), "more", before.SHA256, ErrFixed},
		"an older plan":    {more(same), "more", "another", ErrChanged},
	} {
		if _, err := s.AmendPlan(t.Context(), "st_1", campaign.ID, c.plan, c.reason, c.follows); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	empty := more(func(p *kpi.Plan) { p.Targets = nil })
	if problems, err := s.AmendPlan(t.Context(), "st_1", campaign.ID, empty, "more", before.SHA256); err != nil || len(problems) == 0 {
		t.Errorf("a plan without targets: %v, %v", problems, err)
	}
	if problems, err := s.AmendPlan(t.Context(), "st_1", campaign.ID, more(same), " 增加目标 ", before.SHA256); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	first, amendments, err := s.History(t.Context(), campaign.ID)
	if err != nil || first.Hash() != before.Hash() || len(amendments) != 1 || amendments[0].Reason != "增加目标" || amendments[0].Follows != before.SHA256 {
		t.Errorf("history: %v, %+v, %v", first.Hash() == before.Hash(), amendments, err)
	}
}

func TestWhatStaffDoToACampaignIsKept(t *testing.T) {
	s, campaign := set(t)
	before := locked(t, s, campaign)
	p := before.Plan.Plan
	p.Budget++
	if _, err := s.AmendPlan(t.Context(), "st_2", campaign.ID, p, "more", before.SHA256); err != nil {
		t.Fatal(err)
	}
	err := s.store.View(t.Context(), func(tx *store.Tx) error {
		kept, err := tx.Acts(store.ActQuery{Area: "campaign", Object: "campaign/" + string(campaign.ID), Limit: 10})
		var got []string
		for _, act := range kept.Acts {
			got = append(got, act.Action+" "+string(act.Staff))
		}
		want := []string{"campaign.amend st_2", "campaign.launch st_1", "campaign.plan st_1", "campaign.create st_1"}
		if len(got) != len(want) {
			t.Errorf("got %v, want %v", got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsPromisedBeforeTheLaunch(t *testing.T) {
	s, campaign := set(t)
	if p, err := s.Promised(t.Context(), campaign.ID); err != nil || len(p.Prizes) > 0 {
		t.Errorf("a draft promises %+v, %v", p.Prizes, err)
	}
	locked(t, s, campaign)
	if p, err := s.Promised(t.Context(), campaign.ID); err != nil || len(p.Prizes) != 1 {
		t.Errorf("the launched plan promises %+v, %v", p.Prizes, err)
	}
}
