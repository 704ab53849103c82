package blob_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"fanfare/media/blob"
)

// liar is a driver that promises one size and delivers other bytes, or that fails.
type liar struct {
	says  int64
	holds string
	err   error
}

func (l liar) Put(_ context.Context, _ string, r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return errors.New("an error that hides its cause")
	}
	return l.err
}

func (l liar) Open(_ context.Context, _ string, offset, _ int64) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(l.holds[offset:])), l.err
}

func (l liar) Stat(_ context.Context, key string) (blob.Object, error) {
	return blob.Object{Key: key, Size: l.says}, l.err
}

func (l liar) Delete(context.Context, string) error { return l.err }

func (l liar) List(context.Context, string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) { yield(blob.Object{}, l.err) }
}

func (l liar) Sweep(context.Context, time.Time) error { return l.err }

func TestATruncatedObjectIsCorruptNotShort(t *testing.T) {
	r, _, err := blob.NewBucket(liar{says: 10, holds: "12345"}).Open(t.Context(), "key")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("read %q, %v; want ErrCorrupt", b, err)
	}
}

func TestOtherBytesAreCorrupt(t *testing.T) {
	b := blob.NewBucket(liar{says: 5, holds: "12345"})
	if err := b.Verify(t.Context(), "key", strings.Repeat("0", 64)); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}

func TestTooLargeIsToldWhateverTheDriverSays(t *testing.T) {
	_, err := blob.NewBucket(liar{}).Put(t.Context(), "key", strings.NewReader("123456"), 5)
	if !errors.Is(err, blob.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
}

func TestTheDriversKindOfErrorComesThrough(t *testing.T) {
	b := blob.NewBucket(liar{err: blob.ErrUnavailable})
	_, putErr := b.Put(t.Context(), "key", strings.NewReader("x"), 5)
	_, _, openErr := b.Open(t.Context(), "key")
	_, statErr := b.Stat(t.Context(), "key")
	var listErr error
	for _, listErr = range b.List(t.Context(), "") {
	}
	for name, err := range map[string]error{
		"put": putErr, "open": openErr, "stat": statErr, "list": listErr, "delete": b.Delete(t.Context(), "key"),
		"expire": b.Expire(t.Context(), time.Hour),
	} {
		if !errors.Is(err, blob.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
	}
}

func TestOnlyGeneratedKeysAreKeys(t *testing.T) {
	for _, key := range []string{"a", "originals/e_0123/abc-def.jpg", "m/ab/cd.x", strings.Repeat("k", 200)} {
		if err := blob.CheckKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	b := blob.NewBucket(liar{})
	for _, key := range []string{"", "/a", "a/", "a//b", "..", "a/../b", "a..b", ".hidden", "a/.b", "A", "ä", "a b", "a\x00b",
		"a\\b", "\u202ea", "C:a", "a\n", strings.Repeat("k", 201), "../../etc/passwd"} {
		_, err := b.Put(t.Context(), key, strings.NewReader("x"), 5)
		if !errors.Is(err, blob.ErrKey) {
			t.Errorf("%q: got %v, want ErrKey", key, err)
		}
	}
}
