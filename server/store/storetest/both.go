package storetest

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// OnBoth runs a test on each database, on a PostgreSQL server of its own.
func OnBoth(t *testing.T, test func(*testing.T, Opener)) {
	t.Run("sqlite", func(t *testing.T) { test(t, OpenSQLite) })
	t.Run("postgres", func(t *testing.T) { test(t, StartPostgres(t).Open) })
}

// Shared is the PostgreSQL server of all tests of a package that do it no harm. The first one starts it.
type Shared struct {
	settings []string
	mu       sync.Mutex
	server   *Postgres // guarded by mu
}

// Share returns a server that is started when a test asks for it.
func Share(settings ...string) *Shared { return &Shared{settings: settings} }

// Server is the server; a test is skipped where StartPostgres skips it.
func (s *Shared) Server(t testing.TB) *Postgres {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		s.server = start(t, s.settings)
	}
	return s.server
}

// OnBoth is that of the package, on this server.
func (s *Shared) OnBoth(t *testing.T, test func(*testing.T, Opener)) {
	t.Run("sqlite", func(t *testing.T) { test(t, OpenSQLite) })
	t.Run("postgres", func(t *testing.T) { test(t, s.Server(t).Open) })
}

// Around returns the tests of a package with the end of the server behind them, before goleak counts what is left.
func (s *Shared) Around(m *testing.M) *Whole { return &Whole{m, s} }

// Whole is the tests of a package, and what ends after them. It implements goleak.TestingM.
type Whole struct {
	tests  *testing.M
	shared *Shared
}

// Run runs the tests.
func (w *Whole) Run() int {
	code := w.tests.Run()
	if p := w.shared.server; p != nil {
		if err := p.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return code
}
