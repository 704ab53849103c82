package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/access"
	"fanfare/server/app/people"
	"fanfare/server/store"
)

type signInView struct {
	frame
	Form  form
	Error string // a message's key
}

func (c *Console) signInForm(w http.ResponseWriter, r *http.Request) error {
	if _, ok := access.StaffFrom(r.Context()); ok {
		return c.see(w, r, "/console")
	}
	return c.drawSignIn(w, r, http.StatusOK, "", url.Values{})
}

func (c *Console) drawSignIn(w http.ResponseWriter, r *http.Request, status int, problem string, typed url.Values) error {
	words := c.drawer.Context(r)
	return c.draw(w, r, status, "sign_in", words.T("sign_in"), signInView{Form: form{Values: typed, words: words}, Error: problem})
}

func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	session, err := c.People.SignIn(r.Context(), r.PostForm.Get("email"), r.PostForm.Get("password"), c.Client(r))
	switch {
	case errors.Is(err, people.ErrThrottled):
		return c.drawSignIn(w, r, http.StatusTooManyRequests, "sign_in.throttled", r.PostForm)
	case errors.Is(err, people.ErrCredentials):
		return c.drawSignIn(w, r, http.StatusUnprocessableEntity, "sign_in.wrong", r.PostForm)
	case err != nil:
		return err
	}
	access.SetStaffCookie(w, r, session)
	return c.see(w, r, "/console")
}

func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := c.People.SignOut(r.Context(), access.StaffCookie(r)); err != nil {
		return err
	}
	access.ClearStaffCookie(w, r)
	return c.see(w, r, "/console/sign-in")
}

type setupView struct {
	frame
	Form   form
	Token  string
	Usable bool // the link can still be used
	Min    int  // of the password's length
}

func (c *Console) setupForm(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	switch err := c.People.SetupValid(r.Context(), token); {
	case errors.Is(err, people.ErrLinkUsed):
		return c.drawSetup(w, r, http.StatusGone, setupView{})
	case err != nil:
		return err
	}
	return c.drawSetup(w, r, http.StatusOK, setupView{Token: token, Usable: true, Form: form{Values: url.Values{}}})
}

func (c *Console) drawSetup(w http.ResponseWriter, r *http.Request, status int, v setupView) error {
	words := c.drawer.Context(r)
	v.Form.words, v.Min = words, access.MinPassword
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the token
	return c.draw(w, r, status, "setup", words.T("setup"), v)
}

func (c *Console) setUp(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	typed := r.PostForm
	token := typed.Get("token")
	session, err := c.People.SetUp(r.Context(), token, typed.Get("name"), typed.Get("email"), typed.Get("password"))
	var wrong *people.FieldError
	bad := faults{}
	switch {
	case errors.Is(err, people.ErrLinkUsed):
		return c.drawSetup(w, r, http.StatusGone, setupView{})
	case errors.Is(err, store.ErrConflict):
		bad.add("email", "taken")
	case errors.As(err, &wrong):
		bad.add(wrong.Field, wrong.Code, "min", access.MinPassword, "max", access.MaxPassword)
	case err != nil:
		return err
	default:
		access.SetStaffCookie(w, r, session)
		return c.see(w, r, "/console")
	}
	return c.drawSetup(w, r, http.StatusUnprocessableEntity, setupView{Token: token, Usable: true, Form: form{Values: typed, faults: bad}})
}
