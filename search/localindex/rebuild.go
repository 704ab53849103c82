package localindex

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strings"

	"fanfare/search"
)

// rebuildBatch is how many documents one transaction of a rebuild puts in: Put waits for that long.
const rebuildBatch = 500

// nextMark stands in the names of tables that a rebuild fills.
const nextMark = "_next_"

// nextTables are tables of this rebuild alone, so that two at once do not mix.
func nextTables() tables { return named(nextMark + strings.ToLower(rand.Text())) }

// Rebuild fills new tables, batch by batch, and puts them in place in one transaction.
func (x *Index) Rebuild(ctx context.Context, documents iter.Seq2[search.Document, error]) error {
	next := nextTables()
	err := x.update(ctx, "begin to rebuild search index", func(tx *sql.Tx) error {
		if err := sweep(ctx, tx); err != nil {
			return err
		}
		return next.create(ctx, tx)
	})
	if err != nil {
		return err
	}
	if err := x.fill(ctx, next, documents); err != nil {
		ctx = context.WithoutCancel(ctx)
		return errors.Join(err, x.update(ctx, "drop unfinished search index", func(tx *sql.Tx) error { return next.drop(ctx, tx) }))
	}
	return x.update(ctx, "replace search index", func(tx *sql.Tx) error { return next.replace(ctx, tx, stamp) })
}

// sweep drops what rebuilds left behind that did not end, and ends one that runs elsewhere: the last to begin counts.
func sweep(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT substr(name, length(?) + 1) FROM sqlite_schema WHERE type = 'table' AND name GLOB ?`,
		current.document, current.document+nextMark+"*")
	if err != nil {
		return err
	}
	defer rows.Close()
	var left []string
	for rows.Next() {
		var suffix string
		if err := rows.Scan(&suffix); err != nil {
			return err
		}
		left = append(left, suffix)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, suffix := range left {
		if err := named(suffix).drop(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

func (x *Index) fill(ctx context.Context, into tables, documents iter.Seq2[search.Document, error]) error {
	batch := make([]search.Document, 0, rebuildBatch)
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return x.update(ctx, "fill search index", func(tx *sql.Tx) error { return put(ctx, tx, into, batch) })
	}
	for d, err := range documents {
		if err != nil {
			return fmt.Errorf("rebuild search index: %w", err)
		}
		if batch = append(batch, d); len(batch) < rebuildBatch {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

// Compare checks the database's structure and reads every word and hashtag back.
func (x *Index) Compare(ctx context.Context, documents iter.Seq2[search.Document, error]) (search.Difference, error) {
	held, seed, err := x.held(ctx)
	if err != nil {
		return search.Difference{}, failed("read search index", err)
	}
	return search.Differ(held, documents, func(d search.Document) uint64 { return fingerprint(seed, d) })
}

// ErrDamaged means that the index's file is damaged: what it finds may be wrong. It can be deleted and is built anew.
var ErrDamaged = errors.New("search index damaged")

// held returns the fingerprints of the documents, by ID.
func (x *Index) held(ctx context.Context) (map[string]uint64, maphash.Seed, error) {
	seed := maphash.MakeSeed()
	tx, err := x.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, seed, err
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	sums := map[int64]uint64{}
	for _, query := range []string{
		`SELECT doc, term, col, offset FROM instance`,
		`SELECT document, key, challenge, number FROM tag`,
	} {
		if err := sum(ctx, tx, seed, sums, query); err != nil {
			return nil, seed, err
		}
	}
	// FTS5's part of the check must come behind a query of the same transaction: it trusts what its connection remembers of
	// the table's segments, and only queries look whether another connection has changed them.
	var verdict string
	if err := tx.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil || verdict != "ok" {
		return nil, seed, errors.Join(fmt.Errorf("%w: %s", ErrDamaged, verdict), err)
	}
	held, err := identified(ctx, tx, seed, sums)
	return held, seed, err
}

// part is a word of a document, with its field and place, or a hashtag, with the challenge and number beside it.
type part struct {
	text, where string
	place       int64
}

// sum adds the hashes of parts to their documents' sums; their order does not matter.
func sum(ctx context.Context, tx *sql.Tx, seed maphash.Seed, sums map[int64]uint64, query string) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var document int64
		var p part
		if err := rows.Scan(&document, &p.text, &p.where, &p.place); err != nil {
			return err
		}
		sums[document] += maphash.Comparable(seed, p)
	}
	return rows.Err()
}

// identified names the sums by their documents. Parts without a document are a damage that no identifier names.
func identified(ctx context.Context, tx *sql.Tx, seed maphash.Seed, sums map[int64]uint64) (map[string]uint64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT rowid, id, challenge, number FROM document`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	held := map[string]uint64{}
	for rows.Next() {
		var document, number int64
		var id, challenge string
		if err := rows.Scan(&document, &id, &challenge, &number); err != nil {
			return nil, err
		}
		held[id] = sums[document] + maphash.Comparable(seed, part{id, challenge, number})
		delete(sums, document)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(sums) > 0 {
		return nil, fmt.Errorf("%w: words of %d documents that are not there", ErrDamaged, len(sums))
	}
	return held, nil
}

// fingerprint is the sum that the document has when it was put in just so.
func fingerprint(seed maphash.Seed, d search.Document) uint64 {
	total := maphash.Comparable(seed, part{d.ID, d.Challenge, int64(d.Number)})
	for _, f := range []struct{ column, text string }{{"caption", d.Caption}, {"author", d.Author}, {"city", d.City}} {
		for i, token := range strings.Split(strings.TrimSuffix(spaced(f.text), " "), " ") {
			if token != "" {
				total += maphash.Comparable(seed, part{token, f.column, int64(i)})
			}
		}
	}
	seen := map[string]bool{}
	for _, key := range d.Tags {
		if !seen[key] {
			seen[key] = true
			total += maphash.Comparable(seed, part{key, d.Challenge, int64(d.Number)})
		}
	}
	return total
}
