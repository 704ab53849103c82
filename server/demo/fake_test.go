package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	testOrigin  = "https://fanfare.example"
	testConsent = "c_0123456789"
	testReposts = "c_9876543210"
)

// fakeServer implements the routes that the demo uses, strictly: what the real server would refuse is an error here.
type fakeServer struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex // guards all below
	fans     map[string]string
	entries  []*fakeEntry
	keys     map[string]string // fan and idempotency key → entry
	votes    map[[2]string]bool
	cast     int
	retracts int
	seen     int // reports of visitors
	sold     int
	refuse   func(r *http.Request) *problem // an answer instead of the usual one; nil for none
}

type fakeEntry struct {
	entry
	fan    string
	hidden bool
	file   string
	permit *permit // nil where the fan did not tick it
}

// scene is the scene of the shot that has the entry's words.
func (e *fakeEntry) scene() string {
	for _, s := range shots() {
		if s.author == e.Author && s.caption == e.Caption {
			return s.scene
		}
	}
	return ""
}

func newFakeServer(t *testing.T) *fakeServer {
	s := &fakeServer{t: t, fans: map[string]string{}, keys: map[string]string{}, votes: map[[2]string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/challenges/night", s.handle(s.challenge))
	mux.HandleFunc("GET /api/v1/reposting", s.handle(func(*http.Request) (int, any) {
		return http.StatusOK, map[string]any{"consent": testReposts}
	}))
	mux.HandleFunc("GET /api/v1/challenges/night/entries", s.handle(s.list))
	mux.HandleFunc("POST /api/v1/challenges/night/entries", s.handle(s.submit))
	mux.HandleFunc("POST /api/v1/session", s.handle(s.session))
	mux.HandleFunc("PUT /api/v1/entries/{id}/vote", s.handle(s.vote))
	mux.HandleFunc("DELETE /api/v1/entries/{id}/vote", s.handle(s.vote))
	mux.HandleFunc("GET /t/{code}", s.follow)
	mux.HandleFunc("POST /api/v1/events", s.events)
	mux.HandleFunc("POST /api/v1/shops/{shop}/orders", s.handle(s.order))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the demo asked for %s %s, which is no route of the plan", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func (s *fakeServer) handle(answer func(r *http.Request) (int, any)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if got := r.Header.Get("Origin"); got != testOrigin {
			s.t.Errorf("%s %s: origin is %q, want %q", r.Method, r.URL.Path, got, testOrigin)
		}
		if s.refuse != nil {
			if p := s.refuse(r); p != nil {
				_, _ = io.Copy(io.Discard, r.Body)
				write(w, p.Status, p)
				return
			}
		}
		status, body := answer(r)
		write(w, status, body)
	}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func (s *fakeServer) challenge(*http.Request) (int, any) {
	return http.StatusOK, map[string]any{"slug": Slug, "consents": []map[string]any{{"id": testConsent, "kind": "entry"}}}
}

func (s *fakeServer) list(*http.Request) (int, any) {
	shown := []entry{}
	for _, e := range s.entries {
		if !e.hidden {
			shown = append(shown, e.entry)
		}
	}
	return http.StatusOK, map[string]any{"entries": shown}
}

func (s *fakeServer) session(r *http.Request) (int, any) {
	var in struct{ Challenge, Name string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Challenge != Slug || in.Name == "" {
		s.t.Errorf("open session: got %+v, %v; want the challenge and a name", in, err)
	}
	token := fmt.Sprintf("token-%d", len(s.fans))
	s.fans[token] = fmt.Sprintf("f_%d", len(s.fans))
	return http.StatusCreated, map[string]any{"token": token}
}

func (s *fakeServer) fan(r *http.Request) string {
	return s.fans[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

func (s *fakeServer) submit(r *http.Request) (int, any) {
	fan := s.fan(r)
	key := fan + " " + r.Header.Get("Idempotency-Key")
	if err := r.ParseMultipartForm(8 << 20); err != nil {
		s.t.Errorf("read form: %v", err)
		return http.StatusUnprocessableEntity, problem{Status: 422, Code: "invalid"}
	}
	part, _, err := r.FormFile("photo")
	switch {
	case fan == "":
		s.t.Error("a photo came without a session")
	case r.Header.Get("Idempotency-Key") == "":
		s.t.Error("a photo came without an idempotency key")
	case err != nil:
		s.t.Errorf("a form came without a photo: %v", err)
	case r.FormValue("consents") != testConsent:
		s.t.Errorf("consents are %q, want %q first", r.Form["consents"], testConsent)
	case r.FormValue("caption") == "" || r.FormValue("author") == "":
		s.t.Error("a photo came without caption or author")
	}
	if id, again := s.keys[key]; again {
		return http.StatusCreated, map[string]any{"id": id}
	}
	file, err := io.ReadAll(part)
	if err != nil {
		s.t.Errorf("read photo: %v", err)
	}
	id := fmt.Sprintf("e_%d", len(s.entries)+1)
	s.keys[key] = id
	entered := &fakeEntry{entry: entry{ID: id, Author: r.FormValue("author"), Caption: r.FormValue("caption")}, fan: fan, file: string(file)}
	if slices.Contains(r.Form["consents"], testReposts) {
		entered.permit = &permit{r.FormValue("repost"), r.FormValue("repost_months")}
	}
	s.entries = append(s.entries, entered)
	return http.StatusCreated, map[string]any{"id": id, "status": "processing"}
}

func (s *fakeServer) vote(r *http.Request) (int, any) {
	fan, id := s.fan(r), r.PathValue("id")
	ballot := [2]string{fan, id}
	for _, e := range s.entries {
		if e.ID != id {
			continue
		}
		switch {
		case fan == "":
			s.t.Error("a vote came without a session")
			return http.StatusUnauthorized, problem{Status: 401, Code: "unauthorized"}
		case e.fan == fan:
			s.t.Errorf("%s votes for their own %s", fan, id)
		case e.hidden:
			return http.StatusConflict, problem{Status: 409, Code: "entry_not_published"}
		case r.Method == http.MethodPut && s.votes[ballot]:
			s.t.Errorf("%s votes for %s twice", fan, id)
		case r.Method == http.MethodDelete && !s.votes[ballot]:
			s.t.Errorf("%s takes back a vote for %s that was never cast", fan, id)
		case r.Method == http.MethodPut:
			s.votes[ballot] = true
			e.Score++
			s.cast++
		default:
			delete(s.votes, ballot)
			e.Score--
			s.retracts++
		}
		return http.StatusOK, map[string]any{"entry": id, "score": e.Score}
	}
	s.t.Errorf("a vote came for %s, which does not exist", id)
	return http.StatusNotFound, problem{Status: 404, Code: "not_found"}
}

// state reads under the lock.
func (s *fakeServer) state(read func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	read()
}
