package console

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// campaignRoutes are those of campaigns and their plans.
func (c *Console) campaignRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns", c.campaigns)
	add(marketers, http.MethodPost, "/console/campaigns", c.createCampaign)
	add(marketers, http.MethodGet, "/console/campaigns/{id}", c.showCampaign)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/plan", c.planForm)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/plan", c.savePlan)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/launch", c.launchPlanForm)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/launch", c.launchPlan)
}

func campaignPath(id contest.CampaignID) string { return "/console/campaigns/" + string(id) }

// campaignFrame is what every page of a campaign has around it.
type campaignFrame struct {
	frame
	Campaign campaigns.Planned
	Place    string // which of the campaign's pages it is
	Places   []campaignPlace
	Phase    string
	Period   string // in words; empty while there is none
}

// campaignPlace leads to one of a campaign's pages.
type campaignPlace struct{ Name, Path, Title string }

// aroundCampaign returns the frame of a page of the campaign {id}.
func (c *Console) aroundCampaign(r *http.Request, place string) (campaignFrame, error) {
	campaign, err := c.Campaigns.Planned(r.Context(), contest.CampaignID(r.PathValue("id")))
	if err != nil {
		return campaignFrame{}, err
	}
	around, err := c.around(r, "campaigns")
	if err != nil {
		return campaignFrame{}, err
	}
	words := c.drawer.Context(r)
	f := campaignFrame{
		frame: around, Campaign: campaign, Place: place, Phase: campaignPhase(campaign, c.now()), Period: periodText(words, campaign.Plan.Plan),
	}
	for _, name := range []string{"", "numbers", "report", "reposts", "links", "orders", "reported", "plan"} {
		f.Places = append(f.Places, campaignPlace{name, campaignPath(campaign.ID) + slashed(name), "campaign.place." + placeName(name)})
	}
	return f, nil
}

func slashed(name string) string {
	if name == "" {
		return ""
	}
	return "/" + name
}

func placeName(name string) string {
	if name == "" {
		return "overview"
	}
	return name
}

// campaignPhase names where a campaign stands at now.
func campaignPhase(p campaigns.Planned, now time.Time) string {
	switch {
	case !p.Launched():
		return "draft"
	case now.Before(p.Starts):
		return "upcoming"
	case p.Running(now):
		return "running"
	}
	return "ended"
}

// periodText says from when until when a plan goes; empty while it has no period.
func periodText(words *page.Context, p kpi.Plan) string {
	if p.Starts.IsZero() || p.Ends.IsZero() {
		return ""
	}
	return words.Day(p.Starts, p.Location()) + " – " + words.Day(p.Ends.Add(-time.Millisecond), p.Location())
}

type campaignsView struct {
	frame
	Form      form
	Invalid   []string
	Campaigns []campaignLine
}

// campaignLine is a campaign in the list.
type campaignLine struct {
	ID                   contest.CampaignID
	Name, Phase, Period  string
	Challenges, Targeted int
}

func (c *Console) campaigns(w http.ResponseWriter, r *http.Request) error {
	return c.drawCampaigns(w, r, http.StatusOK, form{Values: url.Values{}})
}

func (c *Console) drawCampaigns(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.around(r, "campaigns")
	if err != nil {
		return err
	}
	list, err := c.Campaigns.AllPlanned(r.Context())
	if err != nil {
		return fmt.Errorf("list campaigns: %w", err)
	}
	challenges, err := c.Campaigns.Challenges(r.Context())
	if err != nil {
		return fmt.Errorf("list challenges: %w", err)
	}
	words := c.drawer.Context(r)
	f.words = words
	v := campaignsView{frame: around, Form: f, Invalid: f.Invalid("plan_name")}
	for _, p := range list {
		line := campaignLine{
			ID: p.ID, Name: words.Text(p.Name), Phase: campaignPhase(p, c.now()), Period: periodText(words, p.Plan.Plan), Targeted: len(p.Targets),
		}
		for _, ch := range challenges {
			if ch.Campaign == p.ID {
				line.Challenges++
			}
		}
		v.Campaigns = append(v.Campaigns, line)
	}
	return c.draw(w, r, status, "campaigns", words.T("campaigns"), v)
}

func (c *Console) createCampaign(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	f := challengeForm{r.PostForm, faults{}}
	name := f.both("plan_name")
	if !name.Complete() {
		f.faults.add("plan_name", "both_languages")
		return c.drawCampaigns(w, r, http.StatusUnprocessableEntity, form{Values: f.values, faults: f.faults})
	}
	made, err := c.Campaigns.CreateCampaign(r.Context(), staffOf(r), name)
	if err != nil {
		return err
	}
	return c.see(w, r, campaignPath(made.ID)+"/plan")
}
