package console

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// appealsShown bounds a page of appeals; the next ones follow as these are decided.
const appealsShown = 50

type appealsView struct {
	frame
	Appeals []appealLine
}

// appealLine is a fan's text against a rejection or a ban.
type appealLine struct {
	ID           contest.AppealID
	Item         *item // nil for one against a ban
	Fan, Hashtag string
	Text         string
	Against      string // in words
	Reason, Note string // of what it is against
	At           page.Moment
	Moot         bool // what it is against holds no longer
}

func (c *Console) appeals(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "appeals")
	if err != nil {
		return err
	}
	list, err := c.Entries.Appeals(r.Context(), appealsShown)
	if err != nil {
		return fmt.Errorf("read appeals: %w", err)
	}
	words := c.drawer.Context(r)
	v := appealsView{frame: around}
	for _, one := range list {
		v.Appeals = append(v.Appeals, c.appealLine(words, one))
	}
	return c.draw(w, r, http.StatusOK, "appeals", words.T("appeals"), v)
}

func (c *Console) appealLine(words *page.Context, one entries.AppealItem) appealLine {
	line := appealLine{
		ID: one.ID, Fan: cmp.Or(one.Fan.Name, words.T("fan.nameless")), Hashtag: one.Challenge.Hashtag, Text: one.Text,
		Against: words.T("appeal.against_ban"), At: words.Moment(one.CreatedAt, c.now(), one.Challenge.Location()),
		Moot: one.Item == nil && one.Ban == nil || one.Item != nil && one.Item.Status != contest.Rejected,
	}
	if one.Ban != nil {
		line.Reason, line.Note = reasonText(words, one.Ban.Reason), one.Ban.Note
	}
	if one.Item != nil {
		it := c.item(words, *one.Item, "appeals")
		it.Flags = nil // the appeal itself stands above
		line.Item, line.Fan, line.Against = &it, one.Item.Author, words.T("appeal.against_rejection")
		line.Reason, line.Note = it.Reason, it.Note
	}
	return line
}

func (c *Console) decideAppeal(w http.ResponseWriter, r *http.Request) error {
	upheld, err := either(r, "uphold", "decline")
	if err != nil {
		return err
	}
	done := "declined"
	if upheld {
		done = "upheld"
	}
	err = c.Entries.DecideAppeal(r.Context(), staffOf(r), contest.AppealID(r.PathValue("id")), upheld, r.PostForm.Get("note"))
	if err != nil {
		return err
	}
	return c.see(w, r, withQuery("/console/appeals", url.Values{"done": {done}}))
}
