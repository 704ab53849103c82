package dirblob

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"time"
)

// create makes a new unfinished file under a name that nothing else has.
func (d *Dir) create() (*os.File, string, error) {
	name := path.Join(incoming, rand.Text())
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	return f, name, err
}

// discard removes an unfinished file. One that has already moved to its key is not there any more.
func (d *Dir) discard(name string) error {
	if err := d.root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep implements blob.Driver.
func (d *Dir) Sweep(_ context.Context, before time.Time) error { return kind(d.sweep(before)) }

// sweep removes unfinished files last written before the given time.
func (d *Dir) sweep(before time.Time) error {
	entries, err := fs.ReadDir(d.root.FS(), incoming)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue // another process finished it
		}
		if err != nil {
			return err
		}
		if info.ModTime().After(before) {
			continue
		}
		if err := d.discard(path.Join(incoming, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// source reads r until the context ends, and remembers why it failed, so that a failing reader is told from a failing
// disk.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
