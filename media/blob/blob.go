// Package blob keeps objects: streams of bytes under keys that Fanfare generates.
//
// It knows sizes, hashes and ranges; it refuses to know what the bytes mean. Callers hold a Bucket, which adds limits,
// hashing and seeking to whatever Driver it was given.
package blob

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// The kinds of failure. Drivers and Bucket wrap them; callers compare with errors.Is.
var (
	// ErrNotFound means that the key names no object.
	ErrNotFound = errors.New("object not found")
	// ErrUnavailable means that the store cannot answer now; the same call may succeed later.
	ErrUnavailable = errors.New("object store unavailable")
	// ErrFull means that the store has no room left.
	ErrFull = errors.New("object store full")
	// ErrTooLarge means that the stream was longer than the caller's limit. Nothing was stored.
	ErrTooLarge = errors.New("object too large")
	// ErrKey means that the key is not one that Fanfare generates.
	ErrKey = errors.New("invalid object key")
	// ErrCorrupt means that an object's bytes are not the ones that were stored.
	ErrCorrupt = errors.New("object corrupt")
)

// Temporary begins the keys of objects that nobody misses a day later.
const Temporary = "tmp/"

// Object describes one stored object.
type Object struct {
	Key  string
	Size int64
	// SHA256 is in hexadecimal. Bucket.Put fills it; Stat and List leave it empty, for the database holds the truth.
	SHA256  string
	ModTime time.Time
}

// Driver is one kind of object store. blobtest.Run says in full what it promises. Keys have passed CheckKey.
type Driver interface {
	// Put stores all of r under key, durably and at once: until it returns nil, readers see the object that was there
	// before, or none. When r fails, Put fails with r's error and stores nothing.
	Put(ctx context.Context, key string, r io.Reader) error
	// Open reads length bytes from offset; a negative length reads to the end. The end of the object shortens a range.
	Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Stat describes an object.
	Stat(ctx context.Context, key string) (Object, error)
	// Delete removes an object; removing a missing one is no error.
	Delete(ctx context.Context, key string) error
	// List yields the objects whose keys begin with prefix, in the order of their keys. It stops after an error.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Sweep removes what puts that broke off before the given time have left behind, as far as the store shows it.
	Sweep(ctx context.Context, before time.Time) error
}
