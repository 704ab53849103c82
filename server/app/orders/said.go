package orders

import (
	"net/url"
	"strings"
	"time"

	"fanfare/server/kpi"
)

// said is what a shop sent, as it was read.
type said struct {
	number string // of the order
	at     time.Time
	kpi.OrderSays
	tokens []string // of clicks, not looked at yet
	test   bool     // it is a trial, and not to be booked
	other  bool     // it is about something that no order comes of
}

// testField marks what we send ourselves for a trial. It is signed with the rest.
const testField = "fanfare_test"

// The types of events in our own words, which are in the form of Standard Webhooks and of the API.
const (
	typePaid      = "order.paid"
	typeRefunded  = "order.refunded"
	typeCancelled = "order.cancelled"
)

// readStandard reads an event in our own words.
func readStandard(o fields) (said, error) {
	r := read(o)
	data := r.in("data")
	s := said{at: r.moment("timestamp", time.RFC3339), test: o[testField] == true}
	switch r.text("type", maxName) {
	case typePaid:
		s.Payment = &kpi.Payment{Currency: data.currency("currency"), Amount: data.minor("amount"), PlacedAt: data.moment("placed_at", time.RFC3339)}
		s.tokens, s.Codes = data.texts("ff", maxToken, kpi.MaxOrderClicks), data.texts("codes", maxName, kpi.MaxOrderCodes)
	case typeRefunded:
		s.Refunds = []kpi.Refund{{ID: data.identifier("refund"), Amount: data.minor("amount"), Currency: data.currency("currency")}}
	case typeCancelled:
		s.Cancelled = true
	default:
		return said{other: true}, r.failed()
	}
	s.number, s.Name = data.identifier("order"), data.text("name", maxName)
	return s, r.failed()
}

// texts is a text, or a list of a few.
func (r reader) texts(name string, longest, most int) (texts []string) {
	list, several := r.fields[name].([]any)
	if !several {
		if text := r.text(name, longest); text != "" {
			texts = append(texts, text)
		}
		return texts
	}
	if len(list) > most {
		r.fail(name, "holds too many")
		return nil
	}
	for _, item := range list {
		one := reader{fields{name: item}, r.path, r.err}
		if text := one.text(name, longest); text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// Statuses of Shopify's orders (financial_status) that mean that the money came, whatever of it went back since.
var shopifyPaid = map[string]bool{"paid": true, "partially_refunded": true, "refunded": true}

// readShopify reads an order or a refund as Shopify sends it. Which of them it is the body says: headers are not signed.
func readShopify(o fields) (said, error) {
	r := read(o)
	s := said{test: o["test"] == true || o[testField] == true}
	if r.has("order_id") && !r.has("financial_status") {
		s.number, s.at = r.identifier("order_id"), r.moment("created_at", time.RFC3339)
		s.Refunds = shopifyRefunds([]reader{r})
		return s, r.failed()
	}
	s.number, s.Name, s.at = r.identifier("id"), r.text("name", maxName), r.moment("updated_at", time.RFC3339)
	currency, status := r.currency("currency"), r.text("financial_status", maxName)
	if shopifyPaid[status] {
		s.Payment = &kpi.Payment{Currency: currency, Amount: r.decimal("total_price", currency), PlacedAt: r.moment("created_at", time.RFC3339)}
	}
	s.Cancelled = r.has("cancelled_at") || status == "voided"
	s.Refunds = shopifyRefunds(r.each("refunds"))
	for _, code := range r.each("discount_codes") {
		s.addCode(code.text("code", maxCode))
	}
	for _, note := range r.each("note_attributes") {
		if name, _ := note.fields["name"].(string); strings.EqualFold(name, kpi.ClickParameter) {
			s.addToken(note.fields["value"])
		}
	}
	s.addAddress(o["landing_site"])
	return s, r.failed()
}

// shopifyRefunds adds up the money that refunds gave back: a refund has transactions, and not all of them succeed.
func shopifyRefunds(list []reader) (refunds []kpi.Refund) {
	for _, r := range list {
		refund := kpi.Refund{ID: r.identifier("id")}
		for _, t := range r.each("transactions") {
			if t.fields["kind"] != "refund" || t.fields["status"] != "success" {
				continue
			}
			refund.Currency = t.currency("currency")
			if refund.Amount += t.decimal("amount", refund.Currency); refund.Amount > kpi.MaxOrderAmount {
				r.fail("transactions", "come to too much")
			}
		}
		if refund.Amount > 0 {
			refunds = r.add(refunds, refund)
		}
	}
	return refunds
}

// add appends a refund, which must be another one than those before.
func (r reader) add(refunds []kpi.Refund, refund kpi.Refund) []kpi.Refund {
	for _, other := range refunds {
		if other.ID == refund.ID {
			r.fail("id", "is that of another refund, too")
		}
	}
	if len(refunds) == kpi.MaxRefunds {
		r.fail("id", "is one refund too many")
		return refunds
	}
	return append(refunds, refund)
}

// Times of WooCommerce are in UTC, and do not say so.
const wooTime = "2006-01-02T15:04:05"

// wooPaid and wooEnded are the statuses of WooCommerce's orders that mean that the money came, or that nothing comes of the order.
var (
	wooPaid  = map[string]bool{"processing": true, "completed": true, "refunded": true}
	wooEnded = map[string]bool{"cancelled": true, "failed": true, "trash": true}
)

// wooClick names the fields of an order in which a click may stand: where our snippet puts it, and where WooCommerce keeps the
// address that a visit began with.
var wooClick = map[string]bool{"ff": true, "_ff": true, "_billing_ff": true}

const wooEntry = "_wc_order_attribution_session_entry"

// readWooCommerce reads an order as WooCommerce sends it. Of a deleted one it sends nothing but the identifier, and no time, so that
// one came now.
func readWooCommerce(o fields, now time.Time) (said, error) {
	r := read(o)
	s := said{number: r.identifier("id"), test: o[testField] == true}
	if len(o) == 1 {
		s.Cancelled, s.at = true, now
		return s, r.failed()
	}
	status, currency := r.text("status", maxName), r.currency("currency")
	s.Name, s.at = r.text("number", maxName), r.moment("date_modified_gmt", wooTime)
	s.Cancelled = wooEnded[status]
	if wooPaid[status] {
		s.Payment = &kpi.Payment{Currency: currency, Amount: r.decimal("total", currency), PlacedAt: r.moment("date_created_gmt", wooTime)}
	}
	for _, refund := range r.each("refunds") {
		if total, ok := refund.fields["total"].(string); ok {
			refund.fields["total"] = strings.TrimPrefix(total, "-") // it is what the shop's income changes by
		}
		s.Refunds = refund.add(s.Refunds, kpi.Refund{ID: refund.identifier("id"), Amount: refund.decimal("total", currency), Currency: currency})
	}
	for _, line := range r.each("coupon_lines") {
		s.addCode(line.text("code", maxCode))
	}
	for _, meta := range r.each("meta_data") {
		switch key, _ := meta.fields["key"].(string); {
		case wooClick[key]:
			s.addToken(meta.fields["value"])
		case key == wooEntry:
			s.addAddress(meta.fields["value"])
		}
	}
	return s, r.failed()
}

// maxCode bounds a code that a shop sends: theirs may be whole sentences, which are nobody's.
const maxCode = 1000

func (s *said) addCode(code string) {
	if code != "" && len(code) <= maxName && len(s.Codes) < kpi.MaxOrderCodes {
		s.Codes = append(s.Codes, code)
	}
}

// addToken takes a click's token out of a field that shoppers may have filled in: what cannot be one is passed over.
func (s *said) addToken(v any) {
	token, ok := v.(string)
	if ok && token != "" && len(token) <= maxToken && len(s.tokens) < kpi.MaxOrderClicks {
		s.tokens = append(s.tokens, token)
	}
}

// addAddress takes a click's token out of the address that a visit began with.
func (s *said) addAddress(v any) {
	address, _ := v.(string)
	if u, err := url.Parse(address); err == nil {
		s.addToken(u.Query().Get(kpi.ClickParameter))
	}
}
