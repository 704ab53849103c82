package uploads

import (
	"context"
	"errors"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

const (
	expireJob   = "uploads" // in the table of work
	expirePause = 10 * time.Minute
	// expireBatch is how many are listed at a time.
	expireBatch = 100
)

// expire removes uploads whose time is over, with their objects.
func (s *Service) expire(ctx context.Context) error {
	for {
		var over []store.Upload
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			if err := tx.DeleteUsedUploads(); err != nil {
				return err
			}
			over, err = tx.ExpiredUploads(expireBatch)
			return err
		})
		for _, u := range over {
			if err := s.end(ctx, u); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		if err != nil || len(over) < expireBatch {
			return err
		}
	}
}

// EraseFan ends a fan's uploads of all challenges, and forgets those that became entries.
func (s *Service) EraseFan(ctx context.Context, fan contest.FanID) error {
	var theirs []store.Upload
	err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
		theirs, err = tx.UploadsOf(fan)
		return errors.Join(err, tx.DeleteUsedUploadsOf(fan))
	})
	for _, u := range theirs {
		if err == nil {
			err = s.end(ctx, u)
		}
		if errors.Is(err, store.ErrNotFound) { // it was ended, or entered, meanwhile
			err = nil
		}
	}
	return err
}
