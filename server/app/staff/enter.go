package staff

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// Step is what a sign-in still needs.
type Step string

// The steps. Whoever has done all of them has a session.
const (
	Entered    Step = ""
	CodeNeeded Step = "code"   // or another second factor
	SetUpFirst Step = "factor" // a second factor, which is asked of all and they have none
)

// Entry is how far a sign-in has come.
type Entry struct {
	Step  Step
	Token string // the session's bearer where it has one, and until then what leads on to it
}

// How long somebody has between password and code, and how often they may try.
const (
	signInLength = 10 * time.Minute
	maxCodes     = 5 // for one password that was shown
	// Whoever knows a password and guesses codes all day has one chance in 16,000: three of a million are good at a time.
	maxWrongCodes   = 20
	wrongCodeWindow = 24 * time.Hour
)

// factorSetting asks a second factor of all where it is "all".
const factorSetting = "second factor"

// absent is checked when no such person exists, so that the answer takes as long as for one who does.
// It is made when the first one is needed: a hash takes 64 MiB.
var absent = sync.OnceValue(func() string { return access.HashPassword(access.NewToken()) })

// SignIn judges a password, the first factor. Errors: ErrCredentials, ErrThrottled.
func (s *Service) SignIn(ctx context.Context, email, password string, from Visit) (e Entry, err error) {
	email = normalMail(email)
	if len(email) > maxMail || len(password) > 4*access.MaxPassword {
		return e, ErrCredentials
	}
	attempt := attemptOf(email, from.Address)
	if err := s.count(ctx, attempt); err != nil {
		return e, err
	}
	var person store.Staff
	err = s.store.View(ctx, func(tx *store.Tx) error {
		person, err = tx.StaffByEmail(email)
		return err
	})
	switch {
	case errors.Is(err, store.ErrNotFound):
		person.Password = absent()
	case err != nil:
		return e, err
	}
	if person.Password == "" { // who signs in by an issuer alone
		person.Password = absent()
	}
	if ok, checkErr := s.check(person.Password, password); checkErr != nil || !ok || err != nil {
		return e, ErrCredentials
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.Staff(person.ID) // they may have left, or have another password, since
		if errors.Is(err, store.ErrNotFound) || err == nil && now.Password != person.Password {
			return ErrCredentials
		}
		if err != nil {
			return err
		}
		if err := attempt.succeeded(tx); err != nil {
			return err
		}
		e, err = enter(tx, now, from, byPassword)
		return err
	})
	return e, err
}

// shown is the first factor that somebody has shown.
type shown struct {
	by     string // as the audit log says it
	issuer string // that vouched for them; empty for none
	enough bool   // a second factor was shown with it
}

var byPassword = shown{by: "password"}

// enter lets somebody in who has shown the first factor: at once, or as far as the second.
func enter(tx *store.Tx, person store.Staff, from Visit, first shown) (Entry, error) {
	step, err := owed(tx, person, first)
	if err != nil {
		return Entry{}, err
	}
	if step == Entered {
		return openSession(tx, person.ID, from, first)
	}
	e := Entry{Step: step, Token: access.NewToken()}
	wait := store.SignIn{Hash: access.HashToken(e.Token), Staff: person.ID, Issuer: first.issuer, ExpiresAt: tx.Now().Add(signInLength)}
	if step == SetUpFirst {
		wait.TOTP = access.NewTOTPSecret()
	}
	return e, tx.InsertSignIn(wait)
}

// owed is what somebody has to show yet. Whether an issuer asks for a second factor is its own business, until one is asked of
// all: then ours is asked for as well, unless the issuer says that it has seen several.
func owed(tx *store.Tx, person store.Staff, first shown) (Step, error) {
	if first.enough {
		return Entered, nil
	}
	needed, err := factorNeeded(tx)
	if err != nil {
		return Entered, err
	}
	has, err := factorsOf(tx, person)
	switch {
	case err != nil:
		return Entered, err
	case has.any() && (needed || first.issuer == ""):
		return CodeNeeded, nil
	case needed:
		return SetUpFirst, nil
	}
	return Entered, nil
}

// openSession gives somebody a session who has shown all that is asked of them.
func openSession(tx *store.Tx, person contest.StaffID, from Visit, s shown) (Entry, error) {
	e := Entry{Token: access.NewToken()}
	agent := strings.ToValidUTF8(from.Agent[:min(len(from.Agent), maxAgent)], "")
	err := tx.InsertStaffSession(store.StaffSession{
		Hash: access.HashToken(e.Token), Staff: person, Agent: strings.ReplaceAll(agent, "\x00", ""), Issuer: s.issuer,
		ExpiresAt: tx.Now().Add(access.StaffSessionLength),
	})
	return e, errors.Join(err, tx.Audit(act(person, "account.sign_in", person, s.by)))
}

// SignOut ends a session, and reports whether the issuer had opened it: there, the browser is signed in still.
func (s *Service) SignOut(ctx context.Context, session string) (byIssuer bool, err error) {
	hash := access.HashToken(session)
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		open, err := tx.StaffSession(hash)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		byIssuer = open.Issuer != ""
		return errors.Join(err, tx.DeleteStaffSession(hash), tx.Audit(act(open.Staff, "account.sign_out", open.Staff, "")))
	})
	return byIssuer, err
}

// Wait is what a sign-in waits for.
type Wait struct {
	Step    Step
	Factor  Factor // that is to be set up, where it is that
	Factors Factors
}

// Waiting returns it; ErrNoSession for a token that leads nowhere.
func (s *Service) Waiting(ctx context.Context, token string) (w Wait, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		wait, person, err := waiting(tx, token)
		if err != nil {
			return err
		}
		if w.Step = CodeNeeded; wait.TOTP != "" {
			w.Step, w.Factor = SetUpFirst, s.factor(wait, person)
		}
		w.Factors, err = factorsOf(tx, person)
		return err
	})
	return w, err
}

// waiting returns a sign-in that waits for its second factor, and whose it is.
func waiting(tx *store.Tx, token string) (wait store.SignIn, person store.Staff, err error) {
	wait, err = tx.SignIn(access.HashToken(token))
	if err == nil {
		person, err = tx.Staff(wait.Staff)
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && !tx.Now().Before(wait.ExpiresAt) {
		err = ErrNoSession
	}
	return wait, person, err
}

// Code judges the second factor of a sign-in: a code of the authenticator's, or a recovery code. Errors: ErrCode,
// ErrThrottled, ErrNoSession where the sign-in has to begin anew.
func (s *Service) Code(ctx context.Context, token, code string, from Visit) (e Entry, err error) {
	var judged error // what is counted stays counted
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		wait, person, err := waiting(tx, token)
		if err != nil {
			return err
		}
		if wait.TOTP != "" {
			return ErrNoSession
		}
		second := ""
		if second, judged, err = judgeCode(tx, wait, person, code); judged != nil || err != nil {
			return err
		}
		e, err = proceed(tx, wait, from, second)
		return err
	})
	return e, errors.Join(judged, err)
}

// proceed lets somebody in who owed a second factor and has shown it.
func proceed(tx *store.Tx, wait store.SignIn, from Visit, second string) (Entry, error) {
	if err := tx.DeleteSignIn(wait.Hash); err != nil {
		return Entry{}, err
	}
	first := byPassword
	if wait.Issuer != "" {
		first = byIssuer(wait.Issuer)
	}
	first.by += ", " + second
	return openSession(tx, wait.Staff, from, first)
}

// judgeCode counts an attempt and judges it.
func judgeCode(tx *store.Tx, wait store.SignIn, person store.Staff, code string) (by string, judged, err error) {
	attempts, err := tx.AttemptSignIn(wait.Hash)
	if err != nil {
		return "", nil, err
	}
	if attempts > maxCodes {
		return "", ErrNoSession, nil
	}
	if hash := access.HashRecoveryCode(string(person.ID), code); hash != "" {
		by, err = "recovery code", tx.UseRecoveryCode(person.ID, hash)
	} else {
		by = "code"
		judged, err = takeCode(tx, person, code)
	}
	if errors.Is(err, store.ErrNotFound) {
		judged, err = ErrCode, nil
	}
	return by, judged, err
}

// takeCode takes a person's one-time code, once.
func takeCode(tx *store.Tx, person store.Staff, code string) (judged, err error) {
	wrong, err := tx.TryTOTP(person.ID, wrongCodeWindow)
	if err != nil {
		return nil, err
	}
	if wrong > maxWrongCodes {
		return ErrThrottled, nil
	}
	if person.TOTP == "" { // who has passkeys alone: the codes of no secret are known to everybody
		return ErrCode, nil
	}
	step, ok := access.MatchTOTP(person.TOTP, code, tx.Now())
	if !ok {
		return ErrCode, nil
	}
	return nil, tx.TakeTOTP(person.ID, step)
}
