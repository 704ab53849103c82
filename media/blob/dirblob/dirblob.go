// Package dirblob keeps objects as files in a folder, each under its key.
//
// A file appears whole or not at all: it is written under a temporary name in the same folder tree, synced, closed,
// renamed, and the folders above it are synced. Two processes may share a folder.
package dirblob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"fanfare/media/blob"
)

const (
	// incoming is the folder of unfinished files. No key begins with a dot, so none can name it.
	incoming = ".incoming"
	// staleAfter is far longer than any upload may take; an unfinished file this old belongs to a process that died.
	staleAfter = time.Hour
	// copyBuffer is what one Put holds in memory.
	copyBuffer = 64 << 10
)

// Dir is a blob.Driver over one folder. All access goes through an os.Root, so neither key nor symbolic link leads out.
type Dir struct{ root *os.Root }

// Open prepares the folder at root, creating it where it is missing, and removes unfinished files that a crash left.
func Open(root string) (*Dir, error) {
	if err := os.MkdirAll(filepath.Join(root, incoming), 0o700); err != nil {
		return nil, fmt.Errorf("open media folder: %w", err)
	}
	opened, err := os.OpenRoot(root)
	if err != nil {
		return nil, fmt.Errorf("open media folder: %w", err)
	}
	d := &Dir{opened}
	if err := d.sweep(time.Now().Add(-staleAfter)); err != nil {
		return nil, fmt.Errorf("sweep media folder %s: %w", root, errors.Join(err, opened.Close()))
	}
	return d, nil
}

// Close releases the folder.
func (d *Dir) Close() error { return d.root.Close() }

// Put implements blob.Driver.
func (d *Dir) Put(ctx context.Context, key string, r io.Reader) error {
	name, err := d.write(ctx, r)
	if err != nil {
		return err
	}
	if err := d.land(name, key); err != nil {
		return errors.Join(kind(err), d.discard(name))
	}
	return nil
}

// write copies r into a new unfinished file, safe on disk, and returns its name. A failure of r is returned as it is.
func (d *Dir) write(ctx context.Context, r io.Reader) (string, error) {
	f, name, err := d.create()
	if err != nil {
		return "", kind(err)
	}
	source := &source{ctx: ctx, r: r}
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, source, make([]byte, copyBuffer))
	if source.err != nil {
		return "", errors.Join(source.err, f.Close(), d.discard(name))
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(kind(err), d.discard(name))
	}
	return name, nil
}

// land moves an unfinished file to its key and makes that last: the folders up to the root are synced too, for any of
// them may be new. Syncing one that has not changed costs next to nothing.
func (d *Dir) land(name, key string) error {
	folder := path.Dir(key)
	if err := d.root.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	if err := d.root.Rename(name, key); err != nil {
		return err
	}
	for ; folder != "."; folder = path.Dir(folder) {
		if err := d.sync(folder); err != nil {
			return err
		}
	}
	return d.sync(".")
}

// Open implements blob.Driver.
func (d *Dir) Open(_ context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	f, err := d.root.Open(key)
	if err != nil {
		return nil, missing(err)
	}
	if err := position(f, offset); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if length < 0 {
		return f, nil
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, length), f}, nil
}

// position moves to where reading begins. A folder, which opens like a file, is no object.
func position(f *os.File, offset int64) error {
	info, err := f.Stat()
	if err != nil {
		return kind(err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a file", blob.ErrNotFound, f.Name())
	}
	_, err = f.Seek(offset, io.SeekStart)
	return kind(err)
}

// Stat implements blob.Driver.
func (d *Dir) Stat(_ context.Context, key string) (blob.Object, error) {
	info, err := d.root.Stat(key)
	if err != nil {
		return blob.Object{}, missing(err)
	}
	if !info.Mode().IsRegular() {
		return blob.Object{}, fmt.Errorf("%w: %s is not a file", blob.ErrNotFound, key)
	}
	return blob.Object{Key: key, Size: info.Size(), ModTime: info.ModTime()}, nil
}

// Delete implements blob.Driver. Folders stay, because another Put may be about to use them.
func (d *Dir) Delete(_ context.Context, key string) error {
	err := d.root.Remove(key)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = d.sync(path.Dir(key))
	}
	return kind(err)
}

// sync makes the entries of a folder last. Windows cannot sync a folder and does not need to.
func (d *Dir) sync(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := d.root.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// missing is kind for a file that was looked for: one that is not there is ErrNotFound.
func missing(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return fmt.Errorf("%w: %w", blob.ErrNotFound, err)
	}
	return kind(err)
}

// kind adds to an error of the file system the kind that callers know.
func kind(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", blob.ErrFull, err)
	default:
		return fmt.Errorf("%w: %w", blob.ErrUnavailable, err)
	}
}
