// Package localindex is the embedded search index: SQLite's FTS5 on database handles that it is given. It names no
// SQLite driver.
//
// The index holds no text that could be read back, only what finds it; everything can be built again from the database.
package localindex

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"fanfare/search"
)

// stamp is the version of the tables and of how texts become words. An index with another one is emptied. The database
// bears it once the index was built to the end.
const stamp = 2

// tables are the names of the index's tables. A rebuild fills others and renames them at the end.
type tables struct{ document, tag, text string }

var current = named("")

func named(suffix string) tables { return tables{"document" + suffix, "tag" + suffix, "text" + suffix} }

// create makes the tables. They split text at spaces alone: package search has made the tokens, and tokenizer "ascii" takes
// every character beyond ASCII as part of one (unicode61 would split at the vowel signs of several scripts and at letters
// younger than its tables). Rows of text have no content of their own; they share their rowid with document.
func (t tables) create(ctx context.Context, tx *sql.Tx) error {
	return run(ctx, tx,
		`CREATE TABLE `+t.document+` (
			rowid INTEGER PRIMARY KEY,
			id TEXT NOT NULL UNIQUE,
			challenge TEXT NOT NULL,
			number INTEGER NOT NULL)`,
		`CREATE INDEX number_of_`+t.document+` ON `+t.document+` (challenge, number)`,
		`CREATE TABLE `+t.tag+` (
			challenge TEXT NOT NULL,
			key TEXT NOT NULL,
			number INTEGER NOT NULL,
			document INTEGER NOT NULL,
			PRIMARY KEY (challenge, key, number, document)) WITHOUT ROWID`,
		`CREATE INDEX document_of_`+t.tag+` ON `+t.tag+` (document, key)`,
		`CREATE VIRTUAL TABLE `+t.text+` USING fts5 (caption, author, city,
			content='', contentless_delete=1, tokenize='ascii')`)
}

func (t tables) drop(ctx context.Context, tx *sql.Tx) error {
	return run(ctx, tx, `DROP TABLE IF EXISTS `+t.text, `DROP TABLE IF EXISTS `+t.tag, `DROP TABLE IF EXISTS `+t.document)
}

// replace puts the tables in place of the current ones, whose version is then another.
func (t tables) replace(ctx context.Context, tx *sql.Tx, version int) error {
	if err := run(ctx, tx, `DROP TABLE IF EXISTS vocabulary`, `DROP TABLE IF EXISTS instance`); err != nil {
		return err
	}
	if err := current.drop(ctx, tx); err != nil {
		return err
	}
	return run(ctx, tx,
		`ALTER TABLE `+t.document+` RENAME TO `+current.document,
		`ALTER TABLE `+t.tag+` RENAME TO `+current.tag,
		`ALTER TABLE `+t.text+` RENAME TO `+current.text,
		`CREATE VIRTUAL TABLE vocabulary USING fts5vocab (text, row)`,
		`CREATE VIRTUAL TABLE instance USING fts5vocab (text, instance)`,
		fmt.Sprintf(`PRAGMA user_version = %d`, version))
}

func run(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Index is a search.Index in a SQLite database.
type Index struct {
	write, read *sql.DB
}

// Open prepares the index in the database behind both handles, which stay the caller's: one that writes, and one for any
// number of readers.
func Open(ctx context.Context, write, read *sql.DB) (*Index, error) {
	x := &Index{write, read}
	version, err := version(ctx, write)
	if err != nil || version == stamp || version == -stamp {
		return x, err
	}
	err = x.update(ctx, "empty search index", func(tx *sql.Tx) error {
		next := nextTables()
		if err := next.create(ctx, tx); err != nil {
			return err
		}
		return next.replace(ctx, tx, -stamp)
	})
	return x, err
}

// Stale is true until the first Rebuild.
func (x *Index) Stale(ctx context.Context) (bool, error) {
	version, err := version(ctx, x.read)
	return version != stamp, err
}

func version(ctx context.Context, db *sql.DB) (version int, err error) {
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return 0, failed("read version of search index", err)
	}
	return version, nil
}

// Check asks the index for a document.
func (x *Index) Check(ctx context.Context) error {
	var one int
	err := x.read.QueryRowContext(ctx, `SELECT 1 FROM document LIMIT 1`).Scan(&one)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return failed("check search index", err)
	}
	return nil
}

// Put adds or replaces documents in one transaction.
func (x *Index) Put(ctx context.Context, documents []search.Document) error {
	return x.update(ctx, fmt.Sprintf("index %d documents", len(documents)), func(tx *sql.Tx) error {
		return put(ctx, tx, current, documents)
	})
}

func put(ctx context.Context, tx *sql.Tx, into tables, documents []search.Document) error {
	w, err := prepare(ctx, tx, into)
	if err != nil {
		return err
	}
	for _, d := range documents {
		if err := w.put(ctx, d); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	return nil
}

// Delete takes documents out in one transaction.
func (x *Index) Delete(ctx context.Context, ids []string) error {
	return x.update(ctx, fmt.Sprintf("delete %d documents", len(ids)), func(tx *sql.Tx) error {
		w, err := prepare(ctx, tx, current)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := w.remove(ctx, id); err != nil {
				return fmt.Errorf("document %s: %w", id, err)
			}
		}
		return nil
	})
}

func (x *Index) update(ctx context.Context, what string, change func(tx *sql.Tx) error) error {
	tx, err := x.write.BeginTx(ctx, nil)
	if err != nil {
		return failed(what, err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := change(tx); err != nil {
		return failed(what, err)
	}
	if err := tx.Commit(); err != nil {
		return failed(what, err)
	}
	return nil
}

// writer holds the statements of one transaction, which closes them.
type writer struct {
	find, removeText, removeTags, removeDocument, insert, insertText, insertTag *sql.Stmt
}

func prepare(ctx context.Context, tx *sql.Tx, t tables) (*writer, error) {
	w := &writer{}
	for _, s := range []struct {
		statement **sql.Stmt
		query     string
	}{
		{&w.find, `SELECT rowid FROM ` + t.document + ` WHERE id = ?`},
		{&w.removeText, `DELETE FROM ` + t.text + ` WHERE rowid = ?`},
		{&w.removeTags, `DELETE FROM ` + t.tag + ` WHERE document = ?`},
		{&w.removeDocument, `DELETE FROM ` + t.document + ` WHERE rowid = ?`},
		{&w.insert, `INSERT INTO ` + t.document + ` (id, challenge, number) VALUES (?, ?, ?) RETURNING rowid`},
		{&w.insertText, `INSERT INTO ` + t.text + ` (rowid, caption, author, city) VALUES (?, ?, ?, ?)`},
		{&w.insertTag, `INSERT OR IGNORE INTO ` + t.tag + ` (challenge, key, number, document) VALUES (?, ?, ?, ?)`},
	} {
		var err error
		if *s.statement, err = tx.PrepareContext(ctx, s.query); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *writer) put(ctx context.Context, d search.Document) error {
	if err := w.remove(ctx, d.ID); err != nil {
		return err
	}
	var row int64
	if err := w.insert.QueryRowContext(ctx, d.ID, d.Challenge, d.Number).Scan(&row); err != nil {
		return err
	}
	if _, err := w.insertText.ExecContext(ctx, row, spaced(d.Caption), spaced(d.Author), spaced(d.City)); err != nil {
		return err
	}
	for _, key := range d.Tags {
		if _, err := w.insertTag.ExecContext(ctx, d.Challenge, key, d.Number, row); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) remove(ctx context.Context, id string) error {
	var row int64
	err := w.find.QueryRowContext(ctx, id).Scan(&row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, statement := range []*sql.Stmt{w.removeText, w.removeTags, w.removeDocument} {
		if _, err := statement.ExecContext(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// gap is a token that nobody can ask for (no letter, no digit). It stands where punctuation parts two unspaced runs, so
// that no phrase reaches across it.
const gap = "\uE000"

// spaced writes the tokens of a text with spaces between them.
func spaced(text string) string {
	var b strings.Builder
	before := false // the run before is unspaced
	for _, run := range search.Runs(text) {
		if before && run.Unspaced && run.Broken {
			b.WriteString(gap + " ")
		}
		before = run.Unspaced
		for _, token := range run.Tokens {
			b.WriteString(token)
			b.WriteByte(' ')
		}
	}
	return b.String()
}
