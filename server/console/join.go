package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/store"
)

// linkView is a page that a one-time link opens: to become somebody, or to set a new password.
type linkView struct {
	frame
	Form    form
	Token   string
	Usable  bool // the link can still be used
	Min     int  // of the password's length
	Kind    string
	Issuer  string // by whom they may join as well; empty for none
	Email   string // whose it is; empty where they say so themselves
	Role    access.Role
	Partner string
}

// The kinds of links, which are the names of their pages and words.
const (
	setupLink = "setup"
	joinLink  = "join"
	resetLink = "reset"
)

func (c *Console) drawLink(w http.ResponseWriter, r *http.Request, status int, v linkView) error {
	words := c.drawer.Context(r)
	v.Form.words, v.Min = words, access.MinPassword
	if v.Form.Values == nil {
		v.Form.Values = url.Values{}
	}
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the token
	return c.draw(w, r, status, "link", words.T(v.Kind), v)
}

// drawEnded says that a link works no more.
func (c *Console) drawEnded(w http.ResponseWriter, r *http.Request, kind string) error {
	return c.drawLink(w, r, http.StatusGone, linkView{Kind: kind})
}

// look says what a link is for; staff.ErrLinkUsed where it works no more.
func (c *Console) look(r *http.Request, kind, token string) (v linkView, err error) {
	v = linkView{Kind: kind, Token: token, Usable: true}
	switch kind {
	case setupLink:
		return v, c.Staff.SetupValid(r.Context(), token)
	case resetLink:
		person, err := c.Staff.ResetValid(r.Context(), token)
		v.Email = person.Email
		return v, err
	}
	i, err := c.Staff.Invited(r.Context(), token)
	if err != nil {
		return v, err
	}
	v.Email, v.Role, v.Issuer = i.Email, access.Role(i.Role), c.Staff.Issuer()
	v.Partner, err = c.partnerName(r, i)
	return v, err
}

// partnerName is the partner for whom somebody is invited.
func (c *Console) partnerName(r *http.Request, i store.StaffInvitation) (string, error) {
	if i.Partner == "" {
		return "", nil
	}
	team, err := c.Staff.Team(r.Context())
	words := c.drawer.Context(r)
	for _, p := range team.Partners {
		if p.Campaign == i.Campaign && p.Partner == i.Partner {
			return words.Text(p.Name), err
		}
	}
	return string(i.Partner), err
}

// show draws the page of a link.
func (c *Console) show(w http.ResponseWriter, r *http.Request, kind string) error {
	v, err := c.look(r, kind, r.URL.Query().Get("token"))
	if errors.Is(err, staff.ErrLinkUsed) {
		return c.drawEnded(w, r, kind)
	}
	if err != nil {
		return err
	}
	return c.drawLink(w, r, http.StatusOK, v)
}

func (c *Console) setupForm(w http.ResponseWriter, r *http.Request) error {
	return c.show(w, r, setupLink)
}
func (c *Console) joinForm(w http.ResponseWriter, r *http.Request) error {
	return c.show(w, r, joinLink)
}
func (c *Console) resetForm(w http.ResponseWriter, r *http.Request) error {
	return c.show(w, r, resetLink)
}

func (c *Console) setUp(w http.ResponseWriter, r *http.Request) error {
	return c.used(w, r, setupLink, c.Staff.SetUp)
}

func (c *Console) join(w http.ResponseWriter, r *http.Request) error {
	return c.used(w, r, joinLink, c.Staff.Accept)
}

// useLink is a use case of a link that makes somebody a member.
type useLink func(ctx context.Context, token string, who staff.Newcomer) (staff.Entry, error)

// used uses a link that makes somebody a member.
func (c *Console) used(w http.ResponseWriter, r *http.Request, kind string, use useLink) error {
	if err := parse(r); err != nil {
		return err
	}
	typed := r.PostForm
	entry, err := use(r.Context(), typed.Get("token"), staff.Newcomer{
		Name: typed.Get("name"), Email: typed.Get("email"), Password: typed.Get("password"), From: c.visit(r),
	})
	if err != nil {
		return c.notUsed(w, r, kind, err)
	}
	return c.enter(w, r, entry)
}

// notUsed says why a link's form was not taken.
func (c *Console) notUsed(w http.ResponseWriter, r *http.Request, kind string, err error) error {
	if errors.Is(err, staff.ErrLinkUsed) {
		return c.drawEnded(w, r, kind)
	}
	wrong, ok := errors.AsType[*staff.FieldError](err)
	if !ok {
		return err
	}
	v, err := c.look(r, kind, r.PostForm.Get("token"))
	if errors.Is(err, staff.ErrLinkUsed) {
		return c.drawEnded(w, r, kind)
	}
	if err != nil {
		return err
	}
	v.Form = form{Values: r.PostForm, faults: faults{}}
	v.Form.faults.add(wrong.Field, wrong.Code, "min", access.MinPassword, "max", access.MaxPassword)
	return c.drawLink(w, r, http.StatusUnprocessableEntity, v)
}

// reset sets a new password. Whoever did so signs in with it: the link lets nobody in.
func (c *Console) reset(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := c.Staff.Reset(r.Context(), r.PostForm.Get("token"), r.PostForm.Get("password")); err != nil {
		return c.notUsed(w, r, resetLink, err)
	}
	access.ClearStaffCookie(w, r)
	return c.see(w, r, "/console/sign-in?done=reset")
}
