// Package numbers answers how a campaign is doing: it brings what the store has counted, the plan's targets and what others
// reported into one model, for the dashboard, the API and reports. What a number means is the domain's to say (package kpi);
// this package knows where each comes from, and how long it may be remembered.
package numbers

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// fresh is how long an overview is remembered: as many people as like may look at it, for one reading in that time.
const fresh = 5 * time.Second

// Service carries out the use cases.
type Service struct {
	store *store.Store
	log   *slog.Logger
	now   func() time.Time

	mu    sync.Mutex // guards known
	known map[contest.CampaignID]*memory
}

// New returns a service over the store.
func New(s *store.Store, log *slog.Logger) *Service {
	return &Service{store: s, log: log, now: time.Now, known: map[contest.CampaignID]*memory{}}
}

// memory is what is remembered of a campaign.
type memory struct {
	mu       sync.Mutex // held while the overview is read; guards what follows
	overview Overview
	until    time.Time

	crowding sync.Mutex // guards what follows; never held while something is read
	crowd    *crowd     // nil until it was counted
	wanted   bool       // somebody looked at what is old
}

func (s *Service) memory(id contest.CampaignID) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.known[id]
	if m == nil {
		m = &memory{}
		s.known[id] = m
	}
	return m
}

// forget lets go of a campaign that is not there, so that addresses of none fill no memory.
func (s *Service) forget(id contest.CampaignID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
}

// Overview returns how a campaign is doing, as it was at most a few seconds ago. Errors: store.ErrNotFound.
func (s *Service) Overview(ctx context.Context, id contest.CampaignID) (Overview, error) {
	m := s.memory(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	now := s.now()
	if now.Before(m.until) {
		return m.overview, nil
	}
	people, err := s.crowdOf(ctx, id, m)
	if err != nil {
		s.forget(id)
		return Overview{}, fmt.Errorf("count the crowd of campaign %s: %w", id, err)
	}
	var r reading
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		r, err = read(tx, id, now)
		return err
	})
	if err != nil {
		return Overview{}, fmt.Errorf("read numbers of campaign %s: %w", id, err)
	}
	m.overview, m.until = r.overview(people), now.Add(fresh)
	return m.overview, nil
}

// Period is the time that a campaign's numbers are counted in: whole days of its time zone, so that days and quarter-hours agree.
type Period struct {
	From, To    time.Time // To is the first moment after it
	First, Last string    // its days
}

// periodOf is the campaign's own, or, while nobody has planned one, from its beginning until today.
func periodOf(p kpi.Plan, created, now time.Time) Period {
	from, to := p.Starts, p.Ends
	if from.IsZero() || to.IsZero() {
		from, to = created, now.Add(1)
	}
	return wholeDays(from, to, p.Location())
}

// wholeDays are all days of a time zone that a span touches.
func wholeDays(from, to time.Time, zone *time.Location) Period {
	first, last := kpi.WholeDays(from, to, zone)
	return Period{From: first.From, To: last.To, First: first.Day(), Last: last.Day()}
}
