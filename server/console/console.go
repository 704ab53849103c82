// Package console is the staff's pages: sign-in, challenges, moderation (the queue, takedowns, reports, appeals, bans, lists
// of words), votes and sites. Its handlers
// decode a form, call one use case, and draw or redirect; every page works as a plain document, and htmx with one small
// script makes the queue quick. It hands web a table and knows no router.
package console

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/erasures"
	"fanfare/server/app/keys"
	"fanfare/server/app/kits"
	"fanfare/server/app/links"
	"fanfare/server/app/notices"
	"fanfare/server/app/numbers"
	"fanfare/server/app/orders"
	"fanfare/server/app/partners"
	"fanfare/server/app/people"
	"fanfare/server/app/reports"
	"fanfare/server/app/results"
	"fanfare/server/app/reviews"
	"fanfare/server/app/staff"
	"fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/report"
	"fanfare/server/report/archive"
	"fanfare/server/store"
)

//go:embed all:templates messages
var files embed.FS

//go:embed assets
var assets embed.FS

// Assets are the files that the console's pages link as /assets/{name}: console.css, console.js, passkey.js. They also link
// /assets/htmx.min.js, which the build takes from its package.
func Assets() fs.FS {
	sub, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is embedded: it is there
	}
	return sub
}

// Who may call a route.
var (
	anyone         access.Roles // signed in or not
	signedIn       = access.Roles{access.Administrator, access.Marketer, access.Moderator, access.Partner}
	insiders       = access.Insiders
	marketers      = access.Roles{access.Administrator, access.Marketer}
	moderators     = access.Moderators
	administrators = access.Roles{access.Administrator}
)

// Route is one line of the console's table. Handlers read {id} with http.Request.PathValue.
type Route struct {
	Method  string
	Pattern string
	Roles   access.Roles // that may call it; nil for anyone, signed in or not
	Limited bool         // to the limit of forms
	Handler http.HandlerFunc
}

// Parts are what the console works with.
type Parts struct {
	Pages     *page.Renderer
	Campaigns *campaigns.Service
	Entries   *entries.Service
	Results   *results.Service
	People    *people.Service
	Staff     *staff.Service
	Erasures  *erasures.Service
	Keys      *keys.Service
	Webhooks  *webhooks.Service
	Links     *links.Service
	Kits      *kits.Service
	Reports   *reports.Service
	Report    *report.Drawer
	Archive   *archive.Keeper
	Reviews   *reviews.Service
	Numbers   *numbers.Service
	Notices   *notices.Service
	Orders    *orders.Service
	Partners  *partners.Service
	// Self is everything that this server answers: a shop's webhook is tried on its own way.
	Self http.Handler
	// Pulse tells about how many watch a challenge now, and how many votes it gets in a minute; nil where nobody may know.
	Pulse func(context.Context, contest.ChallengeID) (watching int, votes *int64, err error)
	// Client names where a request came from, as far as that can be trusted; sign-ins are slowed down by it.
	Client func(*http.Request) string
	Log    *slog.Logger
}

// Console is the staff's pages.
type Console struct {
	Parts
	drawer *page.Renderer // the pages' renderer with the console's own templates and words
	now    func() time.Time
}

// New returns the console.
func New(p Parts) (*Console, error) {
	drawer, err := report.Extend(p.Pages)
	if err == nil {
		drawer, err = drawer.Extend(files)
	}
	if err != nil {
		return nil, fmt.Errorf("extend pages: %w", err)
	}
	return &Console{Parts: p, drawer: drawer, now: time.Now}, nil
}

// adder adds a line to the console's table.
type adder func(may access.Roles, method, pattern string, h handler)

// Routes is the console's table.
func (c *Console) Routes() (table []Route) {
	add := func(may access.Roles, method, pattern string, h handler) {
		// The ways to the issuer and back are links, and each keeps something for whoever asks.
		limited := method != http.MethodGet || strings.HasPrefix(pattern, issuerPath)
		table = append(table, Route{method, pattern, may, limited, c.handle(h)})
	}
	c.signInRoutes(add)
	c.challengeRoutes(add)
	c.campaignRoutes(add)
	c.orderRoutes(add)
	c.resultRoutes(add)
	c.voteRoutes(add)
	c.moderationRoutes(add)
	c.accountRoutes(add)
	c.letterRoutes(add)
	c.staffRoutes(add)
	c.auditRoutes(add)
	c.siteRoutes(add)
	c.linkRoutes(add)
	c.reportedRoutes(add)
	c.partnerRoutes(add)
	c.repostRoutes(add)
	c.kitRoutes(add)
	c.numberRoutes(add)
	c.reportRoutes(add)
	c.archiveRoutes(add)
	c.keyRoutes(add)
	c.webhookRoutes(add)
	return append(table, c.waysBack(table)...)
}

// handler answers a request, or returns why it cannot.
type handler func(w http.ResponseWriter, r *http.Request) error

func (c *Console) handle(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			c.fail(w, r, err)
		}
	}
}

// fail shows an error as a page, and logs what is our own fault.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := statusOf(err)
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "5")
	}
	if status >= http.StatusInternalServerError && !errors.Is(err, context.Canceled) {
		c.Log.ErrorContext(r.Context(), "console failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	if err := c.Pages.Problem(w, r, status); err != nil {
		c.Log.ErrorContext(r.Context(), "console page cannot be drawn", "path", r.URL.Path, "err", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
	}
}

func statusOf(err error) int {
	var refusal *contest.Refusal
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrFull), errors.Is(err, entries.ErrMediaUnavailable), errors.Is(err, kits.ErrBusy), errors.Is(err, archive.ErrBusy):
		return http.StatusServiceUnavailable
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &refusal), errors.Is(err, errForm), errors.Is(err, store.ErrCursor), errors.Is(err, entries.ErrReportReason), errors.Is(err, reviews.ErrAct):
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
}

// errForm says that a form cannot be read at all.
var errForm = errors.New("unreadable form")

// parse reads a request's form.
func parse(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	return nil
}

// frame is what every page of the console has around it.
type frame struct {
	Staff   access.Staff
	Tab     string // which part of the console the page belongs to
	Tabs    []tab
	Waiting entries.Waiting
	Votes   reviews.Waiting
	Notice  string // what was just done, in words
}

// tab leads to a part of the console.
type tab struct {
	Name, Path, Title string // Title is the message's key
	May               access.Roles
	Counted           bool // how much waits there is shown
	Count             int
	Overdue           bool // some of it should have been done
}

func tabs(w entries.Waiting, v reviews.Waiting) []tab {
	return []tab{
		{Name: "challenges", Path: "/console", Title: "nav.challenges", May: insiders},
		{Name: "campaigns", Path: "/console/campaigns", Title: "campaigns", May: marketers},
		{Name: "queue", Path: "/console/queue", Title: "queue", May: moderators, Counted: true, Count: w.Queue},
		{Name: "votes", Path: "/console/votes", Title: "nav.votes", May: moderators, Counted: true, Count: v.Complaints + v.Proposals},
		{Name: "takedowns", Path: "/console/takedowns", Title: "takedowns", May: moderators, Counted: true, Count: w.Takedowns, Overdue: w.Overdue > 0},
		{Name: "reports", Path: "/console/reports", Title: "reports", May: moderators, Counted: true, Count: w.Reports},
		{Name: "appeals", Path: "/console/appeals", Title: "appeals", May: moderators, Counted: true, Count: w.Appeals},
		{Name: "bans", Path: "/console/bans", Title: "bans", May: moderators},
		{Name: "words", Path: "/console/words", Title: "words", May: moderators},
		{Name: "partner", Path: partnerPath, Title: "nav.desk", May: office},
		{Name: "partner_reposts", Path: partnerPath + "/reposts", Title: "nav.reposts", May: office},
		{Name: "partner_links", Path: partnerPath + "/links", Title: "nav.partner_links", May: office},
		{Name: "partner_people", Path: partnerPath + "/people", Title: "nav.colleagues", May: office},
		{Name: "sites", Path: "/console/sites", Title: "sites", May: marketers},
		{Name: "staff", Path: "/console/staff", Title: "staff", May: administrators},
		{Name: "keys", Path: "/console/keys", Title: "api_keys", May: administrators},
		{Name: "webhooks", Path: "/console/webhooks", Title: "webhooks", May: administrators},
	}
}

// around returns the frame of a page. done names what was just done; it comes from the address, so only known ones are
// said.
func (c *Console) around(r *http.Request, tab string) (f frame, err error) {
	f.Tab = tab
	f.Staff, _ = access.StaffFrom(r.Context())
	if f.Moderates() {
		if f.Waiting, err = c.Entries.Waiting(r.Context()); err != nil {
			return f, fmt.Errorf("count what waits: %w", err)
		}
		if f.Votes, err = c.Reviews.Waiting(r.Context()); err != nil {
			return f, fmt.Errorf("count what waits about votes: %w", err)
		}
	}
	for _, t := range tabs(f.Waiting, f.Votes) {
		if t.May.Admit(f.Staff.Role) {
			f.Tabs = append(f.Tabs, t)
		}
	}
	words := c.drawer.Context(r)
	if key := "done." + r.URL.Query().Get("done"); words.Has(key) {
		f.Notice = words.T(key)
	}
	return f, nil
}

// Markets, Moderates and Administers tell templates what the reader may do, so that no button leads nowhere.
func (f frame) Markets() bool     { return marketers.Admit(f.Staff.Role) }
func (f frame) Moderates() bool   { return moderators.Admit(f.Staff.Role) }
func (f frame) Administers() bool { return administrators.Admit(f.Staff.Role) }

// due says of takedowns that wait, because they come before everything else; empty where none does.
func (f frame) due(words *page.Context) string {
	switch {
	case f.Waiting.Overdue > 0:
		return words.N("takedowns.overdue", f.Waiting.Overdue)
	case f.Waiting.Takedowns > 0:
		return words.N("takedowns.waiting", f.Waiting.Takedowns)
	}
	return ""
}

// staffOf is who is signed in.
func staffOf(r *http.Request) contest.StaffID {
	staff, _ := access.StaffFrom(r.Context())
	return staff.ID
}

// draw writes a page of the console.
func (c *Console) draw(w http.ResponseWriter, r *http.Request, status int, name, title string, view any) error {
	head := c.head(r, title)
	if slices.Contains(passkeyPages, name) {
		head.Scripts = append(head.Scripts, "/assets/passkey.js")
	}
	return c.drawer.Render(w, r, status, name, head, view)
}

// head is what a page of the console says about itself.
func (c *Console) head(r *http.Request, title string) page.Head {
	return page.Head{
		Title: title + " · " + c.drawer.Context(r).T("console"), NoIndex: true, Class: "console",
		Scripts: []string{"/assets/htmx.min.js", "/assets/console.js"},
	}
}

// see sends the browser on after a form was taken.
func (c *Console) see(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, c.drawer.Context(r).Href(path), http.StatusSeeOther)
	return nil
}
