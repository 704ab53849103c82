// Package webhooks holds the use cases of telling other programs what happens: who is told of what, when a delivery is tried again, and
// what its message says. It refuses to know how a message travels.
//
// Deliveries follow Standard Webhooks (standardwebhooks.com): signed, tried again by its schedule under the same identifier, at least once
// and in no order. A message says what happened and to what, by identifiers; it is written anew for every attempt, so that one that comes
// late tells nothing of an entry that is not public any more.
package webhooks

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"fanfare/server/app/news"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/outbound"
	"fanfare/server/store"
)

// Limits of webhooks.
const (
	// MaxWebhooks is how many there are: so many workers send, so that none that is slow holds up another.
	MaxWebhooks    = 50
	MaxDescription = 120 // code points
	// atOnce is how many deliveries one webhook gets at a time.
	atOnce = 4
	// Retention is how long is kept what was delivered, and can be sent again.
	Retention = 30 * 24 * time.Hour
	// SecretOverlap is how long a former secret signs beside the new one: time to put the new one in place.
	SecretOverlap = 24 * time.Hour
	// patience is how long all deliveries to a webhook may fail before it is told nothing more.
	patience = 5 * 24 * time.Hour
)

// sendJob is the kind of job that sends what waits for one webhook, its key.
const sendJob = "webhooks.send"

// lease is how long nobody takes up what a process that died was sending.
const lease = time.Minute

// Why a webhook is told nothing more.
const (
	StoppedByStaff = "staff"
	StoppedGone    = "gone"    // it answered 410
	StoppedFailing = "failing" // for as long as patience lasts
	StoppedOwner   = "owner"   // who answered for it is no administrator any more
	StoppedRestore = "restore" // a backup was restored
)

// Kinds are what webhooks can be told of.
var Kinds = []news.Kind{
	news.EntryReceived, news.EntryPublished, news.EntryRejected, news.EntryFeatured, news.EntryWon, news.EntryWithdrawn,
	news.RightsChanged, news.RightsEnded, news.RepostMade, news.RepostGone, news.TakedownDue, news.ResultReady, news.TargetDanger,
}

// TestKind is the kind of what people send to see whether it arrives.
const TestKind news.Kind = "webhook.test"

// Parts are what the service works with.
type Parts struct {
	Store  *store.Store
	Queue  *job.Queue
	News   *news.Service
	Caller *outbound.Caller
	Public string               // our own web origin, before the addresses that messages name
	Tried  func(outcome string) // is told of every attempt: "delivered", "refused", or "unreached"
	Log    *slog.Logger
}

// Service carries out the use cases.
type Service struct {
	Parts
	deliver func(ctx context.Context, address string, m outbound.Message) (outbound.Answer, error)
}

// New returns a service whose deliveries the queue sends.
func New(p Parts) *Service {
	s := &Service{Parts: p, deliver: p.Caller.Deliver}
	p.Queue.Handle(sendJob, MaxWebhooks, lease, s.send)
	p.News.Pass("webhooks", s.tell)
	return s
}

// arm has what waits for a webhook sent from a time on; zero is at once.
func (s *Service) arm(tx *store.Tx, id string, at time.Time) error {
	return s.Queue.Insert(tx, job.Job{Kind: sendJob, Key: id, RunAt: at})
}

// lock keeps a webhook's line as it is until the commit: one that stops has nothing waiting, and nothing waits without a job.
func lock(tx *store.Tx, id string) error { return tx.Lock("webhook " + id) }

// Overview is what administrators see of webhooks.
type Overview struct {
	Webhooks  []store.Webhook // the oldest first
	Waiting   map[string]int  // deliveries, by webhook
	Failed    map[string]int
	Campaigns []contest.Campaign
}

// All returns the webhooks.
func (s *Service) All(ctx context.Context) (o Overview, err error) {
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		if o.Webhooks, err = tx.Webhooks(); err != nil {
			return err
		}
		if o.Campaigns, err = tx.Campaigns(); err != nil {
			return err
		}
		o.Waiting, o.Failed, err = tx.DeliveryCounts()
		return err
	})
	return o, err
}

// Of returns the webhooks of a campaign alone.
func (s *Service) Of(ctx context.Context, campaign contest.CampaignID) ([]store.Webhook, error) {
	o, err := s.All(ctx)
	if err == nil && !slices.ContainsFunc(o.Campaigns, func(c contest.Campaign) bool { return c.ID == campaign }) {
		err = store.ErrNotFound
	}
	return slices.DeleteFunc(o.Webhooks, func(w store.Webhook) bool { return w.Campaign != campaign }), err
}
