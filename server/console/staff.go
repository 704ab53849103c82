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
	frame
	Members     []memberLine
	Invitations []invitedLine
	Form        form
	Invalid     []string
	Posts       postChoice
	Link        string // of an invitation, shown this once
	Writes      bool   // letters can be sent
	Needed      bool   // a second factor is asked of all
	NoFactor    bool   // the reader has none themselves
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

// partnerText names a partner, empty for who is none.
func partnerText(words *page.Context, known []staff.Partner, campaign contest.CampaignID, partner kpi.PartnerID) string {
	for _, p := range known {
		if p.Campaign == campaign && p.Partner == partner {
			return words.Text(p.Name)
		}
	}
	return string(partner)
}

// team lists who works at the console, and who is invited to.
func (c *Console) team(w http.ResponseWriter, r *http.Request) error {
	return c.drawTeam(w, r, http.StatusOK, teamView{Form: form{Values: url.Values{"role": {string(access.Moderator)}}}})
}

func (c *Console) drawTeam(w http.ResponseWriter, r *http.Request, status int, v teamView) (err error) {
	if v.frame, err = c.around(r, "staff"); err != nil {
		return err
	}
	team, err := c.Staff.Team(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	for _, m := range team.Members {
		line := memberLine{
			ID: m.ID, Name: m.Name, Email: m.Email, Role: access.Role(m.Role), Partner: partnerText(words, team.Partners, m.Campaign, m.Partner),
			Since: words.Day(m.CreatedAt, c.now().Location()), Factor: team.Proven(m), Me: m.ID == v.Staff.ID,
		}
		v.Members = append(v.Members, line)
		v.NoFactor = v.NoFactor || line.Me && !line.Factor
	}
	for _, i := range team.Invitations {
		v.Invitations = append(v.Invitations, invitedLine{
			i.Hash, i.Email, access.Role(i.Role), partnerText(words, team.Partners, i.Campaign, i.Partner), words.Moment(i.ExpiresAt, c.now(), c.now().Location()),
		})
	}
	v.Form.words, v.Writes, v.Needed = words, c.Staff.Writes(), team.Needed
	v.Posts = posts(words, team.Partners, access.Role(v.Form.Values.Get("role")), v.Form.Values.Get("partner"))
	v.Invalid = v.Form.Invalid("email", "role", "partner")
	return c.draw(w, r, status, "staff", words.T("staff"), v)
}

// invite sends somebody a link, or shows it this once where no letters can be sent.
func (c *Console) invite(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	words := c.drawer.Context(r)
	link, err := c.Staff.Invite(r.Context(), staffOf(r), r.PostForm.Get("email"), string(words.Lang), postOf(r.PostForm))
	if wrong, ok := errors.AsType[*staff.FieldError](err); ok {
		bad := faults{}
		bad.add(wrong.Field, wrong.Code)
		return c.drawTeam(w, r, http.StatusUnprocessableEntity, teamView{Form: form{Values: r.PostForm, faults: bad}})
	}
	if err != nil {
		return err
	}
	if link == "" {
		return c.see(w, r, "/console/staff?done=invited")
	}
	return c.drawJoinLink(w, r, link)
}

// drawJoinLink shows an invitation's link. No redirect: it is shown once and stands in no address.
func (c *Console) drawJoinLink(w http.ResponseWriter, r *http.Request, secret string) error {
	return c.drawTeam(w, r, http.StatusCreated, teamView{
		Link: c.drawer.Context(r).Absolute("/console/join?token=" + secret), Form: form{Values: url.Values{"role": {string(access.Moderator)}}},
	})
}

func (c *Console) invitationLink(w http.ResponseWriter, r *http.Request) error {
	secret, err := c.Staff.InvitationLink(r.Context(), staffOf(r), r.PathValue("hash"))
	if err != nil {
		return err
	}
	return c.drawJoinLink(w, r, secret)
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
