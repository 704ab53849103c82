package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/campaigns"
	"fanfare/server/app/keys"
	"fanfare/server/kpi"
)

func (s *site) planOperations(api huma.API) {
	list := s.keyed(operation(http.MethodGet, "/campaigns", "list-campaigns", "The campaigns that the key is for, newest first"), keys.PlanRead)
	huma.Register(api, list, s.listCampaigns)
	read := s.keyed(operation(http.MethodGet, "/campaigns/{campaign}/plan", "read-plan", "What a campaign set out to do, as it holds now"), keys.PlanRead)
	huma.Register(api, read, s.readPlan)
}

// campaignBody is what stands over everything that is said of a campaign.
type campaignBody struct {
	ID         string       `json:"id"`
	Name       text         `json:"name"`
	TimeZone   string       `json:"time_zone" doc:"IANA name; the campaign's days are days there" example:"Asia/Shanghai"`
	Starts     *time.Time   `json:"starts,omitempty"`
	Ends       *time.Time   `json:"ends,omitempty" doc:"The first moment after it"`
	Currency   kpi.Currency `json:"currency" doc:"ISO 4217; what money is reported in"`
	Digits     int          `json:"currency_digits" doc:"How many of an amount's digits are behind the point: amounts are in minor units"`
	LaunchedAt *time.Time   `json:"launched_at,omitempty" doc:"Since when the plan is locked"`
}

func campaignOf(p campaigns.Planned) campaignBody {
	return campaignBody{
		ID: string(p.Campaign.ID), Name: text(p.Name), TimeZone: p.TimeZone, Starts: given(p.Starts), Ends: given(p.Ends),
		Currency: p.Currency, Digits: p.Currency.Digits(), LaunchedAt: given(p.LaunchedAt),
	}
}

type campaignsBody struct {
	Campaigns []campaignBody `json:"campaigns"`
}

func (s *site) listCampaigns(ctx context.Context, in *Conditional) (*tagged[campaignsBody], error) {
	all, err := s.Campaigns.AllPlanned(ctx)
	of, body := keyFrom(ctx).Campaign, campaignsBody{[]campaignBody{}}
	for _, p := range all {
		if of == "" || of == p.Campaign.ID {
			body.Campaigns = append(body.Campaigns, campaignOf(p))
		}
	}
	return tag(ctx, s, *in, body, err)
}

type planBody struct {
	Campaign        campaignBody  `json:"campaign"`
	SHA256          string        `json:"sha256,omitempty" doc:"Of the plan as it was launched, or of its last amendment"`
	Amendments      int           `json:"amendments" doc:"How many there were since the launch"`
	AttributionDays int           `json:"attribution_days" doc:"For how long after a click an order counts for its link"`
	Budget          int64         `json:"budget" doc:"Minor units"`
	Channels        []planChannel `json:"channels"`
	Partners        []choice      `json:"partners"`
	Targets         []planFigure  `json:"targets"`
	Baseline        planBaseline  `json:"baseline"`
	Prizes          []planPrize   `json:"prizes"`
	PrizeTerms      text          `json:"prize_terms"`
	Mechanics       []string      `json:"mechanics" doc:"What of the campaign platforms or laws look at" enum:"rewarded_sharing,required_sharing,friends_help,rewarded_following"`
}

type planChannel struct {
	ID     string `json:"id" doc:"The utm_source that means it"`
	Name   text   `json:"name"`
	Budget int64  `json:"budget" doc:"Minor units"`
}

// planFigure is a number that somebody set.
type planFigure struct {
	Metric kpi.Metric `json:"metric"`
	Unit   kpi.Unit   `json:"unit" enum:"count,money,percent" doc:"money: minor units of the currency; percent: hundredths of a percent"`
	Value  int64      `json:"value"`
}

type planBaseline struct {
	Label   string       `json:"label" doc:"Of which period it is"`
	Starts  *time.Time   `json:"starts,omitempty"`
	Ends    *time.Time   `json:"ends,omitempty"`
	Figures []planFigure `json:"figures"`
}

type planPrize struct {
	Name     text         `json:"name"`
	Value    int64        `json:"value" doc:"Of one, in minor units"`
	Currency kpi.Currency `json:"currency"`
	Count    int          `json:"count"`
	How      string       `json:"how" enum:"rank,draw"`
}

func (s *site) readPlan(ctx context.Context, in *CampaignRead) (*tagged[planBody], error) {
	p, err := s.Campaigns.Planned(ctx, in.id())
	return tag(ctx, s, in.Conditional, planOf(p), err)
}

func planOf(p campaigns.Planned) planBody {
	b := planBody{
		Campaign: campaignOf(p), SHA256: p.SHA256, Amendments: p.Amendments, AttributionDays: p.AttributionDays, Budget: p.Budget,
		Channels: []planChannel{}, Partners: choices(p.Partners), Targets: setFigures(p.Targets), Prizes: []planPrize{}, PrizeTerms: text(p.PrizeTerms), Mechanics: []string{},
		Baseline: planBaseline{Label: p.Baseline.Label, Starts: given(p.Baseline.Starts), Ends: given(p.Baseline.Ends), Figures: setFigures(p.Baseline.Figures)},
	}
	for _, c := range p.Channels {
		b.Channels = append(b.Channels, planChannel{string(c.ID), text(c.Name), c.Budget})
	}
	for _, one := range p.Prizes {
		b.Prizes = append(b.Prizes, planPrize{text(one.Name), one.Value, one.Currency, one.Count, string(one.How)})
	}
	for _, m := range p.Mechanics {
		b.Mechanics = append(b.Mechanics, string(m))
	}
	return b
}

// setFigures are numbers in the order in which people read metrics.
func setFigures(of map[kpi.Metric]int64) []planFigure {
	list := []planFigure{}
	for _, d := range kpi.Definitions {
		if value, ok := of[d.Metric]; ok {
			list = append(list, planFigure{d.Metric, d.Unit, value})
		}
	}
	return list
}
