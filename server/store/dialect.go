package store

import (
	"context"
	"database/sql"

	"github.com/pressly/goose/v3"
)

// Dialect names the kind of database behind a Store.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota + 1
)

func (d Dialect) goose() goose.Dialect { return goose.DialectSQLite3 }

// The write-ahead log's bound. SQLite's own checkpoints let the log grow for as long as readers overlap; past maxLog
// the writer waits once for the readers of the moment, whom View bounds.
const (
	checkLogEvery = 64      // commits
	maxLog        = 8 << 10 // pages, 32 MiB
)

// bound keeps the write-ahead log from growing without end.
func (d Dialect) bound(ctx context.Context, write *sql.DB) error {
	var busy, pages, done int
	if err := write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &pages, &done); err != nil {
		return err
	}
	if pages <= maxLog {
		return nil
	}
	return write.QueryRowContext(ctx, "PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &pages, &done)
}
