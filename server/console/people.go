package console

import (
	"errors"
	"net/http"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

// peopleView is a list of who works at the console and who is invited to, with the form that invites.
type peopleView struct {
	frame
	Members     []memberLine
	Invitations []invitedLine
	Form        form
	Invalid     []string
	Link        string // of an invitation, shown this once
	Writes      bool   // letters can be sent
}

type memberLine struct {
	ID          contest.StaffID
	Name, Email string
	Role        access.Role
	Partner     string
	Since       string
	Factor      bool
	Me          bool
}

// invitedLine is an invitation that waits.
type invitedLine struct {
	Hash, Email string
	Role        access.Role
	Partner     string
	Ends        page.Moment
}

// drawPeople draws a page that lists people, around what was typed or is shown this once.
type drawPeople func(http.ResponseWriter, *http.Request, int, peopleView) error

// people fills in the people of a page: those whose post is among the listed.
func (c *Console) people(r *http.Request, v *peopleView, tab string, listed func(staff.Post) bool) (team staff.Team, err error) {
	if v.frame, err = c.around(r, tab); err != nil {
		return team, err
	}
	if team, err = c.Staff.Team(r.Context()); err != nil {
		return team, err
	}
	words, zone := c.drawer.Context(r), c.now().Location()
	for _, m := range team.Members {
		if role := access.Role(m.Role); listed(staff.Post{Role: role, Campaign: m.Campaign, Partner: m.Partner}) {
			v.Members = append(v.Members, memberLine{
				m.ID, m.Name, m.Email, role, partnerText(words, team.Partners, m.Campaign, m.Partner), words.Day(m.CreatedAt, zone), team.Proven(m), m.ID == v.Staff.ID,
			})
		}
	}
	for _, i := range team.Invitations {
		if role := access.Role(i.Role); listed(staff.Post{Role: role, Campaign: i.Campaign, Partner: i.Partner}) {
			v.Invitations = append(v.Invitations, invitedLine{
				i.Hash, i.Email, role, partnerText(words, team.Partners, i.Campaign, i.Partner), words.Moment(i.ExpiresAt, c.now(), zone),
			})
		}
	}
	v.Form.words, v.Writes = words, c.Staff.Writes()
	return team, nil
}

// inviteTo invites whom a form names to a post: by a letter, or by a link that is shown this once where no letters can be sent.
func (c *Console) inviteTo(w http.ResponseWriter, r *http.Request, post staff.Post, back string, draw drawPeople) error {
	link, err := c.Staff.Invite(r.Context(), staffOf(r), r.PostForm.Get("email"), string(c.drawer.Context(r).Lang), post)
	if wrong, ok := errors.AsType[*staff.FieldError](err); ok {
		bad := faults{}
		bad.add(wrong.Field, wrong.Code)
		return draw(w, r, http.StatusUnprocessableEntity, peopleView{Form: form{Values: r.PostForm, faults: bad}})
	}
	if err != nil {
		return err
	}
	if link == "" {
		return c.see(w, r, back+"?done=invited")
	}
	return c.drawJoinLink(w, r, link, draw)
}

// drawJoinLink shows an invitation's link. No redirect: it is shown once and stands in no address.
func (c *Console) drawJoinLink(w http.ResponseWriter, r *http.Request, secret string, draw drawPeople) error {
	return draw(w, r, http.StatusCreated, peopleView{Link: c.drawer.Context(r).Absolute("/console/join?token=" + secret)})
}

// partnerText names a partner, empty for who is none.
func partnerText(words *page.Context, known []staff.Partner, campaign contest.CampaignID, partner kpi.PartnerID) string {
	for _, p := range known {
		if p.Campaign == campaign && p.Partner == partner {
			return words.Text(p.Name)
		}
	}
	return string(partner)
}
