package upkeep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fanfare/media/blob"
	"fanfare/server/store"
)

// CopyMedia copies the objects that a database names from one bucket to another, and reads each again there. It goes on
// where an earlier copy ended. Objects at the target that the database does not name are removed where they are of an
// entry that it knows (a photo withdrawn since); any other is ErrForeign, and then nothing is written.
func CopyMedia(ctx context.Context, db *store.Store, from, to *blob.Bucket, say Say) (Carried, error) {
	var objects []object
	var stale []string
	err := db.Snapshot(ctx, func(tx *store.Tx) (err error) {
		if objects, err = named(tx); err == nil {
			stale, err = unnamed(ctx, tx, to, objects)
		}
		return err
	})
	if err != nil {
		return Carried{}, err
	}
	for _, key := range stale {
		if err := to.Delete(ctx, key); err != nil {
			return Carried{}, err
		}
	}
	if err := carryJournal(ctx, from, to); err != nil {
		return Carried{}, err
	}
	var c Carried
	p := newProgress(say)
	err = carry(ctx, bucketSource(from), to, objects, func(o outcome) {
		c.note(o)
		p.at("photos: %d of %d objects, %s copied so far", c.Copied+c.Already, len(objects), size(c.Bytes))
	})
	if err == nil {
		say("photos: %d objects copied (%s), %d were there, %d missing or damaged at the source; unfinished uploads are left out", c.Copied, size(c.Bytes), c.Already, len(c.Lost))
	}
	return c, err
}

// note counts what became of an object.
func (c *Carried) note(o outcome) {
	switch {
	case o.err != nil:
		c.Lost = append(c.Lost, o.key)
	case o.there:
		c.Already++
	default:
		c.Copied++
		c.Bytes += o.bytes
	}
}

// unnamed returns the keys of photos in a bucket that are no longer named.
func unnamed(ctx context.Context, tx *store.Tx, bucket *blob.Bucket, objects []object) (stale []string, err error) {
	for found, err := range bucket.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		entry, ours := entryOf(found.Key)
		_, isNamed := slices.BinarySearchFunc(objects, found.Key, func(o object, key string) int { return strings.Compare(o.key, key) })
		if !ours || isNamed {
			continue
		}
		if _, err := tx.Entry(entry); errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("%w: object %s", ErrForeign, found.Key)
		} else if err != nil {
			return nil, err
		}
		stale = append(stale, found.Key)
	}
	return stale, nil
}
