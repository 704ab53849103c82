// Package textbook is what fanbench compares Fanfare with: a voting server and a websocket hub as tutorials build them,
// doing the same work with the same checks behind the same addresses. It is written as well as its kind allows, so that
// a ratio tells of the design and not of carelessness.
package textbook

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/go-chi/httprate"
	_ "modernc.org/sqlite" // the driver

	"fanfare/server/contest"
)

// What the challenge of the reference has, as Fanfare's demo challenge.
const (
	demoEntries    = 12
	votesPerPeriod = 100
	sessionLife    = 12 * time.Hour
	// Requests in a minute, as Fanfare limits them.
	votesPerMinute  = 120
	votesPerAddress = 6000
)

const schema = `
CREATE TABLE IF NOT EXISTS fans (id INTEGER PRIMARY KEY, name TEXT NOT NULL, voter TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, fan INTEGER NOT NULL REFERENCES fans(id), expires INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS entries (id TEXT PRIMARY KEY, number INTEGER NOT NULL, status TEXT NOT NULL, score INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS votes (voter TEXT NOT NULL, period TEXT NOT NULL, entry INTEGER NOT NULL, position INTEGER NOT NULL,
	weight INTEGER NOT NULL, class TEXT NOT NULL, at INTEGER NOT NULL, source TEXT NOT NULL, agent TEXT NOT NULL,
	PRIMARY KEY (voter, period, entry)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS votes_by_entry ON votes (entry, position);
CREATE TABLE IF NOT EXISTS head (leaves INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS vote_log (position INTEGER PRIMARY KEY, kind TEXT NOT NULL, entry INTEGER NOT NULL, voter TEXT NOT NULL,
	period TEXT NOT NULL, weight INTEGER NOT NULL, class TEXT NOT NULL, at INTEGER NOT NULL, hash BLOB NOT NULL);`

// Server votes in one transaction per vote, with a line in a log and a receipt of it, and tells its hub after each.
type Server struct {
	write *sql.DB // one connection: SQLite has one writer, and queueing here is cheaper than its busy handler
	read  *sql.DB
	hub   *hub
	key   contest.LogKey // of salts, and of the hashes of addresses

	identities, addresses *httprate.RateLimiter
}

// Options are what a trial may ask for.
type Options struct {
	Entries int           // 0 for as many as Fanfare's demo challenge has
	Score   int64         // votes that each of them has at the start
	Gap     time.Duration // between two messages of the hub, which tells of all changes meanwhile at once; 0 for a message a change
}

// Open opens the server's database in the folder and fills it with the challenge's entries.
func Open(ctx context.Context, folder string, o Options) (*Server, error) {
	const pragmas = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock="
	file := "file:" + filepath.Join(folder, "textbook.db") + pragmas
	write, err := sql.Open("sqlite", file+"immediate")
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", file+"deferred")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), write.Close())
	}
	s := &Server{
		write: write, read: read,
		identities: httprate.NewRateLimiter(votesPerMinute, time.Minute), addresses: httprate.NewRateLimiter(votesPerAddress, time.Minute),
	}
	rand.Read(s.key[:]) // never fails
	if err := s.fill(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.hub = newHub(s.frame, o.Gap)
	return s, nil
}

// Close ends the hub and closes the database.
func (s *Server) Close() error {
	if s.hub != nil {
		s.hub.close()
	}
	return errors.Join(s.write.Close(), s.read.Close())
}

// HangUp ends the hub with all of its connections.
func (s *Server) HangUp() { s.hub.close() }

func (s *Server) fill(ctx context.Context, o Options) error {
	if _, err := s.write.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("create tables: %w", err)
	}
	if _, err := s.write.ExecContext(ctx, `INSERT INTO head (leaves) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM head)`); err != nil {
		return fmt.Errorf("begin log: %w", err)
	}
	for n := range max(o.Entries, demoEntries) {
		_, err := s.write.ExecContext(ctx, `INSERT INTO entries (id, number, status, score) VALUES (?, ?, 'published', ?) ON CONFLICT DO NOTHING`,
			entryName(n), n+1, o.Score)
		if err != nil {
			return fmt.Errorf("insert entry: %w", err)
		}
	}
	return nil
}

// entryName is as long as the name of an entry in Fanfare.
func entryName(n int) string { return fmt.Sprintf("e_%013d", n+1) }

// Serve listens on the address until the context ends.
func Serve(ctx context.Context, addr, folder string, o Options) error {
	s, err := Open(ctx, folder, o)
	if err != nil {
		return err
	}
	return errors.Join(listen(ctx, addr, s.Handler()), s.Close())
}

// listen serves a handler until the context ends.
func listen(ctx context.Context, addr string, h http.Handler) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Handler returns the part of Fanfare's API that the loads use.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v1/session", s.session)
	mux.HandleFunc("GET /api/v1/challenges/night/board", s.board)
	mux.HandleFunc("PUT /api/v1/entries/{id}/vote", s.vote)
	mux.HandleFunc("GET /api/v1/me", s.me)
	mux.HandleFunc("GET /api/v1/live", s.hub.serve)
	return mux
}

// failure is an error with the status that it has outside.
type failure struct {
	status int
	code   string
}

func (f failure) Error() string { return f.code }

var (
	errToken     = failure{http.StatusUnauthorized, "unauthorized"}
	errEntry     = failure{http.StatusNotFound, "not_found"}
	errShown     = failure{http.StatusConflict, "entry_not_published"}
	errVoteLimit = failure{http.StatusConflict, "vote_limit"}
	errLimited   = failure{http.StatusTooManyRequests, "rate_limited"}
	errInvalid   = failure{http.StatusUnprocessableEntity, "invalid"}
)

func answer(w http.ResponseWriter, status int, body any, err error) {
	var f failure
	switch {
	case errors.As(err, &f):
		status, body = f.status, map[string]string{"code": f.code}
	case err != nil:
		status, body = http.StatusInternalServerError, map[string]string{"code": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away
}

func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	var in struct{ Challenge, Name string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Challenge != "night" {
		answer(w, 0, nil, errInvalid)
		return
	}
	token := rand.Text()
	err := s.update(r.Context(), func(tx *sql.Tx) error {
		var voter [16]byte
		rand.Read(voter[:])
		result, err := tx.Exec(`INSERT INTO fans (name, voter) VALUES (?, ?)`, in.Name, hex.EncodeToString(voter[:]))
		if err != nil {
			return err
		}
		fan, err := result.LastInsertId()
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO tokens (hash, fan, expires) VALUES (?, ?, ?)`, hash(token), fan, time.Now().Add(sessionLife).Unix())
		return err
	})
	answer(w, http.StatusCreated, map[string]string{"token": token}, err)
}

// update runs fn in a transaction of its own.
func (s *Server) update(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
