package store

import (
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// Plan is a campaign's plan as it holds now, with what binds it.
type Plan struct {
	kpi.Plan
	Campaign   contest.CampaignID
	LaunchedAt time.Time // zero until the plan is locked
	// SHA256 is the hash of the plan as it was launched, or of its last amendment; empty before the launch.
	SHA256 string
	// Amendments is how many there were since the launch.
	Amendments int
}

// Launched reports whether the plan is locked.
func (p Plan) Launched() bool { return !p.LaunchedAt.IsZero() }

const planQuery = `SELECT c.id, c.launched_at, COALESCE(a.plan, c.plan), COALESCE(a.sha256, c.plan_sha256), COALESCE(a.number, 0)` + fromPlans

const fromPlans = ` FROM campaigns c LEFT JOIN campaign_amendments a ON a.campaign = c.id
	AND a.number = (SELECT MAX(number) FROM campaign_amendments WHERE campaign = c.id)`

func scanPlan(row scanner) (p Plan, err error) {
	err = row.Scan(&p.Campaign, timeColumn{&p.LaunchedAt}, planColumn{&p.Plan}, &p.SHA256, &p.Amendments)
	return p, err
}

// planColumn reads a plan; the one that campaigns begin with where none was written.
type planColumn struct{ dest *kpi.Plan }

// Scan implements sql.Scanner.
func (c planColumn) Scan(src any) error {
	if text, ok := src.(string); ok && text == "" {
		*c.dest = kpi.StartingPlan()
		return nil
	}
	return jsonColumn{c.dest}.Scan(src)
}

// Plan returns a campaign's plan: the one that campaigns begin with where nobody has written one.
func (tx *Tx) Plan(campaign contest.CampaignID) (Plan, error) {
	p, err := first(tx, scanPlan, planQuery+" WHERE c.id = ?", campaign)
	if err != nil {
		return p, fmt.Errorf("read plan of campaign %s: %w", campaign, err)
	}
	return p, nil
}

// Plans lists the plans of all campaigns, in the order of Campaigns.
func (tx *Tx) Plans() ([]Plan, error) {
	ps, err := list(tx, scanPlan, planQuery+" ORDER BY c.created_at, c.id")
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	return ps, nil
}

// SavePlan stores a campaign's plan, as often as one likes before its launch; after it, it is refused as AlreadyLaunched.
func (tx *Tx) SavePlan(campaign contest.CampaignID, p kpi.Plan) error {
	before, err := tx.Plan(campaign)
	switch {
	case err != nil:
		return err
	case before.Launched():
		return fmt.Errorf("save plan of campaign %s: %w", campaign, &contest.Refusal{Reason: contest.AlreadyLaunched})
	}
	err = tx.mustChange("UPDATE campaigns SET plan = ? WHERE id = ? AND launched_at = 0", string(p.JSON()), campaign)
	if err == nil && p.TimeZone != before.TimeZone {
		err = tx.rebuildDays(campaign)
	}
	if err != nil {
		return fmt.Errorf("save plan of campaign %s: %w", campaign, err)
	}
	return nil
}

// LaunchPlan locks a campaign's plan; AlreadyLaunched where it is.
func (tx *Tx) LaunchPlan(campaign contest.CampaignID) (Plan, error) {
	p, err := tx.Plan(campaign)
	switch {
	case err != nil:
		return p, err
	case p.Launched():
		return p, fmt.Errorf("launch campaign %s: %w", campaign, &contest.Refusal{Reason: contest.AlreadyLaunched})
	}
	p.LaunchedAt, p.SHA256 = tx.now, p.Hash()
	err = tx.mustChange("UPDATE campaigns SET plan = ?, launched_at = ?, plan_sha256 = ? WHERE id = ? AND launched_at = 0",
		string(p.JSON()), millis(p.LaunchedAt), p.SHA256, campaign)
	if err != nil {
		return p, fmt.Errorf("launch campaign %s: %w", campaign, err)
	}
	return p, nil
}

// AmendPlan stores another plan for a launched campaign, and why; ErrConflict before the launch.
func (tx *Tx) AmendPlan(campaign contest.CampaignID, p kpi.Plan, staff contest.StaffID, reason string) (kpi.Amendment, error) {
	if err := tx.Lock("amend " + string(campaign)); err != nil { // amendments are numbered, and each follows the one before
		return kpi.Amendment{}, fmt.Errorf("amend campaign %s: %w", campaign, err)
	}
	before, err := tx.Plan(campaign)
	switch {
	case err != nil:
		return kpi.Amendment{}, err
	case !before.Launched():
		return kpi.Amendment{}, fmt.Errorf("amend campaign %s, which is not launched: %w", campaign, ErrConflict)
	}
	a := kpi.Amendment{Number: before.Amendments + 1, At: tx.now, Staff: staff, Reason: reason, Plan: p, Follows: before.SHA256}
	_, err = tx.Exec("INSERT INTO campaign_amendments (campaign, number, at, staff, reason, plan, follows, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		campaign, a.Number, millis(a.At), a.Staff, a.Reason, string(p.JSON()), a.Follows, a.Hash())
	if err == nil && p.TimeZone != before.TimeZone {
		err = tx.rebuildDays(campaign)
	}
	if err != nil {
		return a, fmt.Errorf("amend campaign %s: %w", campaign, err)
	}
	return a, nil
}

// LaunchedPlan returns a campaign's plan as it was launched, whatever was amended since.
func (tx *Tx) LaunchedPlan(campaign contest.CampaignID) (p kpi.Plan, err error) {
	err = tx.one("SELECT plan FROM campaigns WHERE id = ? AND launched_at <> 0", []any{campaign}, planColumn{&p})
	if err != nil {
		return p, fmt.Errorf("read launched plan of campaign %s: %w", campaign, err)
	}
	return p, nil
}

func scanAmendment(row scanner) (a kpi.Amendment, err error) {
	err = row.Scan(&a.Number, timeColumn{&a.At}, &a.Staff, &a.Reason, jsonColumn{&a.Plan}, &a.Follows)
	return a, err
}

// Amendments lists what changed in a campaign's plan since its launch, the first one first.
func (tx *Tx) Amendments(campaign contest.CampaignID) ([]kpi.Amendment, error) {
	as, err := list(tx, scanAmendment, "SELECT number, at, staff, reason, plan, follows FROM campaign_amendments WHERE campaign = ? ORDER BY number", campaign)
	if err != nil {
		return nil, fmt.Errorf("list amendments of campaign %s: %w", campaign, err)
	}
	return as, nil
}
