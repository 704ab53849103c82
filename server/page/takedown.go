package page

import (
	"net/http"
	"time"

	"fanfare/server/contest"
)

// TakedownView is the page on which somebody in a photo asks for it to be taken away.
type TakedownView struct {
	Now       time.Time
	Challenge contest.Challenge
	Entry     contest.Entry
	Asked     contest.Takedown // what was typed
	// Missing is what the request lacks; empty for nothing.
	Missing contest.Reason
	// DecideBy is when a request that was taken is decided at the latest; zero before that. Hidden says that it took the
	// photo from the public.
	DecideBy time.Time
	Hidden   bool
}

type takedown struct {
	Entry, Hashtag string // Entry is the link
	Number         contest.EntryNumber
	Picture        Picture
	Asked          contest.Takedown
	Missing        contest.Reason
	Hidden         bool
	By             Moment
	Zone           string
}

func (c *Context) takedown(v TakedownView) takedown {
	ch, e := v.Challenge, v.Entry
	return takedown{
		Entry: c.Href(EntryPath(e.ID)), Hashtag: ch.Hashtag, Number: e.Number,
		Picture: c.Picture(e.Photo, takedownSizes, c.Alt(e.Caption, e.Author)), Asked: v.Asked, Missing: v.Missing, Hidden: v.Hidden,
		By: c.Moment(v.DecideBy, v.Now, ch.Location()), Zone: c.zoneName(ch, v.DecideBy),
	}
}

// TakedownPath is the path of the page that asks for an entry to be taken away.
func TakedownPath(id contest.EntryID) string { return EntryPath(id) + "/takedown" }

// Takedown writes the page on which somebody in a photo asks for it to be taken away: the form, the form with what it
// lacks, or what follows a request that was taken.
func (p *Renderer) Takedown(w http.ResponseWriter, r *http.Request, v TakedownView) error {
	c := p.Context(r)
	head := Head{Title: c.T("takedown.title"), Description: c.T("takedown.lead"), NoIndex: true, Class: "takedown"}
	status, name := http.StatusOK, "takedown"
	switch {
	case v.Missing != "":
		status = http.StatusUnprocessableEntity
	case !v.DecideBy.IsZero():
		status, name, head.Title = http.StatusCreated, "takedown_sent", c.T("takedown.sent.title")
	}
	return p.Render(w, r, status, name, head, c.takedown(v))
}
