package textbook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// rows is anything that queries: a database or a transaction.
type rows interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// fan returns whose token the request carries, by the name that the log has for them.
func fan(ctx context.Context, q rows, r *http.Request) (voter contest.VoterID, err error) {
	err = q.QueryRowContext(ctx, `SELECT f.voter FROM tokens t JOIN fans f ON f.id = t.fan WHERE t.hash = ? AND t.expires > ?`,
		hash(bearer(r)), time.Now().Unix()).Scan(&voter)
	if errors.Is(err, sql.ErrNoRows) {
		err = errToken
	}
	return voter, err
}

// zone is the challenge's own, in which its days are counted.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

func period(now time.Time) string { return now.In(zone).Format(time.DateOnly) }

// ballot is what the answer to a vote says.
type ballot struct {
	Entry   string   `json:"entry"`
	Voted   bool     `json:"voted"`
	Score   int64    `json:"score"`
	Left    int      `json:"votes_left"`
	Period  string   `json:"period"`
	Receipt *receipt `json:"receipt,omitempty"`
}

// receipt is the log's line about a vote.
type receipt struct {
	Leaf  string `json:"leaf"`
	Index int64  `json:"index"`
}

// limited counts a request, for its bearer and its address.
func (s *Server) limited(w http.ResponseWriter, r *http.Request) bool {
	return s.identities.OnLimit(w, r, hash(bearer(r))) || s.addresses.OnLimit(w, r, address(r))
}

// address is the client's, behind a proxy.
func address(r *http.Request) string {
	if forwarded := r.Header.Get("X-Forwarded-For"); forwarded != "" {
		return forwarded
	}
	return r.RemoteAddr
}

// vote casts a vote: token, entry, duplicate and limit are looked at in the transaction that counts it.
func (s *Server) vote(w http.ResponseWriter, r *http.Request) {
	if s.limited(w, r) {
		answer(w, 0, nil, errLimited)
		return
	}
	now := time.Now()
	b := ballot{Entry: r.PathValue("id"), Voted: true, Period: period(now)}
	counted := false
	err := s.update(r.Context(), func(tx *sql.Tx) (err error) {
		counted, err = s.cast(r, tx, &b, now)
		return err
	})
	if err == nil && counted {
		s.hub.changed()
	}
	answer(w, http.StatusOK, b, err)
}

func (s *Server) cast(r *http.Request, tx *sql.Tx, b *ballot, now time.Time) (counted bool, err error) {
	ctx := r.Context()
	voter, err := fan(ctx, tx, r)
	if err != nil {
		return false, err
	}
	leaf := contest.Leaf{Kind: contest.Cast, Voter: voter, Period: b.Period, Weight: 1, Class: contest.GuestVoter, At: now}
	var status string
	err = tx.QueryRowContext(ctx, `SELECT status, score, number FROM entries WHERE id = ?`, b.Entry).Scan(&status, &b.Score, &leaf.Entry)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, errEntry
	case err != nil:
		return false, err
	case status != "published":
		return false, errShown
	}
	var used, here int
	err = tx.QueryRowContext(ctx, `SELECT count(*), count(CASE WHEN entry = ? THEN 1 END) FROM votes WHERE voter = ? AND period = ?`,
		leaf.Entry, voter, b.Period).Scan(&used, &here)
	b.Left = votesPerPeriod - used
	switch {
	case err != nil || here > 0:
		return false, err
	case b.Left <= 0:
		return false, errVoteLimit
	}
	if b.Receipt, err = s.record(r, tx, leaf); err != nil {
		return false, err
	}
	b.Left--
	err = tx.QueryRowContext(ctx, `UPDATE entries SET score = score + 1 WHERE id = ? RETURNING score`, b.Entry).Scan(&b.Score)
	return true, err
}

// record writes a vote, and its line with its hash.
func (s *Server) record(r *http.Request, tx *sql.Tx, l contest.Leaf) (*receipt, error) {
	err := tx.QueryRowContext(r.Context(), `UPDATE head SET leaves = leaves + 1 RETURNING leaves`).Scan(&l.Position)
	if err != nil {
		return nil, err
	}
	line := l.Append(nil, s.key.Salt(l.Position))
	leafHash := sha256.Sum256(append([]byte{0}, line...))
	_, err = tx.ExecContext(r.Context(), `INSERT INTO vote_log (position, kind, entry, voter, period, weight, class, at, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.Position, l.Kind, l.Entry, l.Voter, l.Period, l.Weight, l.Class, l.At.UnixMilli(), leafHash[:])
	if err == nil {
		_, err = tx.ExecContext(r.Context(), `INSERT INTO votes (voter, period, entry, position, weight, class, at, source, agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			l.Voter, l.Period, l.Entry, l.Position, l.Weight, l.Class, l.At.UnixMilli(), s.keyed(address(r)), s.keyed(r.UserAgent()))
	}
	return &receipt{string(line), l.Position - 1}, err
}

// keyed hashes where a vote came from.
func (s *Server) keyed(value string) string {
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	voted, err := s.voted(r)
	answer(w, http.StatusOK, map[string]any{"voted": voted}, err)
}

func (s *Server) voted(r *http.Request) ([]string, error) {
	voter, err := fan(r.Context(), s.read, r)
	if err != nil {
		return nil, err
	}
	list, err := s.read.QueryContext(r.Context(), `SELECT e.id FROM votes v JOIN entries e ON e.number = v.entry WHERE v.voter = ? AND v.period = ?`,
		voter, period(time.Now()))
	if err != nil {
		return nil, err
	}
	defer list.Close()
	voted := []string{}
	for list.Next() {
		var entry string
		if err := list.Scan(&entry); err != nil {
			return nil, err
		}
		voted = append(voted, entry)
	}
	return voted, list.Err()
}

// row is one line of the board.
type row struct {
	Rank   int    `json:"rank"`
	Entry  string `json:"entry"`
	Number uint64 `json:"number"`
	Score  uint64 `json:"score"`
}

func (s *Server) board(w http.ResponseWriter, r *http.Request) {
	rows, votes, err := s.top(r.Context())
	answer(w, http.StatusOK, map[string]any{"entries": len(rows), "votes": votes, "rows": rows}, err)
}

func (s *Server) top(ctx context.Context) (top []row, votes uint64, err error) {
	list, err := s.read.QueryContext(ctx, `SELECT id, number, score FROM entries WHERE status = 'published' ORDER BY score DESC, number LIMIT 100`)
	if err != nil {
		return nil, 0, err
	}
	defer list.Close()
	for list.Next() {
		r := row{Rank: len(top) + 1}
		if err := list.Scan(&r.Entry, &r.Number, &r.Score); err != nil {
			return nil, 0, err
		}
		votes += r.Score
		top = append(top, r)
	}
	return top, votes, list.Err()
}

// epoch takes as many bytes as Fanfare's.
const epoch = 1<<32 - 1

// frame encodes the board as Fanfare's frames are.
func (s *Server) frame(counter uint64) ([]byte, error) {
	top, votes, err := s.top(context.Background())
	if err != nil {
		return nil, err
	}
	f := wire.Frame{Room: "night", Epoch: epoch, Counter: counter, Entries: uint64(len(top)), Votes: votes}
	for _, r := range top[:min(20, len(top))] {
		f.Rows = append(f.Rows, wire.Row{Number: r.Number, Score: r.Score})
	}
	return f.Append(nil), nil
}
