package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/campaigns"
	"fanfare/server/app/keys"
	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/kpi"
)

func (s *site) numberOperations(api huma.API) {
	read := s.keyed(operation(http.MethodGet, "/campaigns/{campaign}/numbers", "read-numbers", "How a campaign is doing"), keys.NumbersRead)
	read.Description = "What the dashboard shows, as it was at most five seconds ago. Values are whole numbers in their metric's unit: count; money in minor units of the campaign's currency; percent in hundredths of a percent. What was counted here and what others report is told apart; value is both together."
	huma.Register(api, read, s.readNumbers)
	series := s.keyed(operation(http.MethodGet, "/campaigns/{campaign}/numbers/{metric}/series", "read-series", "One metric over time"), keys.NumbersRead)
	series.Description = "By hours and days as clocks and calendars of the campaign's time zone show them, those of the campaign's period that have begun. By hour at most 31 days are answered, the last of those asked for. Reach is known by day alone. What is answered is said in by, from and to."
	huma.Register(api, series, s.readSeries)
}

type numbersBody struct {
	Campaign   campaignBody  `json:"campaign"`
	AsAt       time.Time     `json:"as_at"`
	Period     periodBody    `json:"period" doc:"What is counted: whole days of the campaign's time zone"`
	Challenges []string      `json:"challenges" doc:"Slugs of those that were launched"`
	Metrics    []metricBody  `json:"metrics"`
	Funnel     []funnelBody  `json:"funnel"`
	Channels   []channelBody `json:"channels" doc:"Those of the plan first; the empty one is what came by none"`
	Partners   []GroupBody   `json:"partners" doc:"Likewise"`
	Cities     []cityBody    `json:"cities" doc:"The ones with the most votes first"`
	Engaging   []topBody     `json:"engaging" doc:"The entries with the most votes and shares"`
	Selling    []topBody     `json:"selling" doc:"The entries whose links brought most"`
	// Unrated and Unattributed say what the numbers leave out.
	Unrated      int64 `json:"orders_without_rate" doc:"Orders that wait for an exchange rate, and are in no number"`
	Unattributed int64 `json:"orders_unattributed" doc:"Orders that are due to no link and no code"`
}

type periodBody struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to" doc:"The first moment after it"`
	First string    `json:"first_day" example:"2026-11-01"`
	Last  string    `json:"last_day" example:"2026-11-30"`
}

// DefinitionBody says what a number means. It is exported, like GroupBody, because the description passes over embedded structs that are not.
type DefinitionBody struct {
	Metric kpi.Metric   `json:"metric"`
	Name   text         `json:"name"`
	Means  text         `json:"definition"`
	Unit   kpi.Unit     `json:"unit" enum:"count,money,percent" doc:"money: minor units of the currency; percent: hundredths of a percent"`
	Of     []kpi.Metric `json:"worked_out_of,omitempty" doc:"Absent where it is counted, so that the numbers of two spans make that of both"`
}

func definitionOf(d kpi.Definition) DefinitionBody {
	return DefinitionBody{d.Metric, text(d.Name), text(d.Means), d.Unit, d.Of}
}

type metricBody struct {
	DefinitionBody
	Value      *int64    `json:"value,omitempty" doc:"Measured and reported together; absent where there is neither"`
	Measured   *int64    `json:"measured,omitempty" doc:"Counted here"`
	Reported   *int64    `json:"reported,omitempty" doc:"What platforms report"`
	Target     *int64    `json:"target,omitempty"`
	Completion *int64    `json:"completion,omitempty" doc:"Of the target, in hundredths of a percent: 10386 is 103.86 %"`
	Pace       *paceBody `json:"pace,omitempty"`
	Baseline   *int64    `json:"baseline,omitempty"`
	Uplift     *int64    `json:"uplift,omitempty" doc:"Against the baseline, in hundredths of a percent: 13140 is +131.4 %"`
}

type paceBody struct {
	Due        int64 `json:"due" doc:"What a figure that grows evenly would have reached by now"`
	Projected  int64 `json:"projected" doc:"What it comes to at the end of the period at the rate of the last days"`
	Completion int64 `json:"projected_completion" doc:"Of the target, in hundredths of a percent"`
	PerDay     int64 `json:"needed_per_day" doc:"How much more a day reaches the target; 0 where it is reached, or no time is left"`
}

type funnelBody struct {
	Metric kpi.Metric `json:"metric"`
	Value  int64      `json:"value"`
	Of     kpi.Metric `json:"of,omitempty" doc:"The step that it is a share of"`
	Share  *int64     `json:"share,omitempty" doc:"In hundredths of a percent"`
}

// GroupBody is a channel or a partner with its numbers.
type GroupBody struct {
	ID       string               `json:"id" doc:"Empty for what is due to none"`
	Name     text                 `json:"name"`
	Measured map[kpi.Metric]int64 `json:"measured"`
	Reported map[kpi.Metric]int64 `json:"reported"`
}

type channelBody struct {
	GroupBody
	Budget int64 `json:"budget" doc:"Minor units"`
}

type cityBody struct {
	ID      string `json:"id"`
	Name    text   `json:"name"`
	Entries int64  `json:"entries"`
	Votes   int64  `json:"votes"`
}

type topBody struct {
	Challenge string `json:"challenge" doc:"Its slug"`
	Number    int64  `json:"number" doc:"Of the entry within the challenge"`
	Entry     string `json:"entry,omitempty" doc:"Its identifier; absent where it is there no more"`
	Votes     int64  `json:"votes"`
	Shares    int64  `json:"shares"`
	Views     int64  `json:"views"`
	Orders    int64  `json:"orders"`
	GMV       int64  `json:"gmv" doc:"Minor units"`
}

func (s *site) readNumbers(ctx context.Context, in *CampaignRead) (*tagged[numbersBody], error) {
	o, err := s.Numbers.Overview(ctx, in.id())
	return tag(ctx, s, in.Conditional, numbersOf(o), err)
}

func numbersOf(o numbers.Overview) numbersBody {
	b := numbersBody{
		Campaign: campaignOf(campaigns.Planned{Campaign: o.Campaign, Plan: o.Plan}), AsAt: o.Now.UTC(),
		Period:     periodBody{o.Period.From, o.Period.To, o.Period.First, o.Period.Last},
		Challenges: []string{}, Metrics: []metricBody{}, Funnel: []funnelBody{}, Channels: []channelBody{}, Partners: []GroupBody{}, Cities: []cityBody{},
		Unrated: o.Unrated, Unattributed: o.Unattributed,
	}
	slugs := map[contest.ChallengeID]string{}
	for _, c := range o.Challenges {
		slugs[c.ID] = c.Slug
		b.Challenges = append(b.Challenges, c.Slug)
	}
	for _, f := range o.Figures {
		b.Metrics = append(b.Metrics, metricOf(f))
	}
	for _, step := range o.Funnel() {
		b.Funnel = append(b.Funnel, funnelBody{step.Metric, step.Total(), step.Of.Metric, known(step.Share, step.HasShare)})
	}
	for _, g := range o.Channels {
		b.Channels = append(b.Channels, channelBody{groupOf(g), g.Budget})
	}
	for _, g := range o.Partners {
		b.Partners = append(b.Partners, groupOf(g))
	}
	for _, c := range o.Cities {
		b.Cities = append(b.Cities, cityBody{c.ID, text(c.Name), c.Entries, c.Votes})
	}
	b.Engaging, b.Selling = tops(o.Engaging, slugs), tops(o.Selling, slugs)
	return b
}

func metricOf(f numbers.Figure) metricBody {
	b := metricBody{
		DefinitionBody: definitionOf(f.Definition), Value: known(f.Total(), f.Has()), Measured: known(f.Measured, f.HasMeasured),
		Reported: known(f.Reported, f.HasReported), Target: known(f.Target, f.Target > 0), Completion: known(f.Completion, f.Target > 0 && f.Has()),
		Baseline: known(f.Baseline, f.HasUplift), Uplift: known(f.Uplift, f.HasUplift),
	}
	if f.HasPace {
		b.Pace = &paceBody{f.Pace.Due, f.Pace.AtEnd, f.Pace.Completion, f.Pace.PerDay}
	}
	return b
}

func groupOf(g numbers.Group) GroupBody { return GroupBody{g.ID, text(g.Name), g.Measured, g.Reported} }

func tops(entries []numbers.Entry, slugs map[contest.ChallengeID]string) []topBody {
	list := []topBody{}
	for _, e := range entries {
		list = append(list, topBody{slugs[e.Challenge], int64(e.Number), string(e.ID), e.Votes, e.Shares, e.Views, e.Orders, e.GMV})
	}
	return list
}

// SeriesInput asks for a metric over time.
type SeriesInput struct {
	CampaignInput
	Conditional
	Metric string `path:"metric" doc:"As the numbers name it" example:"votes"`
	By     string `query:"by" enum:"hour,day" default:"day"`
	From   string `query:"from" format:"date" doc:"The first day, in the campaign's time zone; the period's by default"`
	To     string `query:"to" format:"date" doc:"The last day, which is included; today or the period's by default"`
	// Channel and Partner leave what is due to them.
	Channel string `query:"channel" maxLength:"100" doc:"What is due to a channel alone; - for none. Not of entries, votes and participants"`
	Partner string `query:"partner" maxLength:"100" doc:"What is due to a partner alone; - for none. Not of reach and participants"`
}

type seriesBody struct {
	DefinitionBody
	Currency kpi.Currency `json:"currency" doc:"Of money"`
	TimeZone string       `json:"time_zone"`
	AsAt     time.Time    `json:"as_at"`
	By       kpi.Step     `json:"by" enum:"hour,day"`
	From     string       `json:"from,omitempty" doc:"Absent where no day of the period was asked for"`
	To       string       `json:"to,omitempty"`
	Points   []pointBody  `json:"points" doc:"Without gaps"`
}

type pointBody struct {
	Start    time.Time `json:"start" doc:"In the campaign's time zone"`
	End      time.Time `json:"end" doc:"The first moment after it: days have 23 or 25 hours where clocks are put forward or back"`
	Value    int64     `json:"value" doc:"Measured"`
	Reported *int64    `json:"reported,omitempty" doc:"What platforms report; of days alone"`
	Partial  bool      `json:"partial" doc:"It is not over"`
}

func (s *site) readSeries(ctx context.Context, in *SeriesInput) (*tagged[seriesBody], error) {
	filter := numbers.Filter{Channel: in.Channel, Partner: in.Partner}
	d, err := s.Numbers.Detail(ctx, in.id(), kpi.Metric(in.Metric), numbers.Span{By: kpi.Step(in.By), First: in.From, Last: in.To, Filter: filter})
	body := seriesBody{
		DefinitionBody: definitionOf(d.Figure.Definition), Currency: d.Overview.Plan.Currency, TimeZone: d.Overview.Plan.TimeZone, AsAt: d.Overview.Now.UTC(),
		By: d.Span.By, Points: []pointBody{},
	}
	if len(d.Series) > 0 {
		body.From, body.To = d.Span.First, d.Span.Last
	}
	for i, b := range d.Series {
		p := pointBody{Start: b.From, End: b.To, Value: b.Value, Partial: b.Partial}
		if i < len(d.Reported) { // which has the same days, or none
			p.Reported = &d.Reported[i].Value
		}
		body.Points = append(body.Points, p)
	}
	return tag(ctx, s, in.Conditional, body, err)
}
