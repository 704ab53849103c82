package upkeep

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"time"

	"fanfare/media/blob"
	"fanfare/server/store"
)

// Installation is a database and the bucket of its photos.
type Installation struct {
	Store  *store.Store
	Bucket *blob.Bucket
}

// Backup copies an installation, which may be serving, into an empty one in a folder: its database is the file
// fanfare.db, its bucket the folder media. The rows are of one moment, the mark; whoever withdraws a photo before
// the last one is copied is withdrawn in it, and what the rules had removed meanwhile it does not name. Finish closes the
// folder's database so that the file is the whole of it.
func Backup(ctx context.Context, from, to Installation, folder *os.Root, finish func() error, say Say) (Manifest, Carried, error) {
	m := Manifest{Format: manifestFormat, Schema: store.SchemaVersion()}
	var objects []object
	err := from.Store.Snapshot(ctx, func(tx *store.Tx) (err error) {
		m.MarkedAt = tx.Now()
		say("mark: %s; what was acknowledged before is in the backup", m.MarkedAt.Format(time.RFC3339))
		if m.Tables, err = loadTables(ctx, tx, to.Store, say); err == nil {
			objects, err = named(tx)
		}
		return err
	})
	if err == nil {
		err = compareTables(ctx, to.Store, m.Tables)
	}
	if err != nil {
		return m, Carried{}, err
	}
	c, kept, left, err := backupMedia(ctx, from, to.Bucket, objects, say)
	if err != nil {
		return m, c, err
	}
	if err := left.follow(ctx, to.Store); err != nil {
		return m, c, err
	}
	if m.Tables, err = digestTables(ctx, to.Store); err != nil {
		return m, c, err
	}
	if m.Objects, err = writeList(folder, kept); err != nil {
		return m, c, err
	}
	if err := finish(); err != nil {
		return m, c, fmt.Errorf("finish %s: %w", databaseFile, err)
	}
	if m.Database, err = hashFile(folder, databaseFile); err != nil {
		return m, c, err
	}
	return m, c, m.write(folder)
}

// backupMedia copies the objects, and returns those that the backup holds, in the order of their keys, and what left the
// installation meanwhile.
func backupMedia(ctx context.Context, from Installation, to *blob.Bucket, objects []object, say Say) (c Carried, kept []outcome, left departed, err error) {
	var lost []object
	p := newProgress(say)
	err = carry(ctx, bucketSource(from.Bucket), to, objects, func(o outcome) {
		if o.err != nil {
			lost = append(lost, o.object)
			return
		}
		c.note(o)
		kept = append(kept, o)
		p.at("photos: %d of %d objects, %s so far", len(kept), len(objects), size(c.Bytes))
	})
	if err == nil {
		left, err = departedSince(ctx, from.Store, objects, lost)
	}
	if err != nil {
		return c, nil, left, err
	}
	for _, o := range lost {
		if _, dropped := left.dropped[o.key]; !dropped && !left.withdrawn[o.entry] {
			c.Lost = append(c.Lost, o.key)
		}
	}
	for _, o := range kept { // a withdrawn entry's photos may have been copied before they were removed
		if left.withdrawn[o.entry] {
			err = errors.Join(err, to.Delete(ctx, o.key))
		}
	}
	kept = slices.DeleteFunc(kept, func(o outcome) bool { return left.withdrawn[o.entry] })
	slices.SortFunc(kept, func(a, b outcome) int { return cmp.Compare(a.key, b.key) })
	say("photos: %d objects, %s; %d missing or damaged at the source; unfinished uploads are left out", len(kept), size(c.Bytes), len(c.Lost))
	return c, kept, left, err
}

// writeList writes the list of a backup's objects, which are in the order of their keys.
func writeList(folder *os.Root, objects []outcome) (Objects, error) {
	content := &listReader{objects: objects, hash: sha256.New()}
	if err := land(folder, objectsFile, content); err != nil {
		return Objects{}, fmt.Errorf("write %s: %w", objectsFile, err)
	}
	all := Objects{Count: int64(len(objects)), SHA256: hex.EncodeToString(content.hash.Sum(nil))}
	for _, o := range objects {
		all.Bytes += o.bytes
	}
	return all, nil
}

// listReader is the text of a list, line by line.
type listReader struct {
	objects []outcome
	rest    string
	hash    hash.Hash
}

func (l *listReader) Read(p []byte) (int, error) {
	if l.rest == "" {
		if len(l.objects) == 0 {
			return 0, io.EOF
		}
		o := l.objects[0]
		l.objects, l.rest = l.objects[1:], listed{o.key, o.sha256()}.line()
	}
	n := copy(p, l.rest)
	l.hash.Write(p[:n])
	l.rest = l.rest[n:]
	return n, nil
}

// hashFile reads a file of a backup.
func hashFile(folder *os.Root, name string) (File, error) {
	f, _, err := plainFile(folder, name)
	if err != nil {
		return File{}, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return File{}, fmt.Errorf("read %s: %w", name, err)
	}
	return File{n, hex.EncodeToString(sum.Sum(nil))}, nil
}
