package page

import "net/http"

// Stopped says what has become of a choice of letters.
type Stopped string

// What may have become of it.
const (
	StopAsked   Stopped = "" // nothing yet: the page asks
	StopSaved   Stopped = "done"
	StopEnded   Stopped = "ended"   // no letters go there any more, and the address is deleted
	StopNothing Stopped = "gone"    // none went there before
	StopUnknown Stopped = "unknown" // the link is none of ours
)

// StopView is the page on which whoever got a letter says which they want.
type StopView struct {
	What  Stopped
	Token string // of the letter's link
	Of    string // the kind of that letter, where it can be ended and is still wanted: the page proposes to
	Fan   bool   // who can end all at once
	Kinds []LetterKind
}

// LetterKind is a kind of letters that somebody wants or not.
type LetterKind struct {
	Name          string
	Wanted, Fixed bool
}

// StopAddress is the address by which mail programs end letters like the one of a link.
func (p *Renderer) StopAddress(token string) string {
	return (&Context{page: p}).Absolute(StopPath(token))
}

// Stop writes the page. It changes nothing by being opened, because programs that look at letters open every link in them.
func (p *Renderer) Stop(w http.ResponseWriter, r *http.Request, v StopView) error {
	c := p.Context(r)
	title, status := c.T("letters.title"), http.StatusOK
	if v.What != StopAsked {
		title = c.T("letters." + string(v.What) + ".title")
	}
	if v.What == StopUnknown {
		status = http.StatusNotFound
	}
	return p.Render(w, r, status, "letters", Head{Title: title, Description: c.T("letters.lead"), NoIndex: true, Class: "letters"}, v)
}
