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
	"time"

	"fanfare/server/access"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/erasures"
	"fanfare/server/app/people"
	"fanfare/server/app/results"
	"fanfare/server/app/reviews"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/store"
)

//go:embed all:templates messages
var files embed.FS

//go:embed assets
var assets embed.FS

// Assets are the files that the console's pages link as /assets/{name}: console.css, console.js. They also link
// /assets/htmx.min.js, which the build takes from its package.
func Assets() fs.FS {
	sub, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is embedded: it is there
	}
	return sub
}

// Role says who may call a route.
type Role string

// The roles. Staff means: signed in.
const (
	Public Role = "anyone"
	Staff  Role = "staff"
)

// Route is one line of the console's table. Handlers read {id} with http.Request.PathValue.
type Route struct {
	Method  string
	Pattern string
	Role    Role
	Handler http.HandlerFunc
}

// Parts are what the console works with.
type Parts struct {
	Pages     *page.Renderer
	Campaigns *campaigns.Service
	Entries   *entries.Service
	Results   *results.Service
	People    *people.Service
	Erasures  *erasures.Service
	Reviews   *reviews.Service
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
	drawer, err := p.Pages.Extend(files)
	if err != nil {
		return nil, fmt.Errorf("extend pages: %w", err)
	}
	return &Console{Parts: p, drawer: drawer, now: time.Now}, nil
}

// Routes is the console's table.
func (c *Console) Routes() []Route {
	table := []Route{
		{http.MethodGet, "/console/sign-in", Public, c.handle(c.signInForm)},
		{http.MethodPost, "/console/sign-in", Public, c.handle(c.signIn)},
		{http.MethodGet, "/console/setup", Public, c.handle(c.setupForm)},
		{http.MethodPost, "/console/setup", Public, c.handle(c.setUp)},
	}
	staff := func(method, pattern string, h handler) {
		table = append(table, Route{method, pattern, Staff, c.handle(h)})
	}
	staff(http.MethodGet, "/console", c.dashboard)
	staff(http.MethodPost, "/console/sign-out", c.signOut)
	staff(http.MethodGet, "/console/challenges/new", c.newChallenge)
	staff(http.MethodPost, "/console/challenges", c.createChallenge)
	staff(http.MethodGet, "/console/challenges/{id}", c.showChallenge)
	staff(http.MethodPost, "/console/challenges/{id}", c.saveChallenge)
	staff(http.MethodGet, "/console/challenges/{id}/edit", c.editChallenge)
	staff(http.MethodGet, "/console/challenges/{id}/preview", c.previewChallenge)
	staff(http.MethodGet, "/console/challenges/{id}/launch", c.launchForm)
	staff(http.MethodPost, "/console/challenges/{id}/launch", c.launch)
	staff(http.MethodGet, "/console/challenges/{id}/pulse", c.pulse)
	staff(http.MethodGet, "/console/challenges/{id}/entries", c.challengeEntries)
	staff(http.MethodGet, "/console/challenges/{id}/results", c.results)
	staff(http.MethodPost, "/console/challenges/{id}/results/propose", c.proposeResult)
	staff(http.MethodPost, "/console/challenges/{id}/results/confirm", c.confirmResult)
	staff(http.MethodPost, "/console/challenges/{id}/results/withdraw", c.withdrawResult)
	staff(http.MethodPost, "/console/challenges/{id}/results/award", c.award)
	staff(http.MethodGet, "/console/challenges/{id}/invitations", c.invitations)
	staff(http.MethodPost, "/console/challenges/{id}/invitations", c.makeInvitations)
	staff(http.MethodPost, "/console/challenges/{id}/invitations/revoke", c.revokeInvitations)
	staff(http.MethodGet, "/console/challenges/{id}/votes", c.votesDesk)
	staff(http.MethodGet, "/console/challenges/{id}/votes/list", c.votesList)
	staff(http.MethodGet, "/console/challenges/{id}/votes/preview", c.votesPreview)
	staff(http.MethodPost, "/console/challenges/{id}/votes/decide", c.decideVotes)
	staff(http.MethodGet, "/console/votes", c.votes)
	staff(http.MethodPost, "/console/votes/undo/{batch}", c.undoVotes)
	staff(http.MethodPost, "/console/votes/proposals/{id}", c.decideProposal)
	staff(http.MethodPost, "/console/votes/complaints/{id}", c.answerComplaint)
	staff(http.MethodGet, "/console/queue", c.queue)
	staff(http.MethodPost, "/console/act", c.act)
	staff(http.MethodPost, "/console/undo/{batch}", c.takeBack)
	staff(http.MethodPost, "/console/originals", c.askOriginals)
	staff(http.MethodGet, "/console/photos/{id}/{name}", c.photo)
	staff(http.MethodGet, "/console/reports", c.reports)
	staff(http.MethodGet, "/console/takedowns", c.takedowns)
	staff(http.MethodPost, "/console/takedowns/{id}", c.decideTakedown)
	staff(http.MethodGet, "/console/appeals", c.appeals)
	staff(http.MethodPost, "/console/appeals/{id}", c.decideAppeal)
	staff(http.MethodGet, "/console/bans", c.bans)
	staff(http.MethodPost, "/console/bans/lift", c.lift)
	staff(http.MethodGet, "/console/fans/{id}/erase", c.eraseForm)
	staff(http.MethodPost, "/console/fans/{id}/erase", c.erase)
	staff(http.MethodGet, "/console/words", c.words)
	staff(http.MethodPost, "/console/words", c.saveWords)
	staff(http.MethodGet, "/console/entries/{id}", c.showEntry)
	staff(http.MethodPost, "/console/entries/{id}/publish", c.publish)
	staff(http.MethodPost, "/console/entries/{id}/reject", c.reject)
	staff(http.MethodPost, "/console/entries/{id}/resolve", c.resolve)
	staff(http.MethodPost, "/console/entries/{id}/ban", c.ban)
	staff(http.MethodPost, "/console/entries/{id}/feature", c.feature)
	staff(http.MethodGet, "/console/staff", c.members)
	staff(http.MethodPost, "/console/staff/invite", c.invite)
	staff(http.MethodGet, "/console/sites", c.sites)
	staff(http.MethodPost, "/console/sites", c.createSite)
	staff(http.MethodGet, "/console/sites/{id}/secret", c.siteSecretForm)
	staff(http.MethodPost, "/console/sites/{id}/secret", c.rotateSiteSecret)
	staff(http.MethodGet, "/console/sites/{id}/delete", c.deleteSiteForm)
	staff(http.MethodPost, "/console/sites/{id}/delete", c.deleteSite)
	return table
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
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrFull), errors.Is(err, entries.ErrMediaUnavailable):
		return http.StatusServiceUnavailable
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &refusal), errors.Is(err, errForm), errors.Is(err, entries.ErrReportReason), errors.Is(err, reviews.ErrAct):
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
	Counted           bool   // how much waits there is shown
	Count             int
	Overdue           bool // some of it should have been done
}

func tabs(w entries.Waiting, v reviews.Waiting) []tab {
	return []tab{
		{Name: "challenges", Path: "/console", Title: "nav.challenges"},
		{Name: "queue", Path: "/console/queue", Title: "queue", Counted: true, Count: w.Queue},
		{Name: "votes", Path: "/console/votes", Title: "nav.votes", Counted: true, Count: v.Complaints + v.Proposals},
		{Name: "takedowns", Path: "/console/takedowns", Title: "takedowns", Counted: true, Count: w.Takedowns, Overdue: w.Overdue > 0},
		{Name: "reports", Path: "/console/reports", Title: "reports", Counted: true, Count: w.Reports},
		{Name: "appeals", Path: "/console/appeals", Title: "appeals", Counted: true, Count: w.Appeals},
		{Name: "bans", Path: "/console/bans", Title: "bans"},
		{Name: "words", Path: "/console/words", Title: "words"},
		{Name: "sites", Path: "/console/sites", Title: "sites"},
		{Name: "staff", Path: "/console/staff", Title: "staff"},
	}
}

// around returns the frame of a page. done names what was just done; it comes from the address, so only known ones are
// said.
func (c *Console) around(r *http.Request, tab string) (frame, error) {
	staff, _ := access.StaffFrom(r.Context())
	waiting, err := c.Entries.Waiting(r.Context())
	if err != nil {
		return frame{}, fmt.Errorf("count what waits: %w", err)
	}
	votes, err := c.Reviews.Waiting(r.Context())
	if err != nil {
		return frame{}, fmt.Errorf("count what waits about votes: %w", err)
	}
	f := frame{Staff: staff, Tab: tab, Tabs: tabs(waiting, votes), Waiting: waiting, Votes: votes}
	words := c.drawer.Context(r)
	if key := "done." + r.URL.Query().Get("done"); words.Has(key) {
		f.Notice = words.T(key)
	}
	return f, nil
}

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
	head := page.Head{
		Title: title + " · " + c.drawer.Context(r).T("console"), NoIndex: true, Class: "console",
		Scripts: []string{"/assets/htmx.min.js", "/assets/console.js"},
	}
	return c.drawer.Render(w, r, status, name, head, view)
}

// see sends the browser on after a form was taken.
func (c *Console) see(w http.ResponseWriter, r *http.Request, path string) error {
	http.Redirect(w, r, c.drawer.Context(r).Href(path), http.StatusSeeOther)
	return nil
}
