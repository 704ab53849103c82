package dirblob_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"fanfare/media/blob"
	"fanfare/media/blob/dirblob"
)

func open(t *testing.T, root string) *dirblob.Dir {
	t.Helper()
	d, err := dirblob.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // some tests close it themselves
	return d
}

// files returns the names of all regular files under root.
func files(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(name string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAFailedPutLeavesNoFile(t *testing.T) {
	root := t.TempDir()
	d := open(t, root)
	stream := io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := d.Put(t.Context(), "a/key", stream); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the stream's error", err)
	}
	if names := files(t, root); len(names) > 0 {
		t.Errorf("left %v", names)
	}
}

func TestOpeningSweepsOnlyOldUnfinishedFiles(t *testing.T) {
	root := t.TempDir()
	d := open(t, root)
	if err := d.Put(t.Context(), "a/key", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	old, fresh := filepath.Join(root, ".incoming", "old"), filepath.Join(root, ".incoming", "fresh")
	for _, name := range []string{old, fresh} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	longAgo := time.Now().Add(-2 * time.Hour)
	for _, name := range []string{old, filepath.Join(root, "a", "key")} {
		if err := os.Chtimes(name, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	open(t, root)
	want := []string{fresh, filepath.Join(root, "a", "key")}
	if got := files(t, root); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("after opening there are %v, want %v", got, want)
	}
}

func TestNoKeyLeadsOutOfTheFolder(t *testing.T) {
	parent := t.TempDir()
	root, outside := filepath.Join(parent, "media"), filepath.Join(parent, "secret")
	d := open(t, root)
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(parent, filepath.Join(root, "link")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	for _, key := range []string{"../secret", "link/secret", "a/../../secret"} {
		if r, err := d.Open(t.Context(), key, 0, -1); err == nil {
			r.Close()
			t.Errorf("%s was opened", key)
		}
		if err := d.Put(t.Context(), key, strings.NewReader("overwritten")); err == nil {
			t.Errorf("%s was written", key)
		}
	}
	if b, _ := os.ReadFile(outside); string(b) != "secret" {
		t.Errorf("the file outside holds %q", b)
	}
}

func TestAFullDiskIsErrFull(t *testing.T) {
	d := open(t, t.TempDir())
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	if err := dirblob.Kind(full); !errors.Is(err, blob.ErrFull) {
		t.Errorf("ENOSPC became %v, want ErrFull", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	err := d.Put(t.Context(), "a/key", strings.NewReader("x"))
	if !errors.Is(err, blob.ErrUnavailable) {
		t.Errorf("put into a closed folder: got %v, want ErrUnavailable", err)
	}
}
