package store

import (
	"context"
	"errors"
	"fmt"
)

// updateAlone runs fn in a transaction of its own, for databases that group commits themselves.
func (s *Store) updateAlone(ctx context.Context, fn func(*Tx) error) (err error) {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.callers.Done()
	for range maxAttempts {
		if err = s.once(ctx, fn); !errors.Is(err, errLostRace) {
			break
		}
	}
	return err
}

func (s *Store) once(ctx context.Context, fn func(*Tx) error) error {
	t, release, err := s.begin(ctx, s.write, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer release()
	tx := &Tx{ctx: context.WithoutCancel(ctx), tx: t, dialect: s.dialect, now: s.clock.read(), actor: ActorOf(ctx)}
	if err = fn(tx); err == nil {
		err = tx.failed
	}
	if err == nil {
		err = tx.settleCounts(tx.counts)
	}
	if err != nil {
		return classify(err)
	}
	if err := t.Commit(); err != nil {
		return unknown(fmt.Errorf("commit: %w", classify(err)))
	}
	s.commits.Add(1)
	s.updates.Add(1)
	s.tell(nil, tx.hooks)
	return nil
}
