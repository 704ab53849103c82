package console

import (
	"fmt"
	"net/http"
	"slices"

	"fanfare/server/app/entries"
	"fanfare/server/contest"
	"fanfare/server/page"
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
	v := reportsView{frame: around, Undo: c.undoable(r, words, "reports")}
	for _, one := range list {
		v.Items = append(v.Items, c.item(words, one, "reports"))
	}
	return c.draw(w, r, http.StatusOK, "reports", words.T("reports"), v)
}

type entryView struct {
	frame
	Item       item
	History    []historyLine
	Rights     rights
	Fan        contest.FanID
	Banned     bool
	Featured   bool
	BanReasons []contest.Reason
	MayHold    bool // their votes, with a ban
	Undo       *undo
}

// historyLine is one decision about an entry, in words.
type historyLine struct {
	At                      page.Moment
	What, Reason, Note, Who string
}

func (c *Console) showEntry(w http.ResponseWriter, r *http.Request) error {
	one, err := c.Entries.Item(r.Context(), contest.EntryID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if one.Status == contest.Withdrawn {
		return fmt.Errorf("show %s: %w", one.ID, store.ErrNotFound)
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	decisions, err := c.Entries.Decisions(r.Context(), one.ID)
	if err != nil {
		return err
	}
	bans, err := c.Entries.Bans(r.Context(), one.Entry.Challenge)
	if err != nil {
		return err
	}
	featured, err := c.Results.IsFeatured(r.Context(), one.Entry)
	if err != nil {
		return err
	}
	said, err := c.Entries.Passport(r.Context(), one.ID)
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := entryView{
		frame: around, Item: c.item(words, one, "entry"), Fan: one.Fan, BanReasons: contest.BanReasons, MayHold: !one.Challenge.Certified(), Undo: c.undoable(r, words, "entry"), Featured: featured,
		Banned: slices.ContainsFunc(bans, func(b entries.Banned) bool { return b.Fan == one.Fan }),
	}
	v.Rights = c.rights(words, one, said)
	for _, d := range decisions {
		v.History = append(v.History, c.history(words, d, one.Challenge))
	}
	return c.draw(w, r, http.StatusOK, "entry_staff", words.T("entry.number", "number", one.Number), v)
}

func (c *Console) history(words *page.Context, d entries.Decided, ch contest.Challenge) historyLine {
	line := historyLine{
		At: words.Moment(d.At, c.now(), ch.Location()), What: words.T("history." + string(d.To)), Note: d.Note, Who: d.Name,
	}
	switch {
	case d.From == d.To:
		line.What = words.T("history.kept")
	case d.To == contest.Pending && d.Staff == "":
		line.What = words.T("history.hidden")
	}
	if d.Reason != "" {
		line.Reason = reasonText(words, d.Reason)
	}
	return line
}

// entriesShown is a page of a challenge's published entries.
const entriesShown = 48

type entriesView struct {
	frame
	Challenge contest.Challenge
	City      string // whose entries alone are shown
	Orders    []order
	Items     []item
	More      string
	Undo      *undo
}

// order is a way to sort the entries.
type order struct {
	Path, Title string // Title is the message's key
	Current     bool
}

// listed is a page of a challenge's entries: those that the public sees, or all that stand of a city, as the numbers count them.
func (c *Console) listed(r *http.Request, id contest.ChallengeID, sort, city string) (entries.Page, error) {
	cursor := r.URL.Query().Get("cursor")
	if city != "" {
		return c.Entries.OfCity(r.Context(), id, city, cursor, entriesShown)
	}
	return c.Entries.List(r.Context(), id, sort, 0, cursor, entriesShown)
}

// challengeEntries lists what the public sees, newest first: where photos appear before anybody looked at them, this is
// where moderators look. The best first is where a shortlist comes from.
func (c *Console) challengeEntries(w http.ResponseWriter, r *http.Request) error {
	ch, err := c.challengeOf(r)
	if err != nil {
		return err
	}
	sort := "newest"
	ranks := ch.Shows() != contest.NothingShown
	if ranks && r.URL.Query().Get("sort") == "top" {
		sort = "top"
	}
	city := r.URL.Query().Get("city")
	found, err := c.listed(r, ch.ID, sort, city)
	if err != nil {
		return err
	}
	around, err := c.around(r, "challenges")
	if err != nil {
		return err
	}
	words, path := c.drawer.Context(r), challengePath(ch.ID)+"/entries"
	v := entriesView{frame: around, Challenge: ch, Undo: c.undoable(r, words, "entries")}
	if city != "" {
		path, v.City = withParam(path, "city", city), words.ChoiceName(ch.Cities, city)
	} else if ranks { // or there is but one order
		v.Orders = []order{{path, "entries.newest", sort == "newest"}, {withParam(path, "sort", "top"), "entries.top", sort == "top"}}
	}
	for _, e := range found.Entries {
		it := c.item(words, entries.Item{Entry: e, Challenge: ch}, "entries")
		it.Picture.Sizes = cardSizes
		v.Items = append(v.Items, it)
	}
	if found.Next != "" {
		v.More = words.Href(withParam(withParam(path, "sort", sort), "cursor", found.Next))
	}
	return c.draw(w, r, http.StatusOK, "entries", words.T("entries.title", "hashtag", ch.Hashtag), v)
}
