package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fanfare/server/app/orders"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

type orderCodesView struct {
	orderFrame
	Form     form
	Invalid  []string
	Channels []option
	Partners []option
	Codes    []orderCodeLine
	More     string
}

// orderCodeLine is a code in words.
type orderCodeLine struct {
	kpi.Code
	Due string
}

func (c *Console) orderCodes(w http.ResponseWriter, r *http.Request) error {
	return c.drawOrderCodes(w, r, http.StatusOK, form{Values: url.Values{"code_means": {string(kpi.ByCoupon)}}})
}

func (c *Console) drawOrderCodes(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.aroundOrders(r, "codes")
	if err != nil {
		return err
	}
	plan, codes, err := c.Orders.Codes(r.Context(), around.Campaign.ID, r.URL.Query().Get("after"))
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	f.words = words
	v := orderCodesView{
		orderFrame: around, Form: f, Invalid: f.Invalid("order_codes", "code_means", "code_channel"), Channels: channelOptions(words, plan),
		Partners: partnerOptions(words, plan),
	}
	if len(codes) > orders.PageSize {
		codes = codes[:orders.PageSize]
		v.More = r.URL.Path + "?" + url.Values{"after": {codes[len(codes)-1].Code}}.Encode()
	}
	for _, code := range codes {
		v.Codes = append(v.Codes, orderCodeLine{code, dueTo(words, plan, code.Credit)})
	}
	return c.draw(w, r, status, "order_codes", words.T("orders.room.codes"), v)
}

// maxCodeLength is how long a code is at most, in bytes; nobody types a longer one.
const maxCodeLength = 100

func (c *Console) setOrderCodes(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundOrders(r, "codes")
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	typed, bad := r.PostForm, faults{}
	codes, means, channel := lines(typed.Get("order_codes")), kpi.Means(typed.Get("code_means")), kpi.ChannelID(typed.Get("code_channel"))
	switch {
	case len(codes) == 0:
		bad.add("order_codes", "required")
	case len(codes) > orders.MaxCodes:
		bad.add("order_codes", "too_many", "max", orders.MaxCodes)
	case slices.ContainsFunc(codes, func(code string) bool { return len(code) > maxCodeLength || kpi.FoldCode(code) == "" }):
		bad.add("order_codes", "too_long", "max", maxCodeLength)
	}
	if means != kpi.ByCoupon && means != kpi.ByFCode {
		bad.add("code_means", "required")
	}
	if _, known := around.Campaign.Channel(channel); !known {
		bad.add("code_channel", "required")
	}
	if len(bad) > 0 {
		return c.drawOrderCodes(w, r, http.StatusUnprocessableEntity, form{Values: typed, faults: bad})
	}
	credit := kpi.Credit{Channel: channel, Partner: kpi.PartnerID(typed.Get("code_partner"))}
	if _, known := around.Campaign.Partner(credit.Partner); !known {
		credit.Partner = ""
	}
	if err := c.Orders.SetCodes(r.Context(), staffOf(r), around.Campaign.ID, codes, means, credit); err != nil {
		return err
	}
	return c.see(w, r, ordersPath(around.Campaign.ID)+"/codes?done=codes_set")
}

func (c *Console) deleteOrderCode(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	campaign := contest.CampaignID(r.PathValue("id"))
	if err := c.Orders.DeleteCode(r.Context(), staffOf(r), campaign, r.PostForm.Get("code")); err != nil {
		return err
	}
	return c.see(w, r, ordersPath(campaign)+"/codes?done=code_deleted")
}

type ratesView struct {
	orderFrame
	Form    form
	Invalid []string
	Waiting []waitingLine
	Rates   []store.DatedRate
	Today   string
}

// waitingLine is a currency in which orders wait for a rate.
type waitingLine struct {
	Currency kpi.Currency
	Orders   int64
	Amount   string
}

func (c *Console) rates(w http.ResponseWriter, r *http.Request) error {
	return c.drawRates(w, r, http.StatusOK, form{Values: url.Values{}})
}

func (c *Console) drawRates(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.aroundOrders(r, "rates")
	if err != nil {
		return err
	}
	plan, rates, waiting, err := c.Orders.Rates(r.Context(), around.Campaign.ID)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	f.words = words
	v := ratesView{orderFrame: around, Form: f, Invalid: f.Invalid("order_rates"), Rates: rates, Today: plan.Day(c.now())}
	for _, s := range waiting {
		v.Waiting = append(v.Waiting, waitingOf(words, s))
	}
	return c.draw(w, r, status, "order_rates", words.T("orders.room.rates"), v)
}

func waitingOf(words *page.Context, s store.OrderSum) waitingLine {
	return waitingLine{s.Currency, s.Orders, money(words, s.Amount-s.Refunded, s.Currency)}
}

// maxRates is how many rates are typed at once: two years of one currency.
const maxRates = 800

// ratesOf reads rates, a line each: day, currency, rate. Bad is the first line that is none.
func ratesOf(typed string, reporting kpi.Currency) (rates []orders.Rate, bad string) {
	for _, line := range lines(typed) {
		parts := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == ';' || r == '，' })
		if len(parts) != 3 {
			return nil, line
		}
		day, err := time.Parse(time.DateOnly, parts[0])
		currency := kpi.Currency(strings.ToUpper(parts[1]))
		rate, ok := kpi.ParseRate(parts[2])
		if err != nil || !ok || !currency.Known() || currency == reporting {
			return nil, line
		}
		rates = append(rates, orders.Rate{Currency: currency, Day: day.Format(time.DateOnly), Rate: rate})
	}
	return rates, ""
}

func (c *Console) setRates(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundOrders(r, "rates")
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	rates, wrong := ratesOf(r.PostForm.Get("order_rates"), around.Campaign.Currency)
	bad := faults{}
	switch {
	case wrong != "":
		bad.add("order_rates", "invalid", "line", wrong)
	case len(rates) == 0:
		bad.add("order_rates", "required")
	case len(rates) > maxRates:
		bad.add("order_rates", "too_many", "max", maxRates)
	}
	if len(bad) > 0 {
		return c.drawRates(w, r, http.StatusUnprocessableEntity, form{Values: r.PostForm, faults: bad})
	}
	if err := c.Orders.SetRates(r.Context(), staffOf(r), around.Campaign.ID, rates); err != nil {
		return err
	}
	return c.see(w, r, ordersPath(around.Campaign.ID)+"/rates?done=rates_set")
}

func (c *Console) deleteRate(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	campaign := contest.CampaignID(r.PathValue("id"))
	if err := c.Orders.DeleteRate(r.Context(), staffOf(r), campaign, kpi.Currency(r.PostForm.Get("currency")), r.PostForm.Get("day")); err != nil {
		return err
	}
	return c.see(w, r, ordersPath(campaign)+"/rates?done=rate_deleted")
}
