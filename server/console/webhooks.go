package console

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// webhookRoutes are those of webhooks.
func (c *Console) webhookRoutes(add adder) {
	add(administrators, http.MethodGet, "/console/webhooks", c.webhooks)
	add(administrators, http.MethodPost, "/console/webhooks", c.createWebhook)
	add(administrators, http.MethodGet, "/console/webhooks/{id}", c.webhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}", c.changeWebhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/secret", c.rotateWebhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/stop", c.stopWebhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/start", c.startWebhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/delete", c.deleteWebhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/try", c.tryWebhook)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/resend", c.resendFailed)
	add(administrators, http.MethodGet, "/console/webhooks/{id}/deliveries/{delivery}", c.delivery)
	add(administrators, http.MethodPost, "/console/webhooks/{id}/deliveries/{delivery}/resend", c.resendDelivery)
}

// scopeOf is who acts in the console: administrators, on all webhooks.
func scopeOf(r *http.Request) webhooks.Scope { return webhooks.Scope{Staff: staffOf(r)} }

type webhooksView struct {
	frame
	Form      form
	Invalid   []string
	Webhooks  []webhookLine
	Campaigns []contest.Campaign
}

// webhookLine is a webhook in the list.
type webhookLine struct {
	store.Webhook
	Title    string
	Campaign string // its name; empty for all
	Waiting  int
	Failed   int
}

// hookTitle is what a webhook is called: its description, or else its host.
func hookTitle(w store.Webhook) string {
	if w.Description != "" {
		return w.Description
	}
	u, err := url.Parse(w.Address)
	if err != nil {
		return w.Address
	}
	return u.Host
}

// kindTicks are the kinds of things that a form of webhooks lets somebody choose from.
func kindTicks(f form) ticks {
	var names []string
	for _, kind := range webhooks.Kinds {
		names = append(names, string(kind))
	}
	return f.Ticks("hook_kinds", names...)
}

// Kinds are what the form lets a new webhook be told of.
func (v webhooksView) Kinds() ticks { return kindTicks(v.Form) }

// firstKinds are what the form begins with.
var firstKinds = url.Values{"hook_kinds": {string(news.EntryWon), string(news.EntryFeatured), string(news.RepostMade), string(news.EntryWithdrawn)}}

func (c *Console) webhooks(w http.ResponseWriter, r *http.Request) error {
	return c.drawWebhooks(w, r, http.StatusOK, form{Values: firstKinds})
}

func (c *Console) drawWebhooks(w http.ResponseWriter, r *http.Request, status int, f form) error {
	around, err := c.around(r, "webhooks")
	if err != nil {
		return err
	}
	o, err := c.Webhooks.All(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	f.words = words
	v := webhooksView{frame: around, Form: f, Campaigns: o.Campaigns, Invalid: f.Invalid("hook_address", "hook_description", "hook_kinds", "hook_campaign")}
	for _, hook := range o.Webhooks {
		v.Webhooks = append(v.Webhooks, webhookLine{
			hook, hookTitle(hook), campaignName(words, o.Campaigns, hook.Campaign), o.Waiting[hook.ID], o.Failed[hook.ID],
		})
	}
	return c.draw(w, r, status, "webhooks", words.T("webhooks"), v)
}

// wishOf reads the form of a webhook.
func wishOf(typed url.Values) webhooks.Wish {
	w := webhooks.Wish{Campaign: contest.CampaignID(typed.Get("hook_campaign")), Address: typed.Get("hook_address"), Description: typed.Get("hook_description")}
	for _, kind := range typed["hook_kinds"] {
		w.Kinds = append(w.Kinds, news.Kind(kind))
	}
	return w
}

// hookFaults says what is wrong with such a form; false where the error is about something else.
func hookFaults(err error) (faults, bool) {
	wrong, ok := errors.AsType[*webhooks.FieldError](err)
	if !ok {
		return nil, false
	}
	bad := faults{}
	bad.add("hook_"+wrong.Field, wrong.Code, "max", webhooks.MaxDescription)
	return bad, true
}

func (c *Console) createWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	hook, err := c.Webhooks.Create(r.Context(), scopeOf(r), wishOf(r.PostForm))
	if bad, ok := hookFaults(err); ok {
		return c.drawWebhooks(w, r, http.StatusUnprocessableEntity, form{Values: r.PostForm, faults: bad})
	}
	if err != nil {
		return err
	}
	// No redirect: the secret is shown once and stands in no address.
	return c.drawWebhook(w, r, http.StatusCreated, hook.ID, webhookView{Shown: hook.Secret})
}

func (c *Console) changeWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	_, err := c.Webhooks.Change(r.Context(), scopeOf(r), id, wishOf(r.PostForm))
	if bad, ok := hookFaults(err); ok {
		return c.drawWebhook(w, r, http.StatusUnprocessableEntity, id, webhookView{Form: form{Values: r.PostForm, faults: bad}})
	}
	return c.seeWebhook(w, r, err, "webhook_changed")
}

// seeWebhook leads back to a webhook after something was done to it.
func (c *Console) seeWebhook(w http.ResponseWriter, r *http.Request, err error, done string) error {
	if errors.Is(err, webhooks.ErrStopped) {
		err, done = nil, "webhook_is_stopped"
	}
	if err != nil {
		return err
	}
	return c.see(w, r, "/console/webhooks/"+url.PathEscape(r.PathValue("id"))+"?done="+done)
}

func (c *Console) rotateWebhook(w http.ResponseWriter, r *http.Request) error {
	hook, err := c.Webhooks.Rotate(r.Context(), scopeOf(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.drawWebhook(w, r, http.StatusOK, hook.ID, webhookView{Shown: hook.Secret, Rotated: true})
}

func (c *Console) stopWebhook(w http.ResponseWriter, r *http.Request) error {
	return c.seeWebhook(w, r, c.Webhooks.Stop(r.Context(), scopeOf(r), r.PathValue("id")), "webhook_stopped")
}

func (c *Console) startWebhook(w http.ResponseWriter, r *http.Request) error {
	return c.seeWebhook(w, r, c.Webhooks.Start(r.Context(), scopeOf(r), r.PathValue("id")), "webhook_started")
}

func (c *Console) deleteWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := c.Webhooks.Delete(r.Context(), scopeOf(r), r.PathValue("id")); err != nil {
		return err
	}
	return c.see(w, r, "/console/webhooks?done=webhook_deleted")
}

// tryWebhook sends a test and shows how that went.
func (c *Console) tryWebhook(w http.ResponseWriter, r *http.Request) error {
	tried, err := c.Webhooks.Try(r.Context(), scopeOf(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.see(w, r, deliveryPath(tried.Delivery))
}

// resendFailed sends again what failed since so many hours.
func (c *Console) resendFailed(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	since, err := time.ParseDuration(r.PostForm.Get("since"))
	if err != nil || since <= 0 || since > webhooks.Retention {
		return errForm
	}
	_, err = c.Webhooks.ResendFailed(r.Context(), scopeOf(r), r.PathValue("id"), c.now().Add(-since))
	return c.seeWebhook(w, r, err, "webhook_resent")
}

func (c *Console) resendDelivery(w http.ResponseWriter, r *http.Request) error {
	return c.seeWebhook(w, r, c.Webhooks.Resend(r.Context(), scopeOf(r), r.PathValue("id"), r.PathValue("delivery")), "webhook_resent")
}
