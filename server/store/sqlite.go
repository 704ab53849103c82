package store

import (
	"context"
	"database/sql"
	"fmt"
)

// The write-ahead log's bound. SQLite's own checkpoints let the log grow for as long as readers overlap; past maxLog the
// writer stands still for logPatience, until the readers of the moment have gone. Where one of them stays, it tries again
// logStep later. It does not stand still for a reader from so long ago that more than logStep waits behind it: that is a
// copy of the whole database, or one that MaxView will end.
const (
	maxLog      = 8 << 10 // pages, 32 MiB
	logStep     = 2 << 10
	logPatience = 80 // milliseconds: with the moving, less than a voter notices
)

// logKeeper keeps the write-ahead log from growing without end. Failures do no harm: the next commit brings it back.
type logKeeper struct {
	db    *sql.DB
	stmts *statements
	limit int // pages at which it acts next
}

// keep is called after each commit.
func (k *logKeeper) keep(ctx context.Context) error {
	var busy, pages, moved int
	err := k.stmts.ask(ctx, "PRAGMA wal_checkpoint(NOOP)").Scan(&busy, &pages, &moved)
	if err != nil || pages < k.limit || pages-moved > logStep {
		return err
	}
	err = k.restart(ctx, &busy)
	k.limit = maxLog
	if err != nil || busy != 0 {
		k.limit = max(maxLog, pages+logStep)
	}
	return err
}

// restart moves the log into the database and has the next write begin it anew, if no reader stands in the way.
func (k *logKeeper) restart(ctx context.Context, busy *int) error {
	conn, err := k.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var usual, pages, moved int
	if err := conn.QueryRowContext(ctx, "PRAGMA busy_timeout").Scan(&usual); err != nil {
		return err
	}
	defer func() { _, _ = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout(%d)", usual)) }()
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout(%d)", logPatience)); err != nil {
		return err
	}
	return conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(RESTART)").Scan(busy, &pages, &moved)
}
