package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"fanfare/server/contest"
	"fanfare/server/page"
)

// queueShown is how many waiting entries stand beside the one looked at: enough to see what comes, few enough for a
// phone.
const queueShown = 24

type queueView struct {
	frame
	Items          []item
	Current        *item
	Position       int // of Current, from 1
	Previous, Next string
	Undo           *undo
}

// undo is what was done last and can be taken back.
type undo struct {
	ID     contest.EntryID
	Number contest.EntryNumber
	Text   string // in words
}

// queue shows the entries that wait, one of them large: the one named by ?at=, else the oldest.
func (c *Console) queue(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "queue")
	if err != nil {
		return err
	}
	list, waiting, err := c.Entries.Queue(r.Context(), queueShown)
	if err != nil {
		return fmt.Errorf("read queue: %w", err)
	}
	around.Waiting = waiting
	words := c.drawer.Context(r)
	v := queueView{frame: around, Undo: c.undoable(r, words)}
	for _, one := range list {
		v.Items = append(v.Items, c.item(words, one.Entry, one.Challenge, one.Reports, "queue"))
	}
	if len(v.Items) > 0 {
		v.look(position(v.Items, contest.EntryID(r.URL.Query().Get("at"))), words)
	}
	return c.draw(w, r, http.StatusOK, "queue", words.T("queue"), v)
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

// undoable says what was decided last, as the address tells, if it still can be taken back.
func (c *Console) undoable(r *http.Request, words *page.Context) *undo {
	id := contest.EntryID(r.URL.Query().Get("entry"))
	if id == "" {
		return nil
	}
	e, err := c.Entries.Entry(r.Context(), id)
	if err != nil || e.Status == contest.Pending || !contest.MayMove(e.Status, contest.Pending) {
		return nil
	}
	return &undo{e.ID, e.Number, words.T("undo."+string(e.Status), "number", e.Number)}
}

func (c *Console) publish(w http.ResponseWriter, r *http.Request) error {
	return c.decide(w, r, func(id contest.EntryID) error { return c.Entries.Publish(r.Context(), id) })
}

// reject hides an entry from the public. It answers the reports about it as well.
func (c *Console) reject(w http.ResponseWriter, r *http.Request) error {
	return c.decide(w, r, func(id contest.EntryID) error {
		reason, note := contest.Reason(r.PostForm.Get("reason")), r.PostForm.Get("note")
		if err := c.Entries.Reject(r.Context(), id, reason, note); err != nil {
			return err
		}
		return c.Entries.ResolveReports(r.Context(), id)
	})
}

// decide moves the entry, and goes on to what comes next on the page that asked. Somebody else may have been quicker:
// then that is said, and the work goes on.
func (c *Console) decide(w http.ResponseWriter, r *http.Request, move func(contest.EntryID) error) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.EntryID(r.PathValue("id"))
	done := url.Values{"entry": {string(id)}}
	var refusal *contest.Refusal
	switch err := move(id); {
	case errors.As(err, &refusal):
		done = url.Values{"done": {"decided"}}
	case err != nil:
		return err
	}
	if next := r.PostForm.Get("next"); next != "" {
		done.Set("at", next)
	}
	return c.see(w, r, origin(r.PostForm.Get("from"), id)+"?"+done.Encode())
}

// origin is the page that a moderator's button stood on.
func origin(from string, id contest.EntryID) string {
	switch from {
	case "reports":
		return "/console/reports"
	case "entry":
		return entryPath(id)
	}
	return "/console/queue"
}

// reopen takes a decision back: the entry waits again, and is the one looked at.
func (c *Console) reopen(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.EntryID(r.PathValue("id"))
	done := url.Values{"at": {string(id)}, "done": {"reopened"}}
	var refusal *contest.Refusal
	switch err := c.Entries.Reopen(r.Context(), id); {
	case errors.As(err, &refusal):
		done = url.Values{"done": {"decided"}}
	case err != nil:
		return err
	}
	return c.see(w, r, origin(r.PostForm.Get("from"), id)+"?"+done.Encode())
}

// resolve answers the reports about an entry and leaves the entry as it is.
func (c *Console) resolve(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	id := contest.EntryID(r.PathValue("id"))
	if err := c.Entries.ResolveReports(r.Context(), id); err != nil {
		return err
	}
	return c.see(w, r, origin(r.PostForm.Get("from"), id)+"?done=resolved")
}

// withParam is an address with one parameter.
func withParam(path, name, value string) string {
	return path + "?" + url.Values{name: {value}}.Encode()
}
