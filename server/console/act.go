package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/page"
)

func (c *Console) publish(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	return c.decide(w, r, []contest.EntryID{contest.EntryID(r.PathValue("id"))}, contest.Published)
}

func (c *Console) reject(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	return c.decide(w, r, []contest.EntryID{contest.EntryID(r.PathValue("id"))}, contest.Rejected)
}

// act decides about all entries that were ticked: with a reason they are rejected.
func (c *Console) act(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	to := contest.Status(r.PostForm.Get("to"))
	if r.PostForm.Get("reason") != "" {
		to = contest.Rejected
	}
	ids := ticked(r)
	if len(ids) == 0 {
		return c.see(w, r, withParam(origin(r), "done", "nothing"))
	}
	return c.decide(w, r, ids, to)
}

// ticked are the entries that were ticked.
func ticked(r *http.Request) (ids []contest.EntryID) {
	for _, id := range r.PostForm["id"] {
		ids = append(ids, contest.EntryID(id))
	}
	return ids
}

// decide moves entries and goes on to what comes next on the page that asked.
func (c *Console) decide(w http.ResponseWriter, r *http.Request, ids []contest.EntryID, to contest.Status) error {
	reason, note := contest.Reason(r.PostForm.Get("reason")), r.PostForm.Get("note")
	batch, err := c.Entries.Act(r.Context(), staffOf(r), ids, to, reason, note)
	if err != nil {
		return err
	}
	return c.decided(w, r, batch, "")
}

// takeBack undoes what was decided last.
func (c *Console) takeBack(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	batch, err := c.Entries.Undo(r.Context(), staffOf(r), contest.BatchID(r.PathValue("batch")))
	if err != nil {
		return err
	}
	return c.decided(w, r, batch, "undone")
}

// decided goes back to the page whose button it was, which says what was done. Somebody else may have been quicker: then
// that is said, and the work goes on.
func (c *Console) decided(w http.ResponseWriter, r *http.Request, batch entries.Batch, done string) error {
	q := url.Values{}
	switch {
	case len(batch.Done) == 0:
		q.Set("done", "decided")
	case done != "":
		q.Set("done", done)
		q.Set("at", string(batch.Done[0]))
	default:
		q.Set("batch", string(batch.ID))
		if batch.Skipped > 0 {
			q.Set("skipped", strconv.Itoa(batch.Skipped))
		}
	}
	if next := r.PostForm.Get("next"); next != "" {
		q.Set("at", next)
	}
	return c.see(w, r, withQuery(origin(r), q))
}

// origin is the page that a button stood on.
func origin(r *http.Request) string {
	switch r.PostForm.Get("from") {
	case "grid":
		return "/console/queue?view=grid"
	case "reports":
		return "/console/reports"
	case "takedowns":
		return "/console/takedowns"
	case "entry":
		id := r.PathValue("id")
		if id == "" {
			id = r.PostForm.Get("id")
		}
		return entryPath(contest.EntryID(url.PathEscape(id)))
	case "entries":
		return challengePath(contest.ChallengeID(url.PathEscape(r.PostForm.Get("challenge")))) + "/entries"
	}
	return "/console/queue"
}

// undo is what was done last and can be taken back.
type undo struct {
	Batch     contest.BatchID
	From      string
	Entry     contest.EntryID
	Challenge contest.ChallengeID
	Text      string // in words
}

// undoable says what was decided last, as the address tells, as far as nothing was decided since.
func (c *Console) undoable(r *http.Request, words *page.Context, from string) *undo {
	batch := contest.BatchID(r.URL.Query().Get("batch"))
	if batch == "" {
		return nil
	}
	list, err := c.Entries.Undoable(r.Context(), batch)
	if err != nil || len(list) == 0 {
		return nil
	}
	e := list[0]
	u := undo{Batch: batch, From: from, Entry: e.ID, Challenge: e.Challenge, Text: words.T("undo."+string(e.Status), "number", e.Number)}
	if len(list) > 1 {
		u.Text = words.N("batch."+string(e.Status), len(list))
	}
	if skipped, _ := strconv.Atoi(r.URL.Query().Get("skipped")); skipped > 0 {
		u.Text += " " + words.N("undo.skipped", skipped)
	}
	return &u
}

// resolve answers the reports about an entry and leaves the entry as it is.
func (c *Console) resolve(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	if err := c.Entries.ResolveReports(r.Context(), contest.EntryID(r.PathValue("id"))); err != nil {
		return err
	}
	return c.see(w, r, withParam(origin(r), "done", "resolved"))
}

// askOriginals asks the fans of the ticked entries for the cameras' own files, or asks no longer.
func (c *Console) askOriginals(w http.ResponseWriter, r *http.Request) error {
	if err := parse(r); err != nil {
		return err
	}
	done, ask := "asked", r.PostForm.Get("ask") != "no"
	if !ask {
		done = "unasked"
	}
	batch, err := c.Entries.AskOriginals(r.Context(), ticked(r), ask)
	if err != nil {
		return err
	}
	if len(batch.Done) == 0 {
		done = "nothing"
	}
	return c.see(w, r, withParam(origin(r), "done", done))
}

// withParam is an address with one parameter more.
func withParam(path, name, value string) string {
	return withQuery(path, url.Values{name: {value}})
}

func withQuery(path string, q url.Values) string {
	if strings.Contains(path, "?") {
		return path + "&" + q.Encode()
	}
	return path + "?" + q.Encode()
}
