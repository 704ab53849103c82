package sheet

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// How wide the columns of a workbook are, in characters: of its own accord a spreadsheet cuts titles off.
const (
	textWidth   = 28
	numberWidth = 16
)

// Book is a workbook of several tables, each on a sheet of its own.
type Book struct {
	file   *excelize.File
	out    io.Writer
	sheets int
}

// NewBook begins a workbook.
func NewBook(out io.Writer) *Book { return &Book{file: excelize.NewFile(), out: out} }

// Sheet begins a table on a new sheet. The table is closed before the next one begins, and before the book.
func (b *Book) Sheet(name string, columns []Column) (*Writer, error) {
	var err error
	if b.sheets == 0 {
		err = b.file.SetSheetName(b.file.GetSheetName(0), name)
	} else {
		_, err = b.file.NewSheet(name)
	}
	b.sheets++
	if err != nil {
		return nil, fmt.Errorf("begin sheet %q: %w", name, err)
	}
	w := &Writer{columns: columns}
	if w.stream, err = b.file.NewStreamWriter(name); err != nil {
		return nil, fmt.Errorf("begin sheet %q: %w", name, err)
	}
	for i, c := range columns {
		width := float64(textWidth)
		if c.Number {
			width = numberWidth
		}
		if err := w.stream.SetColWidth(i+1, i+1, width); err != nil {
			return nil, fmt.Errorf("begin sheet %q: %w", name, err)
		}
	}
	return w, w.titles()
}

// Close writes the workbook.
func (b *Book) Close() error {
	err := b.file.Write(b.out)
	if errClose := b.file.Close(); err == nil {
		err = errClose
	}
	if err != nil {
		return fmt.Errorf("write workbook: %w", err)
	}
	return nil
}
