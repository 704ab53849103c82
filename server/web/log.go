package web

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/page"
)

// exportLimit bounds how often one address takes a whole vote log: each is read and hashed from its first leaf on.
var exportLimit = limit{perAddress: 30, window: time.Hour}

// checkpointLife is how long caches may keep a newest checkpoint: as long as votes wait for the next at most.
const checkpointLife = "public, max-age=2"

// logs mounts what verifies vote logs without a page: C2SP's tlog-tiles below /log/{challenge}, the export, the key, and the
// verifier itself. Anybody's page may read it.
func (s *site) logs(r chi.Router) {
	r.Get("/log/key", s.logKey)
	r.Get("/log/verify.mjs", s.logVerifier)
	r.Get("/log/{challenge}/checkpoint", s.logCheckpoint)
	r.Get("/log/{challenge}/tile/*", s.logTile)
	r.Get("/log/{challenge}/proof", s.logProof)
	r.Get("/log/{challenge}/export.jsonl", s.logExport(s.admitter("export-log", exportLimit)))
}

// logText sends a short text, or an error as a problem.
func (s *site) logText(w http.ResponseWriter, r *http.Request, kind, cache string, text []byte, err error) {
	if err != nil {
		s.refuseLog(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", cache)
	w.Write(text) // a visitor who has gone is no fault of ours
}

func (s *site) refuseLog(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-cache")
	if p := problemOf(s.answer(r.Context(), err)); p != nil {
		p.write(w)
	}
}

const (
	plainText = "text/plain; charset=utf-8"
	anyBytes  = "application/octet-stream"
	forGood   = "public, max-age=31536000, immutable"
)

func (s *site) logKey(w http.ResponseWriter, r *http.Request) {
	key, err := s.Audits.Key(r.Context())
	s.logText(w, r, plainText, "public, max-age=300", []byte(key+"\n"), err)
}

// logVerifier serves the very file that our tests run.
func (s *site) logVerifier(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Disposition", `attachment; filename="verify.mjs"`)
	s.logText(w, r, "text/javascript; charset=utf-8", "public, max-age=300", ledger.Verifier(), nil)
}

func challengeOf(r *http.Request) contest.ChallengeID {
	return contest.ChallengeID(chi.URLParam(r, "challenge"))
}

func (s *site) logCheckpoint(w http.ResponseWriter, r *http.Request) {
	note, err := s.Audits.Checkpoint(r.Context(), challengeOf(r))
	s.logText(w, r, plainText, checkpointLife, []byte(note), err)
}

// logTile serves a tile of hashes, or the leaves below one. Neither ever changes.
func (s *site) logTile(w http.ResponseWriter, r *http.Request) {
	level, n, width, ok := ledger.ParseTile(chi.URLParam(r, "*"))
	if !ok {
		s.refuseLog(w, r, newProblem(http.StatusNotFound, "not_found", "No tile has this address: write it as C2SP's tlog-tiles does."))
		return
	}
	read := func(ctx context.Context) ([]byte, error) { return s.Audits.Tile(ctx, challengeOf(r), level, n, width) }
	if level < 0 {
		read = func(ctx context.Context) ([]byte, error) { return s.Audits.Entries(ctx, challengeOf(r), n, width) }
	}
	tile, err := read(r.Context())
	s.logText(w, r, anyBytes, forGood, tile, err)
}

// logExport serves a whole vote log as far as it is open (see package ledger), compressed where that is wanted.
func (s *site) logExport(admit func(http.ResponseWriter, *http.Request) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !admit(w, r) {
			return
		}
		e, err := s.Audits.Export(r.Context(), challengeOf(r))
		if err != nil {
			s.refuseLog(w, r, err)
			return
		}
		defer e.Close()
		h := w.Header()
		h.Set("Content-Type", "application/jsonl")
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": e.Name()}))
		h.Set("Cache-Control", "no-cache")
		h.Add("Vary", "Accept-Encoding")
		if r.Method == http.MethodHead {
			return
		}
		if err := writeLog(r, w, e.Write); err != nil && !errors.Is(err, context.Canceled) {
			s.Log.WarnContext(r.Context(), "an export broke off", "err", err)
			panic(http.ErrAbortHandler) // so that nobody takes it for whole
		}
	}
}

// writeLog writes an export to who takes it quickly enough.
func writeLog(r *http.Request, w http.ResponseWriter, write func(context.Context, io.Writer) error) error {
	out := &steady{w: w, connection: http.NewResponseController(w), began: time.Now()}
	if !accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		return write(r.Context(), out)
	}
	w.Header().Set("Content-Encoding", "gzip")
	compressed, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err == nil {
		err = write(r.Context(), compressed)
	}
	if err != nil {
		return err
	}
	return compressed.Close()
}

// slowestExport is how slowly an export may be taken, in bytes a second, because few are written at once.
const slowestExport = 32 << 10

// steady moves the connection's deadline on as bytes leave.
type steady struct {
	w          io.Writer
	connection *http.ResponseController
	began      time.Time
	written    int64
}

// Write implements io.Writer.
func (s *steady) Write(p []byte) (int, error) {
	by := s.began.Add(time.Minute + time.Duration(s.written)*time.Second/slowestExport)
	_ = s.connection.SetWriteDeadline(by) // a recorder in a test has none
	n, err := s.w.Write(p)
	s.written += int64(n)
	return n, err
}

// logPage is the page that says what a challenge's vote log is, and how to check it.
func (s *site) logPage(w http.ResponseWriter, r *http.Request) {
	view, err := s.logView(r.Context(), chi.URLParam(r, "slug"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.drawn(w, r, s.Pages.Log(w, r, view))
}

func (s *site) logView(ctx context.Context, slug string) (page.LogView, error) {
	c, err := s.Campaigns.Public(ctx, slug)
	if err != nil {
		return page.LogView{}, err
	}
	t, err := s.Audits.Totals(ctx, c.ID)
	v := page.LogView{
		Now: time.Now(), Challenge: c, Open: t.Open == ledger.OpenAll, Counts: t.Open != ledger.OpenNone,
		Checkpoint: strings.TrimSpace(t.Checkpoint), Key: t.Key, Size: t.Size, SealedAt: t.SealedAt, Next: t.Next, Votes: t.Votes,
	}
	for _, d := range t.Doubtful {
		v.Doubtful = append(v.Doubtful, page.Doubtful{State: d.State, Reason: d.Reason, Votes: d.Votes})
	}
	return v, err
}
