package s3blob_test

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"fanfare/media/blob"
)

// noticed is when a store that has room must have noticed.
const noticed = 30 * time.Second

func TestAFullStoreIsErrFullAndTakesObjectsAgainLater(t *testing.T) {
	t.Parallel()
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=96m"); err != nil {
				t.Skipf("no small disk can be made here: %v", err)
			}
			t.Cleanup(func() { syscall.Unmount(folder, syscall.MNT_DETACH) })
			s, content := prepared(t, start(t, folder).Addr), noise(9<<20)
			n, err := 0, error(nil)
			for ; err == nil && n < 20; n++ {
				err = s.Put(t.Context(), fmt.Sprintf("k/%d", n), bytes.NewReader(content))
			}
			if errors.Is(err, blob.ErrUnavailable) { // MinIO calls the put that fills its disk an internal error
				err = s.Put(t.Context(), "new", bytes.NewReader(content))
			}
			if !errors.Is(err, blob.ErrFull) {
				t.Errorf("put %d: got %v, want ErrFull", n, err)
			}
			for i := range n - 1 {
				if got, err := read(t.Context(), s, fmt.Sprintf("k/%d", i)); err != nil || !bytes.Equal(got, content) {
					t.Errorf("object %d of a full store: %d bytes, %v", i, len(got), err)
				}
			}
			if err := syscall.Mount("", folder, "tmpfs", syscall.MS_REMOUNT, "size=512m"); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(noticed); ; time.Sleep(100 * time.Millisecond) {
				err := s.Put(t.Context(), "new", bytes.NewReader(content))
				if err == nil {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("after there was room again: %v", err)
				}
			}
		})
	}
}
