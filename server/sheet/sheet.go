// Package sheet reads and writes tables as people exchange them: CSV and XLSX with a line of titles. It knows encodings,
// separators, how spreadsheets hide numbers, and which texts they would run as formulas; it refuses to know what a column is for.
package sheet

import (
	"errors"
	"fmt"
)

// Limits of a file that is read. Each is checked before the memory is spent.
const (
	// MaxBytes is how long a file may be: a year's figures of twenty channels, or 50,000 orders, are half of it.
	MaxBytes = 8 << 20
	// MaxRows and MaxColumns are how far a table may reach; no export of a platform or a shop has more columns.
	MaxRows    = 50_000
	MaxColumns = 200
	// MaxCell is how long one cell may be, in bytes.
	MaxCell = 8 << 10
)

// What is wrong with a file as a whole.
var (
	ErrTooLarge = errors.New("table too large")
	ErrEmpty    = errors.New("no rows under a line of titles")
	// ErrBroken says that a file is neither a table of text nor a workbook that can be read.
	ErrBroken = errors.New("not a table")
	// ErrDates1904 says that a workbook counts its days from 1904, as old ones from Macs do: its dates would be four years off.
	ErrDates1904 = errors.New("dates count from 1904")
)

// LineError says in which line of a file reading came to an end.
type LineError struct {
	Line int
	Err  error
}

// Error implements error.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what was wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Table is what a file holds.
type Table struct {
	Titles []string // without spaces around them
	Rows   []Row
}

// Row is a line that is not empty.
type Row struct {
	Line  int      // in the file, from 1
	Cells []string // as many as there are titles, without spaces around them
}

// Cell is the text in a column; empty for a column that Table.Column did not find.
func (r Row) Cell(column int) string {
	if column < 0 {
		return ""
	}
	return r.Cells[column]
}

// Column returns the first column whose title is one of the names, -1 for none. Case, spaces and what stands in brackets
// ("曝光量(次)") make no difference.
func (t *Table) Column(names ...string) int {
	for _, name := range names {
		for i, title := range t.Titles {
			if Key(title) == Key(name) {
				return i
			}
		}
	}
	return -1
}
