package events

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// source is what a visitor's coming is due to, in a campaign of a plan.
type source struct {
	channel kpi.ChannelID
	partner kpi.PartnerID
	plan    kpi.Plan
}

const (
	// memory is how long a plan or a link that staff changed is known as it was.
	memory = 5 * time.Second
	// maxLinks bounds how many links are known; more than a campaign has, and codes that are none are not among them.
	maxLinks = 4096
)

// sources tells what visitors' coming is due to, from memory.
type sources struct {
	store *store.Store

	mu    sync.Mutex
	key   []byte                                        // guarded by mu; of clicks, nil until it is read
	plans map[contest.CampaignID]remembered[store.Plan] // guarded by mu
	links map[kpi.LinkCode]remembered[kpi.Link]         // guarded by mu
}

type remembered[T any] struct {
	value T
	until time.Time
}

func newSources(s *store.Store) sources {
	return sources{store: s, plans: map[contest.CampaignID]remembered[store.Plan]{}, links: map[kpi.LinkCode]remembered[kpi.Link]{}}
}

// of reads how a visitor of a campaign came: by one of its links, or by a channel of its plan. What names neither is due to nobody.
func (s *sources) of(ctx context.Context, campaign contest.CampaignID, via string) (source, error) {
	plan, err := recall(s, s.plans, campaign, func() (p store.Plan, err error) {
		err = s.store.View(ctx, func(tx *store.Tx) error { p, err = tx.Plan(campaign); return err })
		return p, err
	})
	from := source{plan: plan.Plan}
	if err != nil || via == "" {
		return from, err
	}
	if channel, known := plan.Channel(kpi.ChannelID(via)); known {
		from.channel = channel.ID
		return from, nil
	}
	link, err := s.clicked(ctx, via)
	if errors.Is(err, kpi.ErrClick) || errors.Is(err, store.ErrNotFound) || link.Campaign != campaign {
		return from, nil
	}
	from.channel, from.partner = link.Channel, link.Partner
	return from, err
}

// clicked returns the link that somebody followed; kpi.ErrClick or store.ErrNotFound for none that counts.
func (s *sources) clicked(ctx context.Context, token string) (kpi.Link, error) {
	key, err := s.clickKey(ctx)
	if err != nil {
		return kpi.Link{}, err
	}
	click, err := kpi.OpenClick(key, token)
	if err != nil {
		return kpi.Link{}, err
	}
	link, err := recall(s, s.links, click.Link, func() (l kpi.Link, err error) {
		err = s.store.View(ctx, func(tx *store.Tx) error { l, err = tx.Link(click.Link); return err })
		return l, err
	})
	if err == nil && link.Retired() && !click.At.Before(link.RetiredAt) {
		err = kpi.ErrClick
	}
	return link, err
}

// clickKey is what clicks are signed with.
func (s *sources) clickKey(ctx context.Context) (key []byte, err error) {
	s.mu.Lock()
	key = s.key
	s.mu.Unlock()
	if key != nil {
		return key, nil
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error { key, err = tx.Secret(kpi.ClickSecret); return err })
	if err != nil {
		return nil, fmt.Errorf("find the key of clicks: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
	return key, nil
}

// recall returns what is remembered by a name, or reads it.
func recall[K comparable, T any](s *sources, known map[K]remembered[T], name K, read func() (T, error)) (T, error) {
	s.mu.Lock()
	found, ok := known[name]
	s.mu.Unlock()
	if ok && time.Now().Before(found.until) {
		return found.value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(known) >= maxLinks {
		clear(known)
	}
	known[name] = remembered[T]{value, time.Now().Add(memory)}
	return value, nil
}
