package month

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

// keyPattern is a key as the console shows it.
var keyPattern = regexp.MustCompile(`ffk_[A-Za-z0-9_-]{43}`)

// makeKey has the console make a key for all that the programs here do.
func (m *Month) makeKey(ctx context.Context, v *visitors) error {
	form := url.Values{"key_name": {"bench"}, "key_days": {"30"}, "key_scope": {"numbers:read", "orders:read", "links:write", "reported:write", "events:write"}}
	a, err := v.must(ctx, http.StatusCreated, http.MethodPost, "/console/keys", []byte(form.Encode()),
		"Content-Type", "application/x-www-form-urlencoded", "Cookie", staffCookie+m.session)
	if err != nil {
		return err
	}
	if m.bearer = keyPattern.FindString(string(a.body)); m.bearer == "" {
		return fmt.Errorf("make key: the page shows none")
	}
	return nil
}

// tellByKey has a program tell of what many people did in an app, as often as it says, and of figures that a platform reports, each twice.
func (m *Month) tellByKey(ctx context.Context, v *visitors, c *campaign) error {
	for _, channel := range c.plan.Channels {
		from := due{channel: channel.ID}
		var events []map[string]any
		for range 1 + m.random.IntN(20) {
			metric, n, entry := pick(m, eventMetrics[:4]), 1+m.random.Int64N(100), 1+contest.EntryNumber(m.random.IntN(m.size.Entries))
			events = append(events, map[string]any{"metric": wire[metric], "entry": entry, "n": n})
			c.books.count(metric, m.now, from, entry, n)
		}
		told := map[string]any{
			"batch": fmt.Sprintf("%016x%016x", m.random.Uint64(), m.random.Uint64()), "challenge": c.challenge.Slug, "channel": from.channel, "events": events,
		}
		if err := m.tellTwice(ctx, v, http.StatusNoContent, "/api/v1/campaigns/"+string(c.id)+"/events", told); err != nil {
			return err
		}
	}
	r := report{dayOf(m.now, c.location), "newsletter", "lenses", kpi.Visits}
	c.books.reported[r] = 1 + m.random.Int64N(9000)
	told := map[string]any{"source": "newsletter", "rows": []map[string]any{
		{"day": r.day, "channel": r.channel, "partner": r.partner, "metric": r.metric, "value": c.books.reported[r]},
	}}
	return m.tellTwice(ctx, v, http.StatusCreated, "/api/v1/campaigns/"+string(c.id)+"/reported", told)
}

func (m *Month) tellTwice(ctx context.Context, v *visitors, status int, path string, told map[string]any) error {
	content, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("write what is told: %w", err)
	}
	for range 2 {
		_, err := v.must(ctx, status, http.MethodPost, path, content,
			"Content-Type", "application/json", "Authorization", "Bearer "+m.bearer, "Idempotency-Key", "bench "+path)
		if err != nil {
			return err
		}
	}
	return nil
}
