// Package pagetest holds what is true of the templates of all pages.
package pagetest

import (
	"io/fs"
	"regexp"
	"testing"
)

// inline is a script or a style that stands in a page itself.
var inline = regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|<script(?:\s+(?:async|defer))*>|javascript:`)

// NothingInline fails where a template has a script or a style of its own: a strict Content-Security-Policy holds only as long as
// nobody writes one into a page.
func NothingInline(t *testing.T, files fs.FS) {
	t.Helper()
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.Find(text); found != nil {
			t.Errorf("%s has %q", name, found)
		}
	}
}
