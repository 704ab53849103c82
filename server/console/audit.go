package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"fanfare/server/app/staff"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/sheet"
	"fanfare/server/store"
)

func (c *Console) auditRoutes(add adder) {
	add(administrators, http.MethodGet, "/console/audit", c.audit)
	add(administrators, http.MethodGet, "/console/audit.csv", c.auditCSV)
}

// How many acts a page has, and a file at most.
const (
	actsPerPage = 100
	maxActsFile = 50_000 // what a spreadsheet takes and a server holds no memory for
)

// areas are what stands before an action's dot, in the order in which they are offered.
var areas = []string{"account", "staff", "campaign", "challenge", "result", "entry", "fan", "vote", "site", "link", "repost", "reported", "shop", "order", "key", "webhook"}

// objectPaths are the pages of things that were acted on, by what stands before the object's slash.
var objectPaths = map[string]string{
	"staff": "/console/staff/", "challenge": "/console/challenges/", "entry": "/console/entries/", "campaign": "/console/campaigns/",
	"webhook": "/console/webhooks/",
}

type auditView struct {
	frame
	Acts    []actLine
	Members []auditMember
	Areas   []string
	Area    string
	From    string
	Until   string
	Object  string
	CSV     string // where the same is as a file
	Next    string // where the next page is; empty on the last one
	First   bool
}

type auditMember struct {
	ID   contest.StaffID
	Name string
	On   bool
}

// actLine is an act in words.
type actLine struct {
	At      page.Moment
	Who     string
	What    string
	Object  string
	Path    string // of its page; empty where it has none
	Note    string
	Address string
}

// actQuery reads what is asked for from the address. Days are the server's, as all times in the console are.
func (c *Console) actQuery(q url.Values) store.ActQuery {
	zone := c.now().Location()
	from, _ := time.ParseInLocation(time.DateOnly, q.Get("from"), zone) // what is no day asks for nothing
	until, err := time.ParseInLocation(time.DateOnly, q.Get("until"), zone)
	if err == nil {
		until = until.AddDate(0, 0, 1)
	}
	query := store.ActQuery{Staff: contest.StaffID(q.Get("staff")), Object: q.Get("object"), From: from, Until: until, After: q.Get("after"), Limit: actsPerPage}
	if slices.Contains(areas, q.Get("area")) {
		query.Area = q.Get("area")
	}
	return query
}

// audit lists what staff did.
func (c *Console) audit(w http.ResponseWriter, r *http.Request) error {
	around, err := c.around(r, "audit")
	if err != nil {
		return err
	}
	asked := r.URL.Query()
	found, err := c.Staff.Acts(r.Context(), c.actQuery(asked))
	if err != nil {
		return err
	}
	team, err := c.Staff.Team(r.Context())
	if err != nil {
		return err
	}
	words := c.drawer.Context(r)
	v := auditView{
		frame: around, Areas: areas, Area: asked.Get("area"), From: asked.Get("from"), Until: asked.Get("until"), Object: asked.Get("object"),
		First: asked.Get("after") == "", Members: auditMembers(team, asked.Get("staff")),
	}
	for _, a := range found.Acts {
		v.Acts = append(v.Acts, c.actLine(words, a))
	}
	asked.Del("after")
	asked.Del("lang")
	v.CSV = "/console/audit.csv?" + asked.Encode()
	if found.Next != "" {
		asked.Set("after", found.Next)
		v.Next = "/console/audit?" + asked.Encode()
	}
	return c.draw(w, r, http.StatusOK, "audit", words.T("audit"), v)
}

func auditMembers(team staff.Team, on string) (list []auditMember) {
	for _, m := range team.Members {
		list = append(list, auditMember{m.ID, m.Name, string(m.ID) == on})
	}
	return list
}

func (c *Console) actLine(words *page.Context, a store.Act) actLine {
	line := actLine{
		At: words.Moment(a.At, c.now(), c.now().Location()), Who: a.Name, What: actionText(words, a.Action), Object: a.Object, Note: a.Note, Address: a.Address,
	}
	if a.Staff == "" {
		line.Who = words.T("audit.machine")
	}
	kind, id, _ := strings.Cut(a.Object, "/")
	switch {
	case kind == "staff" && id == string(a.Staff):
		line.Object = "" // their own
	case id != "" && objectPaths[kind] != "":
		line.Path = objectPaths[kind] + url.PathEscape(id)
	}
	return line
}

// actionText is an action in words; one that has none is shown as it is.
func actionText(words *page.Context, action string) string {
	if key := "act." + action; words.Has(key) {
		return words.T(key)
	}
	return action
}

// auditCSV gives what is found as a file, which no spreadsheet takes for formulas.
func (c *Console) auditCSV(w http.ResponseWriter, r *http.Request) error {
	query := c.actQuery(r.URL.Query())
	words := c.drawer.Context(r)
	h := w.Header()
	h.Set("Content-Type", sheet.CSV.ContentType())
	h.Set("Content-Disposition", `attachment; filename="audit.csv"`)
	out, err := sheet.NewWriter(w, sheet.CSV, auditColumns(words))
	if err != nil {
		return fmt.Errorf("write audit: %w", err)
	}
	for n := 0; n < maxActsFile; {
		found, err := c.Staff.Acts(r.Context(), query)
		if err != nil {
			return err
		}
		for _, a := range found.Acts {
			if err := out.Row(a.At.Format(time.RFC3339), a.Name, string(a.Staff), actionText(words, a.Action), a.Action, a.Object, a.Note, a.Address); err != nil {
				return fmt.Errorf("write audit: %w", err)
			}
		}
		if n, query.After = n+len(found.Acts), found.Next; found.Next == "" {
			break
		}
	}
	return out.Close()
}

func auditColumns(words *page.Context) (columns []sheet.Column) {
	for _, name := range []string{"at", "who", "staff", "what", "action", "object", "note", "address"} {
		columns = append(columns, sheet.Column{Title: words.T("audit.column." + name)})
	}
	return columns
}
