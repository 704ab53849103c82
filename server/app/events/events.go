// Package events holds the use cases of what visitors' browsers tell of: a challenge was seen, a photo was opened, somebody came,
// somebody shared. It counts and keeps no event, and nothing of whoever caused it.
package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// Service carries out the use cases.
type Service struct {
	store     *store.Store
	campaigns *campaigns.Service
	sources   sources
	reach     reach
	log       *slog.Logger
}

// New returns a service.
func New(s *store.Store, c *campaigns.Service, log *slog.Logger) *Service {
	return &Service{store: s, campaigns: c, sources: newSources(s), reach: newReach(s), log: log}
}

// Limits of a report. A page tells every few seconds of what happened since: more than this, nobody sees and opens.
const (
	MaxEvents = 100
	MaxTimes  = 100 // that one event says it happened
	MaxVia    = 200 // bytes, as long as the longest token of a link
	batchSize = 32  // digits of 128 bits
)

// What one page adds at most by a report, whatever it tells of, for anybody can send one: within five seconds it is seen once, somebody
// comes once, and nobody opens photos faster than their eye is done with them. Programs, which tell of many people, have a key.
var mostOfPage = map[kpi.Metric]int64{kpi.Impressions: 1, kpi.Visits: 1, kpi.Views: 30, kpi.Shares: 5}

// mostOfPhoto is how often it adds a view or a share of one photo: opened, closed and opened again.
const mostOfPhoto = 3

// Report is what a page tells of.
type Report struct {
	// Batch is 128 random bits in hexadecimal, the same when the report is sent again.
	Batch     string
	Challenge string // its slug
	// Via is how the visitor came: the token of a tracked link, or the name of a channel; empty for neither.
	Via    string
	Events []Event
	// Campaign that the challenge must be of; empty for any.
	Campaign contest.CampaignID
	// From is who saw it; zero where a program with a key tells of others, whom it does not name: then nobody adds to the reach, and
	// it is believed how often.
	From Client
}

// Event is something that happened so many times.
type Event struct {
	Metric kpi.Metric
	Entry  contest.EntryNumber // that it is about; 0 for none
	Times  int64
}

// Client is where a report came from: its address as limits see it, and its program.
type Client struct{ Address, Agent string }

// ErrReport says that a report is not of the form that pages send.
var ErrReport = errors.New("malformed report of events")

// Count counts what a report tells of, and returns once that is durable. A report that came before counts nothing, and so does an event
// about an entry that is not there. Errors: ErrReport, store.ErrNotFound for a challenge that is not public.
func (s *Service) Count(ctx context.Context, r Report) error {
	if err := r.check(); err != nil {
		return err
	}
	c, err := s.campaigns.Public(ctx, r.Challenge)
	if err != nil {
		return err
	}
	if r.Campaign != "" && r.Campaign != c.Campaign {
		return fmt.Errorf("challenge %s of campaign %s: %w", c.ID, r.Campaign, store.ErrNotFound)
	}
	from, err := s.sources.of(ctx, c.Campaign, r.Via)
	if err != nil {
		return err
	}
	var at time.Time
	err = s.store.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		head, err := tx.Head(c.ID)
		if err != nil {
			return err
		}
		at = tx.Now()
		return tx.CountOnce(r.Batch, r.counts(c, from, head.Entries, at)...)
	})
	if err != nil || r.From == (Client{}) {
		return err
	}
	return s.reach.saw(ctx, visit{c.Campaign, from.plan.Day(at), c.ID, from.channel, r.From})
}

func (r Report) check() error {
	if len(r.Batch) != batchSize || len(r.Via) > MaxVia || len(r.Events) == 0 || len(r.Events) > MaxEvents {
		return ErrReport
	}
	for _, digit := range []byte(r.Batch) {
		if (digit < '0' || digit > '9') && (digit < 'a' || digit > 'f') {
			return ErrReport
		}
	}
	for _, e := range r.Events {
		if err := e.check(); err != nil {
			return err
		}
	}
	return nil
}

func (e Event) check() error {
	if e.Times < 1 || e.Times > MaxTimes {
		return fmt.Errorf("%w: %d times", ErrReport, e.Times)
	}
	switch e.Metric {
	case kpi.Impressions, kpi.Visits, kpi.Shares:
		return nil
	case kpi.Views:
		if e.Entry == 0 {
			return fmt.Errorf("%w: a view of nothing", ErrReport)
		}
		return nil
	}
	return fmt.Errorf("%w: pages do not tell of %q", ErrReport, e.Metric)
}

// counts are the numbers of a report that came at a time, from a challenge with so many entries.
func (r Report) counts(c contest.Challenge, from source, entries contest.EntryNumber, at time.Time) []store.Count {
	counts := make([]store.Count, 0, len(r.Events))
	share := allowance{}
	for _, e := range r.Events {
		if e.Entry > entries {
			continue
		}
		if r.From != (Client{}) {
			e.Times = share.take(e)
		}
		if e.Times == 0 {
			continue
		}
		counts = append(counts, store.Count{
			Campaign: c.Campaign, Entry: e.Entry, N: e.Times,
			Cell: kpi.Cell{Quarter: kpi.QuarterOf(at), Challenge: c.ID, Channel: from.channel, Partner: from.partner, Metric: e.Metric},
		})
	}
	return counts
}

// allowance is what a page's report has added so far: of each metric in all, and of each photo.
type allowance map[Event]int64

// take returns how much of an event the report may still add, and books it.
func (a allowance) take(e Event) int64 {
	all, one := Event{Metric: e.Metric}, Event{Metric: e.Metric, Entry: e.Entry}
	n := min(e.Times, mostOfPage[e.Metric]-a[all])
	if e.Entry > 0 {
		n = min(n, mostOfPhoto-a[one])
		a[one] += n
	}
	a[all] += n
	return n
}

// How much is forgotten in a commit, and how old a day is when nobody needs its salt: it has ended an hour ago wherever people live.
const (
	forgetAtOnce = 10_000
	saltLife     = 13 * time.Hour
)

// Tidy forgets what was needed for a day or two.
func (s *Service) Tidy(ctx context.Context) error {
	for more := true; more; {
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = tx.ForgetBatches(forgetAtOnce)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.ForgetSalts(unsalted(tx.Now()))
	})
}

// unsalted is the first day that may have a salt.
func unsalted(now time.Time) string { return kpi.DayOf(now.Add(-saltLife), time.UTC) }
