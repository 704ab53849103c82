package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/contest"
	"fanfare/server/kpi"
	"fanfare/server/page"
)

func (c *Console) staffRoutes(add adder) {
	add(administrators, http.MethodGet, "/console/staff", c.team)
	add(administrators, http.MethodPost, "/console/staff/invite", c.invite)
	add(administrators, http.MethodPost, "/console/staff/invitations/{hash}/link", c.invitationLink)
	add(administrators, http.MethodPost, "/console/staff/invitations/{hash}/end", c.endInvitation)
	add(administrators, http.MethodPost, "/console/staff/factor", c.requireFactor)
	add(administrators, http.MethodGet, "/console/staff/{id}", c.member)
	add(administrators, http.MethodPost, "/console/staff/{id}/post", c.assign)
	add(administrators, http.MethodPost, "/console/staff/{id}/reset", c.memberReset)
	add(administrators, http.MethodPost, "/console/staff/{id}/factor", c.takeFactor)
	add(administrators, http.MethodPost, "/console/staff/{id}/sessions", c.endMemberSessions)
	add(administrators, http.MethodGet, "/console/staff/{id}/remove", c.removeForm)
	add(administrators, http.MethodPost, "/console/staff/{id}/remove", c.remove)
}

func memberPath(id contest.StaffID) string { return "/console/staff/" + url.PathEscape(string(id)) }

type teamView struct {
	peopleView
	Posts    postChoice
	Needed   bool // a second factor is asked of all
	NoFactor bool // the reader has none themselves
}

// postChoice is what there is to choose from for somebody's post.
type postChoice struct {
	Roles    access.Roles
	Role     access.Role
	Partners []partnerOption
}

type partnerOption struct {
	Value, Text string
	On          bool
}

// partnerSeparator stands between campaign and partner in a form; no identifier has one.
const partnerSeparator = "/"

func posts(words *page.Context, known []staff.Partner, role access.Role, chosen string) postChoice {
	p := postChoice{Roles: signedIn, Role: role}
	for _, one := range known {
		value := string(one.Campaign) + partnerSeparator + string(one.Partner)
		p.Partners = append(p.Partners, partnerOption{value, words.Text(one.Name) + " · " + words.Text(one.CampaignName), value == chosen})
	}
	return p
}

// postOf reads somebody's post from a form.
func postOf(typed url.Values) staff.Post {
	campaign, partner, _ := strings.Cut(typed.Get("partner"), partnerSeparator)
	return staff.Post{Role: access.Role(typed.Get("role")), Campaign: contest.CampaignID(campaign), Partner: kpi.PartnerID(partner)}
}

// team lists who works at the console, and who is invited to.
func (c *Console) team(w http.ResponseWriter, r *http.Request) error {
	return c.drawTeam(w, r, http.StatusOK, peopleView{})
}

func (c *Console) drawTeam(w http.ResponseWriter, r *http.Request, status int, people peopleView) error {
	if people.Form.Values == nil {
		people.Form.Values = url.Values{"role": {string(access.Moderator)}}
	}
	team, err := c.people(r, &people, "staff", func(staff.Post) bool { return true })
	if err != nil {
		return err
	}
	v, words, typed := teamView{peopleView: people, Needed: team.Needed}, c.drawer.Context(r), people.Form.Values
	for _, line := range v.Members {
		v.NoFactor = v.NoFactor || line.Me && !line.Factor
	}
	v.Posts = posts(words, team.Partners, access.Role(typed.Get("role")), typed.Get("partner"))
	v.Invalid = v.Form.Invalid("email", "role", "partner")
	return c.draw(w, r, status, "staff", words.T("staff"), v)
}

// invite sends somebody a link, or shows it this once where no letters can be sent.
func (c *Console) invite(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	return c.inviteTo(w, r, postOf(r.PostForm), "/console/staff", c.drawTeam)
}

func (c *Console) invitationLink(w http.ResponseWriter, r *http.Request) error {
	secret, err := c.Staff.InvitationLink(r.Context(), staffOf(r), r.PathValue("hash"))
	if err != nil {
		return err
	}
	return c.drawJoinLink(w, r, secret, c.drawTeam)
}

func (c *Console) endInvitation(w http.ResponseWriter, r *http.Request) error {
	if err := c.Staff.EndInvitation(r.Context(), staffOf(r), r.PathValue("hash")); err != nil {
		return err
	}
	return c.see(w, r, "/console/staff?done=invitation_ended")
}

// requireFactor asks a second factor of all, or of nobody.
func (c *Console) requireFactor(w http.ResponseWriter, r *http.Request) error {
	yes, err := either(r, "all", "free")
	if err != nil {
		return err
	}
	err = c.Staff.RequireFactor(r.Context(), staffOf(r), yes)
	if errors.Is(err, staff.ErrFactorNeeded) {
		return c.see(w, r, "/console/staff?done=factor_first")
	}
	if err != nil {
		return err
	}
	return c.see(w, r, "/console/staff?done="+map[bool]string{true: "factor_all", false: "factor_free"}[yes])
}
