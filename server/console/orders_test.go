package console

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"fanfare/server/access"
	"fanfare/server/app/numbers"
	"fanfare/server/app/orders"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// till is a desk with a campaign that sells.
type till struct {
	*desk
	campaign contest.CampaignID
	room     string // the path of its orders
}

func openTill(t *testing.T) *till {
	t.Helper()
	d := open(t)
	var campaign contest.Campaign
	err := d.store.Update(t.Context(), func(tx *store.Tx) (err error) {
		if campaign, err = tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "夜", EN: "Night"}}); err != nil {
			return err
		}
		plan := kpi.StartingPlan()
		plan.Channels = []kpi.Channel{{ID: "weibo", Name: contest.Text{ZH: "微博", EN: "Weibo"}}}
		plan.Partners = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "文旅武汉", EN: "Visit Wuhan"}}}
		return tx.SavePlan(campaign.ID, plan)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Self = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		receipt, err := d.Orders.Deliver(r.Context(), kpi.ShopID(strings.TrimPrefix(r.URL.Path, orders.HooksPath)), r.Header, body)
		if errors.Is(err, orders.ErrSignature) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"status":%q,"order":%q,"amount":%d,"currency":"CNY","state":"paid","why":"nothing"}`, receipt.Status, receipt.Order.Number, receipt.Order.Amount)
	})
	return &till{d, campaign.ID, ordersPath(campaign.ID)}
}

// shop opens a shop by the form and returns its page's path, and the page.
func (c *till) shop(kind kpi.ShopKind, name string) (path, page string) {
	c.t.Helper()
	w := c.do(http.MethodPost, c.room+"/shops", url.Values{"shop_name": {name}, "shop_kind": {string(kind)}})
	shops, err := c.Orders.Shops(c.t.Context(), c.campaign)
	if w.Code != http.StatusCreated || err != nil || len(shops) == 0 {
		c.t.Fatalf("got %d, %v\n%s", w.Code, err, w.Body)
	}
	return c.room + "/shops/" + string(shops[len(shops)-1].ID), w.Body.String()
}

// send sends a file by a form.
func (c *till) send(path, shop, content string) *httptest.ResponseRecorder {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	errShop := form.WriteField("shop", shop)
	part, errPart := form.CreateFormFile("file", "十一月.csv")
	_, errWrite := part.Write([]byte(content))
	if err := errors.Join(errShop, errPart, errWrite, form.Close()); err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r = r.WithContext(access.WithStaff(r.Context(), access.Staff{ID: "s_1", Name: "Ada", Role: access.Marketer}))
	w := httptest.NewRecorder()
	c.mux.ServeHTTP(w, r)
	return w
}

func TestAShopsSecretIsShownOnceAndItsTrialBooksNothing(t *testing.T) {
	c := openTill(t)
	path, opened := c.shop(kpi.StandardShop, "小米商城")
	shop, err := c.Orders.Shop(t.Context(), kpi.ShopID(path[strings.LastIndex(path, "/")+1:]))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, html.UnescapeString(opened), shop.Secret, orders.HooksPath+string(shop.ID))
	if strings.Contains(html.UnescapeString(c.get(path)), shop.Secret) {
		t.Error("the secret is shown again")
	}
	w := c.do(http.MethodPost, path+"/try", nil)
	wants(t, w.Body.String(), "this was understood", "Order 1001", "CN¥129.00", "Brought neither a click nor a code")
	wants(t, c.get(c.room), "See what the campaign sells")
	w = c.do(http.MethodPost, path+"/secret", nil)
	rotated, err := c.Orders.Shop(t.Context(), shop.ID)
	if err != nil || rotated.Secret == shop.Secret {
		t.Fatalf("rotated: %+v, %v", rotated, err)
	}
	wants(t, html.UnescapeString(w.Body.String()), rotated.Secret, "The former secret still works until")
	wants(t, c.get(c.post(path+"/retire", nil)), "No more orders are taken")
	wants(t, c.get(c.post(path+"/retire", url.Values{"again": {"1"}})), "Orders are taken again")
}

func TestAShopWithoutAUsableSecretIsNotOpened(t *testing.T) {
	c := openTill(t)
	for name, form := range map[string]url.Values{
		"no name":       {"shop_kind": {"standard"}},
		"no kind":       {"shop_name": {"x"}, "shop_kind": {"magento"}},
		"Shopify's own": {"shop_name": {"x"}, "shop_kind": {"shopify"}},
		"no base64":     {"shop_name": {"x"}, "shop_kind": {"standard"}, "shop_secret": {"not in base64, but long"}},
	} {
		if w := c.do(http.MethodPost, c.room+"/shops", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
	if shops, _ := c.Orders.Shops(t.Context(), c.campaign); len(shops) != 0 {
		t.Errorf("opened: %+v", shops)
	}
}

const orderFile = `order,amount,currency,placed at,refunded,status,code
7001,129.90,CNY,2026-11-20 10:00,9.90,paid,NIGHT10
7002,20.00,EUR,2026-11-20 10:00,,paid,
7003,x,CNY,2026-11-20 10:00,,paid,
`

func TestAFileOfOrdersIsShownBookedAndTakenBack(t *testing.T) {
	c := openTill(t)
	path, _ := c.shop(kpi.FileShop, "天猫")
	shop := path[strings.LastIndex(path, "/")+1:]
	wants(t, c.get(c.post(c.room+"/codes", url.Values{
		"order_codes": {"night10"}, "code_means": {"coupon"}, "code_channel": {"weibo"}, "code_partner": {"wuhan"},
	})), "NIGHT10", "Weibo · Visit Wuhan")
	w := c.send(c.room+"/files", shop, orderFile)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("got %d\n%s", w.Code, w.Body)
	}
	file := w.Header().Get("Location")
	wants(t, c.get(file), "Line 4", "Not an amount of this currency", "Book these orders")
	wants(t, c.get(c.post(file, url.Values{"do": {"book"}})), "2 orders were booked from 3 lines")
	list := c.get(c.room)
	wants(t, list, "CN¥120.00", "€20.00", "1 order waits for an exchange rate", "Weibo · Visit Wuhan", "Not attributed")
	if found := c.get(c.room + "?channel=-"); strings.Contains(found, ">7001<") || !strings.Contains(found, ">7002<") {
		t.Error("the filter of those that are due to no channel finds others")
	}
	if found := c.get(c.room + "?partner=-&from=1&unattributed=1"); strings.Contains(found, ">7001<") || !strings.Contains(found, ">7002<") {
		t.Error("the filter of those that are due to no partner finds others")
	} else {
		wants(t, found, `<option value="-" selected>No partner</option>`, `name="from" value="1"`, `name="unattributed" value="1"`, ">From ", `<span class="tag">Not attributed</span>`)
	}
	order := strings.Split(strings.Split(list, `row order-row" href="`)[1], `"`)[0]
	wants(t, c.get(order), "What the shop said", "From a file")
	c.post(c.room+"/rates", url.Values{"order_rates": {"2026-11-01 EUR 7.8455"}})
	wants(t, c.get(c.room+"/rates"), "1 EUR = 7.8455 CNY")
	wants(t, c.get(c.post(file, url.Values{"do": {"undo"}})), "Nothing of this file counts any more")
	wants(t, c.get(c.room), "See what the campaign sells")
}

func TestAFileOfAShopThatIsStoppedIsNotBooked(t *testing.T) {
	c := openTill(t)
	path, _ := c.shop(kpi.FileShop, "天猫")
	file := c.send(c.room+"/files", path[strings.LastIndex(path, "/")+1:], orderFile).Header().Get("Location")
	c.post(path+"/retire", nil)
	if w := c.do(http.MethodPost, file, url.Values{"do": {"book"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != file {
		t.Errorf("booking: %d to %s, want back to the file", w.Code, w.Header().Get("Location"))
	}
	if w := c.do(http.MethodGet, file, nil); strings.Contains(w.Body.String(), `value="book"`) {
		t.Error("the page offers to book it")
	}
}

func TestAComparisonNamesWhatDiffers(t *testing.T) {
	c := openTill(t)
	path, _ := c.shop(kpi.FileShop, "天猫")
	shop := path[strings.LastIndex(path, "/")+1:]
	w := c.send(c.room+"/compare", shop, orderFile)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d\n%s", w.Code, w.Body)
	}
	wants(t, w.Body.String(), "Missing here", "7001", "7002", "Line 4")
	for name, content := range map[string]string{"columns": "a,b\n1,2\n", "empty": "", "broken": "PK\x03\x04 no workbook"} {
		if w := c.send(c.room+"/compare", shop, content); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `role="alert"`) {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestWhatIsNoRateOrCodeIsNamed(t *testing.T) {
	c := openTill(t)
	for _, typed := range []string{"", "2026-11-01 EUR", "2026-11-31 EUR 7", "2026-11-01 XYZ 7", "2026-11-01 EUR -7", "2026-11-01 CNY 1"} {
		w := c.do(http.MethodPost, c.room+"/rates", url.Values{"order_rates": {typed}})
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="e-order_rates"`) {
			t.Errorf("%q: %d", typed, w.Code)
		}
	}
	for name, form := range map[string]url.Values{
		"no code":    {"code_means": {"coupon"}, "code_channel": {"weibo"}},
		"no channel": {"order_codes": {"A"}, "code_means": {"coupon"}, "code_channel": {"else"}},
		"no means":   {"order_codes": {"A"}, "code_means": {"click"}, "code_channel": {"weibo"}},
	} {
		if w := c.do(http.MethodPost, c.room+"/codes", form); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

func TestAnotherCampaignsOrdersAreNotFound(t *testing.T) {
	c := openTill(t)
	path, _ := c.shop(kpi.FileShop, "天猫")
	shop := path[strings.LastIndex(path, "/")+1:]
	file := c.send(c.room+"/files", shop, orderFile).Header().Get("Location")
	c.post(file, url.Values{"do": {"book"}})
	list, err := c.Orders.List(t.Context(), store.OrderFilter{Campaign: c.campaign}, "")
	if err != nil || len(list.Orders) == 0 {
		t.Fatalf("orders: %v, %v", list, err)
	}
	var other contest.Campaign
	err = c.store.Update(t.Context(), func(tx *store.Tx) (err error) {
		other, err = tx.CreateCampaign(contest.Campaign{Name: contest.Text{ZH: "日", EN: "Day"}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	room := ordersPath(other.ID)
	for _, target := range []string{"/" + string(list.Orders[0].ID), "/shops/" + shop, file[len(c.room):], "/none"} {
		if w := c.do(http.MethodGet, room+target, nil); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d", target, w.Code)
		}
	}
	for _, target := range []string{"/shops/" + shop + "/retire", "/shops/" + shop + "/secret", "/shops/" + shop + "/try", file[len(c.room):]} {
		if w := c.do(http.MethodPost, room+target, url.Values{"do": {"undo"}}); w.Code != http.StatusNotFound {
			t.Errorf("POST %s: %d", target, w.Code)
		}
	}
	if w := c.do(http.MethodGet, room+"?after="+string(list.Orders[0].ID), nil); w.Code != http.StatusBadRequest {
		t.Errorf("a page behind another campaign's order: %d", w.Code)
	}
	if w := c.send(room+"/files", shop, orderFile); w.Code != http.StatusNotFound {
		t.Errorf("a file for another campaign's shop: %d", w.Code)
	}
	if after, _ := c.Orders.Shop(t.Context(), kpi.ShopID(shop)); !after.RetiredAt.IsZero() {
		t.Error("the shop was changed")
	}
}

func TestAFileThatIsBeingBookedSaysHowFarItIs(t *testing.T) {
	c := openTill(t)
	path, _ := c.shop(kpi.FileShop, "天猫")
	var lines strings.Builder
	lines.WriteString("order,amount,currency,placed at\n")
	for i := range 250 {
		fmt.Fprintf(&lines, "%d,1.00,CNY,2026-11-20 10:00\n", i)
	}
	file := c.send(c.room+"/files", path[strings.LastIndex(path, "/")+1:], lines.String()).Header().Get("Location")
	c.post(file, url.Values{"do": {"book"}}) // nobody does jobs here
	w := c.do(http.MethodGet, file, nil)
	wants(t, w.Body.String(), "100 of 250 lines are done", "Stop and take it back", "being booked")
	if w.Header().Get("Refresh") == "" {
		t.Error("the page does not ask again")
	}
	wants(t, c.get(c.room+"/files"), "being booked")
	wants(t, c.get(c.post(file, url.Values{"do": {"undo"}})), "Nothing of this file counts any more")
}

func TestANumberThatIsDueToNobodyOpensTheOrdersOfNobody(t *testing.T) {
	for _, param := range []string{"channel", "partner"} {
		f := orderFilter("ca_1", groupQuery(numbers.Period{}, param, ""))
		if f.NoChannel != (param == "channel") || f.NoPartner != (param == "partner") || f.Channel != "" || f.Partner != "" {
			t.Errorf("no %s opens %+v", param, f)
		}
	}
}
