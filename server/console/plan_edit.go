package console

import (
	"errors"
	"net/http"
	"slices"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

type planFormView struct {
	campaignFrame
	Form       form
	Invalid    []string
	Before     string // the hash of the plan that is edited
	Conflict   bool   // somebody else has changed it meanwhile
	Unchanged  bool   // an amendment that changes nothing
	Zones      []string
	Currencies []kpi.Currency
	Figures    []figureRow
	Channels   []map[string]string
	Common     []kpi.Channel // that are not among the channels yet
	Partners   []map[string]string
	Prizes     []map[string]string
	Filled     filledRows
	Awards     []kpi.Award
}

// filledRows is how many rows of the form say something.
type filledRows struct{ Channels, Partners, Prizes int }

// Unfolds reports whether a section of the form lies open from the start: something in it is wrong, or more of its rows were asked for.
func (v planFormView) Unfolds(section string, fields ...string) bool {
	return v.Form.Values.Get("more") == section || slices.ContainsFunc(append(fields, section), func(field string) bool { return v.Form.Fault(field) != "" })
}

// planForm shows the form of a plan; of a launched one, that of an amendment.
func (c *Console) planForm(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundCampaign(r, "plan")
	if err != nil {
		return err
	}
	p := around.Campaign
	v := planFormView{campaignFrame: around, Before: planHash(p), Form: form{Values: planValues(p.Name, p.Plan.Plan), faults: faults{}}}
	if len(p.Targets) > 0 { // a plan that somebody has begun to write
		for _, problem := range p.Validate() {
			v.Form.faults.add(problem.Field, problem.Code)
		}
	}
	return c.drawPlanForm(w, r, http.StatusOK, v)
}

// planHash is the hash by which an edit knows the plan that it began with.
func planHash(p campaigns.Planned) string {
	if p.Launched() {
		return p.SHA256
	}
	return p.Hash()
}

func (c *Console) drawPlanForm(w http.ResponseWriter, r *http.Request, status int, v planFormView) error {
	words := c.drawer.Context(r)
	values := v.Form.Values
	v.Form.words, v.Invalid = words, v.Form.Invalid(planFields...)
	v.Zones, v.Currencies, v.Awards = commonZones, commonCurrencies, []kpi.Award{kpi.ByRank, kpi.ByDraw}
	v.Figures = figureRows(words, values)
	tickedChannels(values)
	v.Channels, v.Partners, v.Prizes = rowsOf(values, "channel", channelParts...), rowsOf(values, "partner", partnerParts...), rowsOf(values, "prize", prizeParts...)
	for _, common := range commonChannels {
		if !hasID(v.Channels, string(common.ID)) {
			v.Common = append(v.Common, common)
		}
	}
	challenges, err := c.Campaigns.In(r.Context(), v.Campaign.ID)
	if err != nil {
		return err
	}
	for _, ch := range challenges {
		for _, partner := range ch.Partners {
			if !hasID(v.Partners, partner.ID) {
				v.Partners = append(v.Partners, map[string]string{"id": partner.ID, "zh": partner.Name.ZH, "en": partner.Name.EN})
			}
		}
	}
	v.Filled = filledRows{len(v.Channels), len(v.Partners), len(v.Prizes)}
	v.Channels, v.Partners, v.Prizes = spared(v.Channels, values, "channels"), spared(v.Partners, values, "partners"), spared(v.Prizes, values, "prizes")
	title := words.T("plan.edit")
	if v.Campaign.Launched() {
		title = words.T("plan.amend")
	}
	return c.draw(w, r, status, "plan_form", title, v)
}

// hasID reports whether one of the rows has the identifier.
func hasID(rows []map[string]string, id string) bool {
	for _, row := range rows {
		if row["id"] == id {
			return true
		}
	}
	return false
}

// savePlan keeps a plan before its launch, and amends it after that.
func (c *Console) savePlan(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	around, err := c.aroundCampaign(r, "plan")
	if err != nil {
		return err
	}
	f := planReader{challengeForm{r.PostForm, faults{}}}
	before := around.Campaign
	v := planFormView{campaignFrame: around, Before: f.text("before"), Form: form{Values: f.values, faults: f.faults}}
	if before.Launched() { // what the form does not offer any more
		f.values.Set("time_zone", before.TimeZone)
		f.values.Set("currency", string(before.Currency))
	}
	if f.values.Has("more") { // nothing is kept yet
		return c.drawPlanForm(w, r, http.StatusOK, v)
	}
	plan, name := f.plan(), f.both("plan_name")
	if !before.Launched() && name == (contest.Text{}) {
		f.faults.add("plan_name", "required")
	}
	if len(f.faults) == 0 && before.Launched() {
		err = c.amend(r, &f, before, plan)
	} else if len(f.faults) == 0 {
		err = c.Campaigns.SavePlan(r.Context(), staffOf(r), before.ID, name, plan, f.text("before"))
	}
	switch {
	case errors.Is(err, campaigns.ErrChanged):
		v.Conflict, v.Before = true, planHash(before)
		return c.drawPlanForm(w, r, http.StatusConflict, v)
	case errors.Is(err, campaigns.ErrUnchanged):
		v.Unchanged = true
		return c.drawPlanForm(w, r, http.StatusUnprocessableEntity, v)
	case err != nil:
		return err
	case len(f.faults) > 0:
		return c.drawPlanForm(w, r, http.StatusUnprocessableEntity, v)
	case before.Launched():
		return c.see(w, r, campaignPath(before.ID)+"?done=amended")
	}
	return c.see(w, r, campaignPath(before.ID)+"?done=saved")
}

// amend changes a launched plan; what is wrong with the new one is noted.
func (c *Console) amend(r *http.Request, f *planReader, before campaigns.Planned, plan kpi.Plan) error {
	problems, err := c.Campaigns.AmendPlan(r.Context(), staffOf(r), before.ID, plan, f.text("reason"), f.text("before"))
	for _, problem := range problems {
		f.faults.add(problem.Field, problem.Code)
	}
	if errors.Is(err, campaigns.ErrReason) {
		f.faults.add("reason", "length", "max", kpi.MaxReason)
		return nil
	}
	return err
}

type planLaunchView struct {
	campaignFrame
	Findings []findingLine
	Clear    bool
	Parts    []planPart
	Hash     string
	Changed  bool // since the staff saw what they confirm
}

func (c *Console) launchPlanForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawPlanLaunch(w, r, http.StatusOK, false)
}

func (c *Console) drawPlanLaunch(w http.ResponseWriter, r *http.Request, status int, changed bool) error {
	around, err := c.aroundCampaign(r, "")
	if err != nil {
		return err
	}
	if around.Campaign.Launched() {
		return c.see(w, r, campaignPath(around.Campaign.ID))
	}
	words := c.drawer.Context(r)
	v := planLaunchView{
		campaignFrame: around, Parts: planParts(words, around.Campaign.Plan.Plan), Hash: around.Campaign.Hash(), Changed: changed,
	}
	if v.Findings, v.Clear, err = c.findings(r, words, around.Campaign.ID); err != nil {
		return err
	}
	return c.draw(w, r, status, "plan_launch", words.T("plan.launch"), v)
}

// launchPlan locks what the staff saw: the form carries the hash that was shown, and another one is not launched.
func (c *Console) launchPlan(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.CampaignID(r.PathValue("id"))
	found, err := c.Campaigns.LaunchPlan(r.Context(), staffOf(r), id, r.PostForm.Get("hash"))
	var refusal *contest.Refusal
	switch {
	case errors.As(err, &refusal):
		return c.see(w, r, campaignPath(id))
	case errors.Is(err, campaigns.ErrChanged):
		return c.drawPlanLaunch(w, r, http.StatusConflict, true)
	case err != nil:
		return err
	case !kpi.Cleared(found):
		return c.drawPlanLaunch(w, r, http.StatusUnprocessableEntity, false)
	}
	return c.see(w, r, campaignPath(id)+"?done=plan_launched")
}
