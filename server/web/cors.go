package web

import (
	"context"
	"net/http"
)

// cors lets pages of registered sites call the API, and no other. Bearers are sent by scripts alone, so no answer ever
// allows credentials.
func (s *site) cors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := visitorFrom(r.Context()).origin
		if origin == "" {
			next.ServeHTTP(w, r)
			return
		}
		ok, err := s.Campaigns.Registered(r.Context(), origin)
		switch {
		case err != nil:
			p := problemOf(s.answer(r.Context(), err))
			p.write(w)
			return
		case !ok:
			h.Set("Access-Control-Allow-Origin", "*") // so that the widget can say why; a preflight fails by its status all the same
			newProblem(http.StatusForbidden, "origin_not_registered", "This web site is not registered here. Its operator can register it in the console.").write(w)
			return
		}
		h.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After, "+tusAnswered)
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match, "+tusAsked)
			h.Set("Access-Control-Max-Age", "7200")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pageOrigin is the origin that a session is opened for. A request without one comes from no other site's page:
// browsers always send it with a POST.
func (s *site) pageOrigin(ctx context.Context) string {
	if origin := visitorFrom(ctx).origin; origin != "" {
		return origin
	}
	return s.origin
}
