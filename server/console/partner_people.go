package console

import (
	"errors"
	"net/http"
	"net/url"

	"fanfare/server/access"
	"fanfare/server/app/staff"
)

type colleaguesView struct {
	frame
	Members     []memberLine
	Invitations []invitedLine
	Form        form
	Invalid     []string
	Link        string // of an invitation, shown this once
	Writes      bool   // letters can be sent
}

// colleagues lists who works for the same partner.
func (c *Console) colleagues(w http.ResponseWriter, r *http.Request) error {
	return c.drawColleagues(w, r, http.StatusOK, colleaguesView{Form: form{Values: url.Values{}}})
}

func (c *Console) drawColleagues(w http.ResponseWriter, r *http.Request, status int, v colleaguesView) (err error) {
	if v.frame, err = c.around(r, "partner_people"); err != nil {
		return err
	}
	team, err := c.Staff.Team(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	for _, m := range team.Members {
		if access.Role(m.Role) == access.Partner && m.Campaign == v.Staff.Campaign && m.Partner == v.Staff.Partner {
			v.Members = append(v.Members, memberLine{
				ID: m.ID, Name: m.Name, Email: m.Email, Since: words.Day(m.CreatedAt, c.now().Location()), Me: m.ID == v.Staff.ID,
			})
		}
	}
	for _, i := range team.Invitations {
		if access.Role(i.Role) == access.Partner && i.Campaign == v.Staff.Campaign && i.Partner == v.Staff.Partner {
			v.Invitations = append(v.Invitations, invitedLine{Email: i.Email, Ends: words.Moment(i.ExpiresAt, c.now(), c.now().Location())})
		}
	}
	v.Form.words, v.Writes = words, c.Staff.Writes()
	v.Invalid = v.Form.Invalid("email")
	return c.draw(w, r, status, "partner_people", words.T("nav.colleagues"), v)
}

// inviteColleague invites somebody to the same partner, and to no other.
func (c *Console) inviteColleague(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	who, words := me(r), c.drawer.Context(r)
	post := staff.Post{Role: access.Partner, Campaign: who.Campaign, Partner: who.Partner}
	link, err := c.Staff.Invite(r.Context(), who.ID, r.PostForm.Get("email"), string(words.Lang), post)
	if wrong, ok := errors.AsType[*staff.FieldError](err); ok {
		bad := faults{}
		bad.add(wrong.Field, wrong.Code)
		return c.drawColleagues(w, r, http.StatusUnprocessableEntity, colleaguesView{Form: form{Values: r.PostForm, faults: bad}})
	}
	if err != nil {
		return err
	}
	if link == "" {
		return c.see(w, r, partnerPath+"/people?done=invited")
	}
	// No redirect: the link is shown once and stands in no address.
	return c.drawColleagues(w, r, http.StatusCreated, colleaguesView{
		Link: words.Absolute("/console/join?token=" + link), Form: form{Values: url.Values{}},
	})
}
