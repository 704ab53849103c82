package page

import (
	"bytes"
	"fmt"
	"strings"

	"fanfare/server/contest"
)

// StaffLetterView is a letter to somebody who works at the console, or is asked to.
type StaffLetterView struct {
	Host    string // of the installation
	Invites bool   // otherwise it lets them set a new password
	By      string // who invites
	Role    string // as what
	// Partner is whose they are to be, and Campaign the one that names it; empty where they work for no partner.
	Partner, Campaign contest.Text
	Path              string // of the page that its link opens, with its secret
	Hours             int    // for which the link is good; 0 where it is minutes
	Minutes           int
}

type staffLetter struct{ Subject, Why, Button, Link, Ends, Ignore string }

// StaffLetter draws one.
func (p *Renderer) StaffLetter(lang Lang, v StaffLetterView) (Letter, error) {
	c := &Context{Lang: lang, page: p}
	kind, why := "staff_letter.reset.", c.T("staff_letter.reset.why", "host", v.Host)
	if v.Invites {
		kind, why = "staff_letter.invite.", c.invites(v)
	}
	drawn := staffLetter{
		Subject: oneLine(c.T(kind+"subject", "host", v.Host)), Why: why, Button: c.T(kind + "button"),
		Link: c.Absolute(withLang(v.Path, lang)), Ends: c.N("staff_letter.hours", v.Hours), Ignore: c.T(kind + "ignore"),
	}
	if v.Hours == 0 {
		drawn.Ends = c.T("staff_letter.minutes", "minutes", v.Minutes)
	}
	var html bytes.Buffer
	if err := letters.ExecuteTemplate(&html, "staff.html", c.With(drawn)); err != nil {
		return Letter{}, fmt.Errorf("draw letter: %w", err)
	}
	text := strings.Join([]string{c.T("letter.greeting"), drawn.Why, drawn.Link, drawn.Ends, drawn.Ignore}, "\n\n")
	return Letter{Subject: drawn.Subject, Text: text + "\n", HTML: html.String()}, nil
}

// invites says who invites whom to what.
func (c *Context) invites(v StaffLetterView) string {
	pairs := []any{"by", oneLine(v.By), "host", v.Host, "role", c.T("staff_letter.role." + v.Role)}
	partner := oneLine(c.Text(v.Partner))
	if partner == "" {
		return c.T("staff_letter.invite.why", pairs...)
	}
	return c.T("staff_letter.invite.why.partner", append(pairs, "partner", partner, "campaign", oneLine(c.Text(v.Campaign)))...)
}
