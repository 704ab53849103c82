package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// errServed says that a command needs a database that nobody serves, or that a server needs one that no such command holds.
var errServed = errors.New("another Fanfare is using this database; stop it first")

const (
	// lockTime bounds how long a lock is waited for: a predecessor that is just ending gives it up within that time.
	lockTime = 2 * time.Second
	// lockLook is how often a server looks whether its lock is still there: PostgreSQL drops it with the connection.
	lockLook = time.Second
	// sqliteBusy is SQLite's primary result code for what another process holds (sqlite.org/rescode.html).
	sqliteBusy = 5
)

// servingName is how a database's list of connections shows a server.
const servingName = "fanfare serve"

// lockServing marks a database as served until release. Replicas share PostgreSQL; a SQLite file has one server. Lost is
// called at most once, when the mark was lost and a command took the database for itself meanwhile: serving has to end.
func lockServing(ctx context.Context, c config, lost func(error)) (release func() error, err error) {
	if _, file, err := scheme("db", c.db, "sqlite"); err == nil {
		return lock(ctx, file)
	}
	b, err := openParts(ctx, c, (*backends).openDatabase)
	if err != nil {
		return nil, err
	}
	conn, err := advise(ctx, b.read, "SELECT pg_try_advisory_lock_shared($1, $2)")
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // what is under way when the server stops is served still
	var keeper sync.WaitGroup
	keeper.Go(func() { keepShared(ctx, b.read, conn, lost) })
	return func() error { cancel(); keeper.Wait(); return b.close() }, nil
}

// keepShared takes the lock again after its connection was lost, until ctx ends.
func keepShared(ctx context.Context, db *sql.DB, conn *sql.Conn, lost func(error)) {
	defer func() { conn.Close() }() //nolint:errcheck // the lock goes with it
	ticker := time.NewTicker(lockLook)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if conn.PingContext(ctx) == nil {
			continue
		}
		again, err := advise(ctx, db, "SELECT pg_try_advisory_lock_shared($1, $2)")
		switch {
		case errors.Is(err, errServed):
			lost(err)
			return
		case err == nil:
			conn.Close() //nolint:errcheck // it is broken
			conn = again
		}
	}
}

// lockAlone keeps a database from being served, and from other commands of its kind, until release, which is an error if
// that did not hold all the time.
func lockAlone(ctx context.Context, c config) (release func() error, err error) {
	if _, file, err := scheme("db", c.db, "sqlite"); err == nil {
		return lock(ctx, file)
	}
	b, err := openParts(ctx, c, (*backends).openDatabase)
	if err != nil {
		return nil, err
	}
	// A server whose lock went with its connection, and which has not taken it again yet, is connected.
	conn, err := advise(ctx, b.read, `SELECT CASE WHEN EXISTS (SELECT FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = '`+servingName+`') THEN false ELSE pg_try_advisory_lock($1, $2) END`)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return func() error {
		var held bool
		err := conn.QueryRowContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1, $2)", advisoryKey, advisoryServing).Scan(&held)
		if err != nil || !held {
			err = fmt.Errorf("the database's lock was lost, and somebody may have written to it; run this again: %w", errors.Join(err, errServed))
		}
		return errors.Join(err, conn.Close(), b.close())
	}, nil
}

// Advisory locks with two numbers are our own alone; goose and the store use those with one.
const (
	advisoryKey     = 0x46616e66 // "Fanf"
	advisoryServing = 1
)

// advise takes an advisory lock on a connection of its own, waiting for lockTime at most.
func advise(ctx context.Context, db *sql.DB, query string) (*sql.Conn, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock database: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	for got := false; ; {
		if err := conn.QueryRowContext(ctx, query, advisoryKey, advisoryServing).Scan(&got); err != nil {
			return nil, fmt.Errorf("lock database: %w", errors.Join(err, conn.Close()))
		}
		if got {
			return conn, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(errServed, conn.Close())
		case <-time.After(lockTime / 20):
		}
	}
}

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
		var coded interface{ Code() int }
		if errors.As(err, &coded) && coded.Code()&0xff == sqliteBusy {
			err = errors.Join(errServed, err)
		}
		return nil, fmt.Errorf("lock %s: %w", file, err)
	}
	return func() error { return errors.Join(conn.Close(), db.Close()) }, nil
}
