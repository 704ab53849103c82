package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/keys"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

func (s *site) orderListOperations(api huma.API) {
	list := s.keyed(operation(http.MethodGet, "/campaigns/{campaign}/orders", "list-orders", "A campaign's orders, the newest first, and what they come to"), keys.OrdersRead)
	huma.Register(api, list, s.listOrders)
}

// OrdersInput asks for a page of orders. What is absent does not narrow.
type OrdersInput struct {
	CampaignInput
	Conditional
	After        string `query:"after" maxLength:"40" doc:"The next of the page before"`
	From         string `query:"from" format:"date" doc:"Placed on this day or later, in the campaign's time zone"`
	To           string `query:"to" format:"date" doc:"Placed on this day or before"`
	Shop         string `query:"shop" maxLength:"40"`
	State        string `query:"state" enum:"awaited,paid,cancelled"`
	Channel      string `query:"channel" maxLength:"100"`
	Partner      string `query:"partner" maxLength:"100"`
	Means        string `query:"attributed_by" enum:"click,coupon,f-code"`
	Unattributed bool   `query:"unattributed" doc:"Paid ones that are due to nobody"`
	NoRate       bool   `query:"no_rate" doc:"Paid ones that wait for an exchange rate, and so are in no number"`
}

type ordersBody struct {
	Orders []orderBody    `json:"orders"`
	Next   string         `json:"next,omitempty" doc:"Leads to the page behind this one; absent on the last one"`
	Sums   []orderSumBody `json:"sums" doc:"Of all paid orders that are found, by currency"`
}

type orderBody struct {
	ID        string       `json:"id"`
	Shop      string       `json:"shop"`
	Number    string       `json:"number" doc:"The shop's"`
	Name      string       `json:"name,omitempty" doc:"What people call it"`
	State     string       `json:"state" enum:"awaited,paid,cancelled" doc:"awaited: something was said of it, but not that it is paid"`
	PlacedAt  *time.Time   `json:"placed_at,omitempty"`
	Currency  kpi.Currency `json:"currency,omitempty"`
	Amount    int64        `json:"amount" doc:"Minor units of its currency"`
	Refunded  int64        `json:"refunded" doc:"Likewise"`
	Reporting *reportedIn  `json:"reporting,omitempty" doc:"In the campaign's currency; absent while nobody has said the rate"`
	Means     kpi.Means    `json:"attributed_by,omitempty" doc:"click, coupon or f-code; absent where it is due to nobody"`
	Why       kpi.Why      `json:"why,omitempty"`
	Channel   string       `json:"channel,omitempty"`
	Partner   string       `json:"partner,omitempty"`
	Challenge string       `json:"challenge,omitempty" doc:"Its slug"`
	Entry     int64        `json:"entry,omitempty" doc:"Its number within the challenge"`
	Link      string       `json:"link,omitempty"`
	ClickedAt *time.Time   `json:"clicked_at,omitempty"`
	Code      string       `json:"code,omitempty"`
}

type reportedIn struct {
	Currency kpi.Currency `json:"currency"`
	Amount   int64        `json:"amount" doc:"Minor units"`
	Refunded int64        `json:"refunded" doc:"Minor units"`
	Rate     string       `json:"rate" example:"7.1234"`
	RateDay  string       `json:"rate_day,omitempty" doc:"From which on it holds"`
}

type orderSumBody struct {
	Currency     kpi.Currency `json:"currency"`
	Orders       int64        `json:"orders"`
	Amount       int64        `json:"amount" doc:"Minor units"`
	Refunded     int64        `json:"refunded" doc:"Minor units"`
	NoRate       int64        `json:"no_rate"`
	Unattributed int64        `json:"unattributed"`
}

func (s *site) listOrders(ctx context.Context, in *OrdersInput) (*tagged[ordersBody], error) {
	body, err := s.ordersFor(ctx, in)
	return tag(ctx, s, in.Conditional, body, err)
}

func (s *site) ordersFor(ctx context.Context, in *OrdersInput) (body ordersBody, err error) {
	plan, err := s.Campaigns.Planned(ctx, in.id())
	if err != nil {
		return body, err
	}
	slugs, err := s.slugs(ctx, in.id())
	if err != nil {
		return body, err
	}
	list, err := s.Orders.List(ctx, in.filter(plan.Location()), kpi.OrderID(in.After))
	body = ordersBody{Orders: []orderBody{}, Next: string(list.Next), Sums: []orderSumBody{}}
	for _, o := range list.Orders {
		body.Orders = append(body.Orders, orderOf(o, slugs))
	}
	for _, sum := range list.Sums {
		body.Sums = append(body.Sums, orderSumBody(sum))
	}
	return body, err
}

func (in *OrdersInput) filter(zone *time.Location) store.OrderFilter {
	f := store.OrderFilter{
		Campaign: in.id(), Shop: kpi.ShopID(in.Shop), State: kpi.OrderState(in.State), Channel: kpi.ChannelID(in.Channel), Partner: kpi.PartnerID(in.Partner),
		Means: kpi.Means(in.Means), Unattributed: in.Unattributed, NoRate: in.NoRate,
	}
	if day, err := time.ParseInLocation(time.DateOnly, in.From, zone); err == nil {
		f.From = kpi.QuarterOf(day)
	}
	if day, err := time.ParseInLocation(time.DateOnly, in.To, zone); err == nil {
		f.To = kpi.QuarterOf(day.AddDate(0, 0, 1))
	}
	return f
}

func orderOf(o kpi.Order, slugs map[contest.ChallengeID]string) orderBody {
	a := o.Attribution
	b := orderBody{
		ID: string(o.ID), Shop: string(o.Shop), Number: o.Number, Name: o.Name, State: string(o.State), PlacedAt: given(o.PlacedAt),
		Currency: o.Currency, Amount: o.Amount, Refunded: o.Refunded, Means: a.Means, Why: a.Why, Channel: string(a.Channel), Partner: string(a.Partner),
		Challenge: slugs[a.Challenge], Entry: int64(a.Entry), Link: string(a.Link), ClickedAt: given(a.ClickedAt), Code: a.Code,
	}
	if o.Rate > 0 {
		b.Reporting = &reportedIn{o.Reporting, o.Reported, o.ReportedRefunds, o.Rate.String(), o.RateDay}
	}
	return b
}
