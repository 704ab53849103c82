package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"fanfare/server/store/pgtest"
)

// Postgres is a PostgreSQL server that lives as long as a test.
type Postgres struct {
	*pgtest.Server
	databases atomic.Int64
}

// StartPostgres starts a server, fast and careless about power losses unless the settings ("fsync=on") say otherwise. It
// skips the test where the machine has none, and in short tests. Call it outside of bubbles of goroutines.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	if testing.Short() {
		t.Skip("short tests start no servers")
	}
	server, err := pgtest.Start("", settings...)
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Postgres{Server: server}
}

// NewDatabase makes an empty database and returns its URL.
func (p *Postgres) NewDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprint("test", p.databases.Add(1))
	if err := p.CreateDatabase(name, "template1"); err != nil {
		t.Fatal(err)
	}
	return p.URL(name)
}
