package console

import (
	"fmt"
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/page"
)

type challengeView struct {
	frame
	Challenge contest.Challenge
	Line      challengeLine
	Pulse     pulse
	Problems  []problemLine
	Address   string // of the public page
	Embed     string
	Sites     []contest.Site // of its campaign
}

// problemLine is one thing that stands in the way of launching, with the way to its field.
type problemLine struct{ Field, Text string }

func (c *Console) showChallenge(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	counts, err := c.Campaigns.Counts(r.Context(), ch.ID)
	if err != nil {
		return err
	}
	sites, err := c.Campaigns.Sites(r.Context())
	if err != nil {
		return err
	}
	alive, err := c.pulseOf(r, ch)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := challengeView{
		frame: around, Challenge: ch, Line: c.line(words, ch, counts), Pulse: alive, Problems: c.problems(words, ch),
		Address: words.Absolute(page.ChallengePath(ch.Slug)), Embed: embedSnippet(words, ch.Slug),
	}
	if n := len(v.Problems); n > 0 && r.URL.Query().Get("done") == "saved" {
		v.Notice = words.N("done.saved.draft", n)
	}
	for _, site := range sites {
		if site.Campaign == ch.Campaign {
			v.Sites = append(v.Sites, site)
		}
	}
	return c.draw(w, r, http.StatusOK, "challenge", ch.Hashtag, v)
}

// problems lists what stands in the way of launching a draft, each once.
func (c *Console) problems(words *page.Context, ch contest.Challenge) (list []problemLine) {
	if ch.Launched() {
		return nil
	}
	seen := map[contest.Problem]bool{}
	for _, p := range c.Campaigns.Problems(ch, c.now()) {
		if !seen[p] {
			list = append(list, problemLine{p.Field, faultText(words, p.Field, p.Code)})
		}
		seen[p] = true
	}
	return list
}

// embedSnippet is what a host page takes over, two lines.
func embedSnippet(words *page.Context, slug string) string {
	return fmt.Sprintf("<script async src=%q></script>\n<fanfare-challenge challenge=%q></fanfare-challenge>", words.Absolute("/embed.js"), slug)
}

func (c *Console) previewChallenge(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	return c.Pages.Challenge(w, r, page.ChallengeView{Now: c.now(), Challenge: ch, Preview: true})
}
