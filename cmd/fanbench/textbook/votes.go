package textbook

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"

	"fanfare/widget/wire"
)

// rows is anything that queries: a database or a transaction.
type rows interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

// fan returns whose token the request carries.
func fan(ctx context.Context, q rows, r *http.Request) (id int64, err error) {
	err = q.QueryRowContext(ctx, `SELECT fan FROM tokens WHERE hash = ? AND expires > ?`, hash(bearer(r)), time.Now().Unix()).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = errToken
	}
	return id, err
}

// zone is the challenge's own, in which its days are counted.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

func period(now time.Time) string { return now.In(zone).Format(time.DateOnly) }

// ballot is what the answer to a vote says.
type ballot struct {
	Entry  string `json:"entry"`
	Voted  bool   `json:"voted"`
	Score  int64  `json:"score"`
	Left   int    `json:"votes_left"`
	Period string `json:"period"`
}

// vote casts a vote: token, entry, duplicate and limit are looked at in the transaction that counts it.
func (s *Server) vote(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	b := ballot{Entry: r.PathValue("id"), Voted: true, Period: period(now)}
	counted := false
	err := s.update(r.Context(), func(tx *sql.Tx) (err error) {
		counted, err = cast(r, tx, &b, now)
		return err
	})
	if err == nil && counted {
		s.hub.changed()
	}
	answer(w, http.StatusOK, b, err)
}

func cast(r *http.Request, tx *sql.Tx, b *ballot, now time.Time) (counted bool, err error) {
	ctx := r.Context()
	fan, err := fan(ctx, tx, r)
	if err != nil {
		return false, err
	}
	var status string
	err = tx.QueryRowContext(ctx, `SELECT status, score FROM entries WHERE id = ?`, b.Entry).Scan(&status, &b.Score)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, errEntry
	case err != nil:
		return false, err
	case status != "published":
		return false, errShown
	}
	var used, here int
	err = tx.QueryRowContext(ctx, `SELECT count(*), count(CASE WHEN entry = ? THEN 1 END) FROM votes WHERE period = ? AND fan = ?`,
		b.Entry, b.Period, fan).Scan(&used, &here)
	b.Left = votesPerPeriod - used
	switch {
	case err != nil || here > 0:
		return false, err
	case b.Left <= 0:
		return false, errVoteLimit
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO votes (period, fan, entry, at) VALUES (?, ?, ?, ?)`, b.Period, fan, b.Entry, now.UnixMilli()); err != nil {
		return false, err
	}
	b.Left--
	err = tx.QueryRowContext(ctx, `UPDATE entries SET score = score + 1 WHERE id = ? RETURNING score`, b.Entry).Scan(&b.Score)
	return true, err
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	voted, err := s.voted(r)
	answer(w, http.StatusOK, map[string]any{"voted": voted}, err)
}

func (s *Server) voted(r *http.Request) ([]string, error) {
	fan, err := fan(r.Context(), s.read, r)
	if err != nil {
		return nil, err
	}
	list, err := s.read.QueryContext(r.Context(), `SELECT entry FROM votes WHERE period = ? AND fan = ?`, period(time.Now()), fan)
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
