package store

import (
	"context"
	"database/sql"
	"slices"
)

// maxStatements bounds the statements kept prepared. The fixed ones are fewer; those with lists of varying length must
// not crowd them out.
const maxStatements = 256

// statements are the writer's prepared statements: compiling SQL costs more than running the small ones. A statement
// seen for the first time runs unprepared and is prepared before the next batch, because the one write connection is
// taken while a batch runs.
type statements struct {
	db     *sql.DB
	ready  map[string]*sql.Stmt
	wanted []string
	batch  *sql.Tx // the transaction that bound is for
	bound  map[string]*sql.Stmt
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, ready: map[string]*sql.Stmt{}}
}

// of returns the query's statement for the transaction, nil where it has none yet.
func (s *statements) of(tx *sql.Tx, query string) *sql.Stmt {
	if s == nil {
		return nil
	}
	if s.batch != tx {
		s.batch, s.bound = tx, make(map[string]*sql.Stmt, len(s.ready))
	}
	if stmt := s.bound[query]; stmt != nil {
		return stmt
	}
	general := s.ready[query]
	if general == nil {
		s.want(query)
		return nil
	}
	stmt := tx.StmtContext(context.Background(), general)
	s.bound[query] = stmt
	return stmt
}

func (s *statements) want(query string) {
	if len(s.ready)+len(s.wanted) < maxStatements && !slices.Contains(s.wanted, query) {
		s.wanted = append(s.wanted, query)
	}
}

// learn prepares what the last batch ran unprepared. One that cannot be prepared stays as it is.
func (s *statements) learn() {
	if s == nil {
		return
	}
	for _, query := range s.wanted {
		if stmt, err := s.db.PrepareContext(context.Background(), query); err == nil {
			s.ready[query] = stmt
		}
	}
	s.wanted = s.wanted[:0]
}

func (s *statements) close() {
	if s == nil {
		return
	}
	for _, stmt := range s.ready {
		stmt.Close()
	}
}
