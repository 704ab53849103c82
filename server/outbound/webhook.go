package outbound

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Message is a webhook's: a body with the identifier that stays the same however often it is sent, signed by each secret
// (standardwebhooks.com).
type Message struct {
	ID      string
	Body    []byte // JSON
	Secrets []string
}

// Deliver sends a message to a webhook, as Post does.
func (c *Caller) Deliver(ctx context.Context, address string, m Message) (Answer, error) {
	header, err := m.header(time.Now())
	if err != nil {
		return Answer{}, err
	}
	return c.Post(ctx, address, header, m.Body)
}

func (m Message) header(now time.Time) (http.Header, error) {
	var signatures []string
	for _, secret := range m.Secrets {
		hook, err := webhooks.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("sign webhook %s: %w", m.ID, err)
		}
		signature, err := hook.Sign(m.ID, now, m.Body)
		if err != nil {
			return nil, fmt.Errorf("sign webhook %s: %w", m.ID, err)
		}
		signatures = append(signatures, signature)
	}
	h := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Fanfare-Webhooks/1"}}
	h.Set(webhooks.HeaderWebhookID, m.ID)
	h.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(webhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return h, nil
}
