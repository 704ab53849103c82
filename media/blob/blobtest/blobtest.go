// Package blobtest is the conformance suite of blob drivers: what Bucket and the rest of Fanfare rely on.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/media/blob"
)

// large is more than two parts of any driver that sends parts.
const large = 20<<20 + 1

// Run runs the suite. open returns an empty store, new for each call; the suite does not close it.
func Run(t *testing.T, open func(t *testing.T) blob.Driver) {
	cases := []struct {
		name string
		test func(*testing.T, blob.Driver)
	}{
		{"what was put is read back", readBack},
		{"a range is cut at the object's end", ranges},
		{"a missing object is not found, and deleting it is no error", missing},
		{"the beginning of a key is no object", folderIsNoObject},
		{"a deleted object is gone", deleted},
		{"a second put replaces the first", replaced},
		{"a failing stream stores nothing", failingStream},
		{"a failing stream leaves the old object", failingReplacement},
		{"an ended context stores nothing", endedContext},
		{"a context that ends under way stores nothing", endingContext},
		{"an object appears whole or not at all", appearsWhole},
		{"puts at once under one key leave one of them", putsAtOnce},
		{"objects are listed in the order of their keys", listOrder},
		{"a listing keeps to its prefix", listPrefix},
		{"a listing can be left early", listLeft},
		{"a listing survives deletions", listDeletions},
		{"a sweep leaves objects and puts under way alone", sweep},
		{"a bucket over the driver keeps its word", bucket},
		{"a bucket removes temporary objects once they are old", expiry},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func readBack(t *testing.T, d blob.Driver) {
	for _, size := range []int{0, 1, 4096, 8 << 20, large} {
		key, want := fmt.Sprintf("a/b/%d.bin", size), pattern(size)
		put(t, d, key, want)
		if got := read(t, d, key, 0, -1); !bytes.Equal(got, want) {
			t.Errorf("%d bytes came back as %d other ones", size, len(got))
		}
		object, err := d.Stat(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if object.Key != key || object.Size != int64(size) {
			t.Errorf("stat says %s of %d bytes, want %s of %d", object.Key, object.Size, key, size)
		}
		if age := time.Since(object.ModTime); age < -time.Hour || age > time.Hour {
			t.Errorf("a new object was modified at %s", object.ModTime)
		}
	}
}

func ranges(t *testing.T, d blob.Driver) {
	put(t, d, "key", []byte("0123456789"))
	for _, c := range []struct {
		offset, length int64
		want           string
	}{{0, -1, "0123456789"}, {0, 10, "0123456789"}, {3, 4, "3456"}, {7, 99, "789"}, {9, -1, "9"}, {10, -1, ""}} {
		if got := string(read(t, d, "key", c.offset, c.length)); got != c.want {
			t.Errorf("%d bytes from %d are %q, want %q", c.length, c.offset, got, c.want)
		}
	}
}

func missing(t *testing.T, d blob.Driver) {
	if _, err := d.Stat(t.Context(), "none/here"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("stat: got %v, want ErrNotFound", err)
	}
	if err := drain(t.Context(), d, "none/here"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open: got %v, want ErrNotFound", err)
	}
	if err := d.Delete(t.Context(), "none/here"); err != nil {
		t.Errorf("delete: got %v, want nil", err)
	}
}

func folderIsNoObject(t *testing.T, d blob.Driver) {
	put(t, d, "a/b", []byte("x"))
	for _, key := range []string{"a", "a/b/c"} {
		if _, err := d.Stat(t.Context(), key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("stat %s beside a/b: got %v, want ErrNotFound", key, err)
		}
		if err := drain(t.Context(), d, key); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("open %s beside a/b: got %v, want ErrNotFound", key, err)
		}
	}
}

func deleted(t *testing.T, d blob.Driver) {
	put(t, d, "a/b", []byte("x"))
	if err := d.Delete(t.Context(), "a/b"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stat(t.Context(), "a/b"); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("stat after delete: got %v, want ErrNotFound", err)
	}
	put(t, d, "a/b", []byte("again"))
}

func replaced(t *testing.T, d blob.Driver) {
	put(t, d, "key", []byte("a long first object"))
	put(t, d, "key", []byte("short"))
	if got := string(read(t, d, "key", 0, -1)); got != "short" {
		t.Errorf("after a second put the object is %q, want %q", got, "short")
	}
}

func failingStream(t *testing.T, d blob.Driver) {
	broken := errors.New("the sender is gone")
	for _, size := range []int{0, 100, 8 << 20, large} {
		err := d.Put(t.Context(), "a/key", failAfter(size, broken))
		if !errors.Is(err, broken) {
			t.Errorf("put of a stream that fails after %d bytes: got %v, want the stream's error", size, err)
		}
	}
	if keys := list(t, d, ""); len(keys) > 0 {
		t.Errorf("failed puts left %v", keys)
	}
}

func failingReplacement(t *testing.T, d blob.Driver) {
	put(t, d, "key", []byte("old"))
	if err := d.Put(t.Context(), "key", failAfter(100, io.ErrUnexpectedEOF)); err == nil {
		t.Error("put of a failing stream succeeded")
	}
	if got := string(read(t, d, "key", 0, -1)); got != "old" {
		t.Errorf("after a failed put the object is %q, want %q", got, "old")
	}
}

func endedContext(t *testing.T, d blob.Driver) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Put(ctx, "key", strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if keys := list(t, d, ""); len(keys) > 0 {
		t.Errorf("a cancelled put left %v", keys)
	}
}

func endingContext(t *testing.T, d blob.Driver) {
	ctx, cancel := context.WithCancel(t.Context())
	end := readerFunc(func([]byte) (int, error) {
		cancel()
		return 0, io.EOF
	})
	stream := io.MultiReader(bytes.NewReader(pattern(large/2)), end, bytes.NewReader(pattern(large/2)))
	if err := d.Put(ctx, "key", stream); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if keys := list(t, d, ""); len(keys) > 0 {
		t.Errorf("a cancelled put left %v", keys)
	}
}

func appearsWhole(t *testing.T, d blob.Driver) {
	r, w := io.Pipe()
	stored := make(chan error, 1)
	go func() { stored <- d.Put(t.Context(), "a/key", r) }()
	const steps = 5
	for range steps {
		if _, err := w.Write(pattern(4 << 20)); err != nil { // returns once the driver has read it
			t.Fatal(err)
		}
		if keys := list(t, d, ""); len(keys) > 0 {
			t.Errorf("an unfinished object is listed: %v", keys)
		}
		if _, err := d.Stat(t.Context(), "a/key"); !errors.Is(err, blob.ErrNotFound) {
			t.Errorf("stat of an unfinished object: got %v, want ErrNotFound", err)
		}
	}
	if err := errors.Join(w.Close(), <-stored); err != nil {
		t.Fatal(err)
	}
	if got := len(read(t, d, "a/key", 0, -1)); got != steps*4<<20 {
		t.Errorf("the object has %d bytes, want %d", got, steps*4<<20)
	}
}

func putsAtOnce(t *testing.T, d blob.Driver) {
	const writers, size = 8, 200_000
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			if err := d.Put(t.Context(), "a/key", bytes.NewReader(bytes.Repeat([]byte{byte(i)}, size))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := read(t, d, "a/key", 0, -1)
	if len(got) != size || len(bytes.Trim(got, string(got[:1]))) > 0 {
		t.Errorf("%d bytes of more than one writer, want %d of one", len(got), size)
	}
}

// unordered are keys whose order differs between "by bytes" and "folder by folder".
var unordered = []string{"b", "a/z", "a-b", "a.b", "a/b/c", "a0", "a/b-c", "c/d/e/f", "a_b"}

func sweep(t *testing.T, d blob.Driver) {
	put(t, d, "a/key", []byte("x"))
	r, w := io.Pipe()
	stored := make(chan error, 1)
	go func() { stored <- d.Put(t.Context(), "a/other", r) }()
	if _, err := w.Write(pattern(large)); err != nil {
		t.Fatal(err)
	}
	if err := d.Sweep(t.Context(), time.Now().Add(-time.Hour)); err != nil {
		t.Errorf("sweep: %v", err)
	}
	if err := errors.Join(w.Close(), <-stored); err != nil {
		t.Errorf("a put under way was swept: %v", err)
	}
	if err := d.Sweep(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Errorf("sweep: %v", err)
	}
	if got, want := list(t, d, ""), []string{"a/key", "a/other"}; !slices.Equal(got, want) {
		t.Errorf("after a sweep there are %v, want %v", got, want)
	}
}

func listOrder(t *testing.T, d blob.Driver) {
	for _, key := range unordered {
		put(t, d, key, []byte(key))
	}
	if got, want := list(t, d, ""), slices.Sorted(slices.Values(unordered)); !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	for object, err := range d.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if object.Size != int64(len(object.Key)) {
			t.Errorf("%s is listed with %d bytes, want %d", object.Key, object.Size, len(object.Key))
		}
	}
}

func listPrefix(t *testing.T, d blob.Driver) {
	for _, key := range unordered {
		put(t, d, key, []byte("x"))
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/b/", "c/d/e", "none", "a/b/c/d"} {
		var want []string
		for _, key := range slices.Sorted(slices.Values(unordered)) {
			if strings.HasPrefix(key, prefix) {
				want = append(want, key)
			}
		}
		if got := list(t, d, prefix); !slices.Equal(got, want) {
			t.Errorf("under %q listed %v, want %v", prefix, got, want)
		}
	}
}

func listLeft(t *testing.T, d blob.Driver) {
	for _, key := range unordered {
		put(t, d, key, []byte("x"))
	}
	var got []string
	for object, err := range d.List(t.Context(), "a") {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, object.Key); len(got) == 2 {
			break
		}
	}
	if want := []string{"a-b", "a.b"}; !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}

func listDeletions(t *testing.T, d blob.Driver) {
	for _, key := range unordered {
		put(t, d, key, []byte("x"))
	}
	for object, err := range d.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Delete(t.Context(), object.Key); err != nil {
			t.Fatal(err)
		}
	}
	if keys := list(t, d, ""); len(keys) > 0 {
		t.Errorf("%v are left after all were deleted", keys)
	}
}
