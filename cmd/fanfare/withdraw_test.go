package main

import (
	"io/fs"
	"net/http"
	"path/filepath"
	"testing"
)

// An entry that is withdrawn while it is rendered leaves no photo behind: neither its original nor a rendition that was
// stored after the purge had looked.
func TestAnEntryWithdrawnWhileItIsRenderedLeavesNoPhoto(t *testing.T) {
	i := install(t, nil)
	token := i.guest()
	for range 6 {
		r := i.submit(token, "江边", nil)
		if r.Status != http.StatusCreated {
			t.Fatalf("submit: %d %s", r.Status, r.Text)
		}
		if r := i.do(request{method: "DELETE", path: "/api/v1/entries/" + r.text("id"), token: token}); r.Status != http.StatusNoContent {
			t.Fatalf("withdraw: %d %s", r.Status, r.Text)
		}
	}
	i.eventually("no job waits or runs", func() bool {
		counts, err := i.app.queue.Stats(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			if c.Ready+c.Running > 0 {
				return false
			}
		}
		return true
	})
	err := filepath.WalkDir(filepath.Join(i.data, "media"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s stays behind", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
