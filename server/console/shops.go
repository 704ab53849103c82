package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fanfare/server/app/orders"
	"fanfare/server/kpi"
	"fanfare/server/page"
	"fanfare/server/store"
)

type shopsView struct {
	orderFrame
	Form    form
	Invalid []string
	Shops   []shopLine
	Kinds   []kpi.ShopKind
}

// shopLine is a shop in the list.
type shopLine struct {
	kpi.Shop
	Path  string
	Since string
}

func (c *Console) shops(w http.ResponseWriter, r *http.Request) error {
	return c.drawShops(w, r, http.StatusOK, form{Values: url.Values{"shop_kind": {string(kpi.ShopifyShop)}}})
}

func (c *Console) drawShops(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.aroundOrders(r, "shops")
	if err != nil {
		return err
	}
	list, err := c.Orders.Shops(r.Context(), around.Campaign.ID)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	f.words = words
	v := shopsView{orderFrame: around, Form: f, Invalid: f.Invalid("shop_name", "shop_kind", "shop_secret"), Kinds: kpi.ShopKinds}
	for _, s := range list {
		v.Shops = append(v.Shops, shopLine{s, ordersPath(s.Campaign) + "/shops/" + string(s.ID), words.Day(s.CreatedAt, around.Campaign.Location())})
	}
	return c.draw(w, r, status, "shops", words.T("orders.room.shops"), v)
}

func (c *Console) openShop(w http.ResponseWriter, r *http.Request) error {
	around, err := c.aroundOrders(r, "shops")
	if err != nil {
		return err
	}
	if err := parse(r); err != nil {
		return err
	}
	typed, bad := r.PostForm, faults{}
	shop := kpi.Shop{Campaign: around.Campaign.ID, Name: strings.TrimSpace(typed.Get("shop_name")), Kind: kpi.ShopKind(typed.Get("shop_kind"))}
	if shop.Name == "" {
		bad.add("shop_name", "required")
	}
	if len([]rune(shop.Name)) > orders.MaxShopName {
		bad.add("shop_name", "too_long", "max", orders.MaxShopName)
	}
	if !slices.Contains(kpi.ShopKinds, shop.Kind) {
		bad.add("shop_kind", "required")
	}
	if len(bad) == 0 {
		opened, shown, err := c.Orders.OpenShop(r.Context(), staffOf(r), shop, typed.Get("shop_secret"))
		if err == nil { // No redirect: the secret is shown once and stands in no address.
			return c.drawShop(w, r, http.StatusCreated, opened.ID, shopView{Shown: shown, Fresh: true})
		}
		if !errors.Is(err, orders.ErrSecret) {
			return err
		}
		bad.add("shop_secret", secretFault(shop.Kind))
	}
	return c.drawShops(w, r, http.StatusUnprocessableEntity, form{Values: typed, faults: bad})
}

// secretFault says what is wrong with a secret of a kind of shop.
func secretFault(kind kpi.ShopKind) string {
	if kind == kpi.StandardShop {
		return "standard"
	}
	return "length"
}

type shopView struct {
	orderFrame
	Shop    kpi.Shop
	Since   string
	Until   page.Moment // the former secret counts
	Former  bool
	Address string // to which it sends
	Shown   string // the secret, this once
	Fresh   bool   // just opened
	Fault   string // of a typed secret
	Tried   *trial
	Sums    []sumLine
	Files   []fileLine
}

// trial is what became of a sample that we sent to ourselves.
type trial struct {
	OK     bool
	Status int
	Answer string
	// What was understood, in words.
	Order, Amount, State, Why string
}

// trialOf says in words what the shops' own way answered.
func trialOf(words *page.Context, a *answer) *trial {
	t := &trial{OK: a.status == http.StatusOK, Status: a.status, Answer: strings.TrimSpace(a.body.String())}
	var read struct {
		Order, State, Why string
		Amount            int64
		Currency          kpi.Currency
	}
	if !t.OK || json.Unmarshal(a.body.Bytes(), &read) != nil {
		return t
	}
	t.Order, t.Amount = read.Order, money(words, read.Amount, read.Currency)
	t.State, t.Why = words.T("order.state."+read.State), words.T("order.why."+read.Why)
	return t
}

// shopOf is the shop {shop} of the campaign {id}.
func (c *Console) shopOf(r *http.Request) (kpi.Shop, error) {
	shop, err := c.Orders.Shop(r.Context(), kpi.ShopID(r.PathValue("shop")))
	if err == nil && string(shop.Campaign) != r.PathValue("id") {
		err = fmt.Errorf("shop %s: %w", shop.ID, store.ErrNotFound)
	}
	return shop, err
}

func (c *Console) showShop(w http.ResponseWriter, r *http.Request) error {
	shop, err := c.shopOf(r)
	if err != nil {
		return err
	}
	return c.drawShop(w, r, http.StatusOK, shop.ID, shopView{})
}

func (c *Console) drawShop(w http.ResponseWriter, r *http.Request, status int, id kpi.ShopID, v shopView) error {
	var err error
	if v.orderFrame, err = c.aroundOrders(r, "shops"); err != nil {
		return err
	}
	if v.Shop, err = c.Orders.Shop(r.Context(), id); err != nil {
		return err
	}
	list, err := c.Orders.List(r.Context(), store.OrderFilter{Campaign: v.Campaign.ID, Shop: id}, "")
	if err != nil {
		return err
	}
	words, zone := c.drawer.Context(r), v.Campaign.Location()
	for _, s := range list.Sums {
		v.Sums = append(v.Sums, sumOf(words, s))
	}
	if v.Files, err = c.fileLines(r, words, zone, v.Shop); err != nil {
		return err
	}
	v.Since, v.Former = words.Day(v.Shop.CreatedAt, zone), v.Shop.OldSecret != "" && c.now().Before(v.Shop.OldUntil)
	v.Until = words.Moment(v.Shop.OldUntil, c.now(), zone)
	v.Address = words.Absolute(orders.HooksPath + string(id))
	if v.Shop.Kind == kpi.APIShop {
		v.Address = words.Absolute("/api/v1/shops/" + string(id) + "/orders")
	}
	return c.draw(w, r, status, "shop", v.Shop.Name, v)
}

// tryShop sends ourselves a sample, signed as the shop would sign it, on the way that the shop's webhooks take.
func (c *Console) tryShop(w http.ResponseWriter, r *http.Request) error {
	shop, err := c.shopOf(r)
	if err != nil {
		return err
	}
	sample, err := c.Orders.Trial(r.Context(), shop.ID)
	if err != nil {
		return err
	}
	sample.RemoteAddr, sample.Host = r.RemoteAddr, r.Host
	answer := &answer{header: http.Header{}, status: http.StatusOK}
	c.Self.ServeHTTP(answer, sample)
	return c.drawShop(w, r, http.StatusOK, shop.ID, shopView{Tried: trialOf(c.drawer.Context(r), answer)})
}

// answer keeps what a handler answers.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header, WriteHeader and Write implement http.ResponseWriter.
func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

func (c *Console) rotateShopSecret(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	shop, err := c.shopOf(r)
	if err != nil {
		return err
	}
	_, shown, err := c.Orders.RotateSecret(r.Context(), staffOf(r), shop.ID, r.PostForm.Get("shop_secret"))
	if errors.Is(err, orders.ErrSecret) {
		fault := faultText(c.drawer.Context(r), "shop_secret", secretFault(shop.Kind))
		return c.drawShop(w, r, http.StatusUnprocessableEntity, shop.ID, shopView{Fault: fault})
	}
	if err != nil {
		return err
	}
	if shown == "" {
		return c.see(w, r, ordersPath(shop.Campaign)+"/shops/"+string(shop.ID)+"?done=shop_rotated")
	}
	return c.drawShop(w, r, http.StatusOK, shop.ID, shopView{Shown: shown})
}

func (c *Console) retireShop(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	shop, err := c.shopOf(r)
	if err != nil {
		return err
	}
	retired := r.PostForm.Get("again") == ""
	if err := c.Orders.RetireShop(r.Context(), staffOf(r), shop.ID, retired); err != nil {
		return err
	}
	done := "shop_retired"
	if !retired {
		done = "shop_reopened"
	}
	return c.see(w, r, ordersPath(shop.Campaign)+"/shops/"+string(shop.ID)+"?done="+done)
}
