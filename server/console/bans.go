package console

import (
	"cmp"
	"fmt"
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/page"
)

type bansView struct {
	frame
	Bans []banLine
}

// banLine is a fan who is kept from taking part.
type banLine struct {
	Challenge    contest.ChallengeID
	FanID        contest.FanID
	Fan, Hashtag string
	Reason, Note string
	Since        page.Moment
	By           string
}

// bans lists whom staff keep from taking part, challenge by challenge.
func (c *Console) bans(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "bans")
	if err != nil {
		return err
	}
	challenges, err := c.Campaigns.Challenges(r.Context())
	if err != nil {
		return fmt.Errorf("list challenges: %w", err)
	}
	words := c.drawer.Context(r)
	v := bansView{frame: around}
	for _, ch := range challenges {
		list, err := c.Entries.Bans(r.Context(), ch.ID)
		if err != nil {
			return fmt.Errorf("list bans: %w", err)
		}
		for _, b := range list {
			v.Bans = append(v.Bans, banLine{
				Challenge: ch.ID, FanID: b.Fan, Fan: cmp.Or(b.Name, words.T("fan.nameless")), Hashtag: ch.Hashtag,
				Reason: reasonText(words, b.Reason), Note: b.Note, By: b.StaffName,
				Since: words.Moment(b.CreatedAt, c.now(), ch.Location()),
			})
		}
	}
	return c.draw(w, r, http.StatusOK, "bans", words.T("bans"), v)
}

// ban keeps the fan of an entry from taking part in its challenge any further.
func (c *Console) ban(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	e, err := c.Entries.Entry(r.Context(), contest.EntryID(r.PathValue("id")))
	if err != nil {
		return err
	}
	ban := contest.Ban{
		Challenge: e.Challenge, Fan: e.Fan, Reason: contest.Reason(r.PostForm.Get("reason")), Note: r.PostForm.Get("note"), Staff: staffOf(r),
	}
	if err := c.Entries.Ban(r.Context(), ban, r.PostForm.Get("hold") != ""); err != nil {
		return err
	}
	return c.see(w, r, withParam(entryPath(e.ID), "done", "banned"))
}

func (c *Console) lift(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	challenge, fan := contest.ChallengeID(r.PostForm.Get("challenge")), contest.FanID(r.PostForm.Get("fan"))
	if err := c.Entries.Lift(r.Context(), staffOf(r), challenge, fan); err != nil {
		return err
	}
	return c.see(w, r, "/console/bans?done=lifted")
}
