package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// nasty are texts that spreadsheets, separators, quotes or parsers could trip over.
var nasty = []string{
	"=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "\t=1", " =1", "'=1", "''=1", "'", "'tis", "-5", "+5", "-", "0012345",
	"12345678901234567890", "1E10", "1.2E+07", "a,b;c\td", `"quoted"`, "two\nlines", "重庆 · 夜景", "https://example.org/?a=1", "_x0041_", "<b>&amp;</b>", "",
}

var formats = []Format{CSV, XLSX}

// written is a table of one text column and one number column as a file.
func written(t testing.TB, f Format, rows [][2]string) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, f, []Column{{Title: "=text"}, {Title: "number", Number: true}})
	for _, row := range rows {
		if err == nil {
			err = w.Row(row[0], row[1])
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestWhatIsWrittenIsReadAsItWas(t *testing.T) {
	for _, f := range formats {
		var rows [][2]string
		for i, text := range nasty {
			rows = append(rows, [2]string{text, []string{"7", "-12.5", "0", "123456789012345678"}[i%4]})
		}
		table, err := Read(bytes.NewReader(written(t, f, rows)))
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if !slices.Equal(table.Titles, []string{"=text", "number"}) || len(table.Rows) != len(rows) {
			t.Fatalf("%s: %q and %d rows, want %d", f, table.Titles, len(table.Rows), len(rows))
		}
		for i, row := range table.Rows {
			if want := trimmed(rows[i][0]); row.Cells[0] != want || row.Cells[1] != rows[i][1] {
				t.Errorf("%s: %q came back as %q", f, rows[i], row.Cells)
			}
		}
	}
}

func TestNoFormulaIsWritten(t *testing.T) {
	for _, text := range nasty {
		file := written(t, CSV, [][2]string{{text, text}})
		lines := strings.SplitN(string(file), "\r\n", 2)
		for _, field := range []string{strings.TrimPrefix(lines[0], "\uFEFF"), lines[1]} {
			cell := strings.TrimLeft(field, "\" \t")
			if cell != "" && strings.ContainsRune(starts, []rune(cell)[0]) && !strings.HasPrefix(cell, "-5") {
				t.Errorf("%q was written as %s", text, field)
			}
		}
		book, err := excelize.OpenReader(bytes.NewReader(written(t, XLSX, [][2]string{{text, text}})))
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range []string{"A1", "A2", "B2"} {
			formula, err := book.GetCellFormula("Sheet1", cell)
			value, errValue := book.GetCellValue("Sheet1", cell)
			if err != nil || errValue != nil || formula != "" || strings.HasPrefix(strings.TrimSpace(value), "=") {
				t.Errorf("%q became %q with formula %q: %v %v", text, value, formula, err, errValue)
			}
		}
	}
}

func TestNumbersAddUpInAWorkbook(t *testing.T) {
	book, err := excelize.OpenReader(bytes.NewReader(written(t, XLSX, [][2]string{{"12", "12.5"}, {"x", "123456789012345678"}})))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[string]excelize.CellType{"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeNumber, "B3": excelize.CellTypeInlineString} {
		kind, err := book.GetCellType("Sheet1", cell)
		if kind == excelize.CellTypeUnset {
			kind = excelize.CellTypeNumber // a number's type is the one not written
		}
		if err != nil || kind != want {
			t.Errorf("%s: type %d, %v, want %d", cell, kind, err, want)
		}
	}
}

func TestEncodingsAndSeparatorsOfSpreadsheetsAreTold(t *testing.T) {
	const text = "日期;渠道;曝光量\r\n\r\n2026-11-22;\"微博;官方\";1,234\r\n"
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(text, ";曝", "\t曝"))
	if err != nil {
		t.Fatal(err)
	}
	wide = strings.ReplaceAll(wide, ";\x00", "\t\x00")
	for name, file := range map[string]string{"UTF-8": text, "with a mark": "\uFEFF" + text, "GBK": gbk, "UTF-16": wide} {
		table, err := Read(strings.NewReader(file))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		row := table.Rows[0]
		if row.Line != 3 || row.Cell(table.Column("渠道")) == "" || row.Cell(table.Column("曝光量")) != "1,234" || row.Cell(table.Column("nothing")) != "" {
			t.Errorf("%s: %q, line %d: %q", name, table.Titles, row.Line, row.Cells)
		}
	}
}

func TestTitlesAreFoundHoweverTheyAreWritten(t *testing.T) {
	table := Table{Titles: []string{"Order_ID", "曝光量（次）", "ＤＡＴＥ"}}
	for name, want := range map[string]int{"order id": 0, "orderid": 0, "曝光量": 1, "date": 2, "day": -1} {
		if got := table.Column(name); got != want {
			t.Errorf("%q: column %d, want %d", name, got, want)
		}
	}
}

func TestAWorkbookFromASpreadsheetIsRead(t *testing.T) {
	book := excelize.NewFile()
	style, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	for cell, value := range map[string]any{"A2": "Day", "B2": "Amount", "C2": "Order", "A4": 46348, "B4": 0.1 + 0.2, "C4": "20261122000012345678", "B5": 12345678.9} {
		if err := book.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := book.SetCellStyle("Sheet1", "A4", "A4", style); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := book.Write(&file); err != nil {
		t.Fatal(err)
	}
	table, err := Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	first := table.Rows[0]
	day, ok := Day(first.Cells[0])
	if !ok || day != "2026-11-22" || first.Cells[1] != "0.3" || first.Cells[2] != "20261122000012345678" || first.Line != 4 {
		t.Errorf("line %d: day %s, %q", first.Line, day, first.Cells)
	}
	if got := table.Rows[1].Cells[1]; got != "12345678.9" {
		t.Errorf("amount %s", got)
	}
}

// archive is a workbook with a part replaced.
func archive(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	whole := written(t, XLSX, [][2]string{{"a", "1"}})
	r, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for _, part := range r.File {
		if part.Name == name {
			continue
		}
		if err := w.Copy(part); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.Create(name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestTooMuchIsRefusedBeforeItIsUnpacked(t *testing.T) {
	const head = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	const sheet = "xl/worksheets/sheet1.xml"
	for name, file := range map[string][]byte{
		"bytes":        bytes.Repeat([]byte("a,b\n"), MaxBytes/4+1),
		"rows":         append([]byte("a\n"), bytes.Repeat([]byte("1\n"), MaxRows+1)...),
		"columns":      append(bytes.Repeat([]byte("a,"), MaxColumns), "a\n1\n"...),
		"a cell":       append([]byte("a\n"), bytes.Repeat([]byte("1"), MaxCell+1)...),
		"a bomb":       archive(t, sheet, append([]byte(head), make([]byte, maxUnpacked+1)...)),
		"styles":       archive(t, "xl/styles.xml", make([]byte, maxPart+1)),
		"shared texts": archive(t, "xl/sharedStrings.xml", bytes.Repeat([]byte("<si/>"), maxShared+1)),
		"empty lines":  archive(t, sheet, []byte(head+strings.Repeat("<row/>", 1_000_000)+"</sheetData></worksheet>")),
		"a far line":   archive(t, sheet, []byte(head+`<row r="1048576"><c t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>`)),
		"a far column": archive(t, sheet, []byte(head+`<row r="1"><c r="XFD1" t="inlineStr"><is><t>a</t></is></c></row></sheetData></worksheet>`)),
	} {
		if _, err := Read(bytes.NewReader(file)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: got %v, want too large", name, err)
		}
	}
}

func TestWhatIsNoTableIsToldSo(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"nothing":         {"", ErrEmpty},
		"titles alone":    {"a,b\n\n", ErrEmpty},
		"a photo":         {"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", ErrBroken},
		"half a workbook": {string(written(t, XLSX, [][2]string{{"a", "1"}})[:900]), ErrBroken},
		"an open quote":   {"a,b\n1,\"2\n", ErrBroken},
	} {
		if _, err := Read(strings.NewReader(c.file)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := Read(strings.NewReader("a,b\n1,2\n1,\"x\"y\n")); err == nil {
		t.Error("a quote inside a field is taken")
	} else if wrong, ok := errors.AsType[*LineError](err); !ok || wrong.Line != 3 {
		t.Errorf("got %v, want line 3", err)
	}
}

func TestOldWorkbooksOfMacsAreRefused(t *testing.T) {
	book := excelize.NewFile()
	yes := true
	if err := book.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := book.Write(&file); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(&file); !errors.Is(err, ErrDates1904) {
		t.Errorf("got %v", err)
	}
}

// Any file is read or refused: no panic, and no table beyond the limits.
func FuzzRead(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"))
	f.Add([]byte("\xFF\xFEa\x00\t\x00b\x00\n\x001\x00"))
	f.Add([]byte("\xC8\xD5\xC6\xDA,a\n1,2"))
	f.Add([]byte("a;b\n\"x;\"\"y\";'=1\n"))
	f.Add(written(f, XLSX, [][2]string{{"=1", "2"}}))
	f.Add(archive(f, "xl/worksheets/sheet1.xml", []byte(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>9</v></c></row><row r="5"><c><v>1E+300</v></c></row></sheetData></worksheet>`)))
	f.Fuzz(func(t *testing.T, file []byte) {
		table, err := Read(bytes.NewReader(file))
		if err != nil {
			return
		}
		if len(table.Titles) > MaxColumns || len(table.Rows) > MaxRows || len(table.Rows) == 0 {
			t.Fatalf("%d titles, %d rows", len(table.Titles), len(table.Rows))
		}
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Titles) {
				t.Fatalf("line %d has %d cells for %d titles", row.Line, len(row.Cells), len(table.Titles))
			}
			for _, cell := range row.Cells {
				if len(cell) > MaxCell || cell != sane(cell) {
					t.Fatalf("line %d: %q", row.Line, cell)
				}
				Time(cell, nil)
			}
		}
	})
}

// Any text comes back from either format, without spaces around it and as far as both can hold it.
func FuzzRoundTrip(f *testing.F) {
	for _, text := range nasty {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := trimmed(text)
		if len(want) > MaxCell/2 {
			return
		}
		for _, format := range formats {
			table, err := Read(bytes.NewReader(written(t, format, [][2]string{{text, "1"}})))
			if err != nil || table.Rows[0].Cells[0] != want {
				t.Fatalf("%s: %q came back as %+v: %v", format, want, table, err)
			}
		}
	})
}
