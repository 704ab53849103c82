package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"fanfare/server/contest"
)

// Tx is one caller's part of a transaction. It is valid until the function it was given to returns, for one goroutine.
// Rows must be closed before the next statement. An update in which a statement failed is undone, whatever its function
// returns.
type Tx struct {
	ctx     context.Context
	tx      *sql.Tx
	dialect Dialect
	stmts   *bound // nil where the driver keeps its own
	now     time.Time

	batch     *batch              // nil in a View, and in an Update that shares no commit
	challenge contest.ChallengeID // of an UpdateIn
	actor     Actor               // whose an update is
	wrote     bool
	failed    error // the first statement that failed
	changes   []contest.Change
	counts    []counting
	hooks     []func()
}

// Now is the transaction's time: one for all updates of a commit, in whole milliseconds UTC, never before that of an earlier commit.
func (tx *Tx) Now() time.Time { return tx.now }

// OnCommit has hook called after the commit that holds the caller's writes, before Update returns; never when they are
// undone. Hooks may run on the writer and must not block.
func (tx *Tx) OnCommit(hook func()) { tx.hooks = append(tx.hooks, hook) }

// Lock lets no two updates that took the same lock run at the same time, in any process. It is held until the commit.
func (tx *Tx) Lock(name string) error {
	if tx.dialect == SQLite {
		return nil // one writer is lock enough
	}
	if _, err := tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", name); err != nil {
		return fmt.Errorf("lock %q: %w", name, err)
	}
	return nil
}

// lockShared is Lock for updates that may run at the same time, and not while one has the lock for itself.
func (tx *Tx) lockShared(name string) error {
	if tx.dialect == SQLite {
		return nil
	}
	if _, err := tx.exec("SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))", name); err != nil {
		return fmt.Errorf("lock %q: %w", name, err)
	}
	return nil
}

// SkipLocked ends a SELECT that takes rows to change them, and leaves those to others that others have taken.
func (tx *Tx) SkipLocked() string {
	if tx.dialect == SQLite {
		return "" // nobody else is there
	}
	return " FOR UPDATE SKIP LOCKED"
}

// mustBeIn returns an error outside an UpdateIn of the challenge.
func (tx *Tx) mustBeIn(c contest.ChallengeID) error {
	if tx.batch == nil || tx.challenge != c {
		return fmt.Errorf("challenge %s is written by an update in %q", c, tx.challenge)
	}
	return nil
}

// Exec runs a statement with "?" for its arguments. Errors have the kinds of this package.
func (tx *Tx) Exec(query string, args ...any) (sql.Result, error) {
	tx.note(query)
	if tx.batch == nil || !concerns(query) {
		return tx.exec(query, args...)
	}
	if err := tx.settle(); err != nil {
		return nil, err
	}
	result, err := tx.exec(query, args...)
	tx.batch.forget()
	return result, err
}

// Query runs a statement that returns rows, with "?" for its arguments. Errors have the kinds of this package.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	tx.note(query)
	if tx.batch == nil || !concerns(query) {
		return tx.query(query, args...)
	}
	if err := tx.settle(); err != nil {
		return nil, err
	}
	rows, err := tx.query(query, args...)
	if !reads(query) {
		tx.batch.forget()
	}
	return rows, err
}

// note takes note of a statement that may make sessions other ones.
func (tx *Tx) note(query string) {
	if tx.batch != nil && turns(query) {
		tx.batch.turned = true
	}
}

// reads reports whether a statement is one that changes nothing.
func reads(query string) bool { return strings.HasPrefix(query, "SELECT ") }

// exec is Exec while the batch's ledgers may know more than the database.
func (tx *Tx) exec(query string, args ...any) (result sql.Result, err error) {
	if err := checkTexts(args); err != nil {
		return nil, err // before the database: nothing has failed there
	}
	tx.wrote = true
	if s := tx.stmts.of(query); s != nil {
		result, err = s.ExecContext(tx.ctx, args...)
	} else {
		result, err = tx.tx.ExecContext(tx.ctx, tx.dialect.places(query), args...)
	}
	return result, tx.fail(err)
}

// query is Query while the batch's ledgers may know more than the database.
func (tx *Tx) query(query string, args ...any) (rows *sql.Rows, err error) {
	if err := checkTexts(args); err != nil {
		return nil, err
	}
	tx.wrote = tx.wrote || !reads(query)
	if s := tx.stmts.of(query); s != nil {
		rows, err = s.QueryContext(tx.ctx, args...)
	} else {
		rows, err = tx.tx.QueryContext(tx.ctx, tx.dialect.places(query), args...)
	}
	return rows, tx.fail(err)
}

// control runs a statement that is about the transaction itself.
func (tx *Tx) control(statement string) error {
	_, err := tx.exec(statement)
	return err
}

// fail takes note of a statement's error and gives it its kind.
func (tx *Tx) fail(err error) error {
	err = classify(err)
	if err != nil && tx.failed == nil {
		tx.failed = err
	}
	return err
}

// querier runs statements that return rows.
type querier interface {
	Query(query string, args ...any) (*sql.Rows, error)
}

// direct runs them past the ledgers.
type direct struct{ tx *Tx }

// Query implements querier.
func (d direct) Query(query string, args ...any) (*sql.Rows, error) {
	return d.tx.query(query, args...)
}

// scanner is a row to read columns from.
type scanner interface{ Scan(dest ...any) error }

// list returns every row of a query.
func list[T any](tx querier, scan func(scanner) (T, error), query string, args ...any) (items []T, err error) {
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
func first[T any](tx querier, scan func(scanner) (T, error), query string, args ...any) (T, error) {
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
func (tx *Tx) one(query string, args []any, dest ...any) error { return one(tx, query, args, dest...) }

func one(tx querier, query string, args []any, dest ...any) error {
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

// intColumn reads an integer that fits its type.
type intColumn[T ~int | ~uint32] struct{ dest *T }

// Scan implements sql.Scanner.
func (c intColumn[T]) Scan(src any) error {
	n, ok := src.(int64)
	if !ok || int64(T(n)) != n {
		return fmt.Errorf("scan integer: %v is none of type %T", src, *c.dest)
	}
	*c.dest = T(n)
	return nil
}

// bit is how a yes or no is stored.
func bit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// boolColumn reads what bit wrote.
type boolColumn struct{ dest *bool }

// Scan implements sql.Scanner.
func (c boolColumn) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("scan yes or no: %T is no integer", src)
	}
	*c.dest = n != 0
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

// errText says that an argument is text that not every database can hold, so that no row of any has it.
var errText = fmt.Errorf("%w: text with a NUL byte or invalid UTF-8", ErrNotFound)

// checkTexts keeps such text from a database, which would give the whole transaction up.
func checkTexts(args []any) error {
	for _, arg := range args {
		text, ok := arg.(string)
		if !ok {
			v := reflect.ValueOf(arg)
			if v.Kind() != reflect.String {
				continue
			}
			text = v.String()
		}
		if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
			return errText
		}
	}
	return nil
}
