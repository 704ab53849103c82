package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/page"
)

func (c *Console) signInRoutes(add adder) {
	add(anyone, http.MethodGet, "/console/sign-in", c.signInForm)
	add(anyone, http.MethodPost, "/console/sign-in", c.signIn)
	add(anyone, http.MethodGet, codePath, c.codeForm)
	add(anyone, http.MethodPost, codePath, c.code)
	add(anyone, http.MethodGet, setUpFactorPath, c.firstFactorForm)
	add(anyone, http.MethodPost, setUpFactorPath, c.firstFactor)
	add(anyone, http.MethodGet, "/console/forgotten", c.forgottenForm)
	add(anyone, http.MethodPost, "/console/forgotten", c.forgotten)
	add(anyone, http.MethodGet, "/console/reset", c.resetForm)
	add(anyone, http.MethodPost, "/console/reset", c.reset)
	add(anyone, http.MethodGet, "/console/setup", c.setupForm)
	add(anyone, http.MethodPost, "/console/setup", c.setUp)
	add(anyone, http.MethodGet, "/console/join", c.joinForm)
	add(anyone, http.MethodPost, "/console/join", c.join)
	add(signedIn, http.MethodPost, "/console/sign-out", c.signOut)
}

// Where a sign-in goes on that has more than one step.
const (
	codePath        = "/console/sign-in/code"
	setUpFactorPath = "/console/sign-in/factor"
)

type signInView struct {
	frame
	Form   form
	Error  string        // a message's key
	Writes bool          // letters can be sent
	Sent   bool          // one was, if there is such a person
	Makes  bool          // passkeys can be made here
	Issuer string        // who signs people in beside us; empty for none
	End    string        // the issuer's page that signs people out there
	Has    staff.Factors // whoever owes a second factor
}

// Ask is a button that uses a passkey.
func (v signInView) Ask(from, button string) asking {
	return asking{from, button, v.Has.Passkeys > 0 && !v.Has.TOTP}
}

// visit is what is known of the browser.
func (c *Console) visit(r *http.Request) staff.Visit {
	return staff.Visit{Address: c.Client(r), Agent: r.UserAgent()}
}

func (c *Console) signInForm(w http.ResponseWriter, r *http.Request) error {
	if _, ok := access.StaffFrom(r.Context()); ok {
		return c.see(w, r, "/console")
	}
	return c.drawSignIn(w, r, http.StatusOK, "sign_in", "", url.Values{})
}

// drawSignIn draws a page of signing in: the template of that name, whose title is the message of that key.
func (c *Console) drawSignIn(w http.ResponseWriter, r *http.Request, status int, name, problem string, typed url.Values) error {
	words := c.drawer.Context(r)
	v := signInView{
		Form: form{Values: typed, words: words}, Error: problem, Writes: c.Staff.Writes(), Makes: c.Staff.HasPasskeys(), Issuer: c.Staff.Issuer(),
	}
	switch done := r.URL.Query().Get("done"); {
	case name != "sign_in":
	case done == "reset":
		v.Notice = words.T("done.reset")
	case done == "signed_out" && v.Issuer != "":
		v.Notice, v.End = words.T("done.signed_out", "issuer", v.Issuer), c.Staff.IssuerSignOut(words.Absolute("/console/sign-in"))
	}
	return c.draw(w, r, status, name, words.T(name), v)
}

func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	entry, err := c.Staff.SignIn(r.Context(), r.PostForm.Get("email"), r.PostForm.Get("password"), c.visit(r))
	switch {
	case errors.Is(err, staff.ErrThrottled):
		return c.drawSignIn(w, r, http.StatusTooManyRequests, "sign_in", "sign_in.throttled", r.PostForm)
	case errors.Is(err, staff.ErrCredentials):
		return c.drawSignIn(w, r, http.StatusUnprocessableEntity, "sign_in", "sign_in.wrong", r.PostForm)
	case err != nil:
		return err
	}
	return c.enter(w, r, entry)
}

// enter gives the browser what a sign-in came to, and goes on with its next step.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, e staff.Entry) error {
	access.SetStaffCookie(w, r, e.Token)
	switch e.Step {
	case staff.CodeNeeded:
		return c.see(w, r, codePath)
	case staff.SetUpFirst:
		return c.see(w, r, setUpFactorPath)
	}
	return c.see(w, r, "/console")
}

// codeForm asks for the second factor.
func (c *Console) codeForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawCode(w, r, http.StatusOK, "")
}

func (c *Console) drawCode(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	wait, err := c.Staff.Waiting(r.Context(), access.StaffCookie(r))
	if errors.Is(err, staff.ErrNoSession) || err == nil && wait.Step != staff.CodeNeeded {
		return c.see(w, r, "/console/sign-in")
	}
	if err != nil {
		return err
	}
	return c.draw(w, r, status, "sign_in_code", c.drawer.Context(r).T("sign_in_code"), signInView{Error: problem, Has: wait.Factors})
}

func (c *Console) code(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	entry, err := c.Staff.Code(r.Context(), access.StaffCookie(r), r.PostForm.Get("code"), c.visit(r))
	switch {
	case errors.Is(err, staff.ErrThrottled):
		return c.drawCode(w, r, http.StatusTooManyRequests, "sign_in.codes_throttled")
	case errors.Is(err, staff.ErrCode):
		return c.drawCode(w, r, http.StatusUnprocessableEntity, "sign_in.code_wrong")
	case errors.Is(err, staff.ErrNoSession):
		return c.drawSignIn(w, r, http.StatusUnprocessableEntity, "sign_in", "sign_in.again", url.Values{})
	case err != nil:
		return err
	}
	return c.enter(w, r, entry)
}

// firstFactorForm has somebody set up the second factor that is asked of all.
func (c *Console) firstFactorForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawFirstFactor(w, r, http.StatusOK, "")
}

func (c *Console) drawFirstFactor(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	wait, err := c.Staff.Waiting(r.Context(), access.StaffCookie(r))
	if errors.Is(err, staff.ErrNoSession) || err == nil && wait.Step != staff.SetUpFirst {
		return c.see(w, r, "/console/sign-in")
	}
	if err != nil {
		return err
	}
	return c.drawFactor(w, r, status, frame{}, wait.Factor, setUpFactorPath, problem)
}

type factorView struct {
	frame
	Secret string
	Groups []string // of the secret, to type
	QR     page.QR
	Token  string
	Action string // where the form goes
	Makes  bool   // passkeys can be made here
	Error  string // a message's key
}

// secretGroup is how many letters of a secret stand together.
const secretGroup = 4

func (c *Console) drawFactor(w http.ResponseWriter, r *http.Request, status int, around frame, f staff.Factor, action, problem string) error {
	code, err := page.NewQR(f.Address)
	if err != nil {
		return err
	}
	v := factorView{frame: around, Secret: f.Secret, QR: code, Token: f.Token, Action: action, Makes: c.Staff.HasPasskeys(), Error: problem}
	for rest := f.Secret; rest != ""; rest = rest[min(secretGroup, len(rest)):] {
		v.Groups = append(v.Groups, rest[:min(secretGroup, len(rest))])
	}
	return c.draw(w, r, status, "factor", c.drawer.Context(r).T("factor.title"), v)
}

func (c *Console) firstFactor(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	entry, codes, err := c.Staff.ConfirmFactor(r.Context(), access.StaffCookie(r), r.PostForm.Get("code"), c.visit(r))
	switch {
	case errors.Is(err, staff.ErrCode):
		return c.drawFirstFactor(w, r, http.StatusUnprocessableEntity, "factor.wrong")
	case errors.Is(err, staff.ErrNoSession):
		return c.drawSignIn(w, r, http.StatusUnprocessableEntity, "sign_in", "sign_in.again", url.Values{})
	case err != nil:
		return err
	}
	return c.drawCodes(w, r, entry, codes)
}

type codesView struct {
	frame
	Codes []string
}

// drawCodes shows recovery codes this once, and gives the browser the session that came with them, if one did.
func (c *Console) drawCodes(w http.ResponseWriter, r *http.Request, e staff.Entry, codes []string) error {
	if e.Token != "" {
		access.SetStaffCookie(w, r, e.Token)
	}
	return c.draw(w, r, http.StatusOK, "codes", c.drawer.Context(r).T("codes.title"), codesView{Codes: codes})
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	byIssuer, err := c.Staff.SignOut(r.Context(), access.StaffCookie(r))
	if err != nil {
		return err
	}
	access.ClearStaffCookie(w, r)
	if byIssuer {
		return c.see(w, r, "/console/sign-in?done=signed_out")
	}
	return c.see(w, r, "/console/sign-in")
}

func (c *Console) forgottenForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawSignIn(w, r, http.StatusOK, "forgotten", "", url.Values{})
}

// forgotten sends a link that sets a new password. The answer is the same whether there is such a person or not.
func (c *Console) forgotten(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	words := c.drawer.Context(r)
	err := c.Staff.AskReset(r.Context(), r.PostForm.Get("email"), string(words.Lang), c.visit(r))
	if errors.Is(err, staff.ErrThrottled) {
		return c.drawSignIn(w, r, http.StatusTooManyRequests, "forgotten", "sign_in.throttled", r.PostForm)
	}
	if err != nil {
		return err
	}
	v := signInView{Form: form{Values: url.Values{}, words: words}, Writes: c.Staff.Writes(), Sent: true}
	return c.draw(w, r, http.StatusOK, "forgotten", words.T("forgotten"), v)
}
