package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// counter is a campaign with a shop.
type counter struct {
	*testing.T
	*Service
	store    *store.Store
	campaign contest.CampaignID
	shop     kpi.Shop
	n        int
}

var placed = time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)

func openCounter(t *testing.T, kind kpi.ShopKind) *counter {
	t.Helper()
	s := storetest.OpenSQLite(t, nil)
	queue := storetest.Queue(s, nil)
	c := &counter{T: t, Service: New(s, queue), store: s}
	c.update(func(tx *store.Tx) error {
		campaign, err := tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}})
		c.campaign = campaign.ID
		return err
	})
	typed := ""
	if kind == kpi.ShopifyShop {
		typed = "a secret that Shopify drew"
	}
	shop, _, err := c.OpenShop(t.Context(), "st_1", kpi.Shop{Campaign: c.campaign, Name: "小店", Kind: kind}, typed)
	c.must(err)
	c.shop = shop
	return c
}

func (c *counter) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *counter) update(fn func(*store.Tx) error) {
	c.Helper()
	c.must(c.store.Update(c.Context(), fn))
}

// send signs a body as the shop and delivers it under an identifier.
func (c *counter) send(id, body string) (Receipt, error) {
	c.Helper()
	h, err := sign(c.shop, id, []byte(body), time.Now())
	c.must(err)
	return c.Deliver(c.Context(), c.shop.ID, h, []byte(body))
}

// sent is send for what is booked.
func (c *counter) sent(body string) kpi.Order {
	c.Helper()
	c.n++
	r, err := c.send(fmt.Sprint("ev_", c.n), body)
	c.must(err)
	if r.Status != Booked {
		c.Fatalf("%s: %s", body, r.Status)
	}
	return r.Order
}

// at writes a time so many minutes after the order was placed.
func at(minutes int) string {
	return placed.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)
}

func paidBody(number string, amount int64, currency, more string) string {
	return fmt.Sprintf(`{"type":"order.paid","timestamp":%q,"data":{"order":%q,"amount":%d,"currency":%q,"placed_at":%q%s}}`, at(1), number, amount, currency, at(0), more)
}

func refundBody(number, refund string, amount int64, currency string) string {
	return fmt.Sprintf(`{"type":"order.refunded","timestamp":%q,"data":{"order":%q,"refund":%q,"amount":%d,"currency":%q}}`, at(2), number, refund, amount, currency)
}

func cancelBody(number string) string {
	return fmt.Sprintf(`{"type":"order.cancelled","timestamp":%q,"data":{"order":%q}}`, at(3), number)
}

// sums are what the campaign's orders come to, as a text.
func (c *counter) sums() string {
	c.Helper()
	var text []string
	c.must(c.store.View(c.Context(), func(tx *store.Tx) error {
		sums, err := tx.OrderSums(store.OrderFilter{Campaign: c.campaign})
		for _, s := range sums {
			text = append(text, fmt.Sprintf("%s %d: %d-%d", s.Currency, s.Orders, s.Amount, s.Refunded))
		}
		return err
	}))
	return strings.Join(text, ", ")
}

func (c *counter) sumsTo(want string) {
	c.Helper()
	if got := c.sums(); got != want {
		c.Errorf("the orders come to %q, want %q", got, want)
	}
}

func TestAForgedOrOldSignatureBooksNothing(t *testing.T) {
	for _, kind := range []kpi.ShopKind{kpi.StandardShop, kpi.ShopifyShop, kpi.WooCommerceShop} {
		c := openCounter(t, kind)
		body := []byte(paidBody("1", 5, "CNY", ""))
		good, err := sign(c.shop, "ev", body, time.Now())
		c.must(err)
		other := c.shop
		other.Secret = "whsec_" + strings.Repeat("QUJD", 8)
		forged, err := sign(other, "ev", body, time.Now())
		c.must(err)
		cases := map[string]http.Header{"forged": forged, "unsigned": {}}
		if kind == kpi.StandardShop {
			cases["old"], _ = sign(c.shop, "ev", body, time.Now().Add(-6*time.Minute))
			cases["of the future"], _ = sign(c.shop, "ev", body, time.Now().Add(6*time.Minute))
			renamed := good.Clone()
			renamed.Set("webhook-id", "ev2")
			cases["under another name"] = renamed
		}
		for name, h := range cases {
			if _, err := c.Deliver(c.Context(), c.shop.ID, h, body); !errors.Is(err, ErrSignature) {
				t.Errorf("%s, %s: %v", kind, name, err)
			}
		}
		if _, err := c.Deliver(c.Context(), c.shop.ID, good, append(body, ' ')); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, another body: %v", kind, err)
		}
		if _, err := c.Deliver(c.Context(), "sh_none", good, body); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, another shop: %v", kind, err)
		}
		c.sumsTo("")
	}
}

func TestAnEventIsBookedOnceAndASecondOneUnderItsNameRefused(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	body := paidBody("1", 12990, "CNY", "")
	for i, want := range []string{Booked, Known, Known} {
		r, err := c.send("ev_1", body)
		if err != nil || r.Status != want || r.Order.Amount != 12990 {
			t.Errorf("delivery %d: %+v, %v", i, r, err)
		}
	}
	if _, err := c.send("ev_1", paidBody("2", 5, "CNY", "")); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another event of the name: %v", err)
	}
	c.sumsTo("CNY 1: 12990-0")
}

func TestAHundredDeliveriesAtOnceBookEachEventOnce(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	bodies := []string{paidBody("1", 12990, "CNY", ""), refundBody("1", "r1", 990, "CNY"), refundBody("1", "r2", 1000, "CNY"), paidBody("2", 700, "EUR", "")}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			n := i % len(bodies)
			if _, err := c.send(fmt.Sprint("ev_", n), bodies[n]); err != nil {
				t.Errorf("delivery %d: %v", i, err)
			}
		})
	}
	all.Wait()
	c.sumsTo("CNY 1: 12990-1990, EUR 1: 700-0")
}

func TestSumsAreTheTruthInWhicheverOrderEventsArrive(t *testing.T) {
	events := []string{
		paidBody("1", 12990, "CNY", ""), refundBody("1", "r1", 990, "CNY"), refundBody("1", "r2", 1000, "CNY"),
		paidBody("2", 700, "EUR", ""), refundBody("2", "r1", 700, "EUR"),
		paidBody("3", 55, "JPY", ""), cancelBody("3"), refundBody("3", "r9", 55, "JPY"),
		refundBody("4", "r1", 5, "CNY"), cancelBody("5"),
	}
	for seed := range uint64(12) {
		c := openCounter(t, kpi.StandardShop)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		for _, body := range events {
			c.sent(body)
		}
		c.sumsTo("CNY 1: 12990-1990, EUR 1: 700-700")
	}
}

func TestWhatCannotBeBookedLeavesNothing(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	for name, body := range map[string]string{
		"no JSON":           `{"type":`,
		"NaN":               strings.Replace(paidBody("1", 5, "CNY", ""), ":5,", ":NaN,", 1),
		"negative":          paidBody("1", -5, "CNY", ""),
		"a fraction":        strings.Replace(paidBody("1", 5, "CNY", ""), ":5,", ":5.5,", 1),
		"an exponent":       strings.Replace(paidBody("1", 5, "CNY", ""), ":5,", ":5e3,", 1),
		"a text":            strings.Replace(paidBody("1", 5, "CNY", ""), ":5,", `:"5",`, 1),
		"too much":          paidBody("1", kpi.MaxOrderAmount+1, "CNY", ""),
		"no such currency":  paidBody("1", 5, "XYZ", ""),
		"a name twice":      strings.Replace(paidBody("1", 5, "CNY", ""), `"amount":5`, `"amount":5,"amount":6`, 1),
		"a name twice deep": paidBody("1", 5, "CNY", `,"x":{"y":[{"z":1,"z":1}]}`),
		"too deep":          paidBody("1", 5, "CNY", `,"x":`+deep),
		"no order":          paidBody("", 5, "CNY", ""),
		"a long number":     paidBody(strings.Repeat("1", 101), 5, "CNY", ""),
		"control":           strings.Replace(paidBody("1", 5, "CNY", ""), `"order":"1"`, `"order":"1\u0000"`, 1),
		"no time":           strings.Replace(paidBody("1", 5, "CNY", ""), at(0), "yesterday", 1),
		"a time of nobody":  strings.Replace(paidBody("1", 5, "CNY", ""), at(0), "9026-11-20T10:00:00Z", 1),
		"two bodies":        paidBody("1", 5, "CNY", "") + paidBody("2", 5, "CNY", ""),
		"a list":            `[1]`,
		"no UTF-8":          paidBody("1", 5, "CNY", `,"name":"`+"\xff"+`"`),
		"a refund of none":  refundBody("1", "", 5, "CNY"),
	} {
		var wrong *BodyError
		if r, err := c.send(name, body); !errors.As(err, &wrong) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	if r, err := c.send("other", `{"type":"customer.created","timestamp":"`+at(0)+`","data":{}}`); err != nil || r.Status != Ignored {
		t.Errorf("another type: %+v, %v", r, err)
	}
	c.sumsTo("")
	c.must(c.store.View(c.Context(), func(tx *store.Tx) error {
		for _, table := range store.Tables() {
			if n, err := tx.CountRows(table); err != nil || (table.Name == "order_events" || table.Name == "orders") && n > 0 {
				t.Errorf("%s: %d rows, %v", table.Name, n, err)
			}
		}
		return nil
	}))
}

func TestAnOrderIsDueToItsLastClickAndSaysSo(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	key := []byte{}
	var weibo kpi.Link
	c.update(func(tx *store.Tx) (err error) {
		if key, err = tx.Secret(kpi.ClickSecret); err != nil {
			return err
		}
		weibo, err = tx.CreateLink(kpi.Link{Campaign: c.campaign, Credit: kpi.Credit{Channel: "weibo", Partner: "wuhan"}, Target: "/"})
		return err
	})
	c.must(c.SetCodes(c.Context(), "st_1", c.campaign, []string{"night 10"}, kpi.ByCoupon, kpi.Credit{Channel: "shop"}))
	token := func(code kpi.LinkCode, before time.Duration) string {
		return kpi.SignClick(key, kpi.Click{Link: code, At: placed.Add(-before)}, 7)
	}
	quoted := func(token string) string { return fmt.Sprintf(`,"ff":%q`, token) }
	for name, one := range map[string]struct {
		more  string
		means kpi.Means
		why   kpi.Why
	}{
		"a click":            {quoted(token(weibo.Code, time.Hour)), kpi.ByClick, kpi.LastClick},
		"several":            {fmt.Sprintf(`,"ff":[%q,%q]`, token("none", time.Minute), token(weibo.Code, time.Hour)), kpi.ByClick, kpi.LastClick},
		"an old click":       {quoted(token(weibo.Code, 8*24*time.Hour)), "", kpi.ClickTooOld},
		"a click of nobody":  {quoted(token("none", time.Hour)), "", kpi.ClickUnknown},
		"a forged click":     {quoted(kpi.SignClick([]byte("k"), kpi.Click{Link: weibo.Code, At: placed}, 7)), "", kpi.ClickForged},
		"nothing":            {"", "", kpi.NothingKnown},
		"a coupon":           {`,"codes":["NIGHT10"]`, kpi.ByCoupon, kpi.KnownCode},
		"a coupon of nobody": {`,"codes":["DAY"]`, "", kpi.CodeUnknown},
	} {
		o := c.sent(paidBody("of "+name, 5, "CNY", one.more))
		if o.Attribution.Means != one.means || o.Attribution.Why != one.why {
			t.Errorf("%s: %+v", name, o.Attribution)
		}
		if one.means == kpi.ByClick && (o.Attribution.Channel != "weibo" || o.Attribution.Partner != "wuhan" || o.Attribution.Link != weibo.Code) {
			t.Errorf("%s: %+v", name, o.Attribution)
		}
	}
}

func TestWhomAnOrderIsDueToStaysAsItWasBooked(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	before := c.sent(paidBody("1", 5, "CNY", `,"codes":["NIGHT10"]`))
	c.must(c.SetCodes(c.Context(), "st_1", c.campaign, []string{"NIGHT10"}, kpi.ByCoupon, kpi.Credit{Channel: "shop"}))
	after := c.sent(refundBody("1", "r", 1, "CNY"))
	if after.Attribution != before.Attribution || after.Attribution.Why != kpi.CodeUnknown {
		t.Errorf("before %+v, after %+v", before.Attribution, after.Attribution)
	}
	if next := c.sent(paidBody("2", 5, "CNY", `,"codes":["NIGHT10"]`)); next.Attribution.Channel != "shop" {
		t.Errorf("the next one: %+v", next.Attribution)
	}
}

func TestAnOrderWaitsForItsRate(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	o := c.sent(paidBody("1", 1000, "EUR", ""))
	if o.Counted() || o.Rate != 0 {
		t.Fatalf("without a rate: %+v", o)
	}
	rate := func(day, text string) {
		t.Helper()
		r, _ := kpi.ParseRate(text)
		c.must(c.SetRates(c.Context(), "st_1", c.campaign, []Rate{{"EUR", day, r}}))
		c.must(c.rerate(c.Context(), job.Job{Key: string(c.campaign) + " EUR"}))
	}
	reported := func(want int64, wantDay string) {
		t.Helper()
		d, err := c.Order(c.Context(), o.ID)
		c.must(err)
		if d.Reported != want || d.RateDay != wantDay || d.Counted() != (want > 0) {
			t.Errorf("got %d by the rate of %q, want %d by that of %q", d.Reported, d.RateDay, want, wantDay)
		}
	}
	rate("2026-11-21", "7.9")
	reported(0, "")
	rate("2026-11-01", "7.8455")
	reported(7846, "2026-11-01")
	rate("2026-11-20", "7.5")
	reported(7500, "2026-11-20")
	for _, r := range []string{"a", "b", "c"} { // in parts, each of which would be rounded up
		o = c.sent(refundBody("1", r, 333, "EUR"))
	}
	o = c.sent(refundBody("1", "d", 1, "EUR"))
	if o.Reported != o.ReportedRefunds {
		t.Errorf("wholly refunded, %d of %d are deducted", o.ReportedRefunds, o.Reported)
	}
	c.must(c.DeleteRate(c.Context(), "st_1", c.campaign, "EUR", "2026-11-20"))
	c.must(c.rerate(c.Context(), job.Job{Key: string(c.campaign) + " EUR"}))
	reported(7846, "2026-11-01")
}

func TestOrdersAreConvertedAnewWhenThePlanHasAnotherCurrency(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	plans := campaigns.New(c.store, "https://photos.example.org")
	plans.OnConversion(c.Reconvert)
	o := c.sent(paidBody("1", 1000, "EUR", ""))
	planned, err := plans.Planned(t.Context(), c.campaign)
	c.must(err)
	plan := planned.Plan.Plan
	plan.Currency = "EUR"
	c.must(plans.SavePlan(t.Context(), "st_1", c.campaign, planned.Name, plan, planned.Hash()))
	working, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	work.Go(func() { c.queue.Run(working) })
	for d := (Detail{}); d.Reported != 1000; {
		d, err = c.Order(t.Context(), o.ID)
		c.must(err)
	}
}

func TestAKeyOfTheAPIBooksForItsShopAlone(t *testing.T) {
	c := openCounter(t, kpi.APIShop)
	shop, key, err := c.OpenShop(t.Context(), "st_1", kpi.Shop{Campaign: c.campaign, Name: "API", Kind: kpi.APIShop}, "")
	c.must(err)
	if strings.Contains(shop.Secret, key) || !strings.HasPrefix(key, keyPrefix) {
		t.Errorf("key %q is kept as %q", key, shop.Secret)
	}
	body := []byte(paidBody("1", 5, "CNY", ""))
	for name, one := range map[string]struct {
		shop kpi.ShopID
		key  string
	}{"another shop": {c.shop.ID, key}, "no key": {shop.ID, ""}, "its hash": {shop.ID, shop.Secret}, "no shop": {"sh_none", key}} {
		if _, err := c.Call(t.Context(), one.shop, one.key, "k", body); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, want := range []string{Booked, Known} {
		if r, err := c.Call(t.Context(), shop.ID, key, "k", body); err != nil || r.Status != want {
			t.Errorf("call %d: %+v, %v", i, r, err)
		}
	}
	if _, err := c.Call(t.Context(), shop.ID, key, "k", []byte(paidBody("2", 5, "CNY", ""))); !errors.Is(err, store.ErrKeyReused) {
		t.Errorf("another event with the key: %v", err)
	}
}

func TestAFormerSecretCountsForADayAndARetiredShopForNothing(t *testing.T) {
	c := openCounter(t, kpi.StandardShop)
	former := c.shop
	shop, shown, err := c.RotateSecret(t.Context(), "st_1", c.shop.ID, "")
	c.must(err)
	if shown == former.Secret || shop.OldSecret != former.Secret {
		t.Errorf("shown %q, former %q", shown, former.Secret)
	}
	c.sent(paidBody("1", 5, "CNY", "")) // with the former one
	c.shop = shop
	c.sent(paidBody("2", 5, "CNY", ""))
	c.now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	c.shop = former
	if _, err := c.send("late", paidBody("3", 5, "CNY", "")); !errors.Is(err, ErrSignature) {
		t.Errorf("a day later: %v", err)
	}
	c.shop = shop
	c.must(c.RetireShop(t.Context(), "st_1", shop.ID, true))
	if _, err := c.send("retired", paidBody("3", 5, "CNY", "")); !errors.Is(err, ErrRetired) {
		t.Errorf("retired: %v", err)
	}
	c.must(c.RetireShop(t.Context(), "st_1", shop.ID, false))
	c.sent(paidBody("3", 5, "CNY", ""))
	c.sumsTo("CNY 3: 15-0")
}

func TestATrialIsUnderstoodAndNotBooked(t *testing.T) {
	for _, kind := range []kpi.ShopKind{kpi.StandardShop, kpi.ShopifyShop, kpi.WooCommerceShop} {
		c := openCounter(t, kind)
		r, err := c.Trial(t.Context(), c.shop.ID)
		c.must(err)
		body := make([]byte, r.ContentLength)
		_, err = r.Body.Read(body)
		c.must(err)
		receipt, err := c.Deliver(t.Context(), c.shop.ID, r.Header, body)
		if err != nil || receipt.Status != Tried || receipt.Order.Amount != 12900 || receipt.Order.State != kpi.OrderPaid {
			t.Errorf("%s: %+v, %v", kind, receipt, err)
		}
		c.sumsTo("")
		if !json.Valid(body) {
			t.Errorf("%s sends %s", kind, body)
		}
	}
	if c := openCounter(t, kpi.APIShop); true {
		if _, err := c.Trial(t.Context(), c.shop.ID); !errors.Is(err, ErrSecret) {
			t.Errorf("a shop without webhooks: %v", err)
		}
	}
}

func TestASecretIsOneOfItsKind(t *testing.T) {
	for _, one := range []struct {
		kind  kpi.ShopKind
		typed string
		ok    bool
	}{
		{kpi.ShopifyShop, "", false}, {kpi.ShopifyShop, "short", false}, {kpi.ShopifyShop, strings.Repeat("s", 64), true}, {kpi.WooCommerceShop, "", true},
		{kpi.StandardShop, "", true}, {kpi.StandardShop, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true}, {kpi.StandardShop, "this is no base64!", false},
		{kpi.APIShop, "", true}, {kpi.FileShop, "", true}, {kpi.WooCommerceShop, strings.Repeat("s", 201), false},
	} {
		if _, _, err := newSecret(one.kind, one.typed); (err == nil) != one.ok {
			t.Errorf("%s, %q: %v", one.kind, one.typed, err)
		}
	}
}
