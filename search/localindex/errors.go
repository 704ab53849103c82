package localindex

import (
	"errors"
	"fmt"

	"fanfare/search"
)

// SQLite's primary result codes (sqlite.org/rescode.html) of what passes or can be mended beside a running server: a lock
// that another process holds, a disk that is full, failing, read-only or not there. Extended codes hold them in their low
// byte.
const (
	sqlitePerm     = 3
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteReadOnly = 8
	sqliteIOErr    = 10
	sqliteFull     = 13
	sqliteCantOpen = 14
)

// failed says what failed, and adds the kind that callers know where the error has it.
func failed(what string, err error) error {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		switch coded.Code() & 0xff {
		case sqlitePerm, sqliteBusy, sqliteLocked, sqliteReadOnly, sqliteIOErr, sqliteFull, sqliteCantOpen:
			return fmt.Errorf("%s: %w: %w", what, search.ErrUnavailable, err)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}
