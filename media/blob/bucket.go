package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"time"
)

// Bucket stores and reads objects through a Driver. It is safe for concurrent use.
type Bucket struct{ driver Driver }

// NewBucket returns a bucket that keeps its objects in d.
func NewBucket(d Driver) *Bucket { return &Bucket{d} }

// Put stores r under key and returns key, size and SHA-256 of what was stored. A stream longer than limit bytes fails
// with ErrTooLarge as soon as that is known; nothing is stored then. When r fails, the error wraps r's.
func (b *Bucket) Put(ctx context.Context, key string, r io.Reader, limit int64) (Object, error) {
	if err := CheckKey(key); err != nil {
		return Object{}, fmt.Errorf("put object: %w", err)
	}
	m := &meter{r: r, limit: limit, hash: sha256.New()}
	if err := b.driver.Put(ctx, key, m); err != nil {
		if errors.Is(m.err, ErrTooLarge) { // whatever the driver made of it
			err = m.err
		}
		return Object{}, fmt.Errorf("put object %s: %w", key, err)
	}
	return Object{Key: key, Size: m.size, SHA256: hex.EncodeToString(m.hash.Sum(nil))}, nil
}

// Open returns a reader of the object for seeking and reading, as http.ServeContent wants it. Bytes are fetched when
// they are read. The reader must be closed.
func (b *Bucket) Open(ctx context.Context, key string) (io.ReadSeekCloser, Object, error) {
	object, err := b.Stat(ctx, key)
	if err != nil {
		return nil, Object{}, err
	}
	return &reader{ctx: ctx, driver: b.driver, object: object}, object, nil
}

// OpenVerified returns a reader of the whole object whose bytes count only when it ends with io.EOF: it ends with
// ErrCorrupt instead when their SHA-256 is not the wanted one. The hash is in hexadecimal, or at least its first 32
// digits, as keys hold them.
func (b *Bucket) OpenVerified(ctx context.Context, key, want string) (io.ReadCloser, Object, error) {
	r, object, err := b.Open(ctx, key)
	if err != nil {
		return nil, Object{}, err
	}
	return &verifier{ReadCloser: r, key: key, want: want, hash: sha256.New()}, object, nil
}

// Verify reads the whole object and compares its SHA-256, as OpenVerified does; other bytes are ErrCorrupt.
func (b *Bucket) Verify(ctx context.Context, key, want string) error {
	r, _, err := b.OpenVerified(ctx, key, want)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("verify object %s: %w", key, err)
	}
	return nil
}

// Expire removes temporary objects and what broken puts have left, once they are older than age.
func (b *Bucket) Expire(ctx context.Context, age time.Duration) error {
	before := time.Now().Add(-age)
	if err := b.driver.Sweep(ctx, before); err != nil {
		return fmt.Errorf("sweep unfinished objects: %w", err)
	}
	for object, err := range b.List(ctx, Temporary) {
		if err == nil && object.ModTime.Before(before) {
			err = b.Delete(ctx, object.Key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Stat describes an object.
func (b *Bucket) Stat(ctx context.Context, key string) (Object, error) {
	if err := CheckKey(key); err != nil {
		return Object{}, fmt.Errorf("stat object: %w", err)
	}
	object, err := b.driver.Stat(ctx, key)
	if err != nil {
		return Object{}, fmt.Errorf("stat object %s: %w", key, err)
	}
	return object, nil
}

// Delete removes an object; removing a missing one is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return fmt.Errorf("delete object: %w", err)
	}
	if err := b.driver.Delete(ctx, key); err != nil {
		return fmt.Errorf("delete object %s: %w", key, err)
	}
	return nil
}

// List yields the objects whose keys begin with prefix, in the order of their keys. It stops after an error.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for object, err := range b.driver.List(ctx, prefix) {
			if err != nil {
				yield(Object{}, fmt.Errorf("list objects %q: %w", prefix, err))
				return
			}
			if !yield(object, nil) {
				return
			}
		}
	}
}

// meter counts and hashes what passes, and fails once that is more than the limit.
type meter struct {
	r     io.Reader
	limit int64
	size  int64
	hash  hash.Hash
	err   error // what Read failed with last
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.size += int64(n)
	m.hash.Write(p[:n])
	if m.size > m.limit {
		n, err = 0, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, m.limit)
	}
	m.err = err
	return n, err
}
