package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// readText calls add with each line of a CSV file.
func readText(content []byte, add func(line int, cells []string) error) error {
	text, err := decoded(content)
	if err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(text), -1, true
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			return &LineError{wrong.Line, fmt.Errorf("%w: %w", ErrBroken, wrong.Err)}
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		line, _ := r.FieldPos(0)
		if err := add(line, cells); err != nil {
			return err
		}
	}
}

// decoded is a file as text: UTF-8, UTF-16 where it begins with that mark (a spreadsheet's "Unicode text"), and what is neither
// is GB 18030, in which Chinese Windows saves CSV.
func decoded(content []byte) (string, error) {
	var err error
	switch {
	case bytes.HasPrefix(content, []byte("\xFF\xFE")), bytes.HasPrefix(content, []byte("\xFE\xFF")):
		content, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(content)
	case !utf8.Valid(content):
		content, err = simplifiedchinese.GB18030.NewDecoder().Bytes(content)
		if bytes.ContainsRune(content, utf8.RuneError) { // which that encoding has no bytes for
			err = ErrBroken
		}
	}
	if err != nil || bytes.IndexByte(content, 0) >= 0 {
		return "", ErrBroken
	}
	return strings.TrimPrefix(string(content), "\uFEFF"), nil
}

// separator is what the first line has most of, outside of quotes.
func separator(text string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range text {
		switch {
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\n' && len(counts) > 0:
			return most(counts)
		case r == ',' || r == ';' || r == '\t':
			counts[r]++
		}
	}
	return most(counts)
}

func most(counts map[rune]int) rune {
	best := ','
	for _, r := range []rune{'\t', ';'} {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}
