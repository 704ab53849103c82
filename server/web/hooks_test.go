package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"fanfare/server/app/orders"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// till is the routes of shops over a store of its own.
type till struct {
	*testing.T
	http.Handler
	orders *orders.Service
	shop   kpi.Shop
	key    string
}

func openTill(t *testing.T, kind kpi.ShopKind) *till {
	t.Helper()
	s := storetest.OpenSQLite(t, nil)
	queue := storetest.Queue(s, nil)
	service := orders.New(s, queue)
	var campaign contest.Campaign
	err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
		campaign, err = tx.CreateCampaign(contest.Campaign{})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	shop, key, err := service.OpenShop(t.Context(), "st_1", kpi.Shop{Campaign: campaign.ID, Name: "Shop", Kind: kind}, "")
	if err != nil {
		t.Fatal(err)
	}
	site := &site{Parts: Parts{Orders: service, Log: slog.New(slog.DiscardHandler)}}
	r := chi.NewRouter()
	site.hooks(r)
	return &till{t, r, service, shop, key}
}

// trial is a delivery as the shop would make it.
func (t *till) trial() *http.Request {
	t.Helper()
	r, err := t.orders.Trial(t.Context(), t.shop.ID)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (t *till) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	t.ServeHTTP(w, r)
	return w
}

func TestAShopIsToldWhatBecameOfItsEvent(t *testing.T) {
	c := openTill(t, kpi.StandardShop)
	w := c.answer(c.trial())
	var got orderReceipt
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	if want := (orderReceipt{Status: "test", Order: "1001", State: "paid", Amount: 12900, Currency: "CNY", Why: kpi.NothingKnown}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestWhatIsNoShopsEventIsRefusedWithItsReason(t *testing.T) {
	c := openTill(t, kpi.StandardShop)
	other := c.trial()
	other.URL.Path = orders.HooksPath + "sh_none"
	unsigned := c.trial()
	unsigned.Header = http.Header{}
	changed := c.trial()
	changed.Body = http.NoBody
	huge := httptest.NewRequest(http.MethodPost, orders.HooksPath+string(c.shop.ID), bytes.NewReader(make([]byte, orders.MaxBody+1)))
	for name, one := range map[string]struct {
		request *http.Request
		status  int
		code    string
	}{
		"unsigned":     {unsigned, http.StatusUnauthorized, "signature_invalid"},
		"changed":      {changed, http.StatusUnauthorized, "signature_invalid"},
		"another shop": {other, http.StatusUnauthorized, "signature_invalid"},
		"huge":         {huge, http.StatusRequestEntityTooLarge, "too_large"},
	} {
		w := c.answer(one.request)
		if w.Code != one.status || !strings.Contains(w.Body.String(), `"code":"`+one.code+`"`) || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := c.answer(httptest.NewRequest(http.MethodGet, orders.HooksPath+string(c.shop.ID), nil)); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

func TestAShopThatIsRetiredIsToldSo(t *testing.T) {
	c := openTill(t, kpi.StandardShop)
	if err := c.orders.RetireShop(t.Context(), "st_1", c.shop.ID, true); err != nil {
		t.Fatal(err)
	}
	if w := c.answer(c.trial()); w.Code != http.StatusGone {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestWooCommerceHearsThatSomebodyAnswers(t *testing.T) {
	c := openTill(t, kpi.WooCommerceShop)
	r := httptest.NewRequest(http.MethodPost, orders.HooksPath+string(c.shop.ID), strings.NewReader("webhook_id=7"))
	if w := c.answer(r); w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
