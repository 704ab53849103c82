package console

import (
	"fmt"
	"net/http"

	"fanfare/server/contest"
	"fanfare/server/page"
)

// How many waiting entries are shown at once.
const (
	queueShown = 24 // beside the one looked at: enough to see what comes, few enough for a phone
	gridShown  = 60 // to tick
)

type queueView struct {
	frame
	Items          []item
	Reasons        []reasonLine
	Current        *item
	Position       int // of Current, from 1
	Previous, Next string
	Undo           *undo
	Due            string // takedowns, which come first
}

// queue shows the entries that wait: one of them large, the one named by ?at=, else the oldest; or many, to tick.
func (c *Console) queue(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "queue")
	if err != nil {
		return err
	}
	name, from, shown := "queue", "queue", queueShown
	if r.URL.Query().Get("view") == "grid" {
		name, from, shown = "queue_grid", "grid", gridShown
	}
	list, waiting, err := c.Entries.Queue(r.Context(), shown)
	if err != nil {
		return fmt.Errorf("read queue: %w", err)
	}
	around.Waiting.Queue = waiting
	words := c.drawer.Context(r)
	v := queueView{frame: around, Undo: c.undoable(r, words, from), Due: around.due(words), Reasons: reasonLines()}
	for _, one := range list {
		it := c.item(words, one, from)
		if from == "grid" {
			it.Picture.Sizes = cardSizes
		}
		v.Items = append(v.Items, it)
	}
	if len(v.Items) > 0 && from == "queue" {
		v.look(position(v.Items, contest.EntryID(r.URL.Query().Get("at"))), words)
	}
	return c.draw(w, r, http.StatusOK, name, words.T("queue"), v)
}

// look makes one entry the one looked at. When it is decided, the next one follows, at the end the one before.
func (v *queueView) look(i int, words *page.Context) {
	v.Current, v.Position = &v.Items[i], i+1
	if i > 0 {
		v.Previous = words.Href(withParam("/console/queue", "at", string(v.Items[i-1].ID)))
		v.Current.Next = v.Items[i-1].ID
	}
	if i+1 < len(v.Items) {
		v.Next = words.Href(withParam("/console/queue", "at", string(v.Items[i+1].ID)))
		v.Current.Next = v.Items[i+1].ID
	}
}
