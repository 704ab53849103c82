// Package reports holds the use cases of a campaign's report: what it is made of, who may read it without an account, and to whom it
// is sent on Mondays and Fridays. While the campaign runs it is the interim report, afterwards the closing one. It refuses to know
// what a report looks like.
package reports

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/server/app/notices"
	"fanfare/server/app/numbers"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/partner"
	"fanfare/server/store"
)

// Limits of what a report tells one by one. What is beyond is in the sums all the same.
const (
	maxPosts   = 2000
	maxRulings = 200 // of a challenge
)

// Service carries out the use cases.
type Service struct {
	store   *store.Store
	numbers *numbers.Service
	notices *notices.Service
	brief   Brief
	now     func() time.Time
}

// Brief says a report in a letter's words: what it is, and its first lines, in both languages.
type Brief func(Closing) (title contest.Text, lines []contest.Text)

// New returns a service over the store; readers get letters as the queue runs.
func New(s *store.Store, n *numbers.Service, letters *notices.Service, queue *job.Queue, brief Brief) *Service {
	r := &Service{store: s, numbers: n, notices: letters, brief: brief, now: time.Now}
	queue.Every(sendJob, sendPause, func(ctx context.Context, _ job.Job) error { return r.Send(ctx) })
	return r
}

// Closing is all that a campaign's report says.
type Closing struct {
	numbers.Overview
	Reposts []PartnerReposts      // the busiest partner first
	Posts   []store.RepostFigures // each repost, the newest first
	Changes []Change              // what changed, the newest first
	// Concealed are the challenges whose votes the report leaves out, because the public may not see them yet.
	Concealed []contest.Challenge
}

// Ended reports whether the campaign's period is over, so that the numbers are final but for what shops and platforms still tell.
func (c Closing) Ended() bool { return !c.Now.Before(c.Period.To) }

// PartnerReposts is what a partner's reposts came to.
type PartnerReposts struct {
	store.RepostSum
	Name contest.Text
}

// Closing returns a campaign's report as staff read it. Errors: store.ErrNotFound.
func (s *Service) Closing(ctx context.Context, id contest.CampaignID) (Closing, error) {
	o, err := s.numbers.Overview(ctx, id)
	if err != nil {
		return Closing{}, err
	}
	c := Closing{Overview: o}
	err = s.store.View(ctx, func(tx *store.Tx) error {
		c = Closing{Overview: o}
		return errors.Join(c.readEntries(tx), c.readReposts(tx), c.readChanges(tx))
	})
	if err != nil {
		return Closing{}, fmt.Errorf("read report of campaign %s: %w", id, err)
	}
	return c, nil
}

// readEntries looks again at the entries that lead: the numbers may be older than a fan's wish to be seen no longer.
func (c *Closing) readEntries(tx *store.Tx) (err error) {
	if c.Engaging, err = shown(tx, c.Engaging); err == nil {
		c.Selling, err = shown(tx, c.Selling)
	}
	return err
}

// shown are the entries that anybody may see.
func shown(tx *store.Tx, entries []numbers.Entry) (seen []numbers.Entry, err error) {
	for _, e := range entries {
		now, err := tx.EntryByNumber(e.Challenge, e.Number)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if now.Status == contest.Published && now.Takedown == "" {
			e.Entry = now
			seen = append(seen, e)
		}
	}
	return seen, nil
}

func (c *Closing) readReposts(tx *store.Tx) (err error) {
	sums, err := tx.RepostSums(c.Campaign.ID, c.Plan.Currency)
	if err != nil {
		return err
	}
	for _, sum := range sums {
		name, _ := partner.Name(c.Plan.Plan, c.Challenges, sum.Partner)
		c.Reposts = append(c.Reposts, PartnerReposts{sum, name})
	}
	c.Posts, err = tx.Reposts(store.RepostFilter{Campaign: c.Campaign.ID}, c.Plan.Currency, "", maxPosts)
	return err
}

// Challenge returns a challenge of the campaign.
func (c *Closing) Challenge(id contest.ChallengeID) (contest.Challenge, bool) {
	for _, ch := range c.Challenges {
		if ch.ID == id {
			return ch, true
		}
	}
	return contest.Challenge{}, false
}

// byTime puts the newest first.
func byTime(a, b Change) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Number, a.Number)) }
