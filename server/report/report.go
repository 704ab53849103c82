// Package report draws a campaign's report: as a page that is read on a phone, shown on a wall and printed on A4, as a workbook and
// as tables of text, and as the few lines of a letter. It knows how a report reads; it refuses to know who may read it and where its
// numbers come from.
package report

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"

	"fanfare/server/app/reports"
	"fanfare/server/page"
)

//go:embed all:templates messages
var files embed.FS

//go:embed assets
var assets embed.FS

// Assets are the files that pages with a report link as /assets/{name}: report.css, report.js.
func Assets() fs.FS {
	sub, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // the folder is embedded: it is there
	}
	return sub
}

// Style is the stylesheet of pages with a report; the page's charts.css goes before it.
const Style = "/assets/report.css"

// Extend returns a renderer that can draw a View as the template "report", and has the words for it.
func Extend(pages *page.Renderer) (*page.Renderer, error) {
	extended, err := pages.Extend(files)
	if err != nil {
		return nil, fmt.Errorf("extend pages: %w", err)
	}
	return extended, nil
}

// Drawer draws reports that stand alone.
type Drawer struct{ pages *page.Renderer }

// New returns a drawer over the pages' renderer.
func New(pages *page.Renderer) (*Drawer, error) {
	extended, err := Extend(pages)
	return &Drawer{extended}, err
}

// Shared is a report's page for readers without an account.
type Shared struct {
	View
	XLSX, CSV string // the same as files; CSV is a ZIP of tables
}

// Page writes the page at which readers without an account find a report; path is its own.
func (d *Drawer) Page(w http.ResponseWriter, r *http.Request, path string, c reports.Closing) error {
	words := d.pages.Context(r)
	v := Shared{NewView(words, c), path + "/report.xlsx", path + "/report.zip"}
	head := page.Head{
		Title: v.Kind + " · " + v.Name, NoIndex: true, Class: "report-page",
		Styles: []string{words.Asset("charts.css"), Style}, Scripts: []string{"/assets/report.js"},
	}
	return d.pages.Render(w, r, http.StatusOK, "shared_report", head, v)
}
