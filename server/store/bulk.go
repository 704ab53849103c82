package store

import (
	"slices"
	"strings"
)

// together is how many rows SQLite inserts by one statement, and the rest one by one: what a statement costs by itself is
// less than its rows' by then.
const together = 8

// insertion inserts rows: several by a statement where it runs in this process, all of them where each statement is a
// round trip.
type insertion struct {
	one, several string // SQLite's
	all          string // PostgreSQL's, from columns
}

// insertInto returns the insertion into columns of a table, whose PostgreSQL types are named. Of a row that is refused, FAIL
// leaves the ones before it in place: they are undone with their caller's, and SQLite need not keep what each page was.
func insertInto(table, columns string, types ...string) insertion {
	row := "(?" + strings.Repeat(", ?", len(types)-1) + ")"
	into, values := table+" ("+columns+") ", "VALUES "+row
	return insertion{
		one:     "INSERT OR FAIL INTO " + into + values,
		several: "INSERT OR FAIL INTO " + into + values + strings.Repeat(", "+row, together-1),
		all:     "INSERT INTO " + into + "SELECT * FROM unnest(?::" + strings.Join(types, "[], ?::") + "[])",
	}
}

// with returns the insertion with a clause at its end.
func (i insertion) with(clause string) insertion {
	return insertion{i.one + clause, i.several + clause, i.all + clause}
}

func (tx *Tx) insert(i insertion, rows [][]any) error {
	if tx.dialect == SQLite {
		for ; len(rows) >= together; rows = rows[together:] {
			if _, err := tx.exec(i.several, slices.Concat(rows[:together]...)...); err != nil {
				return err
			}
		}
	}
	return tx.bulk(i.one, i.all, rows)
}

// bulk runs a statement for many rows: for one after the other where it runs in this process, for all of them where each
// statement is a round trip.
func (tx *Tx) bulk(one, many string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	if tx.dialect == Postgres {
		_, err := tx.exec(many, columnsOf(rows)...)
		return err
	}
	for _, row := range rows {
		if _, err := tx.exec(one, row...); err != nil {
			return err
		}
	}
	return nil
}

// columnsOf turns rows of strings and int64s into columns.
func columnsOf(rows [][]any) []any {
	columns := make([]any, len(rows[0]))
	for i, first := range rows[0] {
		switch first.(type) {
		case string:
			columns[i] = column[string](rows, i)
		default:
			columns[i] = column[int64](rows, i)
		}
	}
	return columns
}

func column[T any](rows [][]any, i int) []T {
	values := make([]T, len(rows))
	for n, row := range rows {
		values[n] = row[i].(T)
	}
	return values
}
