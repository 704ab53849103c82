// Package erasures deletes what is kept about a fan who asks for it, and keeps it deleted: a journal outside the database and
// its backups says whom to erase again from a database that was brought back.
//
// Votes stay counted, under a pseudonym that leads to nobody any more; so the vote log stays whole. It refuses to know who
// may ask: surfaces do.
package erasures

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"fanfare/server/app/entries"
	"fanfare/server/app/people"
	"fanfare/server/app/uploads"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
)

// The kinds of jobs.
const (
	lateJob    = "erase"    // key: fan; erases what a session brought that another replica did not yet know to be over
	journalJob = "erasures" // goes through the journal
)

const (
	// lateAfter is when that is done: sessions are remembered for five seconds, and what one of them began may take a few more.
	lateAfter = 20 * time.Second
	// jobLease is how long a job of a dead process stays taken. A living one renews it.
	jobLease = 30 * time.Second
)

// Service carries out erasures.
type Service struct {
	store   *store.Store
	journal Journal
	entries *entries.Service
	uploads *uploads.Service
	people  *people.Service
	queue   *job.Queue
	log     *slog.Logger
}

// Parts are what a Service works with.
type Parts struct {
	Store   *store.Store
	Journal Journal
	Entries *entries.Service
	Uploads *uploads.Service
	People  *people.Service
	Queue   *job.Queue
	Log     *slog.Logger
}

// New returns a service, whose jobs the queue will do.
func New(p Parts) *Service {
	s := &Service{p.Store, p.Journal, p.Entries, p.Uploads, p.People, p.Queue, p.Log}
	s.queue.Handle(lateJob, 1, jobLease, func(ctx context.Context, j job.Job) error { return s.late(ctx, contest.FanID(j.Key)) })
	s.queue.Handle(journalJob, 1, jobLease, func(ctx context.Context, _ job.Job) error { return s.CatchUp(ctx) })
	return s
}

// Erase deletes all that is kept about a fan, in all challenges. When it returns nil, the journal and the rows have reached
// the disk; photos follow within seconds, and what other replicas remember. Errors: store.ErrNotFound, blob.ErrUnavailable and
// blob.ErrFull where the journal cannot be written, and then nothing was erased.
func (s *Service) Erase(ctx context.Context, fan contest.FanID) error {
	var at time.Time
	var persons []contest.FanID
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		at = tx.Now()
		persons, err = tx.Persons(fan)
		return err
	})
	if err == nil {
		err = s.journal.Write(ctx, notesOf(persons, at)...)
	}
	if err != nil {
		return fmt.Errorf("erase fan %s: %w", fan, err)
	}
	begun := func(tx *store.Tx) (err error) {
		for _, one := range persons {
			err = errors.Join(err, s.queue.Insert(tx, job.Job{Kind: lateJob, Key: string(one), RunAt: tx.Now().Add(lateAfter)}))
		}
		if err == nil && store.ActorOf(ctx).Staff != "" { // and not the fan themselves
			err = tx.Audit(store.Act{Action: "fan.erase"})
		}
		return err
	}
	for _, one := range persons { // the fan before the guests that they were
		if err = s.erase(ctx, one, at, begun); err != nil {
			break // the job goes on
		}
	}
	return err
}

// erase erases a fan whom the journal names. Begun takes part in the first commit.
func (s *Service) erase(ctx context.Context, fan contest.FanID, at time.Time, begun func(*store.Tx) error) error {
	err := rows{s.store, begun, s.entries.Erase}.erase(ctx, fan, at)
	s.people.ForgetFan(fan)
	return errors.Join(err, s.uploads.EraseFan(ctx, fan))
}

// late erases once more.
func (s *Service) late(ctx context.Context, fan contest.FanID) error {
	var at time.Time
	err := s.store.View(ctx, func(tx *store.Tx) error { at = tx.Now(); return nil })
	if err != nil {
		return err
	}
	return s.erase(ctx, fan, at, nothing)
}

func nothing(*store.Tx) error { return nil }

// Holdings says what is kept about a fan, for whoever is asked whether it shall go; of the challenges that bind the fan,
// those that run. Errors: store.ErrNotFound, also for one who was erased.
func (s *Service) Holdings(ctx context.Context, fan contest.FanID) (h store.Holdings, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		if h, err = tx.Holdings(fan); err != nil {
			return err
		}
		running := h.Binding[:0]
		for _, id := range h.Binding {
			c, err := tx.Challenge(id)
			if err != nil {
				return err
			}
			if !over(c, tx.Now()) {
				running = append(running, id)
			}
		}
		h.Binding = running
		return nil
	})
	return h, err
}

// over reports whether nothing can be entered or voted for in a challenge any more.
func over(c contest.Challenge, now time.Time) bool { return c.Launched() && now.After(c.EndsAt()) }

// Resume has the journal gone through soon, by one replica: the database may be one that was brought back.
func (s *Service) Resume(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		return s.queue.Insert(tx, job.Job{Kind: journalJob, Key: "journal"})
	})
}

// CatchUp erases again whom the journal names and the database does not know to be erased.
func (s *Service) CatchUp(ctx context.Context) error {
	notes, err := s.journal.Read(ctx)
	if err != nil {
		return err
	}
	back, err := apply(ctx, s.store, notes, func(ctx context.Context, fan contest.FanID, at time.Time) error {
		return s.erase(ctx, fan, at, nothing)
	})
	if back > 0 {
		s.log.Warn("the database had brought fans back who were erased; they are erased again", "fans", back)
	}
	return err
}

// Tidy forgets who left challenges that are over.
func (s *Service) Tidy(ctx context.Context) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		challenges, err := tx.Challenges()
		for _, c := range challenges {
			if err == nil && over(c, tx.Now()) {
				err = tx.ForgetDepartures(c.ID)
			}
		}
		return err
	})
}
