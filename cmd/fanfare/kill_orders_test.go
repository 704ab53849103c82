package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// till is a shop that tells of orders, each of another amount, and remembers which were acknowledged.
type till struct {
	address, secret string
	placed          string // when all of them were
	inFlight        atomic.Int64

	mu    sync.Mutex // guards what follows
	last  int64
	acked map[int64]bool
}

// tell tells of an order, and returns whether that was acknowledged.
func (c *till) tell(ctx context.Context, n int64) bool {
	event := fmt.Sprintf(`{"type":"order.paid","timestamp":%q,"data":{"order":"%d","amount":%d,"currency":"CNY","placed_at":%[1]q}}`, c.placed, n, 100+n)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.address, bytes.NewReader([]byte(event)))
	if err != nil {
		return false
	}
	r.Header.Set("Authorization", "Bearer "+c.secret)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", fmt.Sprint("paid ", n))
	c.inFlight.Add(1)
	defer c.inFlight.Add(-1)
	resp, err := client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked[n] = true
	return true
}

// run tells of new orders at several tills until stop is called. One that is not acknowledged is told of once more, as shops do.
func (c *till) run(ctx context.Context, workers int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				c.mu.Lock()
				c.last++
				n := c.last
				c.mu.Unlock()
				if !c.tell(ctx, n) {
					c.tell(ctx, n)
				}
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

func (c *till) acknowledged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.acked)
}

// CHECKS 14, of orders: the server is killed under load; every acknowledged order is there once afterwards, and those that were told of
// again count once.
func TestKilledServersLoseNoAcknowledgedOrder(t *testing.T) {
	kills, acksEach := killing(t, 3)
	i := install(t, nil)
	i.planned()
	shop, secret, err := i.app.orders.OpenShop(t.Context(), "", kpi.Shop{Campaign: i.challenge.Campaign, Name: "Mall", Kind: kpi.APIShop}, "")
	if err != nil {
		t.Fatal(err)
	}
	i.close()
	r := i.replica("")
	c := &till{address: r.url + "/api/v1/shops/" + string(shop.ID) + "/orders", secret: secret, placed: time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), acked: map[int64]bool{}}
	for range kills {
		r.start()
		stop, before := c.run(t.Context(), 16), c.acknowledged()
		i.eventually("enough orders are acknowledged and under way", func() bool { return c.acknowledged()-before >= acksEach && c.inFlight.Load() >= 8 })
		r.kill()
		stop()
	}
	booked := i.booked(shop.Campaign)
	for n := range c.acked {
		if booked[fmt.Sprint(n)] != 100+n {
			t.Errorf("order %d was acknowledged and is booked with %d, want %d", n, booked[fmt.Sprint(n)], 100+n)
		}
	}
	r.start()
	for n := int64(1); n <= c.last; n++ {
		if (n%10 == 0 || !c.acked[n]) && !c.tell(t.Context(), n) {
			t.Errorf("order %d, told of again, was refused", n)
		}
	}
	r.kill()
	var sum int64
	for _, amount := range i.booked(shop.Campaign) {
		sum += amount
	}
	if want := c.last*100 + c.last*(c.last+1)/2; sum != want {
		t.Errorf("%d orders come to %d, want %d", c.last, sum, want)
	}
}

// booked reads a campaign's orders with their amounts, by number.
func (i *installation) booked(campaign contest.CampaignID) map[string]int64 {
	i.t.Helper()
	amounts := map[string]int64{}
	i.inspect(func(s *store.Store) error {
		return s.View(i.t.Context(), func(tx *store.Tx) error {
			filter := store.OrderFilter{Campaign: campaign}
			found, err := tx.OrdersFound(filter, "", 1_000_000)
			if err != nil {
				return err
			}
			for _, o := range found {
				if _, twice := amounts[o.Number]; twice {
					i.t.Errorf("order %s is booked twice", o.Number)
				}
				amounts[o.Number] = o.Amount
			}
			return nil
		})
	})
	return amounts
}
