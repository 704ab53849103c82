package console

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"fanfare/server/app/webhooks"
	"fanfare/server/page"
	"fanfare/server/store"
)

type webhookView struct {
	frame
	webhooks.View
	Title      string
	CampaignIs string // its name; empty for all
	Since      string
	Stopped    page.Moment
	Until      page.Moment // the former secret signs
	Former     bool
	Shown      string // the secret, this once
	Rotated    bool   // and there is a former one
	Form       form
	Invalid    []string
	FailedOnly bool
	Lines      []deliveryLine
	NextPath   string
}

// Kinds are what the form lets the webhook be told of.
func (v webhookView) KindTicks() ticks { return kindTicks(v.Form) }

// deliveryLine is a delivery in the list.
type deliveryLine struct {
	store.Delivery
	Path string
	Made page.Moment
	Due  page.Moment // when it is tried again, or when it ended
}

func deliveryPath(d store.Delivery) string {
	return "/console/webhooks/" + d.Webhook + "/deliveries/" + d.ID
}

func (c *Console) deliveryLine(words *page.Context, d store.Delivery) deliveryLine {
	now := c.now()
	return deliveryLine{d, deliveryPath(d), words.Moment(d.At, now, now.Location()), words.Moment(d.DueAt, now, now.Location())}
}

func (c *Console) webhook(w http.ResponseWriter, r *http.Request) error {
	return c.drawWebhook(w, r, http.StatusOK, r.PathValue("id"), webhookView{})
}

func (c *Console) drawWebhook(w http.ResponseWriter, r *http.Request, status int, id string, v webhookView) (err error) {
	if v.frame, err = c.around(r, "webhooks"); err != nil {
		return err
	}
	state, query := store.DeliveryState(""), r.URL.Query()
	if v.FailedOnly = query.Get("state") == string(store.DeliveryFailed); v.FailedOnly {
		state = store.DeliveryFailed
	}
	if v.View, err = c.Webhooks.Webhook(r.Context(), scopeOf(r), id, state, query.Get("after")); err != nil {
		return err
	}
	o, err := c.Webhooks.All(r.Context())
	if err != nil {
		return err
	}
	words, now := c.drawer.Context(r), c.now()
	if v.Form.Values == nil {
		v.Form.Values = url.Values{"hook_address": {v.Address}, "hook_description": {v.Description}, "hook_kinds": v.Kinds}
	}
	v.Form.words, v.Invalid = words, v.Form.Invalid("hook_address", "hook_description", "hook_kinds")
	v.Title, v.CampaignIs, v.Since = hookTitle(v.Webhook), campaignName(words, o.Campaigns, v.Campaign), words.Day(v.CreatedAt, now.Location())
	v.Stopped, v.Until = words.Moment(v.StoppedAt, now, now.Location()), words.Moment(v.OldUntil, now, now.Location())
	v.Former = len(v.Secrets(now)) > 1
	for _, d := range v.Deliveries {
		v.Lines = append(v.Lines, c.deliveryLine(words, d))
	}
	if v.Next != "" {
		v.NextPath = "/console/webhooks/" + v.ID + "?" + url.Values{"state": {string(state)}, "after": {v.Next}}.Encode()
	}
	return c.draw(w, r, status, "webhook", v.Title, v)
}

type deliveryView struct {
	frame
	Line     deliveryLine
	Attempts []attemptLine // the newest first
	Message  string
	Stopped  bool
	Trial    bool
}

// attemptLine is an attempt in words.
type attemptLine struct {
	store.Attempt
	When   page.Moment
	Millis int64
}

// delivery shows one delivery and how its attempts went.
func (c *Console) delivery(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "webhooks")
	if err != nil {
		return err
	}
	l, err := c.Webhooks.Delivery(r.Context(), scopeOf(r), r.PathValue("id"), r.PathValue("delivery"))
	if err != nil {
		return err
	}
	words, now := c.drawer.Context(r), c.now()
	v := deliveryView{frame: around, Line: c.deliveryLine(words, l.Delivery), Message: indented(l.Message), Stopped: l.Stopped, Trial: l.Kind == string(webhooks.TestKind)}
	for i := len(l.Attempts) - 1; i >= 0; i-- {
		a := l.Attempts[i]
		v.Attempts = append(v.Attempts, attemptLine{a, words.Moment(a.At, now, now.Location()), a.Took.Milliseconds()})
	}
	return c.draw(w, r, http.StatusOK, "webhook_delivery", words.T("hook_kinds."+l.Kind), v)
}

// indented is JSON as people read it.
func indented(text string) string {
	var b bytes.Buffer
	if json.Indent(&b, []byte(text), "", "  ") != nil {
		return text
	}
	return b.String()
}
