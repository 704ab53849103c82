package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// errServed says that a command needs a database that nobody serves.
var errServed = errors.New("another Fanfare is using this database; stop it first")

// lockTime bounds how long a lock is waited for: a predecessor that is just ending gives it up within that time.
const lockTime = 2 * time.Second

// lock makes this process the only one that serves a SQLite file: a second one would write beside it with a clock and
// boards of its own. The lock is SQLite's own, on an empty file beside the database, so the system takes it back
// however the process ends.
func lock(ctx context.Context, file string) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("make folder of database: %w", err)
	}
	db, err := sql.Open("sqlite", sqliteName(file+".lock", map[string][]string{"_pragma": {fmt.Sprintf("busy_timeout(%d)", lockTime.Milliseconds())}}))
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", file, err)
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("%w: lock %s: %w", errServed, file, err)
	}
	return func() error { return errors.Join(conn.Close(), db.Close()) }, nil
}
