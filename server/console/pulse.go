package console

import (
	"encoding/json"
	"fmt"
	"net/http"

	"fanfare/server/contest"
)

// pulse is how lively a challenge is: what its page shows, and asks for again every few seconds.
type pulse struct {
	Watching int    `json:"watching"`
	Votes    *int64 `json:"votes_per_minute,omitempty"` // nil where nobody may know
}

// PerMinute is how many votes a minute brings, where that may be known.
func (p pulse) PerMinute() int64 { return *p.Votes }

func (c *Console) pulseOf(r *http.Request, ch contest.Challenge) (p pulse, err error) {
	if !ch.Launched() {
		return p, nil
	}
	if p.Watching, p.Votes, err = c.Pulse(r.Context(), ch.ID); err != nil {
		return p, fmt.Errorf("read pulse of %s: %w", ch.ID, err)
	}
	return p, nil
}

func (c *Console) pulse(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	p, err := c.pulseOf(r, ch)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(p)
}
