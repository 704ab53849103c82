package console

import (
	"cmp"
	"fmt"
	"net/http"

	"fanfare/server/app/people"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// erasureView asks once whether a fan shall be erased.
type erasureView struct {
	frame
	Kept  store.Holdings
	Name  string
	Guest bool
	Bound []string // hashtags of the challenges that the fan could not come back to
}

// eraseForm says what erasing a fan deletes, and what it leaves.
func (c *Console) eraseForm(w http.ResponseWriter, r *http.Request) error {
	kept, err := c.Erasures.Holdings(r.Context(), contest.FanID(r.PathValue("id")))
	if err != nil {
		return err
	}
	around, err := c.around(r, "")
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := erasureView{frame: around, Kept: kept, Name: cmp.Or(kept.Fan.Name, words.T("fan.nameless")), Guest: kept.Fan.Issuer == people.GuestIssuer}
	for _, id := range kept.Binding {
		ch, err := c.Campaigns.Challenge(r.Context(), id)
		if err != nil {
			return fmt.Errorf("read challenge: %w", err)
		}
		v.Bound = append(v.Bound, ch.Hashtag)
	}
	return c.draw(w, r, http.StatusOK, "erase", words.T("erase.title", "name", v.Name), v)
}

func (c *Console) erase(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := c.Erasures.Erase(r.Context(), contest.FanID(r.PathValue("id"))); err != nil {
		return err
	}
	return c.see(w, r, "/console/bans?done=erased")
}
