package storetest

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	_ "modernc.org/sqlite" // the driver under test

	"fanfare/server/contest"
	"fanfare/server/store"
)

// OpenSQLite opens a migrated store in a new file, as production opens it, and closes it when the test ends.
func OpenSQLite(t testing.TB, committed func([]contest.Change), options ...store.Option) *store.Store {
	t.Helper()
	return OpenSQLiteFile(t, filepath.Join(t.TempDir(), "fanfare.db"), committed, options...)
}

// OpenSQLiteFile is OpenSQLite for a file that may exist.
func OpenSQLiteFile(t testing.TB, path string, committed func([]contest.Change), options ...store.Option) *store.Store {
	t.Helper()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		MigratedFile(t, path)
	}
	write, read := Pools(t, path)
	s, err := store.Open(write, read, store.SQLite, committed, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close) // before the pools', which were registered first
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// MigratedFile makes a file with empty tables, by copying one that is migrated once: that takes a hundredth of the time.
func MigratedFile(t testing.TB, path string) {
	t.Helper()
	content, err := empty()
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// empty is what a migrated file holds.
var empty = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "sqlite-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "fanfare.db")
	db, err := sql.Open("sqlite", WriteName(path))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s, err := store.Open(db, db, store.SQLite, nil)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	err = s.Migrate(context.Background())
	s.Close()
	if err = errors.Join(err, db.Close()); err != nil { // whoever closes last leaves no log beside the file
		return nil, err
	}
	return os.ReadFile(path)
})

// Pools opens the two pools of a SQLite file: one connection that writes, a few that only read.
func Pools(t testing.TB, path string) (write, read *sql.DB) {
	t.Helper()
	write = pool(t, WriteName(path), 1)
	read = pool(t, name(path, url.Values{"_pragma": {"busy_timeout(5000)", "query_only(1)"}}), 4)
	return write, read
}

// WriteName is how the driver is told of a file to write.
func WriteName(path string) string {
	return name(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "journal_size_limit(67108864)"},
	})
}

func name(path string, query url.Values) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}).String()
}

func pool(t testing.TB, name string, connections int) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	t.Cleanup(func() { db.Close() })
	return db
}
