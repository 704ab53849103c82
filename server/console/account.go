package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/page"
)

func (c *Console) accountRoutes(add adder) {
	add(signedIn, http.MethodGet, accountPath, c.account)
	add(signedIn, http.MethodPost, accountPath+"/password", c.changePassword)
	add(signedIn, http.MethodPost, accountPath+"/factor", c.beginFactor)
	add(signedIn, http.MethodPost, factorPath, c.confirmFactor)
	add(signedIn, http.MethodPost, accountPath+"/factor/off", c.dropFactor)
	add(signedIn, http.MethodPost, accountPath+"/codes", c.renewCodes)
	add(signedIn, http.MethodPost, accountPath+"/sessions", c.endOwnSessions)
	c.passkeyRoutes(add)
	c.issuerRoutes(add)
}

const (
	accountPath = "/console/account"
	factorPath  = accountPath + "/factor/confirm"
)

type accountView struct {
	frame
	Form     form
	Faults   string // which of the forms has some
	Account  staff.Account
	Passkeys []passkeyLine
	Makes    bool   // passkeys can be made here
	Issuer   string // who signs people in beside us; empty for none
	Sessions []sessionLine
	Min      int
}

// sessionLine is a signed-in browser, in words.
type sessionLine struct {
	Hash    string
	Device  string
	Address string
	Seen    page.Moment
	Own     bool
}

func (c *Console) sessionLines(words *page.Context, sessions []staff.Session) (lines []sessionLine) {
	for _, s := range sessions {
		lines = append(lines, sessionLine{s.Hash, deviceOf(words, s.Agent), s.Address, words.Moment(s.SeenAt, c.now(), c.now().Location()), s.Own})
	}
	return lines
}

// account is where people look after their own way in.
func (c *Console) account(w http.ResponseWriter, r *http.Request) error {
	return c.drawAccount(w, r, http.StatusOK, "", faults{})
}

func (c *Console) drawAccount(w http.ResponseWriter, r *http.Request, status int, which string, bad faults) error {
	around, err := c.around(r, "account")
	if err != nil {
		return err
	}
	v := accountView{frame: around, Faults: which, Min: access.MinPassword, Makes: c.Staff.HasPasskeys(), Issuer: c.Staff.Issuer()}
	if v.Account, err = c.Staff.Account(r.Context(), around.Staff.ID); err != nil {
		return err
	}
	sessions, err := c.Staff.Sessions(r.Context(), around.Staff.ID, access.StaffCookie(r))
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v.Passkeys, v.Sessions = c.passkeyLines(words, v.Account.Passkeys), c.sessionLines(words, sessions)
	v.Form = form{Values: url.Values{}, faults: bad, words: words}
	return c.draw(w, r, status, "account", words.T("account"), v)
}

// notTaken says what is wrong with one of the account's forms.
func (c *Console) notTaken(w http.ResponseWriter, r *http.Request, which string, err error) error {
	bad := faults{}
	wrong, isField := errors.AsType[*staff.FieldError](err)
	switch {
	case errors.Is(err, staff.ErrThrottled):
		bad.add("current", "throttled")
		return c.drawAccount(w, r, http.StatusTooManyRequests, which, bad)
	case errors.Is(err, staff.ErrFactorNeeded):
		bad.add("current", "factor_needed")
	case isField:
		bad.add(wrong.Field, wrong.Code, "min", access.MinPassword, "max", access.MaxPassword)
	default:
		return err
	}
	return c.drawAccount(w, r, http.StatusUnprocessableEntity, which, bad)
}

func (c *Console) changePassword(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	err := c.Staff.ChangePassword(r.Context(), staffOf(r), r.PostForm.Get("password"), c.proof(r))
	if err != nil {
		return c.notTaken(w, r, "password", err)
	}
	return c.see(w, r, accountPath+"?done=password")
}

// beginFactor shows the secret of a second factor, on no address of its own.
func (c *Console) beginFactor(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	factor, err := c.Staff.BeginFactor(r.Context(), staffOf(r), c.proof(r))
	if err != nil {
		return c.notTaken(w, r, "factor", err)
	}
	around, err := c.around(r, "account")
	if err != nil {
		return err
	}
	return c.drawFactor(w, r, http.StatusOK, around, factor, factorPath, "")
}

func (c *Console) confirmFactor(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	token := r.PostForm.Get("token")
	factor, err := c.Staff.ResumeFactor(r.Context(), staffOf(r), token)
	if errors.Is(err, staff.ErrNoSession) {
		return c.see(w, r, accountPath+"?done=factor_again")
	}
	if err != nil {
		return err
	}
	entry, codes, err := c.Staff.ConfirmFactor(r.Context(), token, r.PostForm.Get("code"), c.visit(r))
	switch {
	case errors.Is(err, staff.ErrNoSession):
		return c.see(w, r, accountPath+"?done=factor_again")
	case errors.Is(err, staff.ErrCode):
		around, err := c.around(r, "account")
		if err != nil {
			return err
		}
		return c.drawFactor(w, r, http.StatusUnprocessableEntity, around, factor, factorPath, "factor.wrong")
	case err != nil:
		return err
	}
	return c.drawCodes(w, r, entry, codes)
}

func (c *Console) dropFactor(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := c.Staff.DropFactor(r.Context(), staffOf(r), c.proof(r)); err != nil {
		return c.notTaken(w, r, "off", err)
	}
	return c.see(w, r, accountPath+"?done=factor_off")
}

func (c *Console) renewCodes(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	codes, err := c.Staff.RenewCodes(r.Context(), staffOf(r), c.proof(r))
	if err != nil {
		return c.notTaken(w, r, "codes", err)
	}
	return c.drawCodes(w, r, staff.Entry{}, codes)
}

// endOwnSessions ends one of the reader's sessions, or all others.
func (c *Console) endOwnSessions(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := c.endSessions(r, staffOf(r), access.StaffCookie(r)); err != nil {
		return err
	}
	return c.see(w, r, accountPath+"?done=session_ended")
}

// proofField asks somebody who is signed in to show that it is really them, in one of several forms of a page.
type proofField struct {
	Form, Error string
	Password    bool   // they have one
	Passkey     bool   // they have some
	Button      string // a message's key
	Danger      bool   // it takes something away
}

// asking is a button that uses a passkey, and where its question comes from.
type asking struct {
	From, Button string
	First        bool // of the ways there are
}

// Ask is one beside a proof's own button.
func (proofField) Ask(from, button string) asking { return asking{From: from, Button: button} }

// Prove is the one of a form.
func (v accountView) Prove(form, button string) proofField {
	f := proofField{Form: form, Password: v.Account.Password, Passkey: len(v.Passkeys) > 0, Button: button}
	f.Danger = form == "off" || strings.HasPrefix(form, "drop-") || strings.HasPrefix(form, "unlink-")
	if form == v.Faults {
		f.Error = v.Form.Fault("current")
	}
	return f
}

// MayDrop reports whether the authenticator can be turned off.
func (v accountView) MayDrop() bool { return !v.Account.Needed || len(v.Passkeys) > 0 }

// proof is what a form shows of who sends it.
func (c *Console) proof(r *http.Request) staff.Proof {
	return staff.Proof{Password: r.PostForm.Get("current"), Passkey: answerOf(r), Session: access.StaffCookie(r), From: c.visit(r)}
}

// signed is where browsers are signed in, and where a form goes that ends that.
type signed struct {
	Sessions []sessionLine
	To       string
}

// Signed is that of the account.
func (v accountView) Signed(to string) signed { return signed{v.Sessions, to} }

// Signed is that of a colleague.
func (v memberView) Signed(to string) signed { return signed{v.Sessions, to} }
