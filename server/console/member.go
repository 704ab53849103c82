package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/contest"
	"fanfare/server/store"
)

type memberView struct {
	frame
	Member   store.Staff
	Factor   bool
	Me       bool
	Since    string
	Posts    postChoice
	Form     form
	Sessions []sessionLine
	Link     string // that sets a new password, shown this once
}

// member is what administrators see of a colleague.
func (c *Console) member(w http.ResponseWriter, r *http.Request) error {
	return c.drawMember(w, r, http.StatusOK, memberView{})
}

func (c *Console) drawMember(w http.ResponseWriter, r *http.Request, status int, v memberView) (err error) {
	if v.frame, err = c.around(r, "staff"); err != nil {
		return err
	}
	if v.Member, err = c.Staff.Member(r.Context(), contest.StaffID(r.PathValue("id"))); err != nil {
		return err
	}
	team, err := c.Staff.Team(r.Context())
	if err != nil {
		return err
	}
	sessions, err := c.Staff.Sessions(r.Context(), v.Member.ID, access.StaffCookie(r))
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	role, partner := v.Form.Values.Get("role"), v.Form.Values.Get("partner")
	if v.Form.Values == nil {
		role, partner = v.Member.Role, string(v.Member.Campaign)+partnerSeparator+string(v.Member.Partner)
		v.Form.Values = url.Values{}
	}
	v.Posts, v.Form.words = posts(words, team.Partners, access.Role(role), partner), words
	v.Factor, v.Me, v.Since = team.Proven(v.Member), v.Member.ID == v.Staff.ID, words.Day(v.Member.CreatedAt, c.now().Location())
	v.Sessions = c.sessionLines(words, sessions)
	return c.draw(w, r, status, "member", v.Member.Name, v)
}

// assign gives a colleague another post.
func (c *Console) assign(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.StaffID(r.PathValue("id"))
	err := c.Staff.Assign(r.Context(), staffOf(r), id, postOf(r.PostForm))
	bad := faults{}
	if wrong, ok := errors.AsType[*staff.FieldError](err); ok {
		bad.add(wrong.Field, wrong.Code)
	} else if errors.Is(err, staff.ErrLastAdministrator) {
		bad.add("role", "last_administrator")
	} else if err != nil {
		return err
	}
	if len(bad) > 0 {
		return c.drawMember(w, r, http.StatusUnprocessableEntity, memberView{Form: form{Values: r.PostForm, faults: bad}})
	}
	return c.see(w, r, memberPath(id)+"?done=assigned")
}

// memberReset shows a link this once that sets a colleague's password.
func (c *Console) memberReset(w http.ResponseWriter, r *http.Request) error {
	secret, err := c.Staff.ResetLink(r.Context(), staffOf(r), contest.StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return c.drawMember(w, r, http.StatusCreated, memberView{Link: c.drawer.Context(r).Absolute("/console/reset?token=" + secret)})
}

// takeFactor takes the second factor of a colleague who lost theirs.
func (c *Console) takeFactor(w http.ResponseWriter, r *http.Request) error {
	id := contest.StaffID(r.PathValue("id"))
	if err := c.Staff.TakeFactor(r.Context(), staffOf(r), id); err != nil {
		return err
	}
	return c.see(w, r, memberPath(id)+"?done=factor_taken")
}

func (c *Console) endMemberSessions(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.StaffID(r.PathValue("id"))
	if err := c.endSessions(r, id, ""); err != nil {
		return err
	}
	return c.see(w, r, memberPath(id)+"?done=session_ended")
}

// endSessions ends the session that a form names, or all but one.
func (c *Console) endSessions(r *http.Request, id contest.StaffID, but string) error {
	if hash := r.PostForm.Get("session"); hash != "" {
		return c.Staff.EndSession(r.Context(), staffOf(r), id, hash)
	}
	return c.Staff.EndSessions(r.Context(), staffOf(r), id, but)
}

type removeView struct {
	frame
	Member store.Staff
	Last   bool
}

func (c *Console) removeForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawRemove(w, r, http.StatusOK, false)
}

func (c *Console) drawRemove(w http.ResponseWriter, r *http.Request, status int, last bool) error {
	around, err := c.around(r, "staff")
	if err != nil {
		return err
	}
	m, err := c.Staff.Member(r.Context(), contest.StaffID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return c.draw(w, r, status, "member_remove", c.drawer.Context(r).T("member.remove"), removeView{around, m, last})
}

func (c *Console) remove(w http.ResponseWriter, r *http.Request) error {
	err := c.Staff.Remove(r.Context(), staffOf(r), contest.StaffID(r.PathValue("id")))
	if errors.Is(err, staff.ErrLastAdministrator) {
		return c.drawRemove(w, r, http.StatusUnprocessableEntity, true)
	}
	if err != nil {
		return err
	}
	return c.see(w, r, "/console/staff?done=removed")
}
