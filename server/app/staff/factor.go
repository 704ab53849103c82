package staff

import (
	"context"
	"errors"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// recoveryCodes is how many a person has: enough for some years of lost phones.
const recoveryCodes = 10

// Factor is a second factor that is being set up.
type Factor struct {
	Token   string // leads on to Confirm; empty where the sign-in's own does
	Secret  string // to type
	Address string // the same to scan
}

func (s *Service) factor(wait store.SignIn, person store.Staff) Factor {
	return Factor{Secret: wait.TOTP, Address: access.TOTPAddress(wait.TOTP, person.Email, s.host)}
}

func factorNeeded(tx *store.Tx) (bool, error) {
	value, err := tx.Setting(factorSetting)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return value == "all", err
}

// Factors are what somebody can show beside a password.
type Factors struct {
	TOTP     bool // codes of an authenticator
	Passkeys int
}

func (f Factors) any() bool { return f.TOTP || f.Passkeys > 0 }

func factorsOf(tx *store.Tx, person store.Staff) (Factors, error) {
	keys, err := tx.Passkeys(person.ID)
	return Factors{person.TOTP != "", len(keys)}, err
}

// Account is what people see of their own way in.
type Account struct {
	Password   bool // they have one
	TOTP       bool // an authenticator is their second factor
	Needed     bool // a second factor is asked of all
	Codes      int  // recovery codes that are left
	Passkeys   []store.Passkey
	Identities []store.StaffIdentity
}

// Account returns it.
func (s *Service) Account(ctx context.Context, id contest.StaffID) (a Account, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		person, err := tx.Staff(id)
		if err != nil {
			return err
		}
		a = Account{Password: person.Password != "", TOTP: person.TOTP != ""}
		if a.Needed, err = factorNeeded(tx); err != nil {
			return err
		}
		if a.Codes, err = tx.RecoveryCodes(id); err != nil {
			return err
		}
		if a.Passkeys, err = tx.Passkeys(id); err != nil {
			return err
		}
		a.Identities, err = tx.StaffIdentities(id)
		return err
	})
	return a, err
}

// BeginFactor begins to set up a second factor for somebody who is signed in. Errors: *FieldError, ErrThrottled.
func (s *Service) BeginFactor(ctx context.Context, id contest.StaffID, p Proof) (f Factor, err error) {
	if err := s.prove(ctx, id, p); err != nil {
		return f, err
	}
	token := access.NewToken()
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		person, err := tx.Staff(id)
		if err != nil {
			return err
		}
		wait := store.SignIn{Hash: access.HashToken(token), Staff: id, TOTP: access.NewTOTPSecret(), ExpiresAt: tx.Now().Add(signInLength)}
		f = s.factor(wait, person)
		f.Token = token
		return tx.InsertSignIn(wait)
	})
	return f, err
}

// ResumeFactor returns the factor that a token of BeginFactor leads to; ErrNoSession where it leads nowhere any more.
func (s *Service) ResumeFactor(ctx context.Context, id contest.StaffID, token string) (f Factor, err error) {
	err = s.store.View(ctx, func(tx *store.Tx) error {
		wait, person, err := waiting(tx, token)
		if err == nil && (wait.Staff != id || wait.TOTP == "") {
			err = ErrNoSession
		}
		f = s.factor(wait, person)
		f.Token = token
		return err
	})
	return f, err
}

// ConfirmFactor ends setting a second factor up with the first code of it, and returns the recovery codes, which are shown
// this once. Where it stood in the way of a sign-in, the entry is the session. Errors: ErrCode, ErrNoSession.
func (s *Service) ConfirmFactor(ctx context.Context, token, code string, from Visit) (e Entry, codes []string, err error) {
	var judged error
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		wait, person, err := waiting(tx, token)
		if err != nil {
			return err
		}
		if wait.TOTP == "" {
			return ErrNoSession
		}
		attempts, err := tx.AttemptSignIn(wait.Hash)
		if err != nil {
			return err
		}
		step, ok := access.MatchTOTP(wait.TOTP, code, tx.Now())
		switch {
		case attempts > maxCodes:
			judged = ErrNoSession
			return nil
		case !ok:
			judged = ErrCode
			return nil
		}
		judged = nil
		if codes, err = giveFactor(tx, person.ID, wait, step); err != nil {
			return err
		}
		e, err = openSession(tx, person.ID, from, shown{by: "second factor set up", issuer: wait.Issuer})
		return err
	})
	return e, codes, errors.Join(judged, err)
}

// giveFactor stores a second factor with its recovery codes. It ends all sessions: somebody else may sit at one.
func giveFactor(tx *store.Tx, id contest.StaffID, wait store.SignIn, step int64) ([]string, error) {
	if err := tx.SetTOTP(id, wait.TOTP, step); err != nil {
		return nil, err
	}
	if err := errors.Join(tx.EndStaffSessions(id, ""), tx.Audit(act(id, "account.factor_on", id, ""))); err != nil {
		return nil, err
	}
	return giveCodes(tx, id)
}

func giveCodes(tx *store.Tx, id contest.StaffID) (codes []string, err error) {
	var hashes []string
	for range recoveryCodes {
		code := access.NewRecoveryCode()
		codes, hashes = append(codes, code), append(hashes, access.HashRecoveryCode(string(id), code))
	}
	return codes, tx.SetRecoveryCodes(id, hashes)
}

// RenewCodes replaces somebody's recovery codes. Errors: *FieldError, ErrThrottled, store.ErrNotFound without a second factor.
func (s *Service) RenewCodes(ctx context.Context, id contest.StaffID, p Proof) (codes []string, err error) {
	if err := s.prove(ctx, id, p); err != nil {
		return nil, err
	}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		person, err := tx.Staff(id)
		if err != nil {
			return err
		}
		has, err := factorsOf(tx, person)
		if err != nil {
			return err
		}
		if !has.any() {
			return store.ErrNotFound
		}
		if codes, err = giveCodes(tx, id); err != nil {
			return err
		}
		return tx.Audit(act(id, "account.codes", id, ""))
	})
	return codes, err
}

// DropFactor takes somebody's own authenticator away. Errors: *FieldError, ErrThrottled, ErrFactorNeeded.
func (s *Service) DropFactor(ctx context.Context, id contest.StaffID, p Proof) error {
	if err := s.prove(ctx, id, p); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := lockWays(tx, id); err != nil {
			return err
		}
		if err := tx.SetTOTP(id, "", 0); err != nil {
			return err
		}
		return errors.Join(lessFactors(tx, id), tx.Audit(act(id, "account.factor_off", id, "")))
	})
}

// lessFactors is what follows when somebody has one second factor less: nobody may have none where one is asked of all, and
// recovery codes stand in for another. Callers hold the lock of lockWays.
func lessFactors(tx *store.Tx, id contest.StaffID) error {
	person, err := tx.Staff(id)
	if err != nil {
		return err
	}
	left, err := factorsOf(tx, person)
	if err != nil || left.any() {
		return err
	}
	needed, err := factorNeeded(tx)
	if err != nil {
		return err
	}
	if needed {
		return ErrFactorNeeded
	}
	return tx.SetRecoveryCodes(id, nil)
}

// TakeFactor takes the second factors of somebody who lost theirs, passkeys among them, and ends their sessions.
func (s *Service) TakeFactor(ctx context.Context, by, id contest.StaffID) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetTOTP(id, "", 0); err != nil {
			return err
		}
		return errors.Join(tx.DeletePasskeys(id), tx.SetRecoveryCodes(id, nil), tx.EndStaffSessions(id, ""), tx.Audit(act(by, "staff.factor_off", id, "")))
	})
}

// RequireFactor asks a second factor of all from now on, or of nobody. Sessions of those who have none end. ErrFactorNeeded
// where the one who asks has none.
func (s *Service) RequireFactor(ctx context.Context, by contest.StaffID, required bool) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		value, action := "", "staff.factor_free"
		if required {
			person, err := tx.Staff(by)
			if err != nil {
				return err
			}
			has, err := factorsOf(tx, person)
			if err != nil {
				return err
			}
			if !has.any() {
				return ErrFactorNeeded
			}
			if err := tx.EndUnprovenSessions(); err != nil {
				return err
			}
			value, action = "all", "staff.factor_all"
		}
		return errors.Join(tx.SetSetting(factorSetting, value), tx.Audit(store.Act{Staff: by, Action: action}))
	})
}
