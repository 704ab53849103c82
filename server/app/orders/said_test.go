package orders

import (
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"fanfare/server/kpi"
)

// file reads a body as a shop sent it.
func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// heard reads a body as one of a kind of shop.
func heard(kind kpi.ShopKind, body []byte) (said, error) {
	o, err := parse(body)
	if err != nil {
		return said{}, err
	}
	switch kind {
	case kpi.ShopifyShop:
		return readShopify(o)
	case kpi.WooCommerceShop:
		return readWooCommerce(o, placed)
	}
	return readStandard(o)
}

func TestShopifysOrdersAndRefundsAreUnderstood(t *testing.T) {
	s, err := heard(kpi.ShopifyShop, file(t, "shopify_order.json"))
	if err != nil {
		t.Fatal(err)
	}
	created := time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)
	if s.number != "820982911946154508" || s.Name != "#9999" || *s.Payment != (kpi.Payment{Amount: 40394, Currency: "USD", PlacedAt: created}) || s.Cancelled || s.test {
		t.Errorf("order: %+v, %+v", s, s.Payment)
	}
	if !slices.Equal(s.Refunds, []kpi.Refund{{ID: "929361463", Amount: 19500, Currency: "USD"}}) || !slices.Equal(s.Codes, []string{"NIGHT10"}) {
		t.Errorf("refunds %+v, codes %v", s.Refunds, s.Codes)
	}
	if !slices.Equal(s.tokens, []string{"cart-token", "landing-token"}) {
		t.Errorf("clicks %v", s.tokens)
	}
	refund, err := heard(kpi.ShopifyShop, file(t, "shopify_refund.json"))
	if err != nil || refund.number != s.number || refund.Payment != nil || !slices.Equal(refund.Refunds, s.Refunds) {
		t.Errorf("refund: %+v, %v", refund, err)
	}
}

func TestARefundOfManyTransactionsIsNoLargerThanAnyOrder(t *testing.T) {
	one := `{"kind":"refund","status":"success","currency":"CNY","amount":"9999999999.99"}`
	body := `{"id":1,"order_id":2,"created_at":"2026-11-20T10:00:00Z","transactions":[` + one + `,` + one + `]}`
	wrong, ok := errors.AsType[*BodyError](func() error { _, err := heard(kpi.ShopifyShop, []byte(body)); return err }())
	if !ok || wrong.Field != "transactions" {
		t.Errorf("got %v, want that the transactions are refused", wrong)
	}
}

func TestWooCommercesOrdersAreUnderstood(t *testing.T) {
	s, err := heard(kpi.WooCommerceShop, file(t, "woocommerce_order.json"))
	if err != nil {
		t.Fatal(err)
	}
	created := time.Date(2026, 11, 20, 2, 30, 0, 0, time.UTC)
	if s.number != "727" || s.Name != "727" || *s.Payment != (kpi.Payment{Amount: 2935, Currency: "EUR", PlacedAt: created}) {
		t.Errorf("order: %+v, %+v", s, s.Payment)
	}
	if !slices.Equal(s.Refunds, []kpi.Refund{{ID: "726", Amount: 1000, Currency: "EUR"}}) || !slices.Equal(s.Codes, []string{"night10"}) {
		t.Errorf("refunds %+v, codes %v", s.Refunds, s.Codes)
	}
	if !slices.Equal(s.tokens, []string{"field-token", "entry-token"}) {
		t.Errorf("clicks %v", s.tokens)
	}
	deleted, err := heard(kpi.WooCommerceShop, []byte(`{"id":727}`))
	if err != nil || deleted.number != "727" || !deleted.Cancelled {
		t.Errorf("deleted: %+v, %v", deleted, err)
	}
}

func TestAStatusSaysWhetherTheMoneyCame(t *testing.T) {
	for _, one := range []struct {
		kind            kpi.ShopKind
		body            string
		paid, cancelled bool
	}{
		{kpi.ShopifyShop, `{"id":1,"updated_at":"2026-11-20T10:00:00Z","created_at":"2026-11-20T10:00:00Z","currency":"JPY","total_price":"1000","financial_status":"paid"}`, true, false},
		{kpi.ShopifyShop, `{"id":1,"updated_at":"2026-11-20T10:00:00Z","currency":"JPY","total_price":"1000","financial_status":"pending"}`, false, false},
		{kpi.ShopifyShop, `{"id":1,"updated_at":"2026-11-20T10:00:00Z","currency":"JPY","total_price":"1000","financial_status":"authorized"}`, false, false},
		{kpi.ShopifyShop, `{"id":1,"updated_at":"2026-11-20T10:00:00Z","currency":"JPY","total_price":"1000","financial_status":"voided"}`, false, true},
		{kpi.ShopifyShop, `{"id":1,"updated_at":"2026-11-20T10:00:00Z","created_at":"2026-11-20T10:00:00Z","currency":"JPY","total_price":"1000.00","financial_status":"refunded","cancelled_at":"2026-11-20T10:00:00Z"}`, true, true},
		{kpi.WooCommerceShop, `{"id":1,"status":"pending","currency":"EUR","total":"1.00","date_modified_gmt":"2026-11-20T10:00:00"}`, false, false},
		{kpi.WooCommerceShop, `{"id":1,"status":"on-hold","currency":"EUR","total":"1.00","date_modified_gmt":"2026-11-20T10:00:00"}`, false, false},
		{kpi.WooCommerceShop, `{"id":1,"status":"completed","currency":"EUR","total":"1.00","date_created_gmt":"2026-11-20T10:00:00","date_modified_gmt":"2026-11-20T10:00:00"}`, true, false},
		{kpi.WooCommerceShop, `{"id":1,"status":"cancelled","currency":"EUR","total":"1.00","date_modified_gmt":"2026-11-20T10:00:00"}`, false, true},
		{kpi.WooCommerceShop, `{"id":1,"status":"trash","currency":"EUR","total":"1.00","date_modified_gmt":"2026-11-20T10:00:00"}`, false, true},
	} {
		s, err := heard(one.kind, []byte(one.body))
		if err != nil || (s.Payment != nil) != one.paid || s.Cancelled != one.cancelled {
			t.Errorf("%s: %+v, %v", one.body, s, err)
		}
	}
}

func TestAShopsAmountIsExactOrRefused(t *testing.T) {
	for _, amount := range []string{`"-1.00"`, `"1.005"`, `"1,00"`, `"NaN"`, `1e2`, `null`, `""`, `"99999999999999.00"`} {
		body := `{"id":1,"updated_at":"2026-11-20T10:00:00Z","created_at":"2026-11-20T10:00:00Z","currency":"USD","financial_status":"paid","total_price":` + amount + `}`
		var wrong *BodyError
		if s, err := heard(kpi.ShopifyShop, []byte(body)); !errors.As(err, &wrong) {
			t.Errorf("%s: %+v, %v", amount, s.Payment, err)
		}
	}
}

// FuzzBodies holds that no body makes a reader panic, and that what is read is within its limits.
func FuzzBodies(f *testing.F) {
	for _, name := range []string{"shopify_order.json", "shopify_refund.json", "woocommerce_order.json"} {
		f.Add(file(f, name))
	}
	f.Add([]byte(paidBody("1", 5, "CNY", `,"ff":["a"],"codes":["b"]`)))
	f.Add([]byte(refundBody("1", "r", 5, "CNY")))
	f.Add([]byte(`{"id":727}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []kpi.ShopKind{kpi.StandardShop, kpi.ShopifyShop, kpi.WooCommerceShop} {
			s, err := heard(kind, body)
			var wrong *BodyError
			if err != nil && !errors.As(err, &wrong) {
				t.Fatalf("%s: %v", kind, err)
			}
			if err != nil || s.other {
				continue
			}
			if s.number == "" || len(s.number) > kpi.MaxOrderNumber || s.at.IsZero() || len(s.Refunds) > kpi.MaxRefunds || len(s.tokens) > kpi.MaxOrderClicks || len(s.Codes) > kpi.MaxOrderCodes {
				t.Errorf("%s: %+v", kind, s)
			}
			if p := s.Payment; p != nil && (p.Amount < 0 || p.Amount > kpi.MaxOrderAmount || !p.Currency.Known() || p.PlacedAt.IsZero()) {
				t.Errorf("%s: %+v", kind, p)
			}
			for _, r := range s.Refunds {
				if r.Amount < 0 || r.ID == "" || !r.Currency.Known() {
					t.Errorf("%s: %+v", kind, r)
				}
			}
		}
	})
}
