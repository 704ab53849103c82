package month

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"fanfare/server/kpi"
)

// senders is how many shops send at once: of one order, too.
const senders = 8

// standardSecret is how secrets of Standard Webhooks begin.
const standardSecret = "whsec_"

// shop is one that sends orders.
type shop struct {
	id     kpi.ShopID
	kind   kpi.ShopKind
	secret string
}

// delivery is something that a shop sends. The identifier is that of the event, where the kind has one.
type delivery struct {
	shop shop
	id   string
	body []byte
	want int // status
	// forged has it signed with another secret.
	forged bool
}

// send sends a delivery as its kind of shop does.
func (v *visitors) send(ctx context.Context, d delivery) error {
	path, headers := "/hooks/orders/"+string(d.shop.id), []string{"Content-Type", "application/json"}
	secret := d.shop.secret
	if d.forged {
		secret = standardSecret + base64.StdEncoding.EncodeToString([]byte("another secret of 24 bytes"))
	}
	switch d.shop.kind {
	case kpi.ShopifyShop:
		headers = append(headers, "X-Shopify-Hmac-Sha256", sealed([]byte(secret), d.body))
	case kpi.WooCommerceShop:
		headers = append(headers, "X-WC-Webhook-Signature", sealed([]byte(secret), d.body))
	case kpi.APIShop:
		path = "/api/v1/shops/" + string(d.shop.id) + "/orders"
		headers = append(headers, "Authorization", "Bearer "+secret, "Idempotency-Key", d.id)
	default:
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, standardSecret))
		if err != nil {
			return fmt.Errorf("read secret: %w", err)
		}
		at := strconv.FormatInt(time.Now().Unix(), 10)
		signed := fmt.Appendf(nil, "%s.%s.%s", d.id, at, d.body)
		headers = append(headers, "webhook-id", d.id, "webhook-timestamp", at, "webhook-signature", "v1,"+sealed(key, signed))
	}
	_, err := v.must(ctx, d.want, http.MethodPost, path, d.body, headers...)
	return err
}

func sealed(key, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sell has all shops tell of all orders: in any order, several at once, some of it more than once.
func (m *Month) sell(ctx context.Context, v *visitors) error {
	var all []delivery
	for _, c := range m.campaigns {
		for n := range m.size.Orders {
			told, err := m.order(ctx, v, c, n)
			if err != nil {
				return fmt.Errorf("order %d of %s: %w", n, c.name, err)
			}
			all = append(all, told...)
		}
	}
	for _, d := range all {
		if m.chance(25) {
			all = append(all, d)
		}
	}
	m.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(senders)
	for _, d := range all {
		group.Go(func() error { return v.send(ctx, d) })
	}
	return group.Wait()
}

// story is how one order went, for a shop's form to tell.
type story struct {
	*order
	tokens []string
	codes  []string
	before int64 // what it was first said to come to; the shop corrected that
	parts  []part
	again  bool // cancelled first, and then paid after all
	ended  bool // there is word of a cancellation
}

// part is a refund.
type part struct {
	id     string
	amount int64
	at     time.Time
}

// order draws an order, books what it comes to, and returns what its shop sends.
func (m *Month) order(ctx context.Context, v *visitors, c *campaign, n int) ([]delivery, error) {
	s := story{order: &order{
		number: strconv.Itoa(100_000 + n), currency: pick(m, c.currencies[:]), amount: 1 + m.random.Int64N(99_999), refunds: map[string]int64{},
		placed: m.within(c.from.AddDate(0, 0, -1), m.now.Add(-time.Minute)),
	}}
	sh := c.shops[n%(len(c.shops)-1)] // the last one sends files
	s.shop = string(sh.id)
	if err := m.lead(ctx, v, c, &s, n); err != nil {
		return nil, err
	}
	left := s.amount
	for i := range m.random.IntN(8) - 4 {
		p := part{strconv.Itoa(1000*n + i), 1 + m.random.Int64N(left), s.placed.Add(time.Duration(i+1) * 5 * time.Hour)}
		if i == 2 {
			p.amount = left
		}
		if left -= p.amount; left < 0 || p.amount == 0 {
			break
		}
		s.parts = append(s.parts, p)
		s.refunds[p.id] = p.amount
		if left == 0 {
			break
		}
	}
	s.ended, s.again = m.chance(12), m.chance(30)
	s.cancelled = s.ended && !s.again
	if m.chance(10) {
		s.before = s.amount + 77
	}
	if len(s.parts) > 0 && sh.kind == kpi.StandardShop && m.chance(10) {
		s.unpaid = true
	}
	c.books.orders[s.shop+" "+s.number] = s.order
	return m.tell(sh, s)
}

// lead draws what an order brings along, and to whom it is due for that.
func (m *Month) lead(ctx context.Context, v *visitors, c *campaign, s *story, n int) error {
	window, l := time.Duration(c.window)*24*time.Hour, pick(m, c.links[:len(c.links)-1])
	click := func(l link, before time.Duration) string {
		return kpi.SignClick(m.key, kpi.Click{Link: l.code, At: s.placed.Add(-before)}, m.random.Uint32())
	}
	credit := func(d due) { s.due, s.attributed = d, true }
	switch n % 12 {
	case 0: // a click made now, by the route
		l := c.links[m.random.IntN(len(c.links)-1)]
		token, err := m.click(ctx, v, c, l, "198.19.1.1")
		if err != nil {
			return err
		}
		s.placed, s.tokens = time.Now().Truncate(time.Second), []string{token}
		credit(l.due)
	case 1, 2:
		s.tokens = []string{click(l, time.Duration(m.random.Int64N(int64(window/time.Second)))*time.Second)}
		credit(l.due)
	case 3: // the last moment of the window
		s.tokens = []string{click(l, window)}
		credit(l.due)
	case 4: // a second too late
		s.tokens = []string{click(l, window+time.Second)}
	case 5: // too late, but with a coupon, as shoppers type it
		s.tokens, s.codes = []string{click(l, window+time.Hour)}, []string{"nobody's", " night 10 "}
		credit(c.codes[0].due)
	case 6: // a coupon comes before an F-code
		s.codes = []string{"f-7788", "lens5"}
		credit(c.codes[1].due)
	case 7:
		s.codes = []string{"F-7788"}
		credit(c.codes[2].due)
	case 8: // of two clicks the last one, whichever is named first
		other := pick(m, c.links[:len(c.links)-1])
		s.tokens = []string{click(l, time.Minute), click(other, 2*time.Hour)}
		credit(l.due)
	case 9: // forged
		token := click(l, time.Minute)
		s.tokens = []string{strings.ToUpper(token[:len(token)/2]) + token[len(token)/2:]}
	case 10: // of a link that is retired by then, or was not
		retired := c.links[len(c.links)-1]
		clicked := s.placed.Add(-time.Hour)
		s.tokens = []string{click(retired, time.Hour)}
		if !clicked.After(retired.retired) {
			credit(retired.due)
		}
	}
	return nil
}

// tell writes all that a shop sends of an order.
func (m *Month) tell(sh shop, s story) ([]delivery, error) {
	var bodies []map[string]any
	switch sh.kind {
	case kpi.ShopifyShop:
		bodies = shopify(s)
	case kpi.WooCommerceShop:
		bodies = woo(s)
	default:
		bodies = standard(s)
	}
	var told []delivery
	for i, b := range bodies {
		content, err := json.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("write event: %w", err)
		}
		d := delivery{shop: sh, id: fmt.Sprintf("msg_%s_%d", s.number, i), body: content, want: http.StatusOK}
		told = append(told, d)
		if m.chance(5) { // signed with another secret
			d.id, d.forged, d.want = d.id+"_forged", true, http.StatusUnauthorized
			told = append(told, d)
		}
		if m.chance(5) { // a name twice: nobody knows what it means
			d.id, d.forged, d.want = d.id+"_twice", false, http.StatusUnprocessableEntity
			d.body = append([]byte(`{"id":1,"id":2,`), content[1:]...)
			if sh.kind == kpi.APIShop {
				d.want = http.StatusBadRequest
			}
			told = append(told, d)
		}
	}
	if sh.kind != kpi.APIShop {
		trial := map[string]any{"fanfare_test": true}
		for name, value := range bodies[0] {
			trial[name] = value
		}
		content, err := json.Marshal(trial)
		if err != nil {
			return nil, fmt.Errorf("write trial: %w", err)
		}
		told = append(told, delivery{shop: sh, id: "msg_" + s.number + "_trial", body: content, want: http.StatusOK})
	}
	return told, nil
}
