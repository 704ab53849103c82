package web

import (
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/httprate"

	"fanfare/server/access"
)

// limit bounds how often a route is called, by identity and by address. An identity is a bearer, or the staff's cookie;
// requests without one have an address alone. Many honest fans share one address (a school, a carrier's gateway), so
// that bucket is wide.
type limit struct {
	perIdentity int
	perAddress  int
	window      time.Duration
}

// The limits of the writing routes.
var (
	sessionLimit = limit{perIdentity: 30, perAddress: 1200, window: 10 * time.Minute} // a hall of 500 fans, twice
	voteLimit    = limit{perIdentity: 120, perAddress: 6000, window: time.Minute}
	submitLimit  = limit{perIdentity: 30, perAddress: 600, window: time.Hour}
	reportLimit  = limit{perIdentity: 20, perAddress: 60, window: time.Hour}
	uploadLimit  = limit{perIdentity: 60, perAddress: 1200, window: time.Hour}      // to begin: twice as many as entries
	pieceLimit   = limit{perIdentity: 600, perAddress: 12_000, window: time.Minute} // to go on, to look, to end: pieces of 64 KB of 4 MB a second
	staffLimit   = limit{perIdentity: 600, perAddress: 3000, window: time.Minute}   // ten decisions a second by each of five in one office
)

// staffForms names the forms of the console, which share one limit.
const staffForms = "console"

// pause is when to come again, in seconds: a tenth of the window has room again.
func (l limit) pause() int { return int(math.Ceil(l.window.Seconds() / 10)) }

// limited returns the middleware that holds an operation to a limit.
func (s *site) limited(o huma.Operation, l limit) func(huma.Context, func(huma.Context)) {
	admit := s.admitter(o.OperationID, l)
	return func(ctx huma.Context, next func(huma.Context)) {
		if r, w := humachi.Unwrap(ctx); admit(w, r) {
			next(ctx)
		}
	}
}

// admitter returns what holds the requests of an operation to a limit: it reports whether one may go on, and answers it
// otherwise.
func (s *site) admitter(operation string, l limit) func(http.ResponseWriter, *http.Request) bool {
	exceeds := s.gauge(operation, l)
	return func(w http.ResponseWriter, r *http.Request) bool {
		over := exceeds(w, r)
		if over {
			p := newProblem(http.StatusTooManyRequests, "rate_limited", "Too many requests. Wait a little and try again.")
			p.retry = l.pause()
			p.write(w)
		}
		return !over
	}
}

// gauge returns what counts the requests of an operation, and reports of each whether it exceeds the limit.
func (s *site) gauge(operation string, l limit) func(http.ResponseWriter, *http.Request) bool {
	if !s.RateLimits {
		return func(http.ResponseWriter, *http.Request) bool { return false }
	}
	identity := s.limiter(operation+" by identity", l.perIdentity, l.window)
	address := s.limiter(operation+" by address", l.perAddress, l.window)
	return func(w http.ResponseWriter, r *http.Request) bool {
		client := ClientOf(r)
		_, rate, _ := address.Status(client) // counters never fail
		over := int(math.Round(rate)) >= l.perAddress
		if who := identityOf(r); !over && who != "" {
			over = identity.OnLimit(w, r, access.HashToken(who)) // before the address: one of a hall must not use up the hall's share
		}
		return over || address.OnLimit(w, r, client)
	}
}

// identityOf returns what a request says who sends it: a bearer or the staff's cookie, "" for nobody. Whether it is good is
// looked at later; who invents many is held to the limit of their address.
func identityOf(r *http.Request) string {
	if token := bearerOf(r.Header.Get("Authorization")); token != "" {
		return token
	}
	return access.StaffCookie(r)
}

// limiter returns what holds the limit of a name, which is the same at every replica, and for all routes that share it.
func (s *site) limiter(name string, requests int, window time.Duration) *httprate.RateLimiter {
	if known := s.limiters[name]; known != nil {
		return known
	}
	options := []httprate.Option{httprate.WithResponseHeaders(httprate.ResponseHeaders{})} // what is left of an address tells how its others vote
	if s.Counter != nil {
		options = append(options, httprate.WithLimitCounter(s.Counter(name)))
	}
	s.limiters[name] = httprate.NewRateLimiter(requests, window, options...)
	return s.limiters[name]
}
