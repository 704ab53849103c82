package console

import (
	"errors"
	"net/http"

	"fanfare/server/app/campaigns"
	"fanfare/server/contest"
	"fanfare/server/page"
)

type launchView struct {
	frame
	Challenge contest.Challenge
	Problems  []problemLine
	Rules     []string
	Windows   []windowLine
	Zone      string
	Consents  []contest.Consent
	Hash      string
	Changed   bool // since the staff saw what they confirm
}

type windowLine struct {
	Key         string
	Opens, Ends page.Moment
}

func (c *Console) launchForm(w http.ResponseWriter, r *http.Request) error {
	return c.drawLaunch(w, r, http.StatusOK, false)
}

func (c *Console) drawLaunch(w http.ResponseWriter, r *http.Request, status int, changed bool) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	if ch.Launched() {
		return c.see(w, r, challengePath(ch.ID))
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	consents, err := c.Campaigns.Consents(r.Context(), ch.Consents)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	moment := func(key string, win contest.Window) windowLine {
		return windowLine{key, words.Moment(win.Opens, c.now(), ch.Location()), words.Moment(win.Closes, c.now(), ch.Location())}
	}
	return c.draw(w, r, status, "launch", words.T("launch"), launchView{
		frame: around, Challenge: ch, Problems: c.problems(words, ch), Rules: words.Rules(ch),
		Windows: []windowLine{moment("step.entries", ch.Entries), moment("step.votes", ch.Votes)},
		Zone:    words.Zone(ch, ch.Entries.Opens), Consents: consents, Hash: ch.Hash(), Changed: changed,
	})
}

// launch freezes what the staff saw: the form carries the hash that was shown, and another one is not launched.
func (c *Console) launch(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	if ch.Launched() {
		return c.see(w, r, challengePath(ch.ID))
	}
	problems, err := c.Campaigns.Launch(r.Context(), ch.ID, r.PostForm.Get("hash"))
	if errors.Is(err, campaigns.ErrChanged) {
		return c.drawLaunch(w, r, http.StatusConflict, true)
	}
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return c.drawLaunch(w, r, http.StatusUnprocessableEntity, false)
	}
	return c.see(w, r, challengePath(ch.ID)+"?done=launched")
}
