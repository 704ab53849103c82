package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/server/app/reports"
	"fanfare/server/report"
)

// sharedLimit is how often an address may open shared reports: a meeting whose guests have one address, and nobody who tries tokens.
var sharedLimit = limit{perIdentity: 120, perAddress: 120, window: time.Minute}

// reports mounts the addresses at which a report is read without an account.
func (s *site) reports(r chi.Router) {
	r = r.With(noStore, secretAddress, s.paged("reports", sharedLimit))
	r.Get("/r/{token}", s.sharedReport)
	r.Get("/r/{token}/report.xlsx", s.sharedFile(report.XLSX))
	r.Get("/r/{token}/report.zip", s.sharedFile(report.CSV))
}

// secretAddress keeps an address that lets its reader in to itself: no page that it leads to is told it, and no search lists it.
func secretAddress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Robots-Tag", "noindex, nofollow")
		next.ServeHTTP(w, r)
	})
}

// sharedReport is a report's page.
func (s *site) sharedReport(w http.ResponseWriter, r *http.Request) {
	s.shared(w, r, func(path string, c reports.Closing) error { return s.Report.Page(w, r, path, c) })
}

// sharedFile answers with a report's tables.
func (s *site) sharedFile(f report.Format) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.shared(w, r, func(_ string, c reports.Closing) error { return s.Report.Answer(w, r, f, c) })
	}
}

// shared draws the report of the token in the address. What is logged does not tell the token.
func (s *site) shared(w http.ResponseWriter, r *http.Request, draw func(path string, c reports.Closing) error) {
	token := chi.URLParam(r, "token")
	c, err := s.Reports.Shared(r.Context(), token)
	if err == nil {
		s.drawn(w, untold(r), draw("/r/"+token, c))
		return
	}
	s.fail(w, untold(r), err)
}

// untold is a request without the token in its address.
func untold(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = "/r/…", ""
	return r
}
