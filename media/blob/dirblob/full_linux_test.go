package dirblob_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"fanfare/media/blob"
)

// CHECKS 2: a full disk is told as such, takes nothing in by halves, and gives what it holds.
func TestAFullDiskTakesNothingByHalvesAndHeals(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("no small disk can be made here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(folder, syscall.MNT_DETACH) })
	d, content := open(t, folder), bytes.Repeat([]byte("x"), 900_000)
	n, err := 0, error(nil)
	for ; err == nil && n < 9; n++ {
		err = d.Put(t.Context(), fmt.Sprintf("k/%d", n), bytes.NewReader(content))
	}
	if !errors.Is(err, blob.ErrFull) {
		t.Errorf("put %d: got %v, want ErrFull", n, err)
	}
	if names := files(t, folder); len(names) != n-1 {
		t.Errorf("%d puts left %v", n-1, names)
	}
	for i := range n - 1 {
		r, err := d.Open(t.Context(), fmt.Sprintf("k/%d", i), 0, -1)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Errorf("object %d on a full disk: %d bytes, %v", i, len(got), err)
		}
		r.Close()
	}
	if err := d.Delete(t.Context(), "k/0"); err != nil {
		t.Errorf("delete on a full disk: %v", err)
	}
	if err := d.Put(t.Context(), "new", bytes.NewReader(content)); err != nil {
		t.Errorf("after there was room again: %v", err)
	}
}
