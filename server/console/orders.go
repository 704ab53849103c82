package console

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fanfare/server/app/numbers"
	"fanfare/server/app/orders"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

// orderRoutes are those of orders, of the shops they come from and of what makes sums of them.
func (c *Console) orderRoutes(add adder) {
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders", c.orders)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/{order}", c.showOrder)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/shops", c.shops)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/shops", c.openShop)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/shops/{shop}", c.showShop)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/shops/{shop}/try", c.tryShop)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/shops/{shop}/secret", c.rotateShopSecret)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/shops/{shop}/retire", c.retireShop)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/files", c.orderFiles)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/files", c.takeOrderFile)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/files/template", c.orderTemplate)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/files/{batch}", c.showOrderFile)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/files/{batch}", c.bookOrderFile)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/compare", c.compareForm)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/compare", c.compare)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/codes", c.orderCodes)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/codes", c.setOrderCodes)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/codes/delete", c.deleteOrderCode)
	add(marketers, http.MethodGet, "/console/campaigns/{id}/orders/rates", c.rates)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/rates", c.setRates)
	add(marketers, http.MethodPost, "/console/campaigns/{id}/orders/rates/delete", c.deleteRate)
}

func ordersPath(id contest.CampaignID) string { return campaignPath(id) + "/orders" }

// orderFrame is what every page about orders has around it.
type orderFrame struct {
	campaignFrame
	Rooms []room
}

// room leads to one of the pages about orders.
type room struct {
	Path, Title string
	Current     bool
}

func (c *Console) aroundOrders(r *http.Request, here string) (orderFrame, error) {
	around, err := c.aroundCampaign(r, "orders")
	if err != nil {
		return orderFrame{}, err
	}
	f := orderFrame{campaignFrame: around}
	for _, name := range []string{"", "shops", "files", "compare", "codes", "rates"} {
		title := "orders.room." + name
		if name == "" {
			title = "orders"
		}
		f.Rooms = append(f.Rooms, room{ordersPath(around.Campaign.ID) + slashed(name), title, name == here})
	}
	return f, nil
}

type ordersView struct {
	orderFrame
	Filter   url.Values
	Shops    []option
	Channels []option
	Partners []option
	Only     []string // what else narrows the list, in words
	Kept     []option // the parameters of that
	States   []kpi.OrderState
	Means    []kpi.Means
	Narrowed bool // the filter leaves some out
	Sums     []sumLine
	NoRate   int64
	Lines    []orderLine
	More     string
}

// sumLine is what orders of one currency come to, in words.
type sumLine struct {
	Currency           kpi.Currency
	Orders             int64
	Net, Gross, Refund string
	Refunded           bool
}

// orderLine is an order in a list, in words.
type orderLine struct {
	Path, Name, Shop string
	At               page.Moment
	State            kpi.OrderState
	Amount           string
	Refunded         string // empty where nothing was
	Reported         string // in the reporting currency; empty where that is the order's own
	NoRate           bool
	Due              string // to whom it is due; empty where to nobody
	Why              string
}

func orderFilter(campaign contest.CampaignID, q url.Values) store.OrderFilter {
	number := func(name string) int64 { n, _ := strconv.ParseInt(q.Get(name), 10, 64); return n }
	f := store.OrderFilter{
		Campaign: campaign, Shop: kpi.ShopID(q.Get("shop")), State: kpi.OrderState(q.Get("state")), Channel: kpi.ChannelID(q.Get("channel")),
		Partner: kpi.PartnerID(q.Get("partner")), Challenge: contest.ChallengeID(q.Get("challenge")), Entry: contest.EntryNumber(number("entry")),
		Means: kpi.Means(q.Get("means")), Currency: kpi.Currency(q.Get("currency")), Text: q.Get("q"),
		NoRate: q.Get("norate") != "", From: kpi.Quarter(number("from")), To: kpi.Quarter(number("to")), Unattributed: q.Get("unattributed") != "",
	}
	if f.Channel == numbers.Nobody {
		f.Channel, f.NoChannel = "", true
	}
	if f.Partner == numbers.Nobody {
		f.Partner, f.NoPartner = "", true
	}
	return f
}

func (c *Console) orders(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundOrders(r, "")
	if err != nil {
		return err
	}
	q, words := r.URL.Query(), c.drawer.Context(r)
	filter := orderFilter(around.Campaign.ID, q)
	list, err := c.Orders.List(r.Context(), filter, kpi.OrderID(q.Get("after")))
	if err != nil {
		return err
	}
	v := ordersView{
		orderFrame: around, Filter: q, NoRate: list.NoRate, Shops: shopOptions(list.Shops), Narrowed: filter != store.OrderFilter{Campaign: filter.Campaign},
		States: []kpi.OrderState{kpi.OrderPaid, kpi.OrderCancelled, kpi.OrderAwaited}, Means: []kpi.Means{kpi.ByClick, kpi.ByCoupon, kpi.ByFCode},
		Channels: append(channelOptions(words, list.Plan), option{numbers.Nobody, words.T("numbers.direct")}),
		Partners: append(partnerOptions(words, list.Plan), option{numbers.Nobody, words.T("numbers.no_partner")}),
	}
	v.Only = c.alsoNarrowed(words, filter, list.Plan.Location())
	for _, name := range []string{"unattributed", "norate", "challenge", "entry", "currency", "from", "to"} {
		if value := q.Get(name); value != "" {
			v.Kept = append(v.Kept, option{name, value})
		}
	}
	for _, s := range list.Sums {
		v.Sums = append(v.Sums, sumOf(words, s))
	}
	for _, o := range list.Orders {
		v.Lines = append(v.Lines, c.orderLine(words, list.Plan, v.Shops, o))
	}
	if list.Next != "" {
		q.Set("after", string(list.Next))
		v.More = r.URL.Path + "?" + q.Encode()
	}
	return c.draw(w, r, http.StatusOK, "orders", words.T("orders"), v)
}

// alsoNarrowed says what narrows a list of orders beside what the form asks: a number was opened down to them.
func (c *Console) alsoNarrowed(words *page.Context, f store.OrderFilter, zone *time.Location) (only []string) {
	say := func(on bool, text func() string) {
		if on {
			only = append(only, text())
		}
	}
	at := func(q kpi.Quarter) string { return words.Moment(q.Start(), c.now(), zone).Text }
	say(f.Unattributed, func() string { return words.T("order.to_nobody") })
	say(f.NoRate, func() string { return words.T("order.no_rate") })
	say(f.Entry != 0, func() string { return words.T("entry.number", "number", f.Entry) })
	say(f.Currency != "", func() string { return string(f.Currency) })
	say(f.From != 0, func() string { return words.T("orders.from", "time", at(f.From)) })
	say(f.To != 0, func() string { return words.T("orders.to", "time", at(f.To)) })
	return only
}

func sumOf(words *page.Context, s store.OrderSum) sumLine {
	return sumLine{s.Currency, s.Orders, money(words, s.Amount-s.Refunded, s.Currency), money(words, s.Amount, s.Currency), money(words, s.Refunded, s.Currency), s.Refunded > 0}
}

// money writes an amount in the page's language.
func money(words *page.Context, amount int64, c kpi.Currency) string {
	return kpi.FormatAmount(amount, c, string(words.Lang))
}

func shopOptions(shops []kpi.Shop) (options []option) {
	for _, s := range shops {
		options = append(options, option{string(s.ID), s.Name})
	}
	return options
}

func channelOptions(words *page.Context, plan kpi.Plan) (options []option) {
	for _, ch := range plan.Channels {
		options = append(options, option{string(ch.ID), words.Text(ch.Name)})
	}
	return options
}

func partnerOptions(words *page.Context, plan kpi.Plan) (options []option) {
	for _, p := range plan.Partners {
		options = append(options, option{p.ID, words.Text(p.Name)})
	}
	return options
}

// optionText is an option's text, or the value itself where it is none of them any more.
func optionText(options []option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Text
		}
	}
	return value
}

func (c *Console) orderLine(words *page.Context, plan kpi.Plan, shops []option, o kpi.Order) orderLine {
	l := orderLine{
		Path: ordersPath(o.Campaign) + "/" + string(o.ID), Name: orderName(o), Shop: optionText(shops, string(o.Shop)), State: o.State,
		Due: dueTo(words, plan, o.Attribution.Credit), NoRate: o.State == kpi.OrderPaid && !o.Counted(),
	}
	if o.Attribution.Why != "" {
		l.Why = words.T("order.why." + string(o.Attribution.Why))
	}
	if o.PlacedAt.IsZero() {
		l.At = words.Moment(o.CreatedAt, c.now(), plan.Location())
		return l
	}
	l.At, l.Amount = words.Moment(o.PlacedAt, c.now(), plan.Location()), money(words, o.Amount, o.Currency)
	if o.Refunded > 0 {
		l.Refunded = money(words, o.Refunded, o.Currency)
	}
	if o.Counted() && o.Currency != o.Reporting {
		l.Reported = money(words, o.Reported-o.ReportedRefunds, o.Reporting)
	}
	return l
}

func orderName(o kpi.Order) string {
	if o.Name != "" {
		return o.Name
	}
	return o.Number
}

// dueTo says to whom an order is due; empty where to nobody.
func dueTo(words *page.Context, plan kpi.Plan, credit kpi.Credit) string {
	text := ""
	for _, part := range []string{
		optionText(channelOptions(words, plan), string(credit.Channel)), optionText(partnerOptions(words, plan), string(credit.Partner)),
	} {
		if part != "" && text != "" {
			text += " · "
		}
		text += part
	}
	if credit.Entry != 0 {
		text += " · " + words.T("entry.number", "number", credit.Entry)
	}
	return text
}

type orderView struct {
	orderFrame
	orderLine
	Detail    orders.Detail
	Reporting string // the whole amount in the reporting currency
	Deducted  string // the refunds in it
	Rate      string
	Clicks    []clickLine
	Events    []eventLine
}

// clickLine is a click that an order brought along.
type clickLine struct {
	Code kpi.LinkCode
	At   page.Moment
	Due  bool // the order is due to it
}

// eventLine is something that the shop said, in words.
type eventLine struct {
	At, Received page.Moment
	Says         []string
	ID           string
	File         string // the way to the file it stood in; empty for what the shop sent
}

// showOrder shows an order with all that is known about it.
func (c *Console) showOrder(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundOrders(r, "")
	if err != nil {
		return err
	}
	d, err := c.Orders.Order(r.Context(), kpi.OrderID(r.PathValue("order")))
	if err != nil {
		return err
	}
	if d.Campaign != around.Campaign.ID {
		return store.ErrNotFound
	}
	words := c.drawer.Context(r)
	v := orderView{
		orderFrame: around, Detail: d,
		orderLine: c.orderLine(words, d.Plan, []option{{string(d.Shop.ID), d.Shop.Name}}, d.Order),
	}
	if d.Counted() {
		v.Reporting, v.Deducted = money(words, d.Reported, d.Reporting), money(words, d.ReportedRefunds, d.Reporting)
	}
	if d.RateDay != "" {
		v.Rate = words.T("order.rate", "currency", d.Currency, "rate", d.Rate, "reporting", d.Reporting, "day", d.RateDay)
	}
	for _, click := range d.Lead.Clicks {
		due := d.Attribution.Means == kpi.ByClick && click.Link == d.Attribution.Link && click.At.Equal(d.Attribution.ClickedAt)
		v.Clicks = append(v.Clicks, clickLine{click.Link, words.Moment(click.At, c.now(), d.Plan.Location()), due})
	}
	for _, e := range d.Events {
		v.Events = append(v.Events, c.eventLine(words, d, e))
	}
	return c.draw(w, r, http.StatusOK, "order", words.T("order.title", "number", v.Name), v)
}

func (c *Console) eventLine(words *page.Context, d orders.Detail, e kpi.OrderEvent) eventLine {
	zone := d.Plan.Location()
	l := eventLine{At: words.Moment(e.At, c.now(), zone), Received: words.Moment(e.ReceivedAt, c.now(), zone), ID: e.ID}
	if p := e.Says.Payment; p != nil {
		l.Says = append(l.Says, words.T("order.says.paid", "amount", money(words, p.Amount, p.Currency)))
		if e.Says.Refunded > 0 {
			l.Says = append(l.Says, words.T("order.says.refunded", "amount", money(words, e.Says.Refunded, p.Currency)))
		}
	}
	for _, refund := range e.Says.Refunds {
		l.Says = append(l.Says, words.T("order.says.refunded", "amount", money(words, refund.Amount, refund.Currency)))
	}
	if e.Says.Cancelled {
		l.Says = append(l.Says, words.T("order.says.cancelled"))
	}
	if len(l.Says) == 0 {
		l.Says = []string{words.T("order.says.nothing")}
	}
	if e.Batch != "" {
		l.File = ordersPath(d.Campaign) + "/files/" + e.Batch
	}
	return l
}
