package console

import (
	"net/http"

	"fanfare/server/access"
	"fanfare/server/app/staff"
)

// colleagues lists who works for the same partner.
func (c *Console) colleagues(w http.ResponseWriter, r *http.Request) error {
	return c.drawColleagues(w, r, http.StatusOK, peopleView{})
}

func (c *Console) drawColleagues(w http.ResponseWriter, r *http.Request, status int, v peopleView) error {
	own := partnersPost(r)
	if _, err := c.people(r, &v, "partner_people", func(p staff.Post) bool { return p == own }); err != nil {
		return err
	}
	v.Invalid = v.Form.Invalid("email")
	return c.draw(w, r, status, "partner_people", v.Form.words.T("nav.colleagues"), v)
}

// inviteColleague invites somebody to the same partner, and to no other.
func (c *Console) inviteColleague(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	return c.inviteTo(w, r, partnersPost(r), partnerPath+"/people", c.drawColleagues)
}

// partnersPost is the post of a partner's people: that of whoever asks.
func partnersPost(r *http.Request) staff.Post {
	who := me(r)
	return staff.Post{Role: access.Partner, Campaign: who.Campaign, Partner: who.Partner}
}
