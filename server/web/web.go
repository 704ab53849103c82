// Package web is the URL map: the JSON API, the public pages, photos, the widget's files and health, joined into one
// handler. Its handlers decode, call one use case, map the error and encode; they know HTTP and no rule.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httprate"

	"fanfare/media/blob"
	"fanfare/server/access"
	"fanfare/server/app/audits"
	"fanfare/server/app/campaigns"
	"fanfare/server/app/entries"
	"fanfare/server/app/erasures"
	"fanfare/server/app/events"
	"fanfare/server/app/keys"
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
	"fanfare/server/app/uploads"
	"fanfare/server/app/votes"
	"fanfare/server/app/webhooks"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/report"
	"fanfare/server/standing"
)

// Route is one line of the table that the console hands over.
type Route struct {
	Method  string
	Pattern string
	Roles   access.Roles // of staff who may call it; nil for anyone, signed in or not
	Limited bool         // to the limit of the console's forms
	Handler http.HandlerFunc
}

// Asset is a file that browsers download.
type Asset struct {
	Content     []byte
	Brotli      []byte // the same, compressed; nil for none
	ContentType string
	Immutable   bool // its name changes with its content
}

// Counter counts requests for one limit.
type Counter = httprate.LimitCounter

// Parts are what the handler works with.
type Parts struct {
	Public    *url.URL // the installation's address as visitors see it
	Photos    *url.URL // the address of photos where they have a host of their own, which serves nothing else; nil for none
	Campaigns *campaigns.Service
	Entries   *entries.Service
	Uploads   *uploads.Service
	Votes     *votes.Service
	Results   *results.Service
	Audits    *audits.Service
	People    *people.Service
	Staff     *staff.Service
	Erasures  *erasures.Service
	Keys      *keys.Service
	Webhooks  *webhooks.Service
	Notices   *notices.Service
	Links     *links.Service
	Numbers   *numbers.Service
	Orders    *orders.Service
	Partners  *partners.Service
	Reports   *reports.Service
	Report    *report.Drawer
	Reviews   *reviews.Service
	Events    *events.Service
	Boards    *standing.Boards
	Bucket    *blob.Bucket
	Pages     *page.Renderer
	Console   []Route
	Live      func(w http.ResponseWriter, r *http.Request, client netip.Addr)
	// Pulse tells about how many watch a challenge now, and how many votes it gets in a minute; nil where nobody may know.
	Pulse          func(context.Context, contest.ChallengeID) (watching int, votes *int64, err error)
	Asset          func(name string) (Asset, bool)
	Static         []fs.FS // further files of pages, by name
	TrustedProxies []netip.Prefix
	RateLimits     bool
	// Counter counts for the limit of a name, together with the other replicas; nil has this process count alone.
	Counter func(limit string) Counter
	Health  []Dependency
	Ready   func() bool // false while the server drains
	// Observe is told of every answered request but websockets: its route's pattern, or "other"; nil for nobody.
	Observe func(route, method string, status int, took time.Duration)
	// Refused is told the code of every problem that a use case of the API answered with; nil for nobody.
	Refused func(code string)
	Log     *slog.Logger
}

// site is the handler's state.
type site struct {
	Parts
	origin  string // of Public
	photos  *photos
	permits *permits
	// rendered are answers about boards, and located says of entries which board they are on.
	rendered *rendered
	located  *located
	tags     sync.Map // ETags of files by name; only names of files that are there
	// limiters are those of routes, by name; all are there once the routes are mounted.
	limiters map[string]*httprate.RateLimiter
}

// Limits of whole requests; the API's operations have their own.
const (
	maxForm     = 1 << 20        // bytes of a console form; the longest has two texts in two languages
	maxFileForm = 8<<20 + 64<<10 // of one with a table to import, which sheet.MaxBytes bounds
)

// New returns the handler of everything that is served on the public port.
func New(p Parts) http.Handler {
	s := &site{
		Parts: p, limiters: map[string]*httprate.RateLimiter{}, origin: p.Public.Scheme + "://" + p.Public.Host,
		photos: newPhotos(p.Bucket, maxPhotos, photoLife), permits: newPermits(p.Entries.PhotoServed, permitLife),
		rendered: newRendered(), located: newLocated(),
	}
	if p.Photos == nil {
		return s.everything(s.photo)
	}
	photos := s.router()
	photos.With(cacheable).Get(photoPattern, s.photo)
	return s.byHost(photos, s.everything(s.elsewhere))
}

// router returns a router with what every answer goes through.
func (s *site) router() *chi.Mux {
	r := chi.NewRouter()
	r.Use(s.observed, s.leaving, paced, s.identify, s.recover, securityHeaders, middleware.GetHead)
	return r
}

// photoPattern is where photos are, at whichever host.
const photoPattern = "/m/*"

// everything is the handler of all addresses; photo answers those of photos.
func (s *site) everything(photo http.HandlerFunc) http.Handler {
	r := s.router()
	r.Get("/livez", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	r.Get("/readyz", s.readyz)
	r.Group(func(r chi.Router) {
		r.Use(cacheable)
		r.Get(photoPattern, photo)
		r.Get("/embed.js", s.loader)
		r.Get("/assets/{name}", s.asset)
		s.logs(r)
	})
	r.Get(livePath, s.live)
	s.hooks(r)
	r.Group(func(r chi.Router) {
		r.Use(s.cors, private, compressReads("application/json"))
		s.api(r)
	})
	r.Group(func(r chi.Router) {
		r.Use(pagePolicy(s.origin, s.photoOrigin()), compressReads("text/html"))
		r.Get("/", s.home)
		r.Get("/c/{slug}", s.challenge)
		r.Get("/c/{slug}/results", s.resultsPage)
		r.Get("/c/{slug}/results.json", s.resultsJSON)
		r.Get("/c/{slug}/results/feed.{format}", s.resultsFeed)
		r.Get("/c/{slug}/feed.{format}", s.feed)
		r.Get("/c/{slug}/partners/{partner}/feed.{format}", s.partnerFeed)
		r.Get(page.OEmbedPath, s.embed)
		r.Get("/c/{slug}/log", s.logPage)
		r.Get("/e/{id}", s.entry)
		r.Get("/e/{id}/takedown", s.takedown)
		r.With(http.NewCrossOriginProtection().Handler, noStore, s.paged(takeDown, takedownLimit)).Post("/e/{id}/takedown", s.takeDown)
		r.Get(page.ConfirmPath, s.confirmPage)
		r.With(noStore).Get(page.LettersPath, s.lettersPage)
		r.With(http.NewCrossOriginProtection().Handler, noStore, s.paged("choose-letters", lettersLimit)).Post(page.LettersPath, s.chooseLetters)
		r.With(http.NewCrossOriginProtection().Handler, noStore, s.paged("confirm-by-link", confirmLimit)).Post(page.ConfirmPath, s.confirmLink)
		s.links(r)
		s.reports(r)
		s.console(r)
		r.NotFound(s.notFound)
	})
	return r
}

// console mounts the staff pages: cross-origin requests refused, forms bounded and limited, the role checked.
func (s *site) console(r chi.Router) {
	limited := s.paged(staffForms, staffLimit)
	r.Group(func(r chi.Router) {
		r.Use(http.NewCrossOriginProtection().Handler, noStore)
		for _, route := range s.Console {
			r := r
			if route.Limited {
				r = r.With(limited)
			}
			r.With(s.staffFor(route.Roles)).Method(route.Method, route.Pattern, route.Handler)
		}
	})
}

// live hands a socket to the rooms, with the client and the origin as visitorFrom tells them.
func (s *site) live(w http.ResponseWriter, r *http.Request) {
	v := visitorFrom(r.Context())
	if len(r.Header["Origin"]) == 1 {
		r.Header["Origin"] = []string{v.origin}
	}
	s.Live(w, r, v.address)
}

// Dependency is one backend as /readyz shows it.
type Dependency struct {
	Name string
	// Needed says that without it the server cannot serve; another one down only degrades it.
	Needed bool
	Check  func(context.Context) error
}
