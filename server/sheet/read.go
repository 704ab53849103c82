package sheet

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Read reads a file, whichever of the formats it has. What Writer made is read as it was given.
func Read(file io.Reader) (*Table, error) {
	content, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	if len(content) > MaxBytes {
		return nil, ErrTooLarge
	}
	g := &gathering{}
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		err = readWorkbook(content, g.add)
	} else {
		err = readText(content, g.add)
	}
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	if len(g.table.Rows) == 0 {
		return nil, fmt.Errorf("read table: %w", ErrEmpty)
	}
	return &g.table, nil
}

// gathering is a table that grows by lines.
type gathering struct{ table Table }

// add takes the next line. The first that is not empty has the titles, which say how wide the table is.
func (g *gathering) add(line int, cells []string) error {
	if cells = plain(cells); len(cells) == 0 {
		return nil
	}
	for _, cell := range cells {
		if len(cell) > MaxCell {
			return &LineError{line, ErrTooLarge}
		}
	}
	if g.table.Titles == nil {
		g.table.Titles = cells
		if len(cells) > MaxColumns {
			return &LineError{line, ErrTooLarge}
		}
		return nil
	}
	if len(g.table.Rows) == MaxRows {
		return &LineError{line, ErrTooLarge}
	}
	row := Row{line, make([]string, len(g.table.Titles))}
	copy(row.Cells, cells) // what stands right of the titles has no meaning
	g.table.Rows = append(g.table.Rows, row)
	return nil
}

// plain are cells without spaces around them and without empty ones at the end, formulas that Writer made harmless as they were.
func plain(cells []string) []string {
	clean := make([]string, 0, min(len(cells), MaxColumns))
	end := 0
	for i, cell := range cells {
		cell = revived(strings.TrimFunc(sane(cell), blank))
		if cell != "" {
			end = i + 1
		}
		clean = append(clean, cell)
	}
	return clean[:end]
}

// blank reports whether a rune at a cell's end says nothing: spaces, and marks that exports leave around numbers.
func blank(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' }

// sane is a text that every format and database can hold: UTF-8, lines that end with "\n", no other control characters but tabs.
func sane(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	if strings.IndexFunc(text, unprintable) < 0 {
		return text
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case unprintable(r):
			return -1
		}
		return r
	}, text)
}

// unprintable are the control characters that sane takes out, and those that XML cannot hold.
func unprintable(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r == '\uFFFE' || r == '\uFFFF'
}

// Key is a title or a name as it is compared: one width of letters and digits, lower case, without spaces, underscores, hyphens and
// what stands in brackets.
func Key(title string) string {
	title, _, _ = strings.Cut(norm.NFKC.String(title), "(")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, title)
}
