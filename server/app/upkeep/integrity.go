package upkeep

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fanfare/server/store"
)

// integrity asks a database whether what rows refer to is there, and SQLite whether its file is sound; it returns the
// first complaints. PostgreSQL has no question about its files; there, reading every row has to do.
func integrity(tx *store.Tx, d store.Dialect) (complaints []string, err error) {
	if d != store.SQLite {
		return dangling(tx)
	}
	err = texts(tx, "PRAGMA integrity_check(3)", func(line string) {
		if line != "ok" {
			complaints = append(complaints, line)
		}
	})
	if len(complaints) > 0 {
		return complaints, nil // the check itself may end at what it found
	}
	if err != nil {
		return nil, err
	}
	err = texts(tx, `SELECT "table" || ' row ' || coalesce(rowid, '?') || ' refers to a missing row of ' || parent FROM pragma_foreign_key_check LIMIT 3`,
		func(line string) { complaints = append(complaints, line) })
	return complaints, err
}

// danglingQueries makes a query of each foreign key of a PostgreSQL database, which finds rows that refer to missing ones.
// PostgreSQL itself looks at a row only when it is written, and not even then for who switched that off.
const danglingQueries = `SELECT format('SELECT %L || c.ctid || %L FROM %s c WHERE NOT EXISTS (SELECT 1 FROM %s p WHERE %s) LIMIT 3',
		conrelid::regclass || ' row ', ' refers to a missing row of ' || confrelid::regclass, conrelid::regclass, confrelid::regclass,
		(SELECT string_agg(format('p.%I = c.%I', p.attname, c.attname), ' AND ')
			FROM unnest(conkey, confkey) AS k (child, parent)
			JOIN pg_attribute c ON c.attrelid = conrelid AND c.attnum = child
			JOIN pg_attribute p ON p.attrelid = confrelid AND p.attnum = parent))
	FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY conrelid::regclass::text, conname`

// dangling returns the first rows of a PostgreSQL database that refer to missing ones. A database without foreign keys
// is a complaint as well: nothing would be found there.
func dangling(tx *store.Tx) (complaints []string, err error) {
	var queries []string
	err = texts(tx, danglingQueries, func(query string) { queries = append(queries, query) })
	if err == nil && len(queries) == 0 {
		complaints = append(complaints, "no table has a foreign key")
	}
	for _, query := range queries {
		if err == nil {
			err = texts(tx, query, func(line string) { complaints = append(complaints, line) })
		}
	}
	return complaints, err
}

// texts calls fn with the only column of each row.
func texts(tx *store.Tx, query string, fn func(string)) error {
	rows, err := tx.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return err
		}
		fn(line)
	}
	return rows.Err()
}

// Adopt brings the database of a backup to this version's form. One that is damaged, or that has other tables, views or
// triggers than fresh, which is a new database, is ErrBackup.
func Adopt(ctx context.Context, backup, fresh *store.Store) error {
	err := backup.Snapshot(ctx, func(tx *store.Tx) error {
		complaints, err := integrity(tx, backup.Dialect())
		if err == nil && len(complaints) > 0 {
			err = fmt.Errorf("its database is damaged: %s", complaints[0])
		}
		return err
	})
	if err == nil {
		err = errors.Join(backup.Migrate(ctx), fresh.Migrate(ctx))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	got, err := form(ctx, backup)
	if err != nil {
		return err
	}
	want, err := form(ctx, fresh)
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%w: its database is not built as ours are", ErrBackup)
	}
	return nil
}

// form is what a SQLite database is built of: the statements that made its tables, indexes, triggers and views.
func form(ctx context.Context, s *store.Store) (statements []string, err error) {
	err = s.Snapshot(ctx, func(tx *store.Tx) error {
		statements = nil
		return texts(tx, "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY 1", func(line string) {
			statements = append(statements, line)
		})
	})
	return statements, err
}
