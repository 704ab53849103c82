package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"fanfare/media/blob"
)

// bucket checks that limits, hashes and seeking hold over the real driver.
func bucket(t *testing.T, d blob.Driver) {
	b, want := blob.NewBucket(d), pattern(300_000)
	sum := sha256.Sum256(want)
	object, err := b.Put(t.Context(), "a/key", bytes.NewReader(want), int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	if object.SHA256 != hex.EncodeToString(sum[:]) || object.Size != int64(len(want)) {
		t.Errorf("put says %d bytes with hash %s", object.Size, object.SHA256)
	}
	if err := b.Verify(t.Context(), "a/key", object.SHA256); err != nil {
		t.Errorf("verify: %v", err)
	}
	_, err = b.Put(t.Context(), "a/other", bytes.NewReader(want), int64(len(want))-1)
	if !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("put of a byte too much: got %v, want ErrTooLarge", err)
	}
	if _, err := b.Stat(t.Context(), "a/other"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("after a put beyond the limit: got %v, want ErrNotFound", err)
	}
	r, _, err := b.Open(t.Context(), "a/key")
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, want); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// expiry checks that only what is temporary and old is removed.
func expiry(t *testing.T, d blob.Driver) {
	b := blob.NewBucket(d)
	put(t, d, "kept/key", []byte("x"))
	put(t, d, blob.Temporary+"key", []byte("x"))
	for _, c := range []struct {
		age  time.Duration
		want []string
	}{{time.Hour, []string{"kept/key", blob.Temporary + "key"}}, {-time.Hour, []string{"kept/key"}}} {
		if err := b.Expire(t.Context(), c.age); err != nil {
			t.Fatal(err)
		}
		if got := list(t, d, ""); !slices.Equal(got, c.want) {
			t.Errorf("after what is older than %s was removed there are %v, want %v", c.age, got, c.want)
		}
	}
}

// readerFunc is a reader of one function.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// pattern returns n bytes in which no two neighbouring kilobytes are alike.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>10)
	}
	return b
}

// failAfter returns a stream that yields n bytes and then err.
func failAfter(n int, err error) io.Reader {
	return io.MultiReader(bytes.NewReader(pattern(n)), iotest.ErrReader(err))
}

func put(t *testing.T, d blob.Driver, key string, b []byte) {
	t.Helper()
	if err := d.Put(t.Context(), key, bytes.NewReader(b)); err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
}

func read(t *testing.T, d blob.Driver, key string, offset, length int64) []byte {
	t.Helper()
	r, err := d.Open(t.Context(), key, offset, length)
	if err != nil {
		t.Fatalf("open %s: %v", key, err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatalf("read %s: %v", key, err)
	}
	return b
}

// drain opens and reads a whole object; a driver may find only then that it is missing.
func drain(ctx context.Context, d blob.Driver, key string) error {
	r, err := d.Open(ctx, key, 0, -1)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}

func list(t *testing.T, d blob.Driver, prefix string) []string {
	t.Helper()
	var keys []string
	for object, err := range d.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		keys = append(keys, object.Key)
	}
	return keys
}
