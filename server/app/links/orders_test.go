package links

import (
	"testing"
	"time"

	"fanfare/server/kpi"
	"fanfare/server/store"
)

func TestAPartnersOrdersAreThoseOfTheCampaignSoFar(t *testing.T) {
	d := open(t)
	var plan store.Plan
	d.update(func(tx *store.Tx) (err error) {
		if plan, err = tx.Plan(d.campaign); err != nil {
			return err
		}
		shop, err := tx.CreateShop(kpi.Shop{Campaign: d.campaign, Name: "Mall", Kind: kpi.APIShop, Secret: "s"})
		if err != nil {
			return err
		}
		for number, o := range map[string]struct {
			partner kpi.PartnerID
			placed  time.Duration
		}{
			"theirs": {"wuhan", -time.Hour}, "another's": {"beijing", -time.Hour}, "of the future": {"wuhan", 48 * time.Hour}, "before the campaign": {"wuhan", -30 * 24 * time.Hour},
		} {
			_, err := tx.SaveOrder(kpi.Order{
				Campaign: d.campaign, Shop: shop.ID, Number: number, Reporting: plan.Currency, Rate: kpi.RateOne, RateDay: "2026-11-01", Reported: 12990,
				Settled:     kpi.Settled{State: kpi.OrderPaid, PlacedAt: tx.Now().Add(o.placed), Currency: plan.Currency, Amount: 12990},
				Attribution: kpi.Attribution{Credit: kpi.Credit{Channel: "weibo", Partner: o.partner}},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	plan.Ends = plan.Starts.Add(30 * 24 * time.Hour)
	if orders, gmv, err := d.PartnerOrders(t.Context(), plan, "wuhan"); err != nil || orders != 1 || gmv != 12990 {
		t.Errorf("%d orders worth %d, %v; want the one of an hour ago", orders, gmv, err)
	}
}
