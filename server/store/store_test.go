package store_test

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"fanfare/server/store/pgtest"
	"fanfare/server/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(whole{m}) }

// whole ends the shared server after the tests, before the leaks are counted.
type whole struct{ *testing.M }

// Run implements goleak.TestingM.
func (w whole) Run() int {
	code := w.M.Run()
	if shared != nil {
		if err := shared.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}

var (
	shared  *storetest.Postgres // guarded by sharing
	sharing sync.Mutex
)

// server is one for all tests that do it no harm.
func server(t testing.TB) *storetest.Postgres {
	t.Helper()
	if testing.Short() {
		t.Skip("short tests start no servers")
	}
	sharing.Lock()
	defer sharing.Unlock()
	if shared == nil {
		p, err := storetest.NewPostgres("deadlock_timeout=20ms")
		if errors.Is(err, pgtest.ErrMissing) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		shared = p
	}
	return shared
}

func TestStoreConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { storetest.Run(t, storetest.OpenSQLite) })
	t.Run("postgres", func(t *testing.T) { storetest.Run(t, server(t).Open) })
}
