package blob

import (
	"context"
	"io"
	"iter"
)

// Bucket stores and reads objects through a Driver. It is safe for concurrent use.
type Bucket struct{ driver Driver }

// NewBucket returns a bucket that keeps its objects in d.
func NewBucket(d Driver) *Bucket { return &Bucket{d} }

// Put stores r under key and returns what was stored, its SHA-256 included. A stream longer than limit bytes fails with
// ErrTooLarge as soon as that is known; nothing is stored then.
func (b *Bucket) Put(ctx context.Context, key string, r io.Reader, limit int64) (Object, error) {
	return Object{}, ErrUnavailable
}

// Open returns a reader of the object for seeking and reading, as http.ServeContent wants it. Bytes are fetched when
// they are read. The reader must be closed.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadSeekCloser, Object, error) {
	return nil, Object{}, ErrUnavailable
}

// Verify reads the whole object and compares its hash; other bytes are ErrCorrupt.
func (b *Bucket) Verify(ctx context.Context, key, sha256 string) error { return ErrUnavailable }

// Stat describes an object.
func (b *Bucket) Stat(ctx context.Context, key string) (Object, error) { return Object{}, ErrUnavailable }

// Delete removes an object; removing a missing one is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error { return ErrUnavailable }

// List yields the objects whose keys begin with prefix, in the order of their keys. It stops after an error.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return b.driver.List(ctx, prefix)
}
