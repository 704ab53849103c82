package web

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"fanfare/server/app/orders"
	"fanfare/server/kpi"
)

// hookLimit bounds what shops send: one of them sells at most a few hundred things a second, and many share a platform's addresses.
var hookLimit = limit{perIdentity: 30_000, perAddress: 60_000, window: time.Minute}

// wooPing is what WooCommerce sends, unsigned, when a webhook is set up: it wants to know whether anybody answers.
var wooPing = regexp.MustCompile(`^webhook_id=\d{1,18}$`)

// receiptBody says what became of what a shop sent.
type orderReceipt struct {
	Status   string       `json:"status" enum:"booked,known,test,ignored" doc:"known: it was booked before; test: it was a trial and is not booked"`
	Order    string       `json:"order,omitempty" doc:"The shop's number"`
	State    string       `json:"state,omitempty" enum:"awaited,paid,cancelled" doc:"awaited: something was said of it, but not that it is paid"`
	Amount   int64        `json:"amount,omitempty" doc:"Minor units"`
	Refunded int64        `json:"refunded,omitempty" doc:"Minor units"`
	Currency kpi.Currency `json:"currency,omitempty"`
	Means    kpi.Means    `json:"attributed_by,omitempty" doc:"click, coupon or f-code; absent where it is due to nobody"`
	Why      kpi.Why      `json:"why,omitempty"`
}

func receiptFor(r orders.Receipt) orderReceipt {
	o := r.Order
	return orderReceipt{
		Status: r.Status, Order: o.Number, State: string(o.State), Amount: o.Amount, Refunded: o.Refunded, Currency: o.Currency,
		Means: o.Attribution.Means, Why: o.Attribution.Why,
	}
}

// hooks mounts what shops send.
func (s *site) hooks(r chi.Router) {
	admit := s.admitter("order-hook", hookLimit)
	r.Post(orders.HooksPath+"{shop}", func(w http.ResponseWriter, r *http.Request) {
		if admit(w, r) {
			s.orderHook(w, r)
		}
	})
}

// orderHook takes a shop's webhook. The signature is looked at before the body means anything.
func (s *site) orderHook(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, orders.MaxBody))
	if err != nil {
		err = unread(err)
	}
	if err == nil && wooPing.Match(body) {
		w.WriteHeader(http.StatusOK)
		return
	}
	var receipt orders.Receipt
	if err == nil {
		receipt, err = s.Orders.Deliver(r.Context(), kpi.ShopID(chi.URLParam(r, "shop")), r.Header, body)
	}
	if err != nil {
		s.refuseHook(w, r, err)
		return
	}
	writeJSON(w, receiptFor(receipt))
}

// unread says why a body did not come.
func unread(err error) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return newProblem(http.StatusRequestEntityTooLarge, "too_large", "An order's event has at most 1 MB.")
	}
	return newProblem(http.StatusBadRequest, "invalid", "The body broke off.")
}

func (s *site) refuseHook(w http.ResponseWriter, r *http.Request, err error) {
	var p *problem
	if answered := s.answer(r.Context(), orderProblem(err)); errors.As(answered, &p) {
		p.write(w)
	}
}

// orderProblem names what is wrong with what a shop sent.
func orderProblem(err error) error {
	var body *orders.BodyError
	switch {
	case errors.As(err, &body):
		p := newProblem(http.StatusUnprocessableEntity, "invalid", "The event cannot be booked: "+body.Error()+".")
		if body.Field != "" {
			p.Errors = []fieldProblem{{"body." + body.Field, body.Problem}}
		}
		return p
	case errors.Is(err, orders.ErrSignature):
		return newProblem(http.StatusUnauthorized, "signature_invalid", "This was not signed with the shop's secret, or too long ago.")
	case errors.Is(err, orders.ErrRetired):
		return newProblem(http.StatusGone, "shop_retired", "No more orders are taken from this shop.")
	}
	return err
}

// OrderInput is an event about an order, in the words that Standard Webhooks bring it in, too.
type OrderInput struct {
	Bearer
	Shop           string `path:"shop" maxLength:"40"`
	IdempotencyKey string `header:"Idempotency-Key" required:"true" minLength:"1" maxLength:"100" doc:"The same key with the same event books nothing again"`
	RawBody        []byte
	Body           struct {
		Type      string    `json:"type" enum:"order.paid,order.refunded,order.cancelled"`
		Timestamp time.Time `json:"timestamp" doc:"When it was so: of two events that contradict each other the later one holds"`
		Data      struct {
			Order    string     `json:"order" maxLength:"100" doc:"The shop's number of the order"`
			Name     string     `json:"name,omitempty" maxLength:"100" doc:"What people call it, where that is something else"`
			Refund   string     `json:"refund,omitempty" maxLength:"100" doc:"order.refunded: the refund's number; each counts once"`
			Amount   *int64     `json:"amount,omitempty" minimum:"0" doc:"Minor units: 12990 for 129.90 yuan"`
			Currency string     `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217"`
			PlacedAt *time.Time `json:"placed_at,omitempty" doc:"order.paid: when the order was placed"`
			FF       any        `json:"ff,omitempty" doc:"The value of ff= that the buyer came with, or several"`
			Codes    []string   `json:"codes,omitempty" maxItems:"20" doc:"Coupons and F-codes that the buyer entered"`
		} `json:"data"`
	}
}

func (s *site) orderOperations(api huma.API) {
	book := operation(http.MethodPost, "/shops/{shop}/orders", "book-order", "Tell of an order that is paid, refunded or cancelled, with the shop's own key")
	book.Security = []map[string][]string{{"shop": {}}}
	book.Middlewares = huma.Middlewares{s.limited(book, hookLimit)}
	huma.Register(api, book, func(ctx context.Context, in *OrderInput) (*struct{ Body orderReceipt }, error) {
		receipt, err := s.Orders.Call(ctx, kpi.ShopID(in.Shop), bearerOf(in.Authorization), in.IdempotencyKey, in.RawBody)
		if err != nil {
			return nil, s.answer(ctx, orderProblem(err))
		}
		return &struct{ Body orderReceipt }{receiptFor(receipt)}, nil
	})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) //nolint:errchkjson // whoever has gone does not read it
}
