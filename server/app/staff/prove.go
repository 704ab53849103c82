package staff

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// freshLength is for how long a sign-in proves who somebody is who has no password here.
const freshLength = 10 * time.Minute

// Proof shows that it is really them, before what only they may do: a password, or a passkey that was asked for by AskProof.
// Who has no password has signed in just now.
type Proof struct {
	Password string
	Passkey  Answer
	Session  string // the bearer of the one that asks
	From     Visit
}

// prove judges the proof of somebody who is signed in. It returns a FieldError of "current" where it is none, or ErrThrottled.
func (s *Service) prove(ctx context.Context, id contest.StaffID, p Proof) error {
	if p.Passkey.Token != "" {
		return s.provePasskey(ctx, id, p.Passkey)
	}
	var person store.Staff
	var session store.StaffSession
	err := s.store.View(ctx, func(tx *store.Tx) (err error) {
		if person, err = tx.Staff(id); err != nil {
			return err
		}
		session, err = tx.StaffSession(access.HashToken(p.Session))
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil {
		return err
	}
	if person.Password == "" {
		if session.Staff != id || s.now().Sub(session.CreatedAt) > freshLength {
			return &FieldError{"current", "stale"}
		}
		return nil
	}
	return s.provePassword(ctx, person, p)
}

func (s *Service) provePassword(ctx context.Context, person store.Staff, p Proof) error {
	attempt := attemptOf(person.Email, p.From.Address)
	if err := s.count(ctx, attempt); err != nil {
		return err
	}
	if len(p.Password) > 4*access.MaxPassword {
		return &FieldError{"current", "wrong"}
	}
	ok, err := s.check(person.Password, p.Password)
	if err != nil {
		return fmt.Errorf("check password of %s: %w", person.ID, err)
	}
	if !ok {
		return &FieldError{"current", "wrong"}
	}
	return s.store.Update(ctx, attempt.succeeded)
}

// lockWays lets one update at a time give somebody ways in and factors, or take them: each counts those that there are.
func lockWays(tx *store.Tx, id contest.StaffID) error { return tx.Lock("ways in of " + string(id)) }

// staysIn returns a FieldError where somebody has no way in any more. Callers hold the lock of lockWays.
func staysIn(tx *store.Tx, id contest.StaffID) error {
	person, err := tx.Staff(id)
	if err != nil || person.Password != "" {
		return err
	}
	keys, err := tx.Passkeys(id)
	if err != nil || len(keys) > 0 {
		return err
	}
	identities, err := tx.StaffIdentities(id)
	if err == nil && len(identities) == 0 {
		err = &FieldError{"current", "last_way"}
	}
	return err
}

// AskProof asks the browser of somebody who is signed in for one of their passkeys.
func (s *Service) AskProof(ctx context.Context, id contest.StaffID) (Question, error) {
	return s.askOf(ctx, id, proofCeremony)
}

func (s *Service) provePasskey(ctx context.Context, id contest.StaffID, a Answer) error {
	whose, used, err := s.judge(ctx, a, proofCeremony)
	if err == nil && whose != id {
		err = access.ErrPasskey
	}
	if err == nil {
		err = s.store.Update(ctx, func(tx *store.Tx) error { return used.keep(tx) })
	}
	if errors.Is(err, access.ErrPasskey) || errors.Is(err, access.ErrPasskeyCopied) || errors.Is(err, ErrNoSession) {
		return &FieldError{"current", "passkey"}
	}
	return err
}
