package campaigns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// Errors of plans that surfaces tell apart, beside ErrChanged.
var (
	// ErrUnchanged says that an amendment would say what the plan says.
	ErrUnchanged = errors.New("the plan stands as it is")
	// ErrReason says that an amendment lacks its reason, or has one too long.
	ErrReason = errors.New("an amendment needs a reason")
	// ErrFixed says that an amendment would change the time zone or the currency, in which figures were already added up.
	ErrFixed = errors.New("time zone and currency are fixed at the launch")
)

// audit keeps what a member of staff did with a campaign.
func audit(tx *store.Tx, staff contest.StaffID, action string, id contest.CampaignID, note string) error {
	return tx.Audit(store.Act{Staff: staff, Action: action, Object: "campaign/" + string(id), Note: note})
}

// Planned is a campaign with its plan.
type Planned struct {
	contest.Campaign
	store.Plan
}

// Planned returns a campaign with its plan as it holds now.
func (s *Service) Planned(ctx context.Context, id contest.CampaignID) (p Planned, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		p, err = planned(tx, id)
		return err
	})
	return p, err
}

func planned(tx *store.Tx, id contest.CampaignID) (p Planned, err error) {
	if p.Campaign, err = tx.Campaign(id); err != nil {
		return p, err
	}
	p.Plan, err = tx.Plan(id)
	return p, err
}

// promised is a launched campaign's plan as the database had it; that of another has nothing in it.
type promised struct {
	plan  kpi.Plan
	until time.Time
}

// Promised returns a launched campaign's plan as it holds now, from memory for launchedMemory; an empty one before the launch,
// because until then nothing is promised.
func (s *Service) Promised(ctx context.Context, id contest.CampaignID) (kpi.Plan, error) {
	s.mu.RLock()
	known, ok := s.promised[id]
	s.mu.RUnlock()
	if ok && time.Now().Before(known.until) {
		return known.plan, nil
	}
	var plan store.Plan
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		plan, err = tx.Plan(id)
		return err
	})
	if err != nil {
		return kpi.Plan{}, err
	}
	if !plan.Launched() {
		plan.Plan = kpi.Plan{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.promised[id] = promised{plan.Plan, time.Now().Add(launchedMemory)}
	return plan.Plan, nil
}

// forgetPromise has the next Promised read a plan anew.
func (s *Service) forgetPromise(id contest.CampaignID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.promised, id)
}

// AllPlanned lists all campaigns with their plans, newest first.
func (s *Service) AllPlanned(ctx context.Context) (all []Planned, err error) {
	err = s.store.Snapshot(ctx, func(tx *store.Tx) error {
		list, err := tx.Campaigns()
		if err != nil {
			return err
		}
		plans, err := tx.Plans()
		if err != nil {
			return err
		}
		all = make([]Planned, len(list))
		for i := range list { // both are in the same order
			all[len(list)-1-i] = Planned{list[i], plans[i]}
		}
		return nil
	})
	return all, err
}

// In lists a campaign's challenges, newest first, drafts included.
func (s *Service) In(ctx context.Context, id contest.CampaignID) (list []contest.Challenge, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		list, err = tx.ChallengesOf(id)
		return err
	})
	slices.Reverse(list)
	return list, err
}

// SavePlan stores a campaign's name and plan before its launch. before is the hash of the plan that was edited; where
// somebody else has saved another one meanwhile, it is ErrChanged.
func (s *Service) SavePlan(ctx context.Context, staff contest.StaffID, id contest.CampaignID, name contest.Text, p kpi.Plan, before string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		old, err := tx.Plan(id)
		switch {
		case err != nil:
			return err
		case !old.Launched() && old.Hash() != before:
			return ErrChanged
		}
		if err := tx.RenameCampaign(id, name); err != nil {
			return err
		}
		if err := tx.SavePlan(id, p); err != nil {
			return err
		}
		if old.Currency != p.Currency || old.TimeZone != p.TimeZone {
			if err := s.converted(tx, id); err != nil {
				return err
			}
		}
		return audit(tx, staff, "campaign.plan", id, name.EN)
	})
}

// Preflight lists what stands in the way of launching a campaign now, and what its people should know before they do.
func (s *Service) Preflight(ctx context.Context, id contest.CampaignID) (findings []kpi.Finding, err error) {
	err = s.store.Snapshot(ctx, func(tx *store.Tx) error {
		p, err := planned(tx, id)
		if err != nil {
			return err
		}
		findings, err = s.preflight(tx, p)
		return err
	})
	return findings, err
}

func (s *Service) preflight(tx *store.Tx, p Planned) ([]kpi.Finding, error) {
	around := kpi.Surroundings{Name: p.Name, Problems: map[contest.ChallengeID]int{}, Now: tx.Now()}
	all, err := tx.Challenges()
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Campaign != p.ID {
			continue
		}
		around.Challenges = append(around.Challenges, c)
		if !c.Launched() {
			around.Problems[c.ID] = len(s.Problems(c, around.Now))
		}
	}
	links, err := tx.Links(p.ID)
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		if link.RetiredAt.IsZero() {
			around.Linked = append(around.Linked, link.Channel)
		}
	}
	return p.Preflight(around), nil
}

// LaunchPlan locks a campaign's plan. confirmed is the hash of the plan that was read and agreed to; with another one it is
// ErrChanged. It returns what the pre-flight finds, and changes nothing where something of it blocks. Launching what is
// launched is a contest.Refusal.
func (s *Service) LaunchPlan(ctx context.Context, staff contest.StaffID, id contest.CampaignID, confirmed string) (findings []kpi.Finding, err error) {
	defer s.forgetPromise(id)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		p, err := planned(tx, id)
		switch {
		case err != nil:
			return err
		case p.Launched():
			return fmt.Errorf("launch campaign %s: %w", id, &contest.Refusal{Reason: contest.AlreadyLaunched})
		case p.Hash() != confirmed:
			return ErrChanged
		}
		if findings, err = s.preflight(tx, p); err != nil || !kpi.Cleared(findings) {
			return err
		}
		if _, err = tx.LaunchPlan(id); err != nil {
			return err
		}
		return audit(tx, staff, "campaign.launch", id, confirmed)
	})
	return findings, err
}

// AmendPlan changes a launched campaign's plan for a reason that everybody sees. follows is the hash of what was amended;
// where another amendment came meanwhile, it is ErrChanged. It returns what is wrong with the new plan, and then changes
// nothing.
func (s *Service) AmendPlan(ctx context.Context, staff contest.StaffID, id contest.CampaignID, p kpi.Plan, reason, follows string) (problems []contest.Problem, err error) {
	reason = strings.TrimSpace(reason)
	defer s.forgetPromise(id)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		before, err := tx.Plan(id)
		problems = nil
		switch {
		case err != nil:
			return err
		case before.SHA256 != follows:
			return ErrChanged
		case before.Hash() == p.Hash():
			return ErrUnchanged
		case before.TimeZone != p.TimeZone || before.Currency != p.Currency:
			return ErrFixed
		case reason == "" || utf8.RuneCountInString(reason) > kpi.MaxReason:
			return ErrReason
		}
		if problems = p.Validate(); len(problems) > 0 {
			return nil
		}
		if _, err = tx.AmendPlan(id, p, staff, reason); err != nil {
			return err
		}
		return audit(tx, staff, "campaign.amend", id, reason)
	})
	return problems, err
}

// History returns a launched campaign's plan as it was launched, and what was amended since, the first one first.
func (s *Service) History(ctx context.Context, id contest.CampaignID) (launched kpi.Plan, amendments []kpi.Amendment, err error) {
	err = s.store.Snapshot(ctx, func(tx *store.Tx) error {
		if launched, err = tx.LaunchedPlan(id); err != nil {
			return err
		}
		amendments, err = tx.Amendments(id)
		return err
	})
	return launched, amendments, err
}
