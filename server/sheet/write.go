package sheet

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Format is how a table is written. Its value is the ending of a file's name.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// ContentType is what a browser is told that it gets.
func (f Format) ContentType() string {
	if f == XLSX {
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	}
	return "text/csv; charset=utf-8"
}

// Column is a column to write.
type Column struct {
	Title  string
	Number bool // its cells are plain decimals or empty: workbooks add them up
}

// Writer writes a table, its titles first. Formulas are made harmless.
type Writer struct {
	columns []Column
	text    *bufio.Writer          // of CSV
	stream  *excelize.StreamWriter // of XLSX
	book    *Book                  // of XLSX, where the table is all of it
	line    int
}

// NewWriter begins a table.
func NewWriter(out io.Writer, f Format, columns []Column) (*Writer, error) {
	if f == XLSX {
		book := NewBook(out)
		w, err := book.Sheet("Sheet1", columns)
		if err == nil {
			w.book = book
		}
		return w, err
	}
	w := &Writer{columns: columns, text: bufio.NewWriter(out)}
	if _, err := w.text.WriteString("\uFEFF"); err != nil { // or spreadsheets take UTF-8 for something else
		return nil, fmt.Errorf("begin table: %w", err)
	}
	return w, w.titles()
}

// titles writes the first line.
func (w *Writer) titles() error {
	titles := make([]string, len(w.columns))
	for i, c := range w.columns {
		titles[i] = c.Title
	}
	return w.write(titles, func(int) bool { return false })
}

// Row writes a line of as many cells as there are columns. Spaces around them are left out.
func (w *Writer) Row(cells ...string) error {
	return w.write(cells, func(i int) bool { return w.columns[i].Number })
}

// write writes a line; isNumber tells whether a cell is to be a number.
func (w *Writer) write(cells []string, isNumber func(int) bool) error {
	if len(cells) != len(w.columns) {
		return fmt.Errorf("write table: %d cells for %d columns", len(cells), len(w.columns))
	}
	w.line++
	var err error
	if w.stream != nil {
		err = w.stream.SetRow("A"+strconv.Itoa(w.line), values(cells, isNumber))
	} else {
		_, err = w.text.WriteString(quoted(cells, isNumber))
	}
	if err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

// values are cells for a workbook: numbers as such, everything else as texts.
func values(cells []string, isNumber func(int) bool) []any {
	out := make([]any, len(cells))
	for i, cell := range cells {
		cell = trimmed(cell)
		if isNumber(i) && exact(cell) {
			n, err := strconv.ParseFloat(cell, 64)
			if err == nil {
				out[i] = n
				continue
			}
		}
		out[i] = Harmless(cell)
	}
	return out
}

// exact reports whether a text is a number that a workbook keeps digit by digit.
func exact(cell string) bool {
	return number.MatchString(cell) && len(strings.NewReplacer("-", "", ".", "").Replace(cell)) <= excelDigits
}

// quoted is a line of CSV (RFC 4180). Texts stand in quotes, all of them: some spreadsheets split bare ones at other separators.
func quoted(cells []string, isNumber func(int) bool) string {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteByte(',')
		}
		cell = trimmed(cell)
		if isNumber(i) && (cell == "" || number.MatchString(cell)) {
			line.WriteString(cell)
			continue
		}
		line.WriteString(`"` + strings.ReplaceAll(Harmless(cell), `"`, `""`) + `"`)
	}
	line.WriteString("\r\n")
	return line.String()
}

func trimmed(cell string) string { return strings.TrimFunc(sane(cell), blank) }

// Close ends the table. A workbook is only now written, where the table is all of it.
func (w *Writer) Close() (err error) {
	if w.stream == nil {
		err = w.text.Flush()
	} else {
		err = w.stream.Flush()
	}
	if err == nil && w.book != nil {
		err = w.book.Close()
	}
	if err != nil {
		return fmt.Errorf("end table: %w", err)
	}
	return nil
}
