package events

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/axiomhq/hyperloglog"

	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// flushPause is how often sketches are written: they have 16 KiB, too much for each commit. A process that is killed loses those whom
// it saw within this time and not again on the day.
const flushPause = 5 * time.Second

// visit is one visitor's part in a campaign's day.
type visit struct {
	campaign  contest.CampaignID
	day       string
	challenge contest.ChallengeID
	channel   kpi.ChannelID // empty where nobody knows it
	from      Client
}

// audiences are whose reach it adds to.
func (v visit) audiences() []store.Audience {
	all := store.Audience{Campaign: v.campaign, Day: v.day}
	challenge, channel := all, all
	challenge.Challenge, channel.Channel = v.challenge, v.channel
	if v.channel == "" {
		return []store.Audience{all, challenge}
	}
	return []store.Audience{all, challenge, channel}
}

// visitor is a hash of who it was, which leads to nobody without the day's salt.
func (v visit) visitor(salt []byte) uint64 {
	b := append(make([]byte, 0, 512), salt...)
	b = binary.AppendUvarint(b, uint64(len(v.from.Address)))
	b = append(append(b, v.from.Address...), v.from.Agent...)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:])
}

// reach counts visitors. Sketches of all processes are merged in the database.
type reach struct {
	store *store.Store

	mu    sync.Mutex
	salts map[campaignDay][]byte                 // guarded by mu
	fresh map[store.Audience]*hyperloglog.Sketch // guarded by mu; of those seen since sketches were written last
}

type campaignDay struct {
	campaign contest.CampaignID
	day      string
}

func newReach(s *store.Store) reach {
	return reach{store: s, salts: map[campaignDay][]byte{}, fresh: map[store.Audience]*hyperloglog.Sketch{}}
}

// saw counts a visitor.
func (r *reach) saw(ctx context.Context, v visit) error {
	salt, err := r.salt(ctx, campaignDay{v.campaign, v.day})
	if err != nil {
		return err
	}
	visitor := v.visitor(salt)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range v.audiences() {
		sketch := r.fresh[a]
		if sketch == nil {
			sketch = hyperloglog.New14()
			r.fresh[a] = sketch
		}
		sketch.InsertHash(visitor)
	}
	return nil
}

// salt is that of a campaign's day. Those of the campaign's other days are forgotten with it.
func (r *reach) salt(ctx context.Context, d campaignDay) (salt []byte, err error) {
	r.mu.Lock()
	salt = r.salts[d]
	r.mu.Unlock()
	if salt != nil {
		return salt, nil
	}
	err = r.store.Update(ctx, func(tx *store.Tx) (err error) {
		salt, err = tx.ReachSalt(d.campaign, d.day)
		return err
	})
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.salts, func(known campaignDay, _ []byte) bool { return known.campaign == d.campaign })
	r.salts[d] = salt
	return salt, nil
}

// forget lets go of the salts of days that are over, also where nobody has come since.
func (r *reach) forget(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	maps.DeleteFunc(r.salts, func(known campaignDay, _ []byte) bool { return known.day < unsalted(now) })
}

// Run writes down how many visitors there were, until the context ends.
func (s *Service) Run(ctx context.Context) {
	tick := time.NewTicker(flushPause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.reach.forget(now)
		}
		if err := s.Flush(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("reach is not written; it is tried again", "err", err)
		}
	}
}

// Flush writes down how many visitors there were until now. It is for who ends the process.
func (s *Service) Flush(ctx context.Context) error {
	fresh := s.reach.take()
	if len(fresh) == 0 {
		return nil
	}
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		for _, a := range inOrder(fresh) {
			if err := join(tx, a, fresh[a]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.reach.putBack(fresh)
		return fmt.Errorf("write reach: %w", err)
	}
	return nil
}

// inOrder lists audiences in an order that is the same in all processes: they lock one after the other.
func inOrder(fresh map[store.Audience]*hyperloglog.Sketch) []store.Audience {
	return slices.SortedFunc(maps.Keys(fresh), func(a, b store.Audience) int {
		return cmp.Or(cmp.Compare(a.Campaign, b.Campaign), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Challenge, b.Challenge), cmp.Compare(a.Channel, b.Channel))
	})
}

// join adds a sketch to what the database has. The sketch itself stays as it is, for the update may run again.
func join(tx *store.Tx, a store.Audience, fresh *hyperloglog.Sketch) error {
	all := hyperloglog.New14()
	kept, err := tx.Sketch(a)
	if err == nil && kept != nil {
		err = all.UnmarshalBinary(kept)
	}
	if err == nil {
		err = all.Merge(fresh)
	}
	if err != nil {
		return fmt.Errorf("join reach of campaign %s: %w", a.Campaign, err)
	}
	value := all.Estimate()
	sketch, err := all.MarshalBinary()
	if err != nil {
		return fmt.Errorf("join reach of campaign %s: %w", a.Campaign, err)
	}
	return tx.SaveSketch(a, sketch, int64(value))
}

// take takes what was seen since the last time.
func (r *reach) take() map[store.Audience]*hyperloglog.Sketch {
	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := r.fresh
	r.fresh = map[store.Audience]*hyperloglog.Sketch{}
	return fresh
}

// putBack takes back what could not be written.
func (r *reach) putBack(fresh map[store.Audience]*hyperloglog.Sketch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, sketch := range fresh {
		if newer := r.fresh[a]; newer != nil {
			_ = sketch.Merge(newer) // of one precision
		}
		r.fresh[a] = sketch
	}
}
