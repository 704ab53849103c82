package upkeep

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"fanfare/media/blob"
	"fanfare/server/app/erasures"
	"fanfare/server/store"
)

// Opened is a backup whose every file was compared with what its manifest says.
type Opened struct {
	Manifest
	folder  *os.Root
	objects []listed
}

// OpenBackup checks a backup whole, and copies its database to a new file of the temporary folder, where it may be
// brought to this version's form and which may take room bytes. A folder that is not a whole and honest backup is
// ErrBackup.
func OpenBackup(ctx context.Context, folder *os.Root, database string, room int64, say Say) (*Opened, error) {
	m, err := readManifest(folder)
	if err != nil {
		return nil, err
	}
	if newest := store.SchemaVersion(); m.Schema > newest {
		return nil, fmt.Errorf("%w: the backup's tables have version %d, this program knows %d: restore with the newer Fanfare", store.ErrNewerSchema, m.Schema, newest)
	}
	say("backup of %s: %s of database, %d objects of %s", m.MarkedAt.Format("2006-01-02 15:04:05 MST"), size(m.Database.Bytes), m.Objects.Count, size(m.Objects.Bytes))
	if m.Database.Bytes > room { // said before an hour of reading photos
		return nil, fmt.Errorf("%w for the backup's database of %s: there is room for %s", ErrRoom, size(m.Database.Bytes), size(room))
	}
	o := &Opened{Manifest: m, folder: folder}
	if err := o.checkObjects(ctx, newProgress(say)); err != nil {
		return nil, err
	}
	return o, o.copyDatabase(database)
}

// copyDatabase copies the backup's database, which must be the one that the manifest names.
func (o *Opened) copyDatabase(to string) error {
	f, info, err := o.plain(databaseFile)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	if info.Size() != o.Database.Bytes {
		return fmt.Errorf("%w: %s has %d bytes, want %d", ErrBackup, databaseFile, info.Size(), o.Database.Bytes)
	}
	if err := checkHeader(f, info.Size()); err != nil {
		return err
	}
	copied, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("copy %s: %w", databaseFile, err)
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(copied, sum), io.LimitReader(f, o.Database.Bytes))
	if err = errors.Join(err, copied.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", databaseFile, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != o.Database.SHA256 {
		return fmt.Errorf("%w: %s was changed: its hash is %s, want %s", ErrBackup, databaseFile, got, o.Database.SHA256)
	}
	return nil
}

// checkHeader refuses a file that is no SQLite database of that many bytes, before it is copied: whoever makes it longer
// can sign the manifest again. The header's form is that of https://www.sqlite.org/fileformat2.html.
func checkHeader(f io.ReaderAt, length int64) error {
	const magic = "SQLite format 3\x00"
	header := make([]byte, 100)
	if _, err := f.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", databaseFile, err)
	}
	if string(header[:len(magic)]) != magic {
		return fmt.Errorf("%w: %s is no SQLite database", ErrBackup, databaseFile)
	}
	page, pages := int64(binary.BigEndian.Uint16(header[16:])), int64(binary.BigEndian.Uint32(header[28:]))
	if page == 1 { // 65536 has no room in two bytes
		page = 1 << 16
	}
	if page*pages != length {
		return fmt.Errorf("%w: %s has %d bytes, its header says %d", ErrBackup, databaseFile, length, page*pages)
	}
	return nil
}

// plain is plainFile for a file that every backup has.
func (o *Opened) plain(name string) (*os.File, fs.FileInfo, error) {
	f, info, err := plainFile(o.folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %s is missing", ErrBackup, name)
	}
	return f, info, err
}

// checkObjects reads the list and every object on it.
func (o *Opened) checkObjects(ctx context.Context, p *progress) error {
	f, _, err := o.plain(objectsFile)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	sum, total := sha256.New(), int64(0)
	for l, err := range readList(io.TeeReader(f, sum)) {
		if err != nil {
			return err
		}
		n, err := o.checkObject(ctx, l)
		if err != nil {
			return err
		}
		o.objects, total = append(o.objects, l), total+n
		if int64(len(o.objects)) > o.Objects.Count {
			break
		}
		p.at("checking the backup: %d of %d objects", len(o.objects), o.Objects.Count)
	}
	if got := (Objects{int64(len(o.objects)), total, hex.EncodeToString(sum.Sum(nil))}); got != o.Objects {
		return fmt.Errorf("%w: %s names %d objects of %d bytes (hash %.8s…), the manifest says %d of %d (%.8s…)", ErrBackup, objectsFile,
			got.Count, got.Bytes, got.SHA256, o.Objects.Count, o.Objects.Bytes, o.Objects.SHA256)
	}
	return nil
}

// checkObject compares an object with its hash and returns its size.
func (o *Opened) checkObject(ctx context.Context, l listed) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	f, info, err := o.plain(objectsPath + l.key)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	if info.Size() > maxObject {
		return 0, fmt.Errorf("%w: %s is larger than any original", ErrBackup, l.key)
	}
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(f, maxObject))
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", l.key, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != l.sha256 {
		return 0, fmt.Errorf("%w: %s was changed: its hash is %s, want %s", ErrBackup, l.key, got, l.sha256)
	}
	return n, nil
}

// Restored says what a restoring did beside copying.
type Restored struct {
	Lost   int // photos that were missing or damaged already when the backup was made
	Noted  int // erasures that the journal names
	Erased int // fans of the backup whom it names, and who are in it no more
}

// Restore copies a backup into empty backends, and goes on where an earlier try ended. Db is the database that
// OpenBackup copied, brought to this version's form. Nothing is written unless all of it is as a backup is. Whom the journal
// of erasures names, that of the target or the further notes, is erased from the copy before anything of it is restored; the
// target keeps all notes.
func (o *Opened) Restore(ctx context.Context, db *store.Store, to Installation, further []erasures.Note, say Say) (r Restored, err error) {
	var objects []object
	err = db.Snapshot(ctx, func(tx *store.Tx) (err error) {
		if objects, err = named(tx); err == nil {
			err = o.checkTables(tx)
		}
		return err
	})
	if err != nil {
		return r, err
	}
	held, err := o.held(objects)
	if err != nil {
		return r, err
	}
	r.Lost = len(objects) - len(held)
	err = db.Snapshot(ctx, func(tx *store.Tx) error {
		_, err := unnamed(ctx, tx, to.Bucket, held)
		return err
	})
	if err != nil {
		return r, err
	}
	if held, err = r.erase(ctx, db, to.Bucket, further, held); err != nil {
		return r, err
	}
	if err := CopyData(ctx, db, to.Store, say); err != nil {
		return r, err
	}
	return r, o.restoreMedia(ctx, to.Bucket, held, say)
}

// erase takes out of a backup's database whom the journal names, and returns those of the objects that it still names.
func (r *Restored) erase(ctx context.Context, db *store.Store, bucket *blob.Bucket, further []erasures.Note, held []object) ([]object, error) {
	journal := erasures.NewJournal(bucket)
	if err := journal.Add(ctx, further); err != nil {
		return nil, err
	}
	notes, err := journal.Read(ctx)
	if err != nil {
		return nil, err
	}
	r.Noted = len(notes)
	if r.Erased, err = erasures.Apply(ctx, db, notes); err != nil {
		return nil, fmt.Errorf("apply journal of erasures: %w", err)
	}
	var left []object
	err = db.Snapshot(ctx, func(tx *store.Tx) error {
		left, err = named(tx)
		return err
	})
	return slices.DeleteFunc(held, func(o object) bool {
		_, found := slices.BinarySearchFunc(left, o.key, func(o object, key string) int { return strings.Compare(o.key, key) })
		return !found
	}), err
}

// checkTables compares the rows with the manifest. A database of an earlier version was changed since, and its file's
// hash has to do.
func (o *Opened) checkTables(tx *store.Tx) error {
	if o.Schema != store.SchemaVersion() {
		return nil
	}
	for _, t := range store.Tables() {
		d := newDigest()
		if err := tx.Rows(t, nil, d.add); err != nil {
			return err
		}
		if got := d.table(); got != o.Tables[t.Name] {
			return fmt.Errorf("%w: table %s has %d rows (hash %.8s…), the manifest says %d (%.8s…)", ErrBackup, t.Name,
				got.Rows, got.SHA256, o.Tables[t.Name].Rows, o.Tables[t.Name].SHA256)
		}
	}
	return nil
}

// held returns those of the named objects that the backup holds. One that it holds and its database does not name, or
// with another hash, is no backup's.
func (o *Opened) held(objects []object) (held []object, err error) {
	for _, l := range o.objects {
		i, found := slices.BinarySearchFunc(objects, l.key, func(o object, key string) int { return strings.Compare(o.key, key) })
		if !found || objects[i].sha256() != l.sha256 {
			return nil, fmt.Errorf("%w: no row of its database names the object %s with that hash", ErrBackup, l.key)
		}
		held = append(held, objects[i])
	}
	return held, nil
}

// restoreMedia puts the objects into the bucket and reads each again. They were whole a moment ago.
func (o *Opened) restoreMedia(ctx context.Context, to *blob.Bucket, objects []object, say Say) error {
	from := func(_ context.Context, key string) (io.ReadCloser, error) {
		f, _, err := o.plain(objectsPath + key)
		return f, err
	}
	var c Carried
	p := newProgress(say)
	err := carry(ctx, from, to, objects, func(done outcome) {
		c.note(done)
		p.at("photos: %d of %d objects", c.Copied+c.Already, len(objects))
	})
	if err == nil && len(c.Lost) > 0 {
		err = fmt.Errorf("%w: %s was changed while it was read", ErrBackup, c.Lost[0])
	}
	if err == nil {
		say("photos: %d objects restored, %d were there", c.Copied, c.Already)
	}
	return err
}
