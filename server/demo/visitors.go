package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// Trade is what the demo's visitors come by and where they buy. Without it they stay away.
type Trade struct {
	Links   []string // codes of tracked links
	Shop    string
	ShopKey string
}

// How visitors are.
const (
	byLink   = .6 // share that comes by a tracked link; the others come by themselves
	shares   = .1 // share that shares
	buys     = .05
	mostSeen = 5 // photos that one opens
)

// browsers are how many kinds of browser visitors come with. All come from one address, so that nothing else tells them apart.
const browsers = 10_000

// browser is one of them: programs that do not say so are counted as nobody.
func browser() string {
	return fmt.Sprintf("Mozilla/5.0 (Linux; Android 15; Mobile) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.%d Mobile Safari/537.36", mathrand.IntN(browsers))
}

// prices are what things cost in the demo's shop, in fen.
var prices = []int64{29_900, 79_900, 129_900, 199_900, 249_900}

// visit has one visitor after the other come, look and sometimes buy, until ctx ends.
func (d *demo) visit(ctx context.Context, trade Trade) {
	if trade.Shop == "" {
		return
	}
	for pause(ctx, jitter(d.pace.visit)) == nil {
		if err := d.visitor(ctx, trade); err != nil && ctx.Err() == nil {
			d.log.Debug("a visitor of the demo was turned away", "err", err)
			if pause(ctx, max(d.pace.backoff, asked(err))) != nil {
				return
			}
		}
	}
}

// visitor is one of them.
func (d *demo) visitor(ctx context.Context, trade Trade) error {
	via, with := "", browser()
	if len(trade.Links) > 0 && mathrand.Float64() < byLink {
		var err error
		if via, err = d.api.follow(ctx, with, trade.Links[mathrand.IntN(len(trade.Links))]); err != nil {
			return err
		}
	}
	entries, err := d.api.entries(ctx)
	if err != nil {
		return err
	}
	seen := []event{{Metric: "visit"}, {Metric: "impression"}}
	for range mathrand.IntN(mostSeen + 1) {
		if len(entries) > 0 {
			seen = append(seen, event{"view", entries[mathrand.IntN(len(entries))].Number})
		}
	}
	if len(entries) > 0 && mathrand.Float64() < shares {
		seen = append(seen, event{"share", entries[mathrand.IntN(len(entries))].Number})
	}
	if err := d.api.tell(ctx, with, via, seen); err != nil || mathrand.Float64() >= buys {
		return err
	}
	return d.api.order(ctx, trade, via, prices[mathrand.IntN(len(prices))])
}

// event is something that a visitor's page tells of.
type event struct {
	Metric string `json:"metric"`
	Entry  int64  `json:"entry,omitempty"`
}

// drawn is an identifier that nobody else has.
func drawn() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// follow opens a tracked link and returns the token that it leads on with.
func (c *client) follow(ctx context.Context, browser, code string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.root+"/t/"+url.PathEscape(code), nil)
	if err != nil {
		return "", fmt.Errorf("ask for link %s: %w", code, err)
	}
	req.Header.Set("User-Agent", browser)
	res, err := c.http.Transport.RoundTrip(req) // and not on to where it leads
	if err != nil {
		return "", fmt.Errorf("follow link %s: %w", code, err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		return "", fmt.Errorf("follow link %s: status %d: %w", code, res.StatusCode, err)
	}
	return to.Query().Get("ff"), nil
}

// tell reports what a visitor saw.
func (c *client) tell(ctx context.Context, browser, via string, events []event) error {
	body, err := json.Marshal(map[string]any{"batch": drawn(), "challenge": Slug, "via": via, "events": events})
	if err != nil {
		return fmt.Errorf("report events: %w", err)
	}
	req, err := c.request(ctx, http.MethodPost, "/events", "", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/plain")
	req.Header.Set("User-Agent", browser)
	return answered(c.send(req, new(struct{})))
}

// order tells of an order that is paid.
func (c *client) order(ctx context.Context, trade Trade, via string, amount int64) error {
	now := time.Now().UTC()
	data := map[string]any{"order": "D" + drawn()[:10], "amount": amount, "currency": "CNY", "placed_at": now}
	if via != "" {
		data["ff"] = via
	}
	body, err := json.Marshal(map[string]any{"type": "order.paid", "timestamp": now, "data": data})
	if err != nil {
		return fmt.Errorf("tell of an order: %w", err)
	}
	req, err := c.request(ctx, http.MethodPost, "/shops/"+url.PathEscape(trade.Shop)+"/orders", trade.ShopKey, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", drawn())
	return c.send(req, new(struct{}))
}

// answered takes an answer without a body for what it is.
func answered(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
