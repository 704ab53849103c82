package upkeep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"fanfare/media/blob"
	"fanfare/server/app/entries"
	"fanfare/server/contest"
)

// object is one that the database names. A large installation has a million of them in memory at once.
type object struct {
	key    string
	sum    [sha256.Size]byte
	length int64 // -1 where the database does not say
	entry  contest.EntryID
}

func (o object) sha256() string { return hex.EncodeToString(o.sum[:]) }

const (
	// maxObject is the largest object that entries name: what staff ask fans for.
	maxObject = entries.MaxOriginal
	// carriers is how many objects are under way at once: enough to hide a store's latency.
	carriers = 8
	// carryTries is how often an object is tried while a store cannot be reached, and carryPause the first pause between,
	// which doubles: half a minute in all.
	carryTries = 6
	carryPause = time.Second
)

// outcome says what became of an object.
type outcome struct {
	object
	bytes int64
	there bool  // the target had it already
	err   error // blob.ErrNotFound or blob.ErrCorrupt at the source; anything else ends the work
}

// Carried counts objects that were copied. Every one was read again from the target.
type Carried struct {
	Copied, Already int64
	Bytes           int64
	Lost            []string // keys that are missing or damaged at the source; they were not copied
}

// source opens an object to be copied.
type source func(ctx context.Context, key string) (io.ReadCloser, error)

// bucketSource is a bucket to copy from.
func bucketSource(b *blob.Bucket) source {
	return func(ctx context.Context, key string) (io.ReadCloser, error) {
		r, _, err := b.Open(ctx, key)
		return r, err
	}
}

// carry copies objects to a bucket and reads each again there. Those that the target has already are read only, so a
// copy that was cut off goes on where it was. It hands every outcome to each, in no order.
func carry(ctx context.Context, from source, to *blob.Bucket, objects []object, each func(outcome)) error {
	one := func(ctx context.Context, o object) outcome { return carryOne(ctx, from, to, o) }
	return spread(ctx, objects, one, func(o outcome) error {
		if o.err != nil && !errors.Is(o.err, blob.ErrNotFound) && !errors.Is(o.err, blob.ErrCorrupt) {
			return o.err
		}
		each(o)
		return nil
	})
}

// spread does something with every object, several at once, and hands what came of it to each, in no order. It ends
// with the first error of each.
func spread[T any](ctx context.Context, objects []object, do func(context.Context, object) T, each func(T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo, done := make(chan object), make(chan T)
	var workers sync.WaitGroup
	for range carriers {
		workers.Go(func() {
			for o := range todo {
				done <- do(ctx, o)
			}
		})
	}
	workers.Go(func() {
		defer close(todo)
		for _, o := range objects {
			select {
			case todo <- o:
			case <-ctx.Done():
				return
			}
		}
	})
	go func() { workers.Wait(); close(done) }()
	for result := range done {
		if err := each(result); err != nil {
			cancel(err)
		}
	}
	return context.Cause(ctx)
}

// carryOne copies an object, with patience for a store that is away for a moment.
func carryOne(ctx context.Context, from source, to *blob.Bucket, o object) (result outcome) {
	pause := carryPause
	for try := 1; ; try++ {
		result = carryOnce(ctx, from, to, o)
		if try == carryTries || !errors.Is(result.err, blob.ErrUnavailable) {
			return result
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return result
		case <-timer.C:
		}
		pause *= 2
	}
}

func carryOnce(ctx context.Context, from source, to *blob.Bucket, o object) outcome {
	result := outcome{object: o}
	if n, err := measure(ctx, to, o); err == nil {
		result.bytes, result.there = n, true
		return result
	} else if !errors.Is(err, blob.ErrNotFound) && !errors.Is(err, blob.ErrCorrupt) {
		result.err = err
		return result
	}
	r, err := from(ctx, o.key)
	if err != nil {
		result.err = err
		return result
	}
	stored, err := to.Put(ctx, o.key, r, maxObject)
	err = errors.Join(err, r.Close())
	if err == nil && stored.SHA256 != o.sha256() {
		err = errors.Join(fmt.Errorf("object %s: %w", o.key, blob.ErrCorrupt), to.Delete(ctx, o.key))
	}
	if err != nil {
		result.err = err
		return result
	}
	result.bytes, err = measure(ctx, to, o)
	if errors.Is(err, blob.ErrNotFound) || errors.Is(err, blob.ErrCorrupt) {
		err = fmt.Errorf("%w: %v", ErrDiffers, err) //nolint:errorlint // the kind is the source's alone
	}
	result.err = err
	return result
}

// measure reads an object, compares it with its hash and returns its size.
func measure(ctx context.Context, b *blob.Bucket, o object) (int64, error) {
	r, _, err := b.OpenVerified(ctx, o.key, o.sha256())
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, r)
	return n, errors.Join(err, r.Close())
}
