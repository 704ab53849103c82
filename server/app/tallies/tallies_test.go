package tallies

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/server/standing/standingtest"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// source is a store as boards read it.
type source struct {
	standingtest.Nothing
	db *store.Store
}

func (s source) Read(ctx context.Context, c contest.ChallengeID) (r standing.Reading, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		r.Changes, err = tx.Changes(c)
		return err
	})
	return r, err
}

// stage is a challenge with one entry, and a clock.
type stage struct {
	*testing.T
	store     *store.Store
	tallies   *Service
	challenge contest.Challenge
	entry     contest.Entry
	now       atomic.Int64 // nanoseconds since 1970
}

func set(t *testing.T, open storetest.Opener, mode contest.TallyMode, minutes int) *stage {
	s := &stage{T: t}
	s.clock(0)
	s.store = open(t, func([]contest.Change) {}, store.WithClock(func() time.Time { return time.Unix(0, s.now.Load()).UTC() }))
	boards := standingtest.Open(t, source{db: s.store})
	c := campaigns.New(s.store, "https://photos.example.org")
	s.tallies = New(s.store, c, boards)
	campaign, err := c.CreateCampaign(t.Context(), "", contest.Text{ZH: "夜", EN: "Night"})
	if err != nil {
		t.Fatal(err)
	}
	draft := storetest.Draft(campaign.ID, "night", opening.Add(time.Hour)) // which opens voting an hour before
	draft.Rules.Tally, draft.Rules.TallyDelayMinutes = mode, minutes
	if s.challenge, err = c.Create(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	if problems, err := c.Launch(t.Context(), s.challenge.ID, s.challenge.Hash()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	s.update(func(tx *store.Tx) (err error) {
		fan, err := tx.FanFor("guest", "author", "author")
		if err != nil {
			return err
		}
		s.entry, err = tx.InsertEntry(contest.Entry{Challenge: s.challenge.ID, Fan: fan.ID, Status: contest.Published})
		return err
	})
	return s
}

var opening = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// clock sets the time to minutes after the opening.
func (s *stage) clock(minutes int) {
	s.now.Store(opening.Add(time.Duration(minutes) * time.Minute).UnixNano())
}

func (s *stage) update(do func(*store.Tx) error) {
	s.Helper()
	var err error
	if s.challenge.ID == "" {
		err = s.store.Update(s.Context(), do)
	} else {
		err = s.store.UpdateIn(s.Context(), s.challenge.ID, do)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// vote casts a fan's vote.
func (s *stage) vote(fan string) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		_, err := storetest.Cast(tx, storetest.Ballot(s.challenge.ID, s.entry.ID, fan), s.challenge.PeriodAt(tx.Now()))
		return err
	})
}

// expect holds what the public sees after the service looked.
func (s *stage) expect(score int64, asAt int) {
	s.Helper()
	if err := s.tallies.Show(s.Context()); err != nil {
		s.Fatal(err)
	}
	err := s.store.View(s.Context(), func(tx *store.Tx) error {
		e, err := tx.Entry(s.entry.ID)
		if err != nil {
			return err
		}
		head, err := tx.Head(s.challenge.ID)
		if at := opening.Add(time.Duration(asAt) * time.Minute); e.Score != score || !head.ShownAt.Equal(at) {
			s.Errorf("the public sees %d as at %v, want %d as at %v", e.Score, head.ShownAt, score, at)
		}
		return err
	})
	if err != nil {
		s.Fatal(err)
	}
}

func TestADelayedCountComesUpToDateWhenItIsDue(t *testing.T) {
	storetest.OnBoth(t, func(t *testing.T, open storetest.Opener) {
		s := set(t, open, contest.TallyDelayed, 30)
		s.expect(0, 0)
		s.vote("f_1")
		s.clock(29)
		s.expect(0, 0)
		s.clock(31)
		s.expect(1, 31)
		s.vote("f_2")
		s.expect(1, 31)
		s.clock(60)
		s.expect(2, 60)
	})
}

func TestAHiddenCountIsNeverShown(t *testing.T) {
	s := set(t, storetest.OpenSQLite, contest.TallyHidden, 0)
	s.vote("f_1")
	s.clock(600)
	if err := s.tallies.Show(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.store.View(t.Context(), func(tx *store.Tx) error {
		e, err := tx.Entry(s.entry.ID)
		if e.Score != 0 {
			t.Errorf("the public sees %d", e.Score)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
