package store

import (
	"database/sql"
	"errors"
	"fmt"
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
	if !errors.As(err, &sqlite) {
		return nil
	}
	switch sqlite.Code() & 0xff {
	case sqliteConstraint:
		return ErrConflict
	case sqliteFull:
		return ErrFull
	case sqlitePerm, sqliteBusy, sqliteLocked, sqliteReadOnly, sqliteIOErr, sqliteCantOpen:
		return ErrUnavailable
	}
	return nil
}
