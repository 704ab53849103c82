package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// livePath is where sockets open. They last for hours, so they are no part of how long requests take.
const livePath = "/api/v1/live"

// observed tells Observe of every answered request.
func (s *site) observed(next http.Handler) http.Handler {
	if s.Observe == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == livePath {
			next.ServeHTTP(w, r)
			return
		}
		began := time.Now()
		noted := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			s.Observe(routeOf(r), method(r), max(noted.Status(), http.StatusOK), time.Since(began))
		}()
		next.ServeHTTP(noted, r)
	})
}

// routeOf returns the pattern that a request matched: paths are without end, patterns are few.
func routeOf(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		return c.RoutePattern()
	}
	return "other"
}

// method returns a request's method where it is one that we serve; clients may send any word.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}
