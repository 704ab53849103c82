package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Limits of a workbook's parts, unpacked. They stand in the archive's directory, and Go's reader stops where a part is longer than
// its line there says.
const (
	maxParts    = 500
	maxUnpacked = 64 << 20 // bytes, all parts
	maxPart     = 2 << 20  // bytes of one that is read whole and is no table: styles, relations
	maxTexts    = MaxBytes // bytes of the texts that cells share
	maxShared   = 200_000  // of those texts; each takes a hundred bytes in memory, however short it is
	// maxLines is how many lines of the sheet are looked at: programs leave empty ones between and behind those that say something,
	// and a million of them in a file of some kilobytes would keep a processor busy for seconds.
	maxLines = 2 * MaxRows
)

// sharedTexts is the part that holds the texts which cells share.
const sharedTexts = "xl/sharedstrings.xml"

// readWorkbook calls add with each line of a workbook's first sheet: numbers as they are stored, not as they are shown.
func readWorkbook(content []byte, add func(line int, cells []string) error) (err error) {
	if err := checkParts(content); err != nil {
		return err
	}
	defer func() { // the file is anybody's, and the reader is not ours
		if broken := recover(); broken != nil {
			err = fmt.Errorf("%w: %v", ErrBroken, broken)
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer f.Close() //nolint:errcheck // there are no temporary files: the limits are equal
	props, err := f.GetWorkbookProps()
	if err == nil && props.Date1904 != nil && *props.Date1904 {
		return ErrDates1904
	}
	sheets := f.GetSheetList()
	if err != nil || len(sheets) == 0 {
		return ErrBroken
	}
	return readSheet(f, sheets[0], add)
}

func readSheet(f *excelize.File, name string, add func(line int, cells []string) error) error {
	rows, err := f.Rows(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	for line := 1; rows.Next(); line++ {
		if line > maxLines {
			return &LineError{line, ErrTooLarge}
		}
		cells, err := rows.Columns()
		if err != nil {
			return &LineError{line, fmt.Errorf("%w: %w", ErrBroken, err)}
		}
		if len(cells) > MaxColumns {
			return &LineError{line, ErrTooLarge}
		}
		for i := range cells {
			cells[i] = unfloated(cells[i])
		}
		if err := add(line, cells); err != nil {
			return err
		}
	}
	if err := rows.Close(); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return nil
}

// checkParts holds a workbook's parts to the limits before any is unpacked.
func checkParts(content []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if len(archive.File) > maxParts {
		return ErrTooLarge
	}
	var total uint64
	for _, part := range archive.File {
		size, name := part.UncompressedSize64, strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		if size > maxUnpacked {
			return ErrTooLarge
		}
		if total += size; total > maxUnpacked {
			return ErrTooLarge
		}
		switch {
		case name == sharedTexts:
			if err := checkTexts(part); err != nil {
				return err
			}
		case size > maxPart && isXML(name) && !strings.HasPrefix(name, "xl/worksheets/"):
			return ErrTooLarge
		}
	}
	return nil
}

func isXML(name string) bool {
	return strings.HasSuffix(name, ".xml") || strings.HasSuffix(name, ".rels") || strings.HasSuffix(name, ".vml")
}

// checkTexts counts the texts that cells share.
func checkTexts(part *zip.File) error {
	if part.UncompressedSize64 > maxTexts {
		return ErrTooLarge
	}
	r, err := part.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	defer r.Close() //nolint:errcheck // it was only read
	texts, err := io.ReadAll(io.LimitReader(r, maxTexts))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if bytes.Count(texts, []byte("<si")) > maxShared {
		return ErrTooLarge
	}
	return nil
}

// float is how workbooks store numbers that are no integers, or are long: the shortest text of a double.
var float = regexp.MustCompile(`^-?[0-9](\.[0-9]+)?E[+-][0-9]{1,2}$|^-?[0-9]+\.[0-9]{10,}$`)

// excelDigits is how many digits of a number spreadsheets keep.
const excelDigits = 15

// unfloated is a stored number as a plain decimal with the digits that spreadsheets keep; other texts stay.
func unfloated(cell string) string {
	if !float.MatchString(cell) {
		return cell
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsInf(n, 0) {
		return cell
	}
	n, err = strconv.ParseFloat(strconv.FormatFloat(n, 'e', excelDigits-1, 64), 64)
	if err != nil {
		return cell
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
