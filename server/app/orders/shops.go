package orders

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// MaxShopName bounds a shop's name, in code points.
const MaxShopName = 80

// SecretOverlap is how long a shop's former secret counts beside its new one: time to put the new one in place.
const SecretOverlap = 24 * time.Hour

// Shops lists a campaign's shops; store.ErrNotFound where there is no such campaign.
func (s *Service) Shops(ctx context.Context, campaign contest.CampaignID) (shops []kpi.Shop, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.Campaign(campaign); err != nil {
			return err
		}
		shops, err = tx.Shops(campaign)
		return err
	})
	return shops, err
}

// Shop returns a shop.
func (s *Service) Shop(ctx context.Context, id kpi.ShopID) (kpi.Shop, error) { return s.shop(ctx, id) }

// OpenShop registers a shop. Typed is the secret where the shop has drawn it; otherwise one is drawn, and shown is what is to be
// shown of it, this once. ErrSecret says that the kind needs another one.
func (s *Service) OpenShop(ctx context.Context, staff contest.StaffID, shop kpi.Shop, typed string) (opened kpi.Shop, shown string, err error) {
	if shown, shop.Secret, err = newSecret(shop.Kind, typed); err != nil {
		return kpi.Shop{}, "", err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		if _, err := tx.Campaign(shop.Campaign); err != nil {
			return err
		}
		if opened, err = tx.CreateShop(shop); err != nil {
			return err
		}
		return audit(tx, staff, "shop.open", shopObject(opened.ID), string(opened.Kind)+" "+opened.Name)
	})
	return opened, shown, err
}

func shopObject(id kpi.ShopID) string { return "shop/" + string(id) }

// RotateSecret gives a shop another secret. What the former one signed is taken for SecretOverlap more; the one before that
// ends now.
func (s *Service) RotateSecret(ctx context.Context, staff contest.StaffID, id kpi.ShopID, typed string) (shop kpi.Shop, shown string, err error) {
	err = s.changeShop(ctx, staff, id, "shop.rotate", func(now time.Time, one *kpi.Shop) (err error) {
		kept := ""
		if shown, kept, err = newSecret(one.Kind, typed); err != nil {
			return err
		}
		one.OldSecret, one.OldUntil, one.Secret = one.Secret, now.Add(SecretOverlap), kept
		shop = *one
		return nil
	})
	return shop, shown, err
}

// RetireShop takes no more orders from a shop, or takes them again. What is booked stays.
func (s *Service) RetireShop(ctx context.Context, staff contest.StaffID, id kpi.ShopID, retired bool) error {
	action := "shop.retire"
	if !retired {
		action = "shop.reopen"
	}
	return s.changeShop(ctx, staff, id, action, func(now time.Time, shop *kpi.Shop) error {
		shop.RetiredAt = time.Time{}
		if retired {
			shop.RetiredAt = now
		}
		return nil
	})
}

func (s *Service) changeShop(ctx context.Context, staff contest.StaffID, id kpi.ShopID, action string, change func(time.Time, *kpi.Shop) error) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.Lock("shop " + string(id)); err != nil { // two at once would each take the other's secret for the former one
			return err
		}
		shop, err := tx.Shop(id)
		if err != nil {
			return err
		}
		if err := change(tx.Now(), &shop); err != nil {
			return err
		}
		if err := tx.SaveShop(shop); err != nil {
			return err
		}
		return audit(tx, staff, action, shopObject(id), shop.Name)
	})
}

// HooksPath is where shops send webhooks; their identifier comes behind it.
const HooksPath = "/hooks/orders/"

// Trial returns a request as the shop would send it, signed with its secret and marked as a trial, for an order that is just
// placed. ErrSecret says that the shop sends no webhooks.
func (s *Service) Trial(ctx context.Context, id kpi.ShopID) (*http.Request, error) {
	shop, err := s.shop(ctx, id)
	if err != nil {
		return nil, err
	}
	var plan store.Plan
	err = s.store.View(ctx, func(tx *store.Tx) error {
		plan, err = tx.Plan(shop.Campaign)
		return err
	})
	if err != nil {
		return nil, err
	}
	sample := sampleOf(shop.Kind, plan.Currency, s.now().UTC().Truncate(time.Second))
	if sample == nil {
		return nil, ErrSecret
	}
	body, err := json.Marshal(sample)
	if err != nil {
		return nil, fmt.Errorf("write trial: %w", err)
	}
	header, err := sign(shop, "trial-"+rand.Text(), body, s.now())
	if err != nil {
		return nil, fmt.Errorf("sign trial: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, HooksPath+string(id), strings.NewReader(string(body)))
	if err != nil {
		return nil, fmt.Errorf("write trial: %w", err)
	}
	r.Header = header
	return r, nil
}

// sampleOf is an order as a kind of shop writes it; nil where it writes none.
func sampleOf(kind kpi.ShopKind, currency kpi.Currency, now time.Time) map[string]any {
	const number, minor = "1001", 12900
	amount := kpi.PlainAmount(minor, currency)
	switch kind {
	case kpi.StandardShop:
		return map[string]any{testField: true, "type": typePaid, "timestamp": now.Format(time.RFC3339), "data": map[string]any{
			"order": number, "name": "#" + number, "amount": minor, "currency": currency, "placed_at": now.Format(time.RFC3339),
		}}
	case kpi.ShopifyShop:
		return map[string]any{
			testField: true, "id": 1001, "name": "#" + number, "financial_status": "paid", "currency": currency, "total_price": amount,
			"created_at": now.Format(time.RFC3339), "updated_at": now.Format(time.RFC3339), "cancelled_at": nil,
		}
	case kpi.WooCommerceShop:
		return map[string]any{
			testField: true, "id": 1001, "number": number, "status": "processing", "currency": currency, "total": amount,
			"date_created_gmt": now.Format(wooTime), "date_modified_gmt": now.Format(wooTime),
		}
	}
	return nil
}
