package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/events"
	"fanfare/server/app/keys"
	"fanfare/server/app/links"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// maxRows is how large a report of figures may be: 500 rows with the longest names.
const maxRows = 256 << 10 // bytes

func (s *site) linkOperations(api huma.API) {
	list := s.keyed(operation(http.MethodGet, "/campaigns/{campaign}/links", "list-links", "A campaign's tracked links and the clicks on them"), keys.LinksWrite)
	huma.Register(api, list, s.listLinks)
	create := s.keyed(created(operation(http.MethodPost, "/campaigns/{campaign}/links", "create-link", "Make a tracked link")), keys.LinksWrite)
	huma.Register(api, create, s.createLink)

	tell := s.keyed(created(operation(http.MethodPost, "/campaigns/{campaign}/reported", "tell-reported", "Tell of figures that a platform reports")), keys.ReportedWrite)
	tell.Description = "All rows count at once, or none. Of the same day, channel, partner and metric the newest report counts. Staff see each report as a batch and can undo it. Votes, orders and money are counted here alone."
	tell.MaxBodyBytes = maxRows
	huma.Register(api, tell, s.tellReported)

	count := s.keyed(operation(http.MethodPost, "/campaigns/{campaign}/events", "tell-events", "Tell of what happened in an app, or on a platform"), keys.EventsWrite)
	count.Description = "For programs that show a challenge to people in other ways than our pages and widgets, which tell by themselves (POST /api/v1/events). They count by the same definitions; whom they tell of they do not say, so nothing adds to the reach. A batch counts once, so it may be sent again until it is answered."
	count.DefaultStatus = http.StatusNoContent
	huma.Register(api, count, s.tellEvents)
}

type linkBody struct {
	Code      string     `json:"code"`
	Address   string     `json:"address" doc:"What people open"`
	Channel   string     `json:"channel"`
	Partner   string     `json:"partner,omitempty"`
	Challenge string     `json:"challenge,omitempty" doc:"The slug of the one that clicks are counted for"`
	Entry     int64      `json:"entry,omitempty" doc:"Its number within the challenge"`
	Target    string     `json:"target" doc:"Where it leads: an https address, or the path of one of our pages"`
	Label     string     `json:"label,omitempty"`
	Clicks    int64      `json:"clicks"`
	ClickedAt *time.Time `json:"clicked_at,omitempty" doc:"The last time"`
	CreatedAt time.Time  `json:"created_at"`
	RetiredAt *time.Time `json:"retired_at,omitempty" doc:"Since when it leads on and counts nothing"`
}

func (s *site) linkOf(l store.LinkClicks, slugs map[contest.ChallengeID]string) linkBody {
	return linkBody{
		Code: string(l.Code), Address: s.Public.String() + "/t/" + string(l.Code), Channel: string(l.Channel), Partner: string(l.Partner),
		Challenge: slugs[l.Challenge], Entry: int64(l.Entry), Target: l.Target, Label: l.Label, Clicks: l.Clicks, ClickedAt: given(l.ClickedAt),
		CreatedAt: l.CreatedAt.UTC(), RetiredAt: given(l.RetiredAt),
	}
}

type linksBody struct {
	Links []linkBody `json:"links" doc:"The oldest first"`
}

// LinksInput asks for a campaign's links.
type LinksInput struct {
	CampaignInput
	Conditional
}

func (s *site) listLinks(ctx context.Context, in *LinksInput) (*tagged[linksBody], error) {
	o, err := s.Links.Overview(ctx, in.id())
	slugs := map[contest.ChallengeID]string{}
	for _, c := range o.Challenges {
		slugs[c.ID] = c.Slug
	}
	body := linksBody{[]linkBody{}}
	for _, l := range o.Links {
		body.Links = append(body.Links, s.linkOf(l, slugs))
	}
	return tag(ctx, s, in.Conditional, body, err)
}

// LinkInput is a link to make.
type LinkInput struct {
	CampaignInput
	IdempotencyKey string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100" doc:"The same key with the same link makes it once"`
	Body           struct {
		Channel string `json:"channel" maxLength:"100" doc:"One of the plan"`
		Partner string `json:"partner,omitempty" maxLength:"100" doc:"One of the plan"`
		Target  string `json:"target" maxLength:"1500" doc:"Where it leads: an https address, or the path of one of our pages. Clicks on a link to a challenge's page are counted for the challenge"`
		Label   string `json:"label,omitempty" maxLength:"500" doc:"Up to 120 characters"`
	}
}

func (s *site) createLink(ctx context.Context, in *LinkInput) (*struct{ Body linkBody }, error) {
	k := keyFrom(ctx)
	l, err := s.Links.CreateOnce(ctx, kpi.Link{
		Campaign: in.id(), Staff: k.Staff, Target: in.Body.Target, Label: in.Body.Label,
		Credit: kpi.Credit{Channel: kpi.ChannelID(in.Body.Channel), Partner: kpi.PartnerID(in.Body.Partner)},
	}, "links/"+k.ID, in.IdempotencyKey)
	if err != nil {
		return nil, s.answer(ctx, fieldProblemOf(err))
	}
	slugs, err := s.slugs(ctx, in.id())
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &struct{ Body linkBody }{s.linkOf(store.LinkClicks{Link: l}, slugs)}, nil
}

// fieldProblemOf names the field of a link or a figure that is wrong.
func fieldProblemOf(err error) error {
	var wrong *links.FieldError
	if !errors.As(err, &wrong) {
		return err
	}
	p := newProblem(http.StatusUnprocessableEntity, "invalid", "Nothing was taken: "+wrong.Error()+".")
	p.Errors = []fieldProblem{{"body." + wrong.Field, wrong.Code}}
	return p
}

// ReportedInput are figures that somebody else counted.
type ReportedInput struct {
	CampaignInput
	IdempotencyKey string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100" doc:"The same key with the same rows counts them once"`
	Body           struct {
		Source string `json:"source" maxLength:"320" doc:"Who counted, in up to 80 characters that people read"`
		Rows   []struct {
			Day     string `json:"day" format:"date" doc:"In the campaign's time zone"`
			Channel string `json:"channel" maxLength:"100" doc:"One of the plan"`
			Partner string `json:"partner,omitempty" maxLength:"100" doc:"One of the plan"`
			Metric  string `json:"metric" enum:"impressions,reach,views,visits,clicks,shares,entries,participants,reposts"`
			Value   int64  `json:"value" minimum:"0" maximum:"1000000000000000"`
		} `json:"rows" minItems:"1" maxItems:"500"`
	}
}

type batchBody struct {
	Batch   string `json:"batch"`
	Figures int    `json:"figures"`
	First   string `json:"first_day"`
	Last    string `json:"last_day"`
}

func (s *site) tellReported(ctx context.Context, in *ReportedInput) (*struct{ Body batchBody }, error) {
	k := keyFrom(ctx)
	t := links.Told{Campaign: in.id(), Source: in.Body.Source, Staff: k.Staff, Scope: "reported/" + k.ID, IdempotencyKey: in.IdempotencyKey}
	for _, r := range in.Body.Rows {
		t.Figures = append(t.Figures, store.Reported{
			Day: r.Day, Channel: kpi.ChannelID(r.Channel), Partner: kpi.PartnerID(r.Partner), Metric: kpi.Metric(r.Metric), Value: r.Value,
		})
	}
	b, err := s.Links.Tell(ctx, t)
	if err != nil {
		return nil, s.answer(ctx, fieldProblemOf(err))
	}
	return &struct{ Body batchBody }{batchBody{string(b.ID), b.Figures, b.FirstDay, b.LastDay}}, nil
}

// EventsInput is what a program tells of.
type EventsInput struct {
	CampaignInput
	Body struct {
		Batch     string      `json:"batch" pattern:"^[0-9a-f]{32}$" doc:"128 random bits in hexadecimal, drawn once for each report"`
		Challenge string      `json:"challenge" maxLength:"100" doc:"Its slug"`
		Channel   string      `json:"channel,omitempty" maxLength:"200" doc:"One of the plan, or the value of ff= that a visitor came with; otherwise they came by none"`
		Events    []eventBody `json:"events" minItems:"1" maxItems:"100"`
	}
}

func (s *site) tellEvents(ctx context.Context, in *EventsInput) (*struct{}, error) {
	report := events.Report{Batch: in.Body.Batch, Challenge: in.Body.Challenge, Via: in.Body.Channel, Campaign: in.id()}
	for _, e := range in.Body.Events {
		one, err := e.event()
		if err != nil {
			return nil, s.answer(ctx, err)
		}
		report.Events = append(report.Events, one)
	}
	return nil, s.answer(ctx, s.Events.Count(ctx, report))
}
