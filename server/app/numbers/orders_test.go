package numbers

import (
	"testing"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/store"
)

// order is one that an entry's link brought, worth 100 yuan, placed at a time.
func (s *stage) order(number string, shop kpi.Shop, at time.Time) {
	s.Helper()
	s.update("", func(tx *store.Tx) error {
		_, err := tx.SaveOrder(kpi.Order{
			Campaign: s.campaign.ID, Shop: shop.ID, Number: number, Reporting: "CNY", Rate: kpi.RateOne, Reported: 10_000,
			Settled:     kpi.Settled{State: kpi.OrderPaid, Name: number, PlacedAt: at, Currency: "CNY", Amount: 10_000},
			Attribution: kpi.Attribution{Credit: kpi.Credit{Channel: "weibo", Challenge: s.challenge.ID, Entry: 1}},
		})
		return err
	})
}

func TestAnOrderOfTheFutureCountsNowhereBeforeItsTime(t *testing.T) {
	s := set(t)
	s.entry(s.fan("Ada"), "wuhan")
	s.at(3, 12)
	var shop kpi.Shop
	s.update("", func(tx *store.Tx) (err error) {
		shop, err = tx.CreateShop(kpi.Shop{Campaign: s.campaign.ID, Name: "shop", Kind: kpi.StandardShop, Secret: "whsec_1"})
		return err
	})
	s.order("1", shop, s.clock.Add(-time.Hour))
	s.order("2", shop, s.clock.Add(2*time.Hour)) // of the day that is shown
	s.order("3", shop, s.clock.AddDate(0, 0, 2))
	for _, c := range []struct {
		day, hour int
		want      int64
	}{{3, 12, 1}, {3, 15, 2}, {6, 0, 3}} {
		s.at(c.day, c.hour)
		o := s.overview()
		got := map[string]int64{"total": o.Figure(kpi.Orders).Measured}
		for _, g := range o.Channels {
			got["channels"] += g.Measured[kpi.Orders]
		}
		got["unattributed"] = o.Unattributed
		hours, err := s.Detail(t.Context(), s.campaign.ID, kpi.Orders, Span{By: kpi.ByHour})
		if err != nil {
			t.Fatal(err)
		}
		got["hours"] = hours.Series.Sum()
		for what, n := range got {
			if n != c.want {
				t.Errorf("on day %d at %d o'clock the %s have %d orders, want %d", c.day, c.hour, what, n, c.want)
			}
		}
	}
}
