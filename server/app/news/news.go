// Package news tells of what happened to those who pass it on: letters to people, webhooks to other programs. It knows kinds of
// happenings and that each teller gets each item; it refuses to know what tellers make of it.
//
// An item is committed with what it tells of, as a job per teller, so that neither is without the other and a teller that is down
// delays nobody.
package news

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/kpi"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Kind says what happened.
type Kind string

// The kinds. Those of entries carry the entry and its fan; Won and Featured come once for each entry and occasion.
const (
	EntryReceived  Kind = "entry.received"
	EntryPublished Kind = "entry.published"
	EntryRejected  Kind = "entry.rejected"
	EntryFeatured  Kind = "entry.featured"
	EntryWon       Kind = "entry.won"       // the certified result gave it a place with an award
	EntryWithdrawn Kind = "entry.withdrawn" // by its fan, by moderators, by a takedown, by an erasure: it is nowhere to be shown any more
	RightsChanged  Kind = "rights.changed"  // the fan allows partners more, less or nothing
	RightsEnded    Kind = "rights.ended"    // the term that the fan set is over
	RepostMade     Kind = "repost.made"
	RepostGone     Kind = "repost.gone"     // the partner says that it took the post down
	TakedownDue    Kind = "takedown.due"    // a partner's post shows what may be shown no more
	RequestDecided Kind = "request.decided" // somebody in a photo asked for it to be taken away; the note is the request's identifier
	ResultReady    Kind = "result.ready"    // a challenge's result is certified
	InviteMade     Kind = "invite.made"     // somebody is asked to join the staff or a partner
	ReportReady    Kind = "report.ready"    // a scheduled report is due to be sent
	TargetDanger   Kind = "target.danger"   // at this rate a target will be missed
	QueueWaiting   Kind = "queue.waiting"   // entries wait for moderators longer than they should
	BackendDown    Kind = "backend.down"
	WebhookStopped Kind = "webhook.stopped" // a program is told nothing more; the note is the webhook's identifier
)

// Item is one thing that happened. Only what its kind says is set.
type Item struct {
	ID        string              `json:"id"` // unique; a teller that is asked again tells nothing twice
	Kind      Kind                `json:"kind"`
	At        time.Time           `json:"at"`
	Campaign  contest.CampaignID  `json:"campaign,omitempty"`
	Challenge contest.ChallengeID `json:"challenge,omitempty"`
	Entry     contest.EntryID     `json:"entry,omitempty"`
	Fan       contest.FanID       `json:"fan,omitempty"`
	Partner   kpi.PartnerID       `json:"partner,omitempty"`
	Repost    partner.RepostID    `json:"repost,omitempty"`
	Note      string              `json:"note,omitempty"` // a detail that the kind's teller understands
}

// Teller passes items on. It is asked again after an error, and may be asked twice for one item.
type Teller func(context.Context, Item) error

// The time that a teller may take for one item before another process thinks that it died, and how many it does at once.
const (
	lease   = time.Minute
	workers = 2
)

// Service takes items in transactions and gives them to the tellers.
type Service struct {
	queue *job.Queue
	kinds []string
}

// New returns a service without tellers over a queue.
func New(queue *job.Queue) *Service { return &Service{queue: queue} }

// Pass has every item given to a teller, under a name of its own. Call it before the queue runs.
func (s *Service) Pass(name string, t Teller) {
	kind := "news." + name
	s.kinds = append(s.kinds, kind)
	s.queue.Handle(kind, workers, lease, func(ctx context.Context, j job.Job) error {
		var i Item
		if err := json.Unmarshal([]byte(j.Payload), &i); err != nil {
			return job.Permanent(fmt.Errorf("read item %s: %w", j.Key, err))
		}
		return t(ctx, i)
	})
}

// Tell tells of something as part of the transaction that does it. ID and At are set here where they are empty; an ID that was told
// before and waits still is told once.
func (s *Service) Tell(tx *store.Tx, i Item) error {
	if i.ID == "" {
		i.ID = strings.ToLower(rand.Text())
	}
	if i.At.IsZero() {
		i.At = tx.Now()
	}
	payload, err := json.Marshal(i)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", i.Kind, err)
	}
	for _, kind := range s.kinds {
		if err := s.queue.Insert(tx, job.Job{Kind: kind, Key: i.ID, Payload: string(payload)}); err != nil {
			return fmt.Errorf("tell of %s: %w", i.Kind, err)
		}
	}
	return nil
}
