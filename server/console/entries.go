package console

import (
	"errors"
	"fmt"
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// reportsShown bounds a page of reports; the next ones follow as these are answered.
const reportsShown = 50

type reportsView struct {
	frame
	Items []item
	Undo  *undo
}

func (c *Console) reports(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "reports")
	if err != nil {
		return err
	}
	list, err := c.Entries.Reported(r.Context(), reportsShown)
	if err != nil {
		return fmt.Errorf("read reports: %w", err)
	}
	words := c.drawer.Context(r)
	v := reportsView{frame: around, Undo: c.undoable(r, words)}
	for _, one := range list {
		v.Items = append(v.Items, c.item(words, one.Entry, one.Challenge, one.Reports, "reports"))
	}
	return c.draw(w, r, http.StatusOK, "reports", words.T("reports"), v)
}

type entryView struct {
	frame
	Item item
	Undo *undo
}

func (c *Console) showEntry(w http.ResponseWriter, r *http.Request) error {
	e, err := c.Entries.Entry(r.Context(), contest.EntryID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if e.Status == contest.Withdrawn {
		return fmt.Errorf("show %s: %w", e.ID, store.ErrNotFound)
	}
	ch, err := c.Campaigns.Challenge(r.Context(), e.Challenge)
	if err != nil {
		return err
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := entryView{frame: around, Item: c.item(words, e, ch, nil, "entry"), Undo: c.undoable(r, words)}
	return c.draw(w, r, http.StatusOK, "entry_staff", words.T("entry.number", "number", e.Number), v)
}

// entriesShown is a page of a challenge's published entries.
const entriesShown = 48

type entriesView struct {
	frame
	Challenge contest.Challenge
	Items     []item
	More      string
}

// challengeEntries lists what the public sees, newest first: where photos appear before anybody looked at them, this is
// where moderators look.
func (c *Console) challengeEntries(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	found, err := c.Entries.List(r.Context(), ch.ID, "newest", 0, r.URL.Query().Get("cursor"), entriesShown)
	if errors.Is(err, store.ErrCursor) {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	if err != nil {
		return err
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := entriesView{frame: around, Challenge: ch}
	for _, e := range found.Entries {
		it := c.item(words, e, ch, nil, "entry")
		it.Picture = words.Picture(e.Photo, cardSizes, words.Alt(e.Caption, e.Author))
		v.Items = append(v.Items, it)
	}
	if found.Next != "" {
		v.More = words.Href(withParam(challengePath(ch.ID)+"/entries", "cursor", found.Next))
	}
	return c.draw(w, r, http.StatusOK, "entries", words.T("entries.title", "hashtag", ch.Hashtag), v)
}
