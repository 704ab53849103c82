package page

import (
	"net/http"
)

// Home writes the front page.
func (p *Renderer) Home(w http.ResponseWriter, r *http.Request, v HomeView) error {
	c := p.Context(r)
	return p.Render(w, r, http.StatusOK, "home", c.homeHead(v), c.home(v))
}

// Challenge writes a challenge's page.
func (p *Renderer) Challenge(w http.ResponseWriter, r *http.Request, v ChallengeView) error {
	c := p.Context(r)
	return p.Render(w, r, http.StatusOK, "challenge", c.challengeHead(v), c.challenge(v))
}

// Entry writes the page of one entry.
func (p *Renderer) Entry(w http.ResponseWriter, r *http.Request, v EntryView) error {
	c := p.Context(r)
	return p.Render(w, r, http.StatusOK, "entry", c.entryHead(v), c.entry(v))
}

// Problem writes an error page with the status: what happened and what the visitor can do. Statuses without words of
// their own are shown as 400 below 500, as 500 above. A caller that knows when to come back sets Retry-After itself.
func (p *Renderer) Problem(w http.ResponseWriter, r *http.Request, status int) error {
	c := p.Context(r)
	code := problemCode(p.messages, status)
	head := Head{Title: c.T("problem." + code + ".title"), Description: c.T("problem." + code + ".text"), NoIndex: true, Class: "problem"}
	return p.Render(w, r, status, "problem", head, problem{Status: status, Code: code})
}
