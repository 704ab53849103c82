package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fanfare/server/app/keys"
	"fanfare/server/app/news"
	"fanfare/server/app/webhooks"
	"fanfare/server/store"
)

func (s *site) webhookOperations(api huma.API) {
	const all, one = "/campaigns/{campaign}/webhooks", "/campaigns/{campaign}/webhooks/{webhook}"
	read := func(path, id, summary string) huma.Operation {
		return s.keyed(operation(http.MethodGet, path, id, summary), keys.WebhooksRead)
	}
	write := func(method, path, id, summary string) huma.Operation {
		return s.keyed(operation(method, path, id, summary), keys.WebhooksWrite)
	}
	huma.Register(api, read(all, "list-webhooks", "A campaign's webhooks, but for those of all campaigns"), s.listWebhooks)
	create := write(http.MethodPost, all, "create-webhook", "Have a program told of what happens in a campaign")
	create.Description = "Messages follow Standard Webhooks (standardwebhooks.com): each is signed, and sent under the same webhook-id until it is answered with a 2xx: at once, and again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h. A redirect is a failure. 410 stops the webhook, and so do five days without one delivery. What happens while it is stopped it is not told."
	huma.Register(api, created(create), s.createWebhook)
	huma.Register(api, write(http.MethodPut, one, "change-webhook", "Call it elsewhere, or tell it of other things"), s.changeWebhook)
	huma.Register(api, write(http.MethodDelete, one, "delete-webhook", "Tell it nothing more, and forget its deliveries"), s.deleteWebhook)
	huma.Register(api, write(http.MethodPost, one+"/secret", "rotate-webhook-secret", "Draw another secret; the former one signs as well for 24 hours"), s.rotateWebhook)
	huma.Register(api, write(http.MethodPost, one+"/stop", "stop-webhook", "Tell it nothing for now"), s.stopWebhook)
	huma.Register(api, write(http.MethodPost, one+"/start", "start-webhook", "Tell it again of what happens from now on"), s.startWebhook)
	huma.Register(api, write(http.MethodPost, one+"/test", "test-webhook", "Send it a test at once, and say how that went"), s.testWebhook)
	huma.Register(api, read(one+"/deliveries", "list-deliveries", "What it was told in the last 30 days, the newest first"), s.listDeliveries)
	huma.Register(api, write(http.MethodPost, one+"/deliveries/{delivery}/resend", "resend-delivery", "Send one of them again"), s.resendDelivery)
	huma.Register(api, write(http.MethodPost, one+"/resend", "resend-failed", "Send again all that failed since a time"), s.resendFailed)
}

// WebhookInput names a webhook of a campaign.
type WebhookInput struct {
	CampaignInput
	Webhook string `path:"webhook" maxLength:"40"`
}

// acting is the scope of a request's key: the campaign that its path names.
func (in CampaignInput) acting(ctx context.Context) webhooks.Scope {
	return webhooks.Scope{Staff: keyFrom(ctx).Staff, Campaign: in.id()}
}

// WebhookWish is what a webhook shall be.
type WebhookWish struct {
	Address     string   `json:"address" maxLength:"1500" doc:"An https address on the public internet"`
	Description string   `json:"description,omitempty" maxLength:"480" doc:"Up to 120 characters"`
	Kinds       []string `json:"kinds" minItems:"1" maxItems:"30" enum:"entry.received,entry.published,entry.rejected,entry.featured,entry.won,entry.withdrawn,rights.changed,rights.ended,repost.made,repost.gone,takedown.due,result.ready,target.danger"`
}

func (w WebhookWish) wish(in CampaignInput) webhooks.Wish {
	wish := webhooks.Wish{Campaign: in.id(), Address: w.Address, Description: w.Description}
	for _, kind := range w.Kinds {
		wish.Kinds = append(wish.Kinds, news.Kind(kind))
	}
	return wish
}

type webhookBody struct {
	ID           string     `json:"id"`
	Address      string     `json:"address"`
	Description  string     `json:"description,omitempty"`
	Kinds        []string   `json:"kinds"`
	Secret       string     `json:"secret,omitempty" doc:"Shown this once, where it was just drawn"`
	CreatedAt    time.Time  `json:"created_at"`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"Nothing has arrived since"`
	StoppedAt    *time.Time `json:"stopped_at,omitempty" doc:"It is told nothing since"`
	StoppedWhy   string     `json:"stopped_why,omitempty" enum:"staff,gone,failing,owner,restore"`
}

func webhookOf(w store.Webhook) webhookBody {
	return webhookBody{
		ID: w.ID, Address: w.Address, Description: w.Description, Kinds: w.Kinds, CreatedAt: w.CreatedAt.UTC(), FailingSince: given(w.FailingSince),
		StoppedAt: given(w.StoppedAt), StoppedWhy: w.StoppedWhy,
	}
}

type webhookAnswer struct{ Body webhookBody }

// hookAnswer answers with a webhook, and with its secret where that is to be shown.
func (s *site) hookAnswer(ctx context.Context, w store.Webhook, secret string, err error) (*webhookAnswer, error) {
	if err != nil {
		return nil, s.answer(ctx, hookProblem(err))
	}
	body := webhookOf(w)
	body.Secret = secret
	return &webhookAnswer{body}, nil
}

// hookProblem names what is wrong with what is asked of a webhook.
func hookProblem(err error) error {
	if errors.Is(err, webhooks.ErrStopped) {
		return newProblem(http.StatusConflict, "webhook_stopped", "Nothing is sent to this webhook: start it first.")
	}
	wrong, ok := errors.AsType[*webhooks.FieldError](err)
	if !ok {
		return err
	}
	p := newProblem(http.StatusUnprocessableEntity, "invalid", "The webhook cannot be so: "+wrong.Error()+".")
	p.Errors = []fieldProblem{{"body." + wrong.Field, wrong.Code}}
	return p
}

type webhooksBody struct {
	Webhooks []webhookBody `json:"webhooks" doc:"The oldest first"`
}

// WebhooksInput asks for a campaign's webhooks.
type WebhooksInput struct {
	CampaignInput
	Conditional
}

func (s *site) listWebhooks(ctx context.Context, in *WebhooksInput) (*tagged[webhooksBody], error) {
	list, err := s.Webhooks.Of(ctx, in.id())
	body := webhooksBody{[]webhookBody{}}
	for _, w := range list {
		body.Webhooks = append(body.Webhooks, webhookOf(w))
	}
	return tag(ctx, s, in.Conditional, body, err)
}

// NewWebhookInput is a webhook to make.
type NewWebhookInput struct {
	CampaignInput
	Body WebhookWish
}

func (s *site) createWebhook(ctx context.Context, in *NewWebhookInput) (*webhookAnswer, error) {
	w, err := s.Webhooks.Create(ctx, in.acting(ctx), in.Body.wish(in.CampaignInput))
	return s.hookAnswer(ctx, w, w.Secret, err)
}

// ChangedWebhookInput is what a webhook shall be from now on.
type ChangedWebhookInput struct {
	WebhookInput
	Body WebhookWish
}

func (s *site) changeWebhook(ctx context.Context, in *ChangedWebhookInput) (*webhookAnswer, error) {
	w, err := s.Webhooks.Change(ctx, in.acting(ctx), in.Webhook, in.Body.wish(in.CampaignInput))
	return s.hookAnswer(ctx, w, "", err)
}

func (s *site) rotateWebhook(ctx context.Context, in *WebhookInput) (*webhookAnswer, error) {
	w, err := s.Webhooks.Rotate(ctx, in.acting(ctx), in.Webhook)
	return s.hookAnswer(ctx, w, w.Secret, err)
}

func (s *site) deleteWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return nil, s.answer(ctx, s.Webhooks.Delete(ctx, in.acting(ctx), in.Webhook))
}

func (s *site) stopWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return nil, s.answer(ctx, s.Webhooks.Stop(ctx, in.acting(ctx), in.Webhook))
}

func (s *site) startWebhook(ctx context.Context, in *WebhookInput) (*struct{}, error) {
	return nil, s.answer(ctx, s.Webhooks.Start(ctx, in.acting(ctx), in.Webhook))
}

type deliveryBody struct {
	ID        string     `json:"id"`
	WebhookID string     `json:"webhook_id" doc:"As in the header of that name: the same for every attempt"`
	Type      string     `json:"type"`
	State     string     `json:"state" enum:"waiting,delivered,failed"`
	Attempts  int        `json:"attempts"`
	Status    int        `json:"status,omitempty" doc:"Of the last answer"`
	Fault     string     `json:"fault,omitempty" enum:"address,name,link,trust,time,broken" doc:"Why nothing was answered: the address is not public, the name leads nowhere, nobody takes the connection, the certificate is not trusted, it took too long, or what came was no answer"`
	At        time.Time  `json:"at" doc:"When it was put into the line"`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"When it is tried next"`
}

func deliveryOf(d store.Delivery) deliveryBody {
	body := deliveryBody{
		ID: d.ID, WebhookID: d.Event, Type: d.Kind, State: string(d.State), Attempts: d.Attempts, Status: d.Status, Fault: d.Fault, At: d.At.UTC(),
	}
	if d.State == store.DeliveryWaiting {
		body.DueAt = given(d.DueAt)
	}
	return body
}

func (s *site) testWebhook(ctx context.Context, in *WebhookInput) (*struct{ Body deliveryBody }, error) {
	tried, err := s.Webhooks.Try(ctx, in.acting(ctx), in.Webhook)
	if err != nil {
		return nil, s.answer(ctx, err)
	}
	return &struct{ Body deliveryBody }{deliveryOf(tried.Delivery)}, nil
}

// DeliveriesInput asks for a page of deliveries.
type DeliveriesInput struct {
	WebhookInput
	Conditional
	State string `query:"state" enum:"waiting,delivered,failed" doc:"Only those"`
	After string `query:"after" maxLength:"40" doc:"The next of the page before"`
}

type deliveriesBody struct {
	Deliveries []deliveryBody `json:"deliveries"`
	Next       string         `json:"next,omitempty" doc:"Where the next page begins"`
}

func (s *site) listDeliveries(ctx context.Context, in *DeliveriesInput) (*tagged[deliveriesBody], error) {
	v, err := s.Webhooks.Webhook(ctx, in.acting(ctx), in.Webhook, store.DeliveryState(in.State), in.After)
	body := deliveriesBody{[]deliveryBody{}, v.Next}
	for _, d := range v.Deliveries {
		body.Deliveries = append(body.Deliveries, deliveryOf(d))
	}
	return tag(ctx, s, in.Conditional, body, err)
}

// DeliveryInput names a delivery.
type DeliveryInput struct {
	WebhookInput
	Delivery string `path:"delivery" maxLength:"40"`
}

func (s *site) resendDelivery(ctx context.Context, in *DeliveryInput) (*struct{}, error) {
	return nil, s.answer(ctx, hookProblem(s.Webhooks.Resend(ctx, in.acting(ctx), in.Webhook, in.Delivery)))
}

// ResendInput says since when.
type ResendInput struct {
	WebhookInput
	Body struct {
		Since time.Time `json:"since"`
	}
}

type resentBody struct {
	Resent int64 `json:"resent"`
}

func (s *site) resendFailed(ctx context.Context, in *ResendInput) (*struct{ Body resentBody }, error) {
	n, err := s.Webhooks.ResendFailed(ctx, in.acting(ctx), in.Webhook, in.Body.Since)
	if err != nil {
		return nil, s.answer(ctx, hookProblem(err))
	}
	return &struct{ Body resentBody }{resentBody{n}}, nil
}
