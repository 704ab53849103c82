package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
)

// maxStatements bounds the statements kept prepared. The fixed ones are fewer; those with lists of varying length must
// not crowd them out.
const maxStatements = 256

// statements are a pool's prepared statements: compiling SQL costs more than running the small ones. A statement seen for
// the first time runs unprepared and is prepared before the next transaction, because the one write connection is taken
// while a batch runs.
type statements struct {
	db *sql.DB

	mu     sync.Mutex // guards what follows
	ready  map[string]*sql.Stmt
	wanted []string
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, ready: map[string]*sql.Stmt{}}
}

// in returns the statements for a transaction of the pool; nil where the driver keeps its own.
func (s *statements) in(tx *sql.Tx) *bound {
	if s == nil {
		return nil
	}
	return &bound{statements: s, tx: tx, own: map[string]*sql.Stmt{}}
}

// bound are the statements of one transaction.
type bound struct {
	*statements
	tx  *sql.Tx
	own map[string]*sql.Stmt
}

// of returns the query's statement, nil where it has none yet.
func (b *bound) of(query string) *sql.Stmt {
	if b == nil {
		return nil
	}
	if stmt := b.own[query]; stmt != nil {
		return stmt
	}
	general := b.find(query)
	if general == nil {
		return nil
	}
	stmt := b.tx.StmtContext(context.Background(), general)
	b.own[query] = stmt
	return stmt
}

// find returns a prepared statement, or notes that it is wanted.
func (s *statements) find(query string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	general := s.ready[query]
	if general == nil && len(s.ready)+len(s.wanted) < maxStatements && !slices.Contains(s.wanted, query) {
		s.wanted = append(s.wanted, query)
	}
	return general
}

// ask runs a query for one row outside of transactions.
func (s *statements) ask(ctx context.Context, query string) *sql.Row {
	if stmt := s.find(query); stmt != nil {
		return stmt.QueryRowContext(ctx)
	}
	return s.db.QueryRowContext(ctx, query)
}

// learn prepares what ran unprepared. One that cannot be prepared stays as it is.
func (s *statements) learn(ctx context.Context) {
	if s == nil {
		return
	}
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for _, query := range wanted {
		stmt, err := s.db.PrepareContext(ctx, query)
		if err != nil {
			continue
		}
		s.mu.Lock()
		if s.ready[query] == nil {
			s.ready[query], stmt = stmt, nil
		}
		s.mu.Unlock()
		if stmt != nil {
			stmt.Close() // somebody was faster
		}
	}
}

func (s *statements) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.ready {
		stmt.Close()
	}
}
