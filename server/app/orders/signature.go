package orders

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"fanfare/server/access"
	"fanfare/server/kpi"
)

// ErrSignature says that something did not come from the shop, or too long ago.
var ErrSignature = errors.New("signature refused")

// The headers in which shops sign. They cover the body alone.
const (
	shopifyHeader = "X-Shopify-Hmac-Sha256"
	wooHeader     = "X-WC-Webhook-Signature"
)

// verify checks that one of the shop's secrets signed what came.
func verify(shop kpi.Shop, h http.Header, body []byte, now time.Time) error {
	for _, secret := range shop.Secrets(now) {
		if secret != "" && signedBy(shop.Kind, secret, h, body) {
			return nil
		}
	}
	return ErrSignature
}

func signedBy(kind kpi.ShopKind, secret string, h http.Header, body []byte) bool {
	switch kind {
	case kpi.StandardShop:
		hook, err := webhooks.NewWebhook(secret)
		return err == nil && hook.Verify(body, h) == nil
	case kpi.ShopifyShop:
		return hmac.Equal([]byte(h.Get(shopifyHeader)), []byte(seal(secret, body)))
	case kpi.WooCommerceShop:
		return hmac.Equal([]byte(h.Get(wooHeader)), []byte(seal(secret, body)))
	}
	return false
}

// seal is how Shopify and WooCommerce sign.
func seal(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign signs a body as the shop would, with the headers that go with it.
func sign(shop kpi.Shop, id string, body []byte, now time.Time) (http.Header, error) {
	h := http.Header{"Content-Type": {"application/json"}}
	switch shop.Kind {
	case kpi.StandardShop:
		hook, err := webhooks.NewWebhook(shop.Secret)
		if err != nil {
			return nil, err
		}
		signature, err := hook.Sign(id, now, body)
		h.Set(webhooks.HeaderWebhookID, id)
		h.Set(webhooks.HeaderWebhookTimestamp, formatUnix(now))
		h.Set(webhooks.HeaderWebhookSignature, signature)
		return h, err
	case kpi.ShopifyShop:
		h.Set(shopifyHeader, seal(shop.Secret, body))
	case kpi.WooCommerceShop:
		h.Set(wooHeader, seal(shop.Secret, body))
	}
	return h, nil
}

// Forms of secrets.
const (
	standardPrefix = "whsec_" // Standard Webhooks'
	keyPrefix      = "ffk_"   // so that programs that look for lost secrets know one
	secretBytes    = 32
	// minTyped and maxTyped bound a secret that the shop has drawn.
	minTyped = 16
	maxTyped = 200
)

// ErrSecret says that a typed secret is none: too short to be one, or not in the form of its kind.
var ErrSecret = errors.New("no usable secret")

// newSecret draws a secret of the kind, or takes the one that the shop has drawn. Kept is what is stored of it.
func newSecret(kind kpi.ShopKind, typed string) (shown, kept string, err error) {
	typed = strings.TrimSpace(typed)
	switch {
	case kind == kpi.FileShop:
		return "", "", nil
	case kind == kpi.APIShop:
		shown = keyPrefix + access.NewToken()
		return shown, access.HashToken(shown), nil
	case typed == "" && kind == kpi.ShopifyShop:
		return "", "", ErrSecret // Shopify draws them itself
	case typed == "" && kind == kpi.StandardShop:
		var b [secretBytes]byte
		rand.Read(b[:])
		shown = standardPrefix + base64.StdEncoding.EncodeToString(b[:])
		return shown, shown, nil
	case typed == "":
		shown = access.NewToken()
		return shown, shown, nil
	case len(typed) < minTyped, len(typed) > maxTyped:
		return "", "", ErrSecret
	}
	if kind == kpi.StandardShop {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(typed, standardPrefix))
		if err != nil || len(key) < minTyped {
			return "", "", ErrSecret
		}
	}
	return "", typed, nil
}

// holdsKey reports whether a key of the API is the shop's.
func holdsKey(shop kpi.Shop, key string, now time.Time) bool {
	if shop.Kind != kpi.APIShop || key == "" {
		return false
	}
	hash, held := access.HashToken(key), 0
	for _, kept := range shop.Secrets(now) {
		held |= subtle.ConstantTimeCompare([]byte(hash), []byte(kept))
	}
	return held == 1
}
