package page

import (
	"bytes"
	"fmt"
	"strings"
)

// StaffLetterView is a letter to somebody who works at the console, or is asked to.
type StaffLetterView struct {
	Host    string // of the installation
	Invites bool   // otherwise it lets them set a new password
	By      string // who invites
	Path    string // of the page that its link opens, with its secret
	Hours   int    // for which the link is good; 0 where it is minutes
	Minutes int
}

type staffLetter struct{ Subject, Why, Button, Link, Ends, Ignore string }

// StaffLetter draws one.
func (p *Renderer) StaffLetter(lang Lang, v StaffLetterView) (Letter, error) {
	c := &Context{Lang: lang, page: p}
	kind := "staff_letter.reset."
	if v.Invites {
		kind = "staff_letter.invite."
	}
	drawn := staffLetter{
		Subject: oneLine(c.T(kind+"subject", "host", v.Host)), Why: c.T(kind+"why", "by", oneLine(v.By), "host", v.Host), Button: c.T(kind + "button"),
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
