package web

import (
	"io/fs"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
)

// clickLimit is what an address counts on tracked links: a hall that scans one code from a screen, and not a script in a loop. Who
// exceeds it is led on all the same.
var clickLimit = limit{perIdentity: 60, perAddress: 600, window: time.Minute}

// links mounts tracked links and the script with which shops remember them.
func (s *site) links(r chi.Router) {
	r.With(noStore).Get("/t/{code}", s.follow(s.gauge("clicks", clickLimit)))
	r.With(cacheable).Get("/ff.js", s.snippet)
}

// follow leads a click on to where its link leads, and counts it.
func (s *site) follow(exceeds func(http.ResponseWriter, *http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		counts := r.Method == http.MethodGet && !uncounted(r) && !exceeds(w, r)
		to, lost, err := s.Links.Follow(r.Context(), chi.URLParam(r, "code"), r.URL.RawQuery, counts)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if lost != nil {
			s.Log.WarnContext(r.Context(), "click is not counted", "path", r.URL.Path, "err", lost)
		}
		h := w.Header()
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Location", to) // not by http.Redirect, which would write its own words and may rewrite the path
		w.WriteHeader(http.StatusFound)
	}
}

// snippet serves the shops' script, whose name never changes.
func (s *site) snippet(w http.ResponseWriter, r *http.Request) {
	for _, files := range s.Static {
		if content, err := fs.ReadFile(files, "ff.js"); err == nil {
			s.send(w, r, "ff.js", Asset{Content: content, ContentType: "text/javascript; charset=utf-8"})
			return
		}
	}
	http.Error(w, "not found", http.StatusNotFound)
}
