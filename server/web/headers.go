package web

import (
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/go-chi/chi/v5/middleware"

	"fanfare/server/access"
	"fanfare/server/app/staff"
	"fanfare/server/store"
)

// securityHeaders apply to every answer; narrower policies replace the strictest one, which serves what is no page.
func securityHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		next.ServeHTTP(w, r)
	})
}

// leaving ends each connection with its answer while the server drains, so that the next request goes elsewhere. A
// connection that is closed while it idles may meet a request on its way.
func (s *site) leaving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.Ready() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// pagePolicy lets a page load what is ours, photos from their own host among it, and nothing else: no inline script, no
// inline style, no frame around it.
func pagePolicy(origin, photos string) func(http.Handler) http.Handler {
	socket := "ws" + strings.TrimPrefix(origin, "http")
	policy := "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src " +
		strings.TrimSpace("'self' data: blob: "+photos) + "; " +
		"connect-src 'self' " + socket + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			next.ServeHTTP(w, r)
		})
	}
}

// cacheable marks what every page may load: photos and the widget's files.
func cacheable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Timing-Allow-Origin", "*")
		next.ServeHTTP(w, r)
	})
}

// private keeps answers of the API out of caches on the way: wholly where they may be one visitor's, and otherwise
// until the server was asked.
func private(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Authorization")
		h.Set("Cache-Control", "no-cache")
		if r.Header.Get("Authorization") != "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Cache-Control", "private, no-store")
		}
		next.ServeHTTP(w, r)
	})
}

func noStore(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		most := int64(maxForm)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			most = maxFileForm
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// staffFor puts the signed-in member of staff into the context, and lets only the roles through that may. Whoever is not
// signed in is led to the sign-in page; to other roles the page is not there.
func (s *site) staffFor(roles access.Roles) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := store.WithActor(r.Context(), store.Actor{Address: ClientOf(r)})
			who, err := s.Staff.Staff(ctx, access.StaffCookie(r))
			r = r.WithContext(store.WithActor(ctx, store.Actor{Staff: who.ID, Address: ClientOf(r)}))
			switch {
			case err == nil:
				r = r.WithContext(access.WithStaff(r.Context(), who))
			case !errors.Is(err, staff.ErrNoSession):
				s.fail(w, r, err)
				return
			}
			switch {
			case roles.Admit(who.Role):
				next.ServeHTTP(w, r)
			case err != nil:
				http.Redirect(w, r, "/console/sign-in", http.StatusSeeOther)
			default:
				s.notFound(w, r)
			}
		})
	}
}

// recover turns a handler's panic into an answer and a line in the log.
func (s *site) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(v)
				}
				s.Log.Error("handler panicked", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
				http.Error(w, "internal error", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// compressLevel is where brotli and gzip stop gaining much for their time.
const compressLevel = 5

// compressReads compresses the answers to reads. Those to writes are a line or two: a compressor costs more than it saves.
func compressReads(kind string) func(http.Handler) http.Handler {
	compressor := middleware.NewCompressor(compressLevel, kind)
	compressor.SetEncoder("br", func(w io.Writer, level int) io.Writer { return brotli.NewWriterLevel(w, level) })
	return func(next http.Handler) http.Handler {
		compressed := compressor.Handler(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				compressed.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}
