package kpi

import (
	"cmp"
	"time"

	"fanfare/server/contest"
)

// ShopKind says how a shop tells of its orders.
type ShopKind string

// The kinds of shops.
const (
	StandardShop    ShopKind = "standard" // Standard Webhooks, in our own words
	ShopifyShop     ShopKind = "shopify"
	WooCommerceShop ShopKind = "woocommerce"
	APIShop         ShopKind = "api"
	FileShop        ShopKind = "csv" // nothing but files
)

// ShopKinds are all of them, in the order in which they are offered.
var ShopKinds = []ShopKind{ShopifyShop, WooCommerceShop, StandardShop, APIShop, FileShop}

// Shop is where orders of a campaign come from.
type Shop struct {
	ID       ShopID
	Campaign contest.CampaignID
	Name     string
	Kind     ShopKind
	// Secret signs what the shop sends; of a shop that calls the API it is the key's hash. Empty where nothing is sent.
	Secret string
	// OldSecret is the one before, which counts beside it until OldUntil; empty where there is none.
	OldSecret string
	OldUntil  time.Time
	CreatedAt time.Time
	RetiredAt time.Time // zero while orders are taken from it
}

// Secrets are those that count.
func (s Shop) Secrets(now time.Time) []string {
	if s.OldSecret != "" && now.Before(s.OldUntil) {
		return []string{s.Secret, s.OldSecret}
	}
	return []string{s.Secret}
}

// Limits of what is said of an order.
const (
	MaxOrderNumber = 100 // bytes; those of shops have a dozen
	MaxRefunds     = 200 // of one order
	MaxOrderCodes  = 20  // coupons of one order
	MaxOrderClicks = 5   // the snippet for shops keeps one
	// MaxOrderAmount is what an order is worth at most, in minor units: a million of them still add up in 64 bits.
	MaxOrderAmount = 1_000_000_000_000
)

// OrderEvent is what a shop said of one of its orders: a webhook's delivery, a call, a line of a file. Each is kept once.
type OrderEvent struct {
	Shop       ShopID
	ID         string // the shop's own
	Number     string // of the order
	At         time.Time
	Says       OrderSays
	Digest     string // SHA-256 of what came, in hexadecimal
	Batch      string // of a file; empty for what the shop sent
	ReceivedAt time.Time
}

// OrderSays is what an event says; what it does not speak of is empty.
type OrderSays struct {
	Name    string   `json:"name,omitempty"` // the order's, as people call it
	Payment *Payment `json:"payment,omitempty"`
	Refunds []Refund `json:"refunds,omitempty"`
	// Refunded is what refunds come to, beside a Payment, from who knows none by itself: a file.
	Refunded  int64    `json:"refunded,omitempty"`
	Cancelled bool     `json:"cancelled,omitempty"`
	Clicks    []Click  `json:"clicks,omitempty"`
	Forged    int      `json:"forged,omitempty"` // tokens of clicks that were none of ours
	Codes     []string `json:"codes,omitempty"`
}

// Payment says that an order is paid, and what it came to.
type Payment struct {
	Amount   int64     `json:"amount"` // minor units
	Currency Currency  `json:"currency"`
	PlacedAt time.Time `json:"placed_at"`
}

// Refund is money given back; a shop tells of it as often as it likes.
type Refund struct {
	ID       string   `json:"id"`
	Amount   int64    `json:"amount"`
	Currency Currency `json:"currency"`
}

// OrderState is how far an order is.
type OrderState string

// The states of orders.
const (
	OrderAwaited   OrderState = "awaited" // something was said of it, but not that it is paid
	OrderPaid      OrderState = "paid"
	OrderCancelled OrderState = "cancelled"
)

// Order is one order, as its events come to.
type Order struct {
	ID       OrderID
	Campaign contest.CampaignID
	Shop     ShopID
	Number   string
	Settled

	// Reporting is the campaign's reporting currency, Rate what one unit of the order's is worth in it, from RateDay on;
	// 0 where nobody has said so, and then the order is not counted.
	Reporting       Currency
	Rate            Rate
	RateDay         string
	Reported        int64 // the amount in the reporting currency
	ReportedRefunds int64

	Attribution Attribution // frozen when the order was first known to be paid
	CreatedAt   time.Time
}

// Counted reports whether the order is in the sums.
func (o Order) Counted() bool { return o.State == OrderPaid && o.Rate > 0 }

// Settled is what the events of an order come to.
type Settled struct {
	State    OrderState
	Name     string
	PlacedAt time.Time
	Currency Currency
	Amount   int64 // minor units
	Refunded int64 // the sum of its refunds, or what a file says that they come to, where that is more
	// Foreign is how many refunds are in another currency than the order, and so cannot be deducted.
	Foreign int
}

// Settle returns what events of one order come to. In which order they arrived makes no difference, nor how often one did: of
// two that contradict each other the later one by the shop's clock holds, and each refund counts once. What a file says that refunds
// come to is not added to those that the shop named: they are the same money.
func Settle(events []OrderEvent) Settled {
	s := Settled{State: OrderAwaited}
	var paid, status, named, summed OrderEvent
	refunds := map[string]heldRefund{}
	for _, e := range events {
		if e.Says.Payment != nil && (paid.Says.Payment == nil || supersedes(e, paid)) {
			paid = e
		}
		if (e.Says.Payment != nil || e.Says.Cancelled) && (status.ID == "" || supersedes(e, status)) {
			status = e
		}
		if e.Says.Name != "" && (named.ID == "" || supersedes(e, named)) {
			named = e
		}
		if e.Says.Refunded > 0 && (summed.ID == "" || supersedes(e, summed)) {
			summed = e
		}
		for _, r := range e.Says.Refunds {
			if known, ok := refunds[r.ID]; !ok || supersedes(e, known.by) {
				refunds[r.ID] = heldRefund{e, r}
			}
		}
	}
	s.Name = named.Says.Name
	switch {
	case status.Says.Cancelled:
		s.State = OrderCancelled
	case status.ID != "":
		s.State = OrderPaid
	}
	if p := paid.Says.Payment; p != nil {
		s.Amount, s.Currency, s.PlacedAt = p.Amount, p.Currency, p.PlacedAt
	}
	for _, r := range refunds {
		switch s.Currency {
		case "": // until the order is known they wait
		case r.Currency:
			s.Refunded = min(s.Refunded+r.Amount, MaxOrderAmount) // what goes beyond is nobody's money, and sums still have to fit
		default:
			s.Foreign++
		}
	}
	if p := summed.Says.Payment; p != nil && p.Currency == s.Currency {
		s.Refunded = max(s.Refunded, summed.Says.Refunded)
	}
	return s
}

// heldRefund is a refund and the event that told of it last.
type heldRefund struct {
	by OrderEvent
	Refund
}

// supersedes reports whether of two events the first one holds: the later one, and of two at the same time the one that cancels.
func supersedes(a, b OrderEvent) bool {
	if c := a.At.Compare(b.At); c != 0 {
		return c > 0
	}
	if a.Says.Cancelled != b.Says.Cancelled {
		return a.Says.Cancelled
	}
	return cmp.Less(b.ID, a.ID)
}
