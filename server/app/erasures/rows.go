package erasures

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// rows erases what a database holds.
type rows struct {
	store *store.Store
	begun func(*store.Tx) error                // takes part in the first commit
	entry func(*store.Tx, contest.Entry) error // takes part in the commit that empties an entry, which is as it was before
}

// erase takes a fan out of the database, challenge by challenge. One that was cut off is done to the end by the next.
func (r rows) erase(ctx context.Context, fan contest.FanID, at time.Time) error {
	var challenges []contest.ChallengeID
	err := r.store.Update(ctx, func(tx *store.Tx) (err error) {
		if challenges, err = tx.TakeIdentity(fan, at); err != nil {
			return err
		}
		return r.begun(tx)
	})
	for _, c := range challenges {
		if err == nil {
			err = r.store.UpdateIn(ctx, c, func(tx *store.Tx) error { return r.eraseIn(tx, c, fan, at) })
		}
	}
	if err == nil {
		err = r.store.Update(ctx, func(tx *store.Tx) error { return tx.EndErasure(Hash(fan), at) })
	}
	return err
}

func (r rows) eraseIn(tx *store.Tx, c contest.ChallengeID, fan contest.FanID, at time.Time) error {
	entries, err := tx.EraseIn(c, fan, at)
	for _, e := range entries {
		err = errors.Join(err, r.entry(tx, e))
	}
	return err
}

// Apply erases from a database that nobody serves whom the notes name, and returns how many of them it held. Their photos are
// the caller's to leave out: the database does not name them any more.
func Apply(ctx context.Context, s *store.Store, notes []Note) (back int, err error) {
	r := rows{s, nothing, func(*store.Tx, contest.Entry) error { return nil }}
	return apply(ctx, s, notes, r.erase)
}

// fansLooked is how many fans are read at a time to find those whom the notes name.
const fansLooked = 5000

// apply erases whom the notes name and the database does not know to be erased, and remembers that it was gone through for
// those notes. It reads all fans only where there are such.
func apply(ctx context.Context, s *store.Store, notes []Note, erase func(context.Context, contest.FanID, time.Time) error) (back int, err error) {
	pending, err := unknown(ctx, s, notes)
	if err != nil || len(pending) == 0 {
		return 0, err
	}
	for after := contest.FanID(""); ; {
		var fans []contest.FanID
		err := s.View(ctx, func(tx *store.Tx) (err error) {
			fans, err = tx.FansAfter(after, fansLooked)
			return err
		})
		if err != nil {
			return back, err
		}
		for _, fan := range fans {
			if at, named := pending[Hash(fan)]; named {
				if err := erase(ctx, fan, at); err != nil {
					return back, fmt.Errorf("erase fan %s again: %w", fan, err)
				}
				back++
			}
		}
		if len(fans) < fansLooked {
			break
		}
		after = fans[len(fans)-1]
	}
	return back, s.Update(ctx, func(tx *store.Tx) (err error) {
		for hash, at := range pending {
			err = errors.Join(err, tx.EndErasure(hash, at))
		}
		return err
	})
}

// unknown returns since when the fans of those notes are erased that a database has not been through.
func unknown(ctx context.Context, s *store.Store, notes []Note) (pending map[string]time.Time, err error) {
	var known map[string]bool
	err = s.View(ctx, func(tx *store.Tx) error {
		known, err = tx.Erasures()
		return err
	})
	pending = map[string]time.Time{}
	for _, n := range notes {
		if at, twice := pending[n.Fan]; !known[n.Fan] && (!twice || n.At.Before(at)) {
			pending[n.Fan] = n.At
		}
	}
	return pending, err
}
