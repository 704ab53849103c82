package console

import (
	"fmt"
	"net/http"
	"slices"

	"fanfare/server/access"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// partnerPath is where partners begin, who see no challenges.
const partnerPath = "/console/partner"

type dashboardView struct {
	frame
	Due        string // takedowns, which come first
	Results    []resultWaits
	Challenges []challengeLine
}

// resultWaits is a result that somebody has to confirm.
type resultWaits struct{ Path, Text string }

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
	if who, _ := access.StaffFrom(r.Context()); who.Role == access.Partner {
		return c.see(w, r, partnerPath)
	}
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
	waiting, err := c.Results.Waiting(r.Context())
	if err != nil {
		return fmt.Errorf("list proposed results: %w", err)
	}
	for _, ch := range list {
		if slices.Contains(waiting, ch.ID) {
			view.Results = append(view.Results, resultWaits{resultsPath(ch.ID), words.T("results.waits", "hashtag", ch.Hashtag)})
		}
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
