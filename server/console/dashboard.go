package console

import (
	"fmt"
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/page"
)

type dashboardView struct {
	frame
	Due        string // takedowns, which come first
	Challenges []challengeLine
}

// challengeLine is a challenge in the dashboard's list.
type challengeLine struct {
	ID             contest.ChallengeID
	Hashtag, Title string
	Phase          string
	Deadline       string
	Published      int
	Pending        int
	Processing     int
	Rejected       int
}

func (c *Console) dashboard(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	list, err := c.Campaigns.Challenges(r.Context())
	if err != nil {
		return fmt.Errorf("list challenges: %w", err)
	}
	words := c.drawer.Context(r)
	view := dashboardView{frame: around, Due: around.due(words)}
	for _, ch := range list {
		counts, err := c.Campaigns.Counts(r.Context(), ch.ID)
		if err != nil {
			return fmt.Errorf("count entries of %s: %w", ch.ID, err)
		}
		view.Challenges = append(view.Challenges, c.line(words, ch, counts))
	}
	return c.draw(w, r, http.StatusOK, "dashboard", words.T("nav.challenges"), view)
}

func (c *Console) line(words *page.Context, ch contest.Challenge, counts map[contest.Status]int) challengeLine {
	now := c.now()
	return challengeLine{
		ID: ch.ID, Hashtag: ch.Hashtag, Title: words.Text(ch.Title), Phase: ch.Phase(now), Deadline: words.Deadline(ch, now),
		Published: counts[contest.Published], Pending: counts[contest.Pending],
		Processing: counts[contest.Processing], Rejected: counts[contest.Rejected],
	}
}
