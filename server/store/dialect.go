package store

import (
	"database/sql"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// Dialect names the kind of database behind a Store. Statements are written once, in the words that both know and with
// "?" for their arguments; what differs stands here.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota + 1
	Postgres
)

// String returns the dialect's name, as files of migrations bear it.
func (d Dialect) String() string {
	if d == Postgres {
		return "postgres"
	}
	return "sqlite"
}

func (d Dialect) goose() goose.Dialect {
	if d == Postgres {
		return goose.DialectPostgres
	}
	return goose.DialectSQLite3
}

// snapshot is the isolation in which a transaction that only reads sees one moment.
func (d Dialect) snapshot() sql.IsolationLevel {
	if d == Postgres {
		return sql.LevelRepeatableRead
	}
	return sql.LevelDefault
}

// field is a text field of a column, or another expression, that holds JSON.
func (d Dialect) field(expression, name string) string {
	if d == Postgres {
		return "(" + expression + ")::json ->> '" + name + "'"
	}
	return "json_extract(" + expression + ", '$." + name + "')"
}

// patience are the statements that let a transaction last.
func (d Dialect) patience() []string {
	if d == Postgres {
		return []string{"SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0"}
	}
	return nil
}

// leftovers is how many connections of a pool may be from before the server's end, so that the first statement on them
// fails.
func (d Dialect) leftovers() int {
	if d == Postgres {
		return connections
	}
	return 0
}

// places numbers a statement's arguments where the dialect wants that. No statement has "?" in a text.
func (d Dialect) places(query string) string {
	if d != Postgres {
		return query
	}
	var b strings.Builder
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// schema returns a migration, which is written in SQLite's words, in the dialect's: numbers of 64 bits, texts compared by
// their bytes, bytes by their other name, and no tables without rowid, which only SQLite has.
func (d Dialect) schema(migration string) string {
	if d != Postgres {
		return migration
	}
	return strings.NewReplacer(" INTEGER ", " BIGINT ", " TEXT ", ` TEXT COLLATE "C" `, " BLOB ", " BYTEA ", ") WITHOUT ROWID;", ");").Replace(migration)
}
