package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"fanfare/server/contest"
)

type coded int

func (c coded) Error() string { return fmt.Sprint("code ", int(c)) }
func (c coded) Code() int     { return int(c) }

func sqlState(code string) error { return fmt.Errorf("insert: %w", &pgconn.PgError{Code: code}) }

func TestDriversErrorsAreClassifiedByTheirCode(t *testing.T) {
	kinds := []error{ErrNotFound, ErrConflict, ErrUnavailable, ErrFull}
	for _, c := range []struct {
		name string
		err  error
		want error // nil: none of the kinds
	}{
		{"unique", coded(2067), ErrConflict},
		{"primary key", coded(1555), ErrConflict},
		{"foreign key", coded(787), ErrConflict},
		{"trigger", coded(1811), ErrConflict},
		{"busy", coded(5), ErrUnavailable},
		{"busy snapshot", coded(517), ErrUnavailable},
		{"read only", coded(8), ErrUnavailable},
		{"I/O", coded(10), ErrUnavailable},
		{"I/O at sync", coded(1034), ErrUnavailable},
		{"cannot open", coded(14), ErrUnavailable},
		{"full", coded(13), ErrFull},
		{"wrapped", fmt.Errorf("insert: %w", coded(13)), ErrFull},
		{"syntax", coded(1), nil},
		{"cancelled", context.Canceled, nil},
		{"postgres: unique", sqlState("23505"), ErrConflict},
		{"postgres: foreign key", sqlState("23503"), ErrConflict},
		{"postgres: trigger", sqlState("23514"), ErrConflict},
		{"postgres: disk full", sqlState("53100"), ErrFull},
		{"postgres: too many connections", sqlState("53300"), ErrUnavailable},
		{"postgres: shutting down", sqlState("57P01"), ErrUnavailable},
		{"postgres: starting up", sqlState("57P03"), ErrUnavailable},
		{"postgres: statement took too long", sqlState("57014"), ErrUnavailable},
		{"postgres: connection failure", sqlState("08006"), ErrUnavailable},
		{"postgres: a standby", sqlState("25006"), ErrUnavailable},
		{"postgres: locked for too long", sqlState("55P03"), ErrUnavailable},
		{"postgres: idle for too long", sqlState("25P03"), ErrUnavailable},
		{"postgres: serialization", sqlState("40001"), ErrUnavailable},
		{"postgres: deadlock", sqlState("40P01"), ErrUnavailable},
		{"postgres: I/O", sqlState("58030"), ErrUnavailable},
		{"postgres: syntax", sqlState("42601"), nil},
		{"cannot connect", fmt.Errorf("view: %w", &pgconn.ConnectError{}), ErrUnavailable},
		{"cut off", fmt.Errorf("read: %w", io.ErrUnexpectedEOF), ErrUnavailable},
		{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, ErrUnavailable},
		{"silent", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, ErrUnavailable},
		{"broken connection", driver.ErrBadConn, ErrUnavailable},
		{"the caller's time is up", fmt.Errorf("timeout: %w", context.DeadlineExceeded), nil},
	} {
		got := classify(c.err)
		if !errors.Is(got, c.err) {
			t.Errorf("%s: %v lost its cause", c.name, got)
		}
		for _, kind := range kinds {
			if is := errors.Is(got, kind); is != (kind == c.want) {
				t.Errorf("%s: got %v, is %v: %v", c.name, got, kind, is)
			}
		}
		if again := classify(got); again.Error() != got.Error() {
			t.Errorf("%s: classified twice: %v", c.name, again)
		}
	}
	if err := classify(nil); err != nil {
		t.Errorf("got %v for no error", err)
	}
}

func TestIdentifiersHave65BitsInLowerCase(t *testing.T) {
	form := regexp.MustCompile(`^e_[0-9a-hjkmnp-tv-z]{13}$`)
	seen := map[string]bool{}
	var used [13]map[byte]bool
	for range 5000 {
		id := NewID("e_")
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("got identifier %q, seen before: %v", id, seen[id])
		}
		seen[id] = true
		for i := range used {
			if used[i] == nil {
				used[i] = map[byte]bool{}
			}
			used[i][id[2+i]] = true
		}
	}
	for i := range used {
		if len(used[i]) != 32 {
			t.Errorf("character %d takes %d values, want 32", i, len(used[i]))
		}
	}
}

func TestTheNewestChangePerEntryIsKept(t *testing.T) {
	got := newest([]contest.Change{{Entry: "a", Version: 1}, {Entry: "b", Version: 1}, {Entry: "a", Version: 2}, {Entry: "b", Version: 2}, {Entry: "a", Version: 3}})
	want := []contest.Change{{Entry: "b", Version: 2}, {Entry: "a", Version: 3}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestArgumentsAreNumberedForPostgres(t *testing.T) {
	const query = "SELECT a FROM t WHERE b = ? AND c IN (?,?) LIMIT ?"
	if got, want := Postgres.places(query), "SELECT a FROM t WHERE b = $1 AND c IN ($2,$3) LIMIT $4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := SQLite.places(query); got != query {
		t.Errorf("got %q for SQLite", got)
	}
}

func TestAnAddressWithAPasswordIsRefusedWithTheRemedy(t *testing.T) {
	for _, address := range []string{"postgres://fanfare:secret@localhost/fanfare", "postgres://localhost/fanfare?password=secret"} {
		_, _, err := OpenPostgres(address, "test", func() string { return "" })
		if err == nil || !strings.Contains(err.Error(), "FANFARE_DB_PASSWORD") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

func TestAnAddressOfAnotherFormIsRefusedWithoutRepeatingIt(t *testing.T) {
	for _, address := range []string{"host=localhost password=secret", "mysql://root:secret@localhost/", "postgres://%secret"} {
		_, _, err := OpenPostgres(address, "test", func() string { return "" })
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", address, err)
		}
	}
}
