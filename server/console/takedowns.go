package console

import (
	"fmt"
	"net/http"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/page"
)

// takedownsShown bounds a page of requests; the next ones follow as these are decided.
const takedownsShown = 50

type takedownsView struct {
	frame
	Takedowns []takedownLine
	Undo      *undo
}

// takedownLine is somebody's request that a photo be taken away.
type takedownLine struct {
	ID                       contest.TakedownID
	Item                     item
	Name, Contact, Statement string
	Hid                      bool
	Before                   string // what was decided about earlier ones; empty where there were none
	At, By                   page.Moment
	Due                      string
	Overdue                  bool
}

// takedowns shows the requests of people who are in a photo, the one that is due first first.
func (c *Console) takedowns(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "takedowns")
	if err != nil {
		return err
	}
	list, err := c.Entries.Takedowns(r.Context(), takedownsShown)
	if err != nil {
		return fmt.Errorf("read takedowns: %w", err)
	}
	words := c.drawer.Context(r)
	v := takedownsView{frame: around, Undo: c.undoable(r, words, "takedowns")}
	for _, one := range list {
		v.Takedowns = append(v.Takedowns, c.takedownLine(words, one))
	}
	return c.draw(w, r, http.StatusOK, "takedowns", words.T("takedowns"), v)
}

func (c *Console) takedownLine(words *page.Context, one entries.TakedownItem) takedownLine {
	now, zone := c.now(), one.Item.Challenge.Location()
	line := takedownLine{
		ID: one.ID, Item: c.item(words, one.Item, "takedowns"), Name: one.Name, Contact: one.Contact, Statement: one.Statement,
		Hid: one.Hid, At: words.Moment(one.CreatedAt, now, zone), By: words.Moment(one.DecideBy(), now, zone),
		Due: words.T("takedown.due", "span", words.Span(now, one.DecideBy())), Overdue: one.Overdue(now),
	}
	if line.Overdue {
		line.Due = words.T("takedown.overdue", "span", words.Span(one.DecideBy(), now))
	}
	if one.Unfounded > 0 {
		line.Before = words.N("takedown.unfounded", one.Unfounded)
	}
	line.Item.Flags = nil // the request itself stands above
	return line
}

func (c *Console) decideTakedown(w http.ResponseWriter, r *http.Request) error {
	remove, err := either(r, "remove", "keep")
	if err != nil {
		return err
	}
	r.PostForm.Set("from", "takedowns")
	batch, err := c.Entries.DecideTakedown(r.Context(), staffOf(r), contest.TakedownID(r.PathValue("id")), remove)
	if err != nil {
		return err
	}
	return c.decided(w, r, batch, "")
}

// either reads which of two buttons was pressed.
func either(r *http.Request, yes, no string) (bool, error) {
	if err := parse(r); err != nil {
		return false, err
	}
	switch r.PostForm.Get("do") {
	case yes:
		return true, nil
	case no:
		return false, nil
	}
	return false, fmt.Errorf("%w: neither %s nor %s", errForm, yes, no)
}
