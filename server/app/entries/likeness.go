package entries

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"fanfare/server/contest"
	"fanfare/server/likeness"
	"fanfare/server/store"
)

const (
	// twinRadius is within how many bits two photos of a challenge count as near duplicates. Measured by fanbench likeness on
	// 34 photos: copies that were encoded again, resized, cropped by 2 % or made brighter differ in 0 to 10 bits, those
	// cropped by 5 % in 4 to 14, nine in ten of them within 10; different photos in 20 to 44.
	twinRadius = 10
	// farRadius is the same for photos of different challenges. There are so many of them that chance brings some near.
	farRadius = 6
	// twinsLooked bounds how many near ones are read from the database to tell which of them is shown.
	twinsLooked = 20
	// lateHashes is how far behind the newest hash others may still appear that were stored before it: longer than any
	// update lasts.
	lateHashes = time.Minute
	// hashesFilled is how many hashes one commit stores of entries that have none.
	hashesFilled = 500
)

// lookalikes are the hashes of all photos, in memory. Before each search it reads what was stored since the last one, by
// whichever replica, so all replicas give the same answer.
type lookalikes struct {
	index *likeness.Index[contest.EntryID]

	mu   sync.Mutex // guards read, and lets others wait for a reading
	read time.Time  // the newest hash that was read
}

func newLookalikes() *lookalikes { return &lookalikes{index: likeness.New[contest.EntryID]()} }

// refresh reads what is new. The first time all is.
func (l *lookalikes) refresh(ctx context.Context, s *store.Store) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	since := l.read.Add(-lateHashes)
	if l.read.IsZero() {
		since = time.Time{}
		if err := fillLikenesses(ctx, s); err != nil {
			return err
		}
	}
	return s.View(ctx, func(tx *store.Tx) error {
		return tx.Likenesses(since, func(found store.Likeness) {
			l.index.Put(found.Entry, found.Hash)
			l.read = found.At
		})
	})
}

// twin stores what the entry's photo looks like and returns the flag of the entry that looks alike, if any. Of two that
// are rendered at the same time, the one that is stored later finds the other; both may.
func (s *Service) twin(ctx context.Context, e contest.Entry, photo contest.Photo) ([]contest.Flag, error) {
	hash, err := strconv.ParseUint(photo.Perceptual, 16, 64)
	if err != nil {
		return nil, fmt.Errorf("read perceptual hash of %s: %w", e.ID, err)
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error { return tx.SetLikeness(e.ID, hash) })
	if err != nil {
		return nil, err
	}
	if err := s.lookalikes.refresh(ctx, s.store); err != nil {
		return nil, err
	}
	for {
		flags, gone, err := s.nearest(ctx, e, s.lookalikes.index.Near(hash, twinRadius, twinsLooked))
		if err != nil || gone == 0 {
			return flags, err
		}
	}
}

// nearest chooses the twin that moderators see: one of the same challenge before others, the nearest, the oldest. Those that
// are gone it forgets: they may have kept others from being near, so it counts them.
func (s *Service) nearest(ctx context.Context, e contest.Entry, near []likeness.Match[contest.EntryID]) (flags []contest.Flag, gone int, err error) {
	distance := map[contest.EntryID]int{}
	var ids []contest.EntryID
	for _, m := range near {
		distance[m.Key] = m.Distance
		ids = append(ids, m.Key)
	}
	var found []contest.Entry
	err = s.store.View(ctx, func(tx *store.Tx) error {
		found, err = tx.EntriesByIDs(ids)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	found = slices.DeleteFunc(found, func(twin contest.Entry) bool {
		if twin.Status == contest.Withdrawn {
			s.lookalikes.index.Remove(twin.ID)
			gone++
		}
		return twin.Status == contest.Withdrawn || twin.ID == e.ID || twin.Challenge != e.Challenge && distance[twin.ID] > farRadius
	})
	if len(found) == 0 {
		return nil, gone, nil
	}
	first := slices.MinFunc(found, func(a, b contest.Entry) int {
		return cmp.Or(elsewhere(a, e)-elsewhere(b, e), distance[a.ID]-distance[b.ID], a.SubmittedAt.Compare(b.SubmittedAt), cmp.Compare(a.ID, b.ID))
	})
	return []contest.Flag{{Kind: contest.NearDuplicate, Twin: first.ID, Distance: distance[first.ID]}}, gone, nil
}

// elsewhere is 1 for an entry of another challenge, which comes behind those of the same.
func elsewhere(twin, e contest.Entry) int {
	if twin.Challenge == e.Challenge {
		return 0
	}
	return 1
}

// fillLikenesses stores what the photos look like that were rendered before that was kept, or by an older version since.
func fillLikenesses(ctx context.Context, s *store.Store) error {
	for after := contest.EntryID(""); ; {
		var list []contest.Entry
		err := s.View(ctx, func(tx *store.Tx) (err error) {
			list, err = tx.WithoutLikeness(after, hashesFilled)
			return err
		})
		if err != nil || len(list) == 0 {
			return err
		}
		after = list[len(list)-1].ID
		if err := s.Update(ctx, func(tx *store.Tx) error { return fill(tx, list) }); err != nil {
			return fmt.Errorf("fill likenesses: %w", err)
		}
	}
}

func fill(tx *store.Tx, list []contest.Entry) (err error) {
	for _, e := range list {
		if hash, unread := strconv.ParseUint(e.Photo.Perceptual, 16, 64); unread == nil {
			err = errors.Join(err, tx.SetLikeness(e.ID, hash))
		}
	}
	return err
}
