// Package orders holds the use cases of what campaigns sell: shops tell of their orders by signed webhooks, by the API or in files,
// each order is booked once and says to whom it is due, and sums are in one currency by dated rates. What buyers are called and
// where they live is nobody's business here: of all that a shop sends, nothing of it is kept.
package orders

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/store"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// rateJob converts the orders of a currency anew; key: campaign and currency.
const rateJob = "orders.rate"

// rateLease is how long such a job of a dead process stays taken.
const rateLease = 30 * time.Second

// Service carries out the use cases.
type Service struct {
	store *store.Store
	queue *job.Queue
	now   func() time.Time // for signatures, which carry a time; all else takes the store's
}

// New returns a service, whose jobs the queue will do.
func New(s *store.Store, queue *job.Queue) *Service {
	service := &Service{s, queue, time.Now}
	queue.Handle(rateJob, 1, rateLease, service.rerate)
	queue.Handle(fileJob, 1, fileLease, service.goOn)
	return service
}

// ErrRetired says that no orders are taken from a shop any more.
var ErrRetired = errors.New("shop retired")

// What became of something that a shop sent.
const (
	Booked  = "booked"  // it is kept, and the order is what it comes to
	Known   = "known"   // it was kept before
	Tried   = "test"    // it was a trial
	Ignored = "ignored" // it is about nothing that orders come of
)

// Receipt says what became of something that a shop sent.
type Receipt struct {
	Status string
	Order  kpi.Order // zero where nothing is known of one
}

// Deliver takes a webhook. Errors: ErrSignature, ErrRetired, *BodyError, store.ErrKeyReused.
func (s *Service) Deliver(ctx context.Context, id kpi.ShopID, h http.Header, body []byte) (Receipt, error) {
	shop, err := s.shop(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Receipt{}, ErrSignature // nobody learns which shops there are
	}
	if err != nil {
		return Receipt{}, err
	}
	if err := verify(shop, h, body, s.now()); err != nil {
		return Receipt{}, err
	}
	o, err := parse(body)
	if err != nil {
		return Receipt{}, err
	}
	digest := digestOf(body)
	switch shop.Kind {
	case kpi.ShopifyShop:
		what, err := readShopify(o)
		return s.take(ctx, shop, bodyID+digest, digest, what, err)
	case kpi.WooCommerceShop:
		what, err := readWooCommerce(o, s.now().UTC().Truncate(time.Millisecond))
		return s.take(ctx, shop, bodyID+digest, digest, what, err)
	}
	what, err := readStandard(o)
	return s.take(ctx, shop, hookID+h.Get(webhooks.HeaderWebhookID), digest, what, err)
}

// Call takes an event by the API, with the shop's key and an identifier of the caller's own. Errors: as of Deliver.
func (s *Service) Call(ctx context.Context, id kpi.ShopID, key, event string, body []byte) (Receipt, error) {
	shop, err := s.shop(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Receipt{}, err
	}
	if err != nil || !holdsKey(shop, key, s.now()) {
		return Receipt{}, ErrSignature
	}
	o, err := parse(body)
	if err != nil {
		return Receipt{}, err
	}
	what, err := readStandard(o)
	return s.take(ctx, shop, callID+event, digestOf(body), what, err)
}

// The identifiers of events begin with where they are from, so that one cannot stand in for another. Where only the body is signed,
// it is its hash: who repeats it under another name says nothing new.
const (
	hookID = "hook:"
	bodyID = "body:"
	callID = "call:"
	fileID = "file:"
)

// maxEventID bounds an identifier that the sender chose, in bytes.
const maxEventID = 200

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func formatUnix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

func (s *Service) shop(ctx context.Context, id kpi.ShopID) (shop kpi.Shop, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		shop, err = tx.Shop(id)
		return err
	})
	return shop, err
}

// take books what was read, unless it could not be.
func (s *Service) take(ctx context.Context, shop kpi.Shop, event, digest string, what said, err error) (Receipt, error) {
	switch {
	case err != nil:
		return Receipt{}, err
	case !shop.RetiredAt.IsZero():
		return Receipt{}, ErrRetired
	case what.other:
		return Receipt{Status: Ignored}, nil
	case len(event) > maxEventID:
		return Receipt{}, &BodyError{Problem: "bears an identifier that is too long"}
	}
	e := kpi.OrderEvent{Shop: shop.ID, ID: event, Number: what.number, At: what.at, Says: what.OrderSays, Digest: digest}
	if what.test {
		return s.try(ctx, shop, e)
	}
	r := Receipt{Status: Booked}
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		if e.Says.Clicks, e.Says.Forged, err = clicks(tx, what.tokens); err != nil {
			return err
		}
		fresh, err := book(tx, shop, e)
		if err != nil {
			return err
		}
		r.Status = Booked
		if !fresh {
			r.Status = Known
		}
		r.Order, err = tx.OrderNumbered(shop.ID, e.Number)
		return err
	})
	return r, err
}

// try says what an event would come to by itself.
func (s *Service) try(ctx context.Context, shop kpi.Shop, e kpi.OrderEvent) (Receipt, error) {
	r := Receipt{Status: Tried}
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		r.Order, err = settled(tx, kpi.Order{Campaign: shop.Campaign, Shop: shop.ID, Number: e.Number}, []kpi.OrderEvent{e})
		return err
	})
	return r, err
}

// clicks reads the tokens of clicks, and counts those that are none.
func clicks(tx *store.Tx, tokens []string) (list []kpi.Click, forged int, err error) {
	if len(tokens) == 0 {
		return nil, 0, nil
	}
	key, err := tx.Secret(kpi.ClickSecret)
	if err != nil {
		return nil, 0, fmt.Errorf("read clicks: %w", err)
	}
	for _, token := range tokens {
		click, err := kpi.OpenClick(key, token)
		if err != nil {
			forged++
			continue
		}
		list = append(list, click)
	}
	return list, forged, nil
}

// audit notes what staff did to something of a campaign's orders.
func audit(tx *store.Tx, staff contest.StaffID, action, object, note string) error {
	return tx.Audit(store.Act{Staff: staff, Action: action, Object: object, Note: note})
}
