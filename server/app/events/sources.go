package events

import (
	"context"
	"sync"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// source is what a visitor's coming is due to, and in whose days it is counted.
type source struct {
	channel kpi.ChannelID
	partner kpi.PartnerID
	plan    kpi.Plan
}

// planMemory is how long a plan that staff changed is known as it was.
const planMemory = 5 * time.Second

// sources tells what visitors' coming is due to, by plans from memory.
type sources struct {
	store *store.Store

	mu    sync.Mutex
	plans map[contest.CampaignID]remembered // guarded by mu
}

type remembered struct {
	kpi.Plan
	until time.Time
}

func newSources(s *store.Store) sources {
	return sources{store: s, plans: map[contest.CampaignID]remembered{}}
}

// of reads how a visitor of a campaign came. What names neither a link nor a channel of its plan is due to nobody.
func (s *sources) of(ctx context.Context, campaign contest.CampaignID, via string) (source, error) {
	plan, err := s.plan(ctx, campaign)
	if err != nil {
		return source{}, err
	}
	from := source{plan: plan}
	if channel, known := plan.Channel(kpi.ChannelID(via)); known {
		from.channel = channel.ID
	}
	return from, nil
}

func (s *sources) plan(ctx context.Context, campaign contest.CampaignID) (kpi.Plan, error) {
	s.mu.Lock()
	known, ok := s.plans[campaign]
	s.mu.Unlock()
	if ok && time.Now().Before(known.until) {
		return known.Plan, nil
	}
	var read store.Plan
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		read, err = tx.Plan(campaign)
		return err
	})
	if err != nil {
		return kpi.Plan{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans[campaign] = remembered{read.Plan, time.Now().Add(planMemory)}
	return read.Plan, nil
}
