package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"fanfare/server/contest"
)

// Tx is one caller's part of a transaction. It is valid until the function it was given to returns, for one goroutine.
// Rows must be closed before the next statement.
type Tx struct {
	ctx   context.Context
	tx    *sql.Tx
	stmts *statements // nil in a View
	now   time.Time

	challenge contest.ChallengeID // of an UpdateIn
	changes   []contest.Change
	hooks     []func()
}

// Now is the transaction's time: one for all updates of a commit, in whole milliseconds UTC, never before that of an earlier commit.
func (tx *Tx) Now() time.Time { return tx.now }

// Lock lets no two updates that took the same lock run at the same time, in any process. It is held until the commit.
func (tx *Tx) Lock(string) error { return nil } // one writer is lock enough

// mustBeIn returns an error outside an UpdateIn of the challenge.
func (tx *Tx) mustBeIn(c contest.ChallengeID) error {
	if tx.challenge != c {
		return fmt.Errorf("challenge %s is written by an update in %q", c, tx.challenge)
	}
	return nil
}

// OnCommit has hook called after the commit that holds the caller's writes, before Update returns; never when they are
// undone. Hooks run on the writer and must not block.
func (tx *Tx) OnCommit(hook func()) { tx.hooks = append(tx.hooks, hook) }

// Exec runs a statement with "?" for its arguments. Errors have the kinds of this package.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	var result sql.Result
	var err error
	if s := tx.stmts.of(tx.tx, query); s != nil {
		result, err = s.ExecContext(tx.ctx, args...)
	} else {
		result, err = tx.tx.ExecContext(tx.ctx, query, args...)
	}
	return result, classify(err)
}

// Query runs a statement that returns rows, with "?" for its arguments. Errors have the kinds of this package.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	var rows *sql.Rows
	var err error
	if s := tx.stmts.of(tx.tx, query); s != nil {
		rows, err = s.QueryContext(tx.ctx, args...)
	} else {
		rows, err = tx.tx.QueryContext(tx.ctx, query, args...)
	}
	return rows, classify(err)
}

// scanner is a row to read columns from.
type scanner interface{ Scan(dest ...any) error }

// list returns every row of a query.
func list[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (items []T, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, classify(err)
		}
		items = append(items, item)
	}
	return items, classify(rows.Err())
}

// first returns the only row of a query, ErrNotFound where there is none. It reads to the end, because a statement that
// changes rows and returns them is done only then.
func first[T any](tx *Tx, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	var none T
	items, err := list(tx, scan, query, args...)
	if err != nil {
		return none, err
	}
	if len(items) == 0 {
		return none, ErrNotFound
	}
	return items[0], nil
}

// one scans the only row of a query into dest, ErrNotFound where there is none.
func (tx *Tx) one(query string, args []any, dest ...any) error {
	_, err := first(tx, func(row scanner) (struct{}, error) { return struct{}{}, row.Scan(dest...) }, query, args...)
	return err
}

// mustChange is Exec for a statement that has to change a row: ErrNotFound where it changed none.
func (tx *Tx) mustChange(query string, args ...any) error {
	result, err := tx.Exec(query, args...)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return ErrNotFound
}

func scalar[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// millis is how a time is stored; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// timeColumn reads what millis wrote.
type timeColumn struct{ dest *time.Time }

// Scan implements sql.Scanner.
func (c timeColumn) Scan(src any) error {
	ms, ok := src.(int64)
	if !ok {
		return fmt.Errorf("scan time: %T is no integer", src)
	}
	*c.dest = time.Time{}
	if ms != 0 {
		*c.dest = time.UnixMilli(ms).UTC()
	}
	return nil
}

// jsonColumn reads a value from JSON text into what dest points to.
type jsonColumn struct{ dest any }

// Scan implements sql.Scanner.
func (c jsonColumn) Scan(src any) error {
	switch text := src.(type) {
	case string:
		return json.Unmarshal([]byte(text), c.dest)
	case []byte:
		return json.Unmarshal(text, c.dest)
	}
	return fmt.Errorf("scan JSON: %T is no text", src)
}

// asJSON is a value as the JSON text that jsonColumn reads.
type asJSON struct{ value any }

// Value implements driver.Valuer.
func (j asJSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.value)
	return string(text), err
}

// among returns "(?,?,…)" and the values as arguments, for IN.
func among[T any](values []T) (string, []any) {
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	return "(" + strings.TrimSuffix(strings.Repeat("?,", len(values)), ",") + ")", args
}
