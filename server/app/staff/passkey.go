package staff

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// ceremonyLength is how long somebody has to unlock a device, or to come back from the issuer.
const ceremonyLength = 5 * time.Minute

// maxPasskeys is how many devices somebody may have.
const maxPasskeys = 20

var errTooMany = &FieldError{"current", "too_many"}

// The kinds of ceremonies. What was asked for one is no answer to another.
const (
	enterCeremony  = "enter"  // a passkey, to sign in with it alone
	secondCeremony = "second" // a passkey, beside a password
	proofCeremony  = "proof"  // a passkey, to show that it is really them
	newCeremony    = "new"    // a new passkey
	issuerCeremony = "issuer" // the issuer's word
)

// Question is what a page asks a browser, for Web Authentication.
type Question struct {
	Token   string // leads on to the answer
	Options []byte // JSON
}

// Answer is what a browser answered to a Question, once, within ceremonyLength.
type Answer struct{ Token, Text string }

// HasPasskeys reports whether passkeys can be made for this installation's address.
func (s *Service) HasPasskeys() bool { return s.passkeys != nil }

// AskPasskey asks a browser for whichever passkey its user chooses, to sign in with it alone.
func (s *Service) AskPasskey(ctx context.Context) (Question, error) {
	if s.passkeys == nil {
		return Question{}, store.ErrNotFound
	}
	options, state, err := s.passkeys.Ask(nil)
	if err != nil {
		return Question{}, err
	}
	return s.begin(ctx, enterCeremony, "", options, state)
}

// AskSecond asks the browser of a sign-in that waits for one of the person's passkeys. Error: ErrNoSession.
func (s *Service) AskSecond(ctx context.Context, token string) (Question, error) {
	person, err := s.waitingPerson(ctx, token)
	if err != nil {
		return Question{}, err
	}
	return s.askOf(ctx, person.ID, secondCeremony)
}

func (s *Service) waitingPerson(ctx context.Context, token string) (person store.Staff, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		_, person, err = waiting(tx, token)
		return err
	})
	return person, err
}

// askOf asks for one of a person's passkeys; store.ErrNotFound where they have none.
func (s *Service) askOf(ctx context.Context, id contest.StaffID, kind string) (Question, error) {
	h, err := s.holder(ctx, id)
	if err != nil {
		return Question{}, err
	}
	if s.passkeys == nil || len(h.Passkeys) == 0 {
		return Question{}, store.ErrNotFound
	}
	options, state, err := s.passkeys.Ask(&h)
	if err != nil {
		return Question{}, err
	}
	return s.begin(ctx, kind, id, options, state)
}

// begin keeps what a question will be compared with.
func (s *Service) begin(ctx context.Context, kind string, id contest.StaffID, options, state []byte) (Question, error) {
	q := Question{access.NewToken(), options}
	return q, s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertCeremony(store.Ceremony{
			Hash: access.HashToken(q.Token), Kind: kind, Staff: id, State: string(state), ExpiresAt: tx.Now().Add(ceremonyLength),
		})
	})
}

// take ends a ceremony, whatever comes of it: nothing is answered twice. Error: ErrNoSession.
func (s *Service) take(ctx context.Context, token, kind string) (c store.Ceremony, err error) {
	err = s.store.Update(ctx, func(tx *store.Tx) (err error) {
		c, err = tx.TakeCeremony(access.HashToken(token), kind)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoSession
	}
	return c, err
}

// holder is somebody as devices know them.
func (s *Service) holder(ctx context.Context, id contest.StaffID) (h access.Holder, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		person, err := tx.Staff(id)
		if err != nil {
			return err
		}
		keys, err := tx.Passkeys(id)
		h = access.Holder{ID: string(id), Email: person.Email, Name: person.Name}
		for _, k := range keys {
			h.Passkeys = append(h.Passkeys, access.Passkey{ID: k.ID, PublicKey: k.PublicKey, Transports: k.Transports, Synced: k.Synced, Uses: k.Uses})
		}
		return err
	})
	return h, err
}

// use is a passkey that was used, and how often its device had counted before.
type use struct {
	id           string
	before, uses uint32
}

// keep writes it down in the transaction that lets somebody do what they used it for. ErrPasskey where it was removed, or used
// elsewhere, in the meantime.
func (u use) keep(tx *store.Tx) error {
	err := tx.UsePasskey(u.id, u.before, u.uses)
	if errors.Is(err, store.ErrNotFound) {
		err = access.ErrPasskey
	}
	return err
}

// judge judges the answer to a question for a passkey. Errors: ErrNoSession where it is too old, access.ErrPasskey,
// access.ErrPasskeyCopied, of which the audit log is told.
func (s *Service) judge(ctx context.Context, a Answer, kind string) (whose contest.StaffID, u use, err error) {
	c, err := s.take(ctx, a.Token, kind)
	if err != nil {
		return "", u, err
	}
	var h access.Holder
	find := func(id string) (access.Holder, error) {
		h, err = s.holder(ctx, contest.StaffID(id))
		return h, err
	}
	id, key, err := s.passkeys.Use(find, []byte(c.State), a.Text)
	whose = contest.StaffID(id)
	if errors.Is(err, access.ErrPasskeyCopied) {
		told := s.store.Update(ctx, func(tx *store.Tx) error { return tx.Audit(act(whose, "account.passkey_copied", whose, "")) })
		return whose, u, errors.Join(err, told)
	}
	if err != nil {
		return "", u, err
	}
	u = use{id: key.ID, uses: key.Uses}
	for _, known := range h.Passkeys {
		if known.ID == key.ID {
			u.before = known.Uses
		}
	}
	return whose, u, nil
}

// EnterByPasskey lets somebody in by a passkey alone: the device has asked for a second factor itself. Errors: those of judge.
func (s *Service) EnterByPasskey(ctx context.Context, a Answer, from Visit) (e Entry, err error) {
	whose, u, err := s.judge(ctx, a, enterCeremony)
	if err != nil {
		return e, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		person, err := tx.Staff(whose)
		if err != nil {
			return err
		}
		if err := u.keep(tx); err != nil {
			return err
		}
		e, err = enter(tx, person, from, shown{by: "passkey", enough: true})
		return err
	})
	return e, err
}

// Second shows a passkey as the second factor of a sign-in that waits for one. Errors: those of judge.
func (s *Service) Second(ctx context.Context, token string, a Answer, from Visit) (e Entry, err error) {
	whose, u, err := s.judge(ctx, a, secondCeremony)
	if err != nil {
		return e, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		wait, person, err := waiting(tx, token)
		if err != nil {
			return err
		}
		if wait.TOTP != "" || person.ID != whose {
			return ErrNoSession
		}
		if err := u.keep(tx); err != nil {
			return err
		}
		e, err = proceed(tx, wait, from, "passkey")
		return err
	})
	return e, err
}

// NewPasskey asks the browser of somebody who is signed in to make a passkey. Errors: *FieldError, ErrThrottled.
func (s *Service) NewPasskey(ctx context.Context, id contest.StaffID, p Proof) (Question, error) {
	if err := s.prove(ctx, id, p); err != nil {
		return Question{}, err
	}
	return s.askNew(ctx, id)
}

// FirstPasskey asks the browser of a sign-in that waits for a second factor to be set up. Error: ErrNoSession.
func (s *Service) FirstPasskey(ctx context.Context, token string) (Question, error) {
	w, err := s.Waiting(ctx, token)
	if err == nil && w.Step != SetUpFirst {
		err = ErrNoSession
	}
	if err != nil {
		return Question{}, err
	}
	person, err := s.waitingPerson(ctx, token)
	if err != nil {
		return Question{}, err
	}
	return s.askNew(ctx, person.ID)
}

func (s *Service) askNew(ctx context.Context, id contest.StaffID) (Question, error) {
	h, err := s.holder(ctx, id)
	if err != nil {
		return Question{}, err
	}
	switch {
	case s.passkeys == nil:
		return Question{}, store.ErrNotFound
	case len(h.Passkeys) >= maxPasskeys:
		return Question{}, errTooMany
	}
	options, state, err := s.passkeys.AskNew(h)
	if err != nil {
		return Question{}, err
	}
	return s.begin(ctx, newCeremony, id, options, state)
}

// AddPasskey keeps the passkey that a browser has made. Bearer is that of a session, or of a sign-in that waits for a second
// factor to be set up. A first second factor ends all sessions; then the entry is a new one, and recovery codes come with it,
// which are shown this once. Errors: ErrNoSession, access.ErrPasskey, *FieldError.
func (s *Service) AddPasskey(ctx context.Context, bearer string, a Answer, name string, from Visit) (e Entry, codes []string, err error) {
	c, err := s.take(ctx, a.Token, newCeremony)
	if err != nil {
		return e, nil, err
	}
	h, err := s.holder(ctx, c.Staff)
	if err != nil {
		return e, nil, err
	}
	key, err := s.passkeys.New(h, []byte(c.State), a.Text)
	if err != nil {
		return e, nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		person, issuer, err := s.adds(tx, bearer)
		if err != nil {
			return err
		}
		if person.ID != c.Staff {
			return ErrNoSession
		}
		if err := lockWays(tx, person.ID); err != nil {
			return err
		}
		before, err := factorsOf(tx, person)
		if err != nil {
			return err
		}
		if before.Passkeys >= maxPasskeys { // others were made since this one was asked for
			return errTooMany
		}
		if err := addPasskey(tx, person.ID, key, plainName(name)); err != nil || before.any() {
			return err
		}
		if codes, err = giveCodes(tx, person.ID); err != nil {
			return err
		}
		if err := tx.EndStaffSessions(person.ID, ""); err != nil {
			return err
		}
		e, err = openSession(tx, person.ID, from, shown{by: "passkey set up", issuer: issuer})
		return err
	})
	return e, codes, err
}

// adds returns who may add a passkey by a bearer, and the issuer that vouched for them, if one did.
func (s *Service) adds(tx *store.Tx, bearer string) (person store.Staff, issuer string, err error) {
	session, err := tx.StaffSession(access.HashToken(bearer))
	if err == nil && s.now().Before(session.ExpiresAt) {
		person, err = tx.Staff(session.Staff)
		return person, session.Issuer, err
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return person, "", err
	}
	wait, person, err := waiting(tx, bearer)
	if err == nil && wait.TOTP == "" {
		err = ErrNoSession // it owes a factor that there is
	}
	return person, wait.Issuer, err
}

func addPasskey(tx *store.Tx, id contest.StaffID, key access.Passkey, name string) error {
	err := tx.InsertPasskey(store.Passkey{
		ID: key.ID, Staff: id, Name: name, PublicKey: key.PublicKey, Transports: key.Transports, Synced: key.Synced, Uses: key.Uses,
	})
	if errors.Is(err, store.ErrConflict) {
		return access.ErrPasskey
	}
	return errors.Join(err, tx.Audit(act(id, "account.passkey_on", id, name)))
}

// plainName is a name on one line; a long one is cut.
func plainName(typed string) string {
	name := strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(typed, "\x00", ""), "")), " ")
	for utf8.RuneCountInString(name) > maxName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

// DropPasskey removes one of somebody's own. Errors: *FieldError, ErrThrottled, ErrFactorNeeded, store.ErrNotFound.
func (s *Service) DropPasskey(ctx context.Context, id contest.StaffID, key string, p Proof) error {
	if err := s.prove(ctx, id, p); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := lockWays(tx, id); err != nil {
			return err
		}
		keys, err := tx.Passkeys(id)
		if err != nil {
			return err
		}
		name := ""
		for _, k := range keys {
			if k.ID == key {
				name = k.Name
			}
		}
		if err := tx.DeletePasskey(id, key); err != nil {
			return err
		}
		return errors.Join(staysIn(tx, id), lessFactors(tx, id), tx.Audit(act(id, "account.passkey_off", id, name)))
	})
}
