package main

import (
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/server/access"
	"fanfare/server/bus/bustest"
	"fanfare/server/console"
	"fanfare/server/store/storetest"
	"fanfare/server/web"
)

// Two replicas that share a bus let no more sessions of one address through than one would: 1200 in ten minutes.
func TestTwoReplicasHoldOneLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, NATS and two replicas; run without -short")
	}
	const limit = 1200
	i := install(t, nil, "--db", storetest.StartPostgres(t, "fsync=on", "full_page_writes=on").NewDatabase(t), "--media", "dir:"+filepath.Join(t.TempDir(), "media"),
		"--bus", bustest.StartNATS(t).URL(), "--rate-limits", "on")
	i.close()
	var passed atomic.Int64
	var visitors sync.WaitGroup
	replicas := []*replica{i.replica(t.TempDir()), i.replica(t.TempDir())}
	for _, r := range replicas {
		r.start()
	}
	for _, r := range replicas {
		for range 8 {
			visitors.Go(func() {
				// Some are limited early, because each replica guesses what the other counts at the same time; not for long.
				for last := time.Now(); time.Since(last) < 2*time.Second; {
					open := call{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)}
					switch status, err := open.do(t.Context(), r.url, nil); {
					case err != nil:
						t.Error(err)
						return
					case status == http.StatusTooManyRequests:
						time.Sleep(10 * time.Millisecond) // and on
					case status == http.StatusCreated:
						passed.Add(1)
						last = time.Now()
					default:
						t.Errorf("open session: %d", status)
						return
					}
				}
			})
		}
	}
	visitors.Wait()
	if got := passed.Load(); got < limit*8/10 || got > limit*11/10 {
		t.Errorf("%d sessions were opened, want about %d", got, limit)
	} else {
		t.Logf("%d sessions were opened", got)
	}
}

// full counts for a limit, and says of one kind of it that everybody has exceeded it.
type full struct{ exceeded bool }

func (full) Config(int, time.Duration)                {}
func (full) Increment(string, time.Time) error        { return nil }
func (full) IncrementBy(string, time.Time, int) error { return nil }
func (f full) Get(string, time.Time, time.Time) (now, before int, err error) {
	if f.exceeded {
		return math.MaxInt32, 0, nil
	}
	return 0, 0, nil
}

// onRoutes does something with a server that listens nowhere.
func onRoutes(t *testing.T, do func(*server) error) error {
	t.Helper()
	c, err := parseConfig([]string{"--data", t.TempDir()}, func(string) string { return "" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	c.log = slog.New(slog.NewTextHandler(testLog{t}, nil))
	return with(t.Context(), c, c.log, func(b *backends, app *application) error {
		s, err := newServer(c, b, app, c.log)
		if err != nil {
			return err
		}
		return do(s)
	})
}

// Nobody writes beyond a limit of their own or of their address, on any route: the routes are asked, not a list of them.
func TestEveryWritingRouteIsLimitedByIdentityAndByAddress(t *testing.T) {
	err := onRoutes(t, func(s *server) error {
		s.ready.Store(true)
		for _, kind := range []string{"by identity", "by address"} {
			handler, err := s.handler(func(limit string) web.Counter { return full{strings.HasSuffix(limit, kind)} })
			if err != nil {
				return err
			}
			walkWrites(t, handler, func(method, path string) {
				for name, header := range map[string]string{"Authorization": "Bearer " + access.NewToken(), "Cookie": "fanfare_staff=" + access.NewToken()} {
					if (name == "Cookie") != strings.HasPrefix(path, "/console") {
						continue
					}
					r := httptest.NewRequest(method, path, nil)
					r.Header.Set(name, header)
					r.Header.Set("Tus-Resumable", "1.0.0")
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, r)
					if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
						t.Errorf("%s %s beyond its limit %s: %d, Retry-After %q", method, path, kind, w.Code, w.Header().Get("Retry-After"))
					}
				}
			})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// walkWrites calls do with each route that may write.
func walkWrites(t *testing.T, handler http.Handler, do func(method, path string)) {
	t.Helper()
	writes := 0
	err := chi.Walk(handler.(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		reading := []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodConnect, http.MethodTrace}
		if !slices.Contains(reading, method) && !writesNothing(method, pattern) {
			writes++
			do(method, pattern)
		}
		return nil
	})
	for _, path := range []string{"/console/sign-in/issuer", console.IssuerReturn} { // which write although they are links
		do(http.MethodGet, path)
	}
	if err != nil || writes < 30 {
		t.Errorf("%d writing routes were found, %v", writes, err)
	}
}

// writesNothing lists the addresses that are mounted for every method and answer some of them with nothing but a refusal.
func writesNothing(method, pattern string) bool {
	switch strings.TrimSuffix(pattern, "/") {
	case "/api/*":
		return true // tells that there is no such address
	case "/api/v1/uploads":
		return method != http.MethodPost
	case "/api/v1/uploads/{id}":
		return method != http.MethodPatch && method != http.MethodDelete
	}
	return false
}
