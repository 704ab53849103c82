package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"fanfare/server/contest"
	"fanfare/server/store"
	"fanfare/server/store/pgtest"
)

// Postgres is a PostgreSQL server that lives as long as a test.
type Postgres struct {
	*pgtest.Server
	databases atomic.Int64
	template  func() error // makes the migrated database that others are copied from
}

// StartPostgres starts a server, fast and careless about power losses unless the settings ("fsync=on") say otherwise. It
// skips the test where the machine has none, and in short tests. Call it outside of bubbles of goroutines.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	p := start(t, settings)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// start starts a server, or skips the test.
func start(t testing.TB, settings []string) *Postgres {
	t.Helper()
	if testing.Short() {
		t.Skip("short tests start no servers")
	}
	p, err := NewPostgres(settings...)
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// NewPostgres starts a server that several tests share, until Close.
func NewPostgres(settings ...string) (*Postgres, error) {
	server, err := pgtest.Start("", settings...)
	if err != nil {
		return nil, err
	}
	p := &Postgres{Server: server}
	p.template = sync.OnceValue(p.makeTemplate)
	return p, nil
}

// migrated is the database that others are copied from, which is faster than migrating each.
const migrated = "migrated"

func (p *Postgres) makeTemplate() error {
	if err := p.CreateDatabase(migrated, "template1"); err != nil {
		return err
	}
	write, read, err := store.OpenPostgres(p.URL(migrated), "template", nobody)
	if err != nil {
		return err
	}
	s, err := store.Open(write, read, store.Postgres, nil)
	if err != nil {
		return err
	}
	err = s.Migrate(context.Background())
	s.Close()
	return errors.Join(err, write.Close(), read.Close())
}

func nobody() string { return "" } // has no password

// Open opens a migrated store in a new database, and closes it when the test ends.
func (p *Postgres) Open(t testing.TB, committed func([]contest.Change), options ...store.Option) *store.Store {
	t.Helper()
	return openPostgres(t, p.MigratedDatabase(t), committed, options...)
}

// MigratedDatabase makes a database with empty tables and returns its URL.
func (p *Postgres) MigratedDatabase(t testing.TB) string {
	t.Helper()
	if err := p.template(); err != nil {
		t.Fatal(err)
	}
	return p.Copy(t, migrated)
}

// OpenPostgres opens a store in a database that may hold one, migrates it, and closes it when the test ends.
func OpenPostgres(t testing.TB, url string, committed func([]contest.Change), options ...store.Option) *store.Store {
	t.Helper()
	s := openPostgres(t, url, committed, options...)
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func openPostgres(t testing.TB, url string, committed func([]contest.Change), options ...store.Option) *store.Store {
	t.Helper()
	write, read, err := store.OpenPostgres(url, t.Name(), nobody)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { write.Close(); read.Close() })
	s, err := store.Open(write, read, store.Postgres, committed, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close) // before the pools
	return s
}

// NewDatabase makes an empty database and returns its URL.
func (p *Postgres) NewDatabase(t testing.TB) string {
	t.Helper()
	return p.Copy(t, "template1")
}

// Copy makes a database that holds what the one named template does, and returns its URL.
func (p *Postgres) Copy(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprint("test", p.databases.Add(1))
	if err := p.CreateDatabase(name, template); err != nil {
		t.Fatal(err)
	}
	return p.URL(name)
}
