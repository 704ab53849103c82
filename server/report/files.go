package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"

	"fanfare/server/app/reports"
	"fanfare/server/page"
	"fanfare/server/sheet"
)

// Format is how a report's tables are written.
type Format string

// The formats: one workbook, or one ZIP of texts.
const (
	XLSX Format = "xlsx"
	CSV  Format = "zip"
)

// ContentType is what a browser is told that it gets.
func (f Format) ContentType() string {
	if f == CSV {
		return "application/zip"
	}
	return sheet.XLSX.ContentType()
}

// Write writes a report's tables in a language, all of them: numbers as numbers, nothing that runs as a formula.
func (d *Drawer) Write(out io.Writer, f Format, lang page.Lang, c reports.Closing) error {
	list := tables(d.pages.Words(lang), c)
	if f == CSV {
		return writeTexts(out, list)
	}
	book := sheet.NewBook(out)
	for _, t := range list {
		w, err := book.Sheet(t.name, t.columns)
		if err == nil {
			err = fill(w, t)
		}
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	return book.Close()
}

// writeTexts writes each table into a file of its own.
func writeTexts(out io.Writer, list []table) error {
	archive := zip.NewWriter(out)
	for _, t := range list {
		file, err := archive.Create(t.name + ".csv")
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		w, err := sheet.NewWriter(file, sheet.CSV, t.columns)
		if err == nil {
			err = fill(w, t)
		}
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func fill(w *sheet.Writer, t table) error {
	for _, row := range t.rows {
		if err := w.Row(row...); err != nil {
			return err
		}
	}
	return w.Close()
}

// Answer sends a report's tables as a file to be kept.
func (d *Drawer) Answer(w http.ResponseWriter, r *http.Request, f Format, c reports.Closing) error {
	var file bytes.Buffer // a report that fails half-way is an error, and not half a file
	if err := d.Write(&file, f, page.LangOf(r), c); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", f.ContentType())
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="report-%s.%s"`, c.Plan.Day(c.Now), f))
	w.Write(file.Bytes()) // a reader who has gone is no fault of the report
	return nil
}
