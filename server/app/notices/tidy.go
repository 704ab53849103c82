package notices

import (
	"context"
	"errors"
	"time"

	"fanfare/server/store"
)

// How long is kept that somebody was told, longer than anything could be told again; and how long after a fan's last season the address
// is.
const (
	noticeLife  = 400 * 24 * time.Hour
	addressLife = 90 * 24 * time.Hour
)

const (
	// overdue is how long after its time a letter may be on its way by itself: longer than its job is tried.
	overdue = 4 * time.Hour
	// tidied is how many rows one transaction looks at.
	tidied = 1000
)

// Tidy forgets what nobody is told any more: old notices, and the addresses of fans whose season is over. Letters whose job was given
// up, because the mail server was away for too long, it has tried again.
func (s *Service) Tidy(ctx context.Context) error {
	forgotten := s.store.Update(ctx, func(tx *store.Tx) error { return tx.ForgetFanAddresses(tx.Now().Add(-addressLife)) })
	return errors.Join(forgotten, s.forget(ctx), s.tryAgain(ctx))
}

func (s *Service) forget(ctx context.Context) error {
	for n := int64(tidied); n == tidied; {
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = tx.ForgetNotices(tx.Now().Add(-noticeLife), tidied)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// tryAgain arms the jobs of letters that should have gone long ago.
func (s *Service) tryAgain(ctx context.Context) error {
	if s.mail == nil {
		return nil
	}
	var last store.NoticeLine
	for n := tidied; n == tidied; {
		var lines []store.NoticeLine
		err := s.store.Update(ctx, func(tx *store.Tx) (err error) {
			if lines, err = tx.OverdueNotices(tx.Now().Add(-overdue), last, tidied); err != nil {
				return err
			}
			for _, l := range lines {
				if err := s.arm(tx, l.Person, l.Topic, tx.Now()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if n = len(lines); n > 0 {
			last = lines[n-1]
		}
	}
	return nil
}
