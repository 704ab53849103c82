package month

import (
	"fmt"
	"strconv"
	"time"

	"fanfare/server/kpi"
)

func rfc(t time.Time) string { return t.Format(time.RFC3339) }

// standard tells of an order in Fanfare's own words: the payment, each refund, the end.
func standard(s story) (bodies []map[string]any) {
	say := func(kind string, at time.Time, data map[string]any) {
		data["order"] = s.number
		bodies = append(bodies, map[string]any{"type": kind, "timestamp": rfc(at), "data": data})
	}
	paid := func(at time.Time, amount int64) {
		data := map[string]any{"amount": amount, "currency": s.currency, "placed_at": rfc(s.placed), "name": "#" + s.number}
		if len(s.tokens) > 0 {
			data["ff"] = s.tokens
		}
		if len(s.codes) > 0 {
			data["codes"] = s.codes
		}
		say("order.paid", at, data)
	}
	if !s.unpaid {
		paid(s.placed.Add(time.Minute), s.amount)
		if s.before > 0 {
			paid(s.placed.Add(time.Second), s.before)
		}
	}
	for _, p := range s.parts {
		say("order.refunded", p.at, map[string]any{"refund": p.id, "amount": p.amount, "currency": s.currency})
	}
	if s.ended && !s.unpaid {
		say("order.cancelled", s.placed.Add(2*time.Hour), map[string]any{})
		if s.again {
			paid(s.placed.Add(3*time.Hour), s.amount)
		}
	}
	if len(bodies) == 0 {
		paid(s.placed, s.amount)
	}
	return bodies
}

// decimal writes an amount as shops do: "129.90".
func decimal(amount int64, c kpi.Currency) string {
	digits := minorDigits[c]
	text := fmt.Sprintf("%0*d", digits+1, amount)
	if digits == 0 {
		return text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// shopify tells of an order as Shopify does: the order as it is at times, and refunds by themselves, too.
func shopify(s story) (bodies []map[string]any) {
	number, err := strconv.Atoi(s.number)
	if err != nil {
		return nil
	}
	var refunds []map[string]any
	state := func(at time.Time, amount int64, status string, cancelled any) {
		o := map[string]any{
			"id": number, "name": "#" + s.number, "created_at": rfc(s.placed), "updated_at": rfc(at), "financial_status": status, "currency": s.currency,
			"total_price": decimal(amount, s.currency), "cancelled_at": cancelled, "refunds": append([]map[string]any{}, refunds...),
		}
		var notes, codes []map[string]any
		for i, token := range s.tokens {
			if i == 0 && len(s.tokens) == 1 && number%2 == 0 {
				o["landing_site"] = "/products/lamp?utm_source=x&ff=" + token
				continue
			}
			notes = append(notes, map[string]any{"name": "ff", "value": token})
		}
		for _, code := range s.codes {
			codes = append(codes, map[string]any{"code": code, "amount": "1.00"})
		}
		o["note_attributes"], o["discount_codes"] = notes, codes
		bodies = append(bodies, o)
	}
	state(s.placed.Add(time.Minute), s.amount, "paid", nil)
	if s.before > 0 {
		state(s.placed.Add(time.Second), s.before, "paid", nil)
	}
	for _, p := range s.parts {
		failed := map[string]any{"kind": "refund", "status": "failure", "amount": decimal(p.amount, s.currency), "currency": s.currency}
		done := map[string]any{"kind": "refund", "status": "success", "amount": decimal(p.amount, s.currency), "currency": s.currency}
		refund := map[string]any{"id": p.id, "order_id": number, "created_at": rfc(p.at), "transactions": []map[string]any{failed, done}}
		refunds = append(refunds, refund)
		bodies = append(bodies, refund)
	}
	last := s.placed.Add(40 * time.Hour)
	if len(s.parts) > 0 {
		state(last, s.amount, "partially_refunded", nil)
	}
	if s.ended {
		state(last.Add(time.Hour), s.amount, "paid", rfc(last))
		if s.again {
			state(last.Add(2*time.Hour), s.amount, "paid", nil)
		}
	}
	return bodies
}

// woo tells of an order as WooCommerce does: each time the whole order.
func woo(s story) (bodies []map[string]any) {
	number, err := strconv.Atoi(s.number)
	if err != nil {
		return nil
	}
	const layout = "2006-01-02T15:04:05"
	var refunds []map[string]any
	state := func(at time.Time, amount int64, status string) {
		o := map[string]any{
			"id": number, "number": s.number, "status": status, "currency": s.currency, "total": decimal(amount, s.currency),
			"date_created_gmt": s.placed.UTC().Format(layout), "date_modified_gmt": at.UTC().Format(layout), "refunds": append([]map[string]any{}, refunds...),
		}
		var meta, coupons []map[string]any
		for i, token := range s.tokens {
			if i > 0 {
				meta = append(meta, map[string]any{"id": i, "key": "_wc_order_attribution_session_entry", "value": "https://shop.example.org/?ff=" + token})
				continue
			}
			meta = append(meta, map[string]any{"id": i, "key": "_billing_ff", "value": token})
		}
		for _, code := range s.codes {
			coupons = append(coupons, map[string]any{"code": code})
		}
		o["meta_data"], o["coupon_lines"] = meta, coupons
		bodies = append(bodies, o)
	}
	state(s.placed.Add(time.Minute), s.amount, "processing")
	if s.before > 0 {
		state(s.placed.Add(time.Second), s.before, "processing")
	}
	for _, p := range s.parts {
		id, err := strconv.Atoi(p.id)
		if err != nil {
			return nil
		}
		refunds = append(refunds, map[string]any{"id": id, "total": "-" + decimal(p.amount, s.currency)})
		state(p.at, s.amount, "completed")
	}
	last := s.placed.Add(40 * time.Hour)
	if s.ended {
		state(last, s.amount, "cancelled")
		if s.again {
			state(last.Add(time.Hour), s.amount, "processing")
		}
	}
	return bodies
}
