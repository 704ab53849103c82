package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

// What a caller can act on. Every error of this package that has such a kind wraps it.
var (
	// ErrNotFound says that the row asked for, or one that it needs, is not there.
	ErrNotFound = errors.New("not found")
	// ErrConflict says that the write contradicts what is stored: a name taken, a frozen row.
	ErrConflict = errors.New("conflict")
	// ErrUnavailable says that the database cannot be used now; the same call may succeed later.
	ErrUnavailable = errors.New("database unavailable")
	// ErrFull says that the disk under the database is full.
	ErrFull = errors.New("database full")
	// ErrKeyReused says that an idempotency key came again with another request.
	ErrKeyReused = errors.New("idempotency key reused")
	// ErrNewerSchema says that a later version of this program has changed the tables.
	ErrNewerSchema = errors.New("database of a newer version")
	// ErrCursor says that a page's cursor is not one of ours.
	ErrCursor = errors.New("malformed cursor")
)

// errLostRace says that the database gave a transaction up for another one's sake: run it again.
var errLostRace = fmt.Errorf("%w: lost a race", ErrUnavailable)

// SQLite's primary result codes (sqlite.org/rescode.html); the extended ones hold them in their low byte.
const (
	sqlitePerm       = 3
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteReadOnly   = 8
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteConstraint = 19
)

// classify joins a driver's error with its kind. It is the only place that looks at drivers' codes, and it never looks
// at their text; errors without a code or already of a kind pass through.
func classify(err error) error {
	if err == nil { // nearly always, and errors.As would cost memory
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	kind := kindOf(err)
	if kind == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

func kindOf(err error) error {
	var sqlite interface{ Code() int }
	var connect *pgconn.ConnectError
	var postgres *pgconn.PgError
	switch {
	case errors.As(err, &connect): // for whatever reason: a wrong password is as good as a server that is down
		return ErrUnavailable
	case errors.As(err, &sqlite):
		return kindOfSQLite(sqlite.Code() & 0xff)
	case errors.As(err, &postgres):
		return kindOfPostgres(postgres.Code)
	case unreachable(err):
		return ErrUnavailable
	}
	return nil
}

func kindOfSQLite(code int) error {
	switch code {
	case sqliteConstraint:
		return ErrConflict
	case sqliteFull:
		return ErrFull
	case sqlitePerm, sqliteBusy, sqliteLocked, sqliteReadOnly, sqliteIOErr, sqliteCantOpen:
		return ErrUnavailable
	}
	return nil
}

// kindOfPostgres sorts SQLSTATE codes (postgresql.org/docs/current/errcodes-appendix.html), most by their class.
func kindOfPostgres(code string) error {
	switch code {
	case "40001", "40P01": // serialization failure, deadlock
		return errLostRace
	case "53100": // disk full
		return ErrFull
	case "25006", "25P03", "55P03": // a standby; idle for too long; a lock held for too long
		return ErrUnavailable
	}
	switch code[:min(2, len(code))] {
	case "23": // integrity
		return ErrConflict
	case "08", "53", "57", "58": // connection, resources, the operator or a time limit, the system
		return ErrUnavailable
	}
	return nil
}

// unreachable reports whether the connection to the server was lost.
func unreachable(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false // whoever called gave up
	}
	for _, gone := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, gone) {
			return true
		}
	}
	var network net.Error
	return errors.As(err, &network) || pgconn.SafeToRetry(err)
}
