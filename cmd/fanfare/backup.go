package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"fanfare/server/app/upkeep"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// errIncomplete says that a copy is as whole as its source, which is not.
var errIncomplete = errors.New("photos are missing or damaged at the source; fanfare verify names them")

// sayTo prints lines for the operator.
func sayTo(out io.Writer) upkeep.Say {
	return func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
}

// kept is an installation's database and bucket, opened without an application: nothing is served or worked on.
type kept struct {
	upkeep.Installation
	backends *backends
}

// openKept opens the database and the bucket that the configuration names.
func openKept(ctx context.Context, c config, database func(*backends, context.Context, config) error) (*kept, error) {
	b, err := openParts(ctx, c, database, (*backends).openMedia)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(b.write, b.read, b.dialect, ignoreChanges)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	return &kept{upkeep.Installation{Store: s, Bucket: b.bucket}, b}, nil
}

// openExisting opens a database that is there: a mistyped file name must not become a new database.
func (b *backends) openExisting(ctx context.Context, c config) error {
	if err := c.mustExist(); err != nil {
		return err
	}
	return b.openDatabase(ctx, c)
}

// openScratch opens a SQLite file that is worth nothing until it is whole: it is brought to the disk at the end, and not
// with every commit, which would hold up a server's commits beside it.
func (b *backends) openScratch(_ context.Context, c config) error {
	_, file, err := scheme("db", c.db, "sqlite")
	if err == nil {
		b.dialect = store.SQLite
		b.write, b.read, err = b.sqlite(file, "OFF")
	}
	return err
}

// mustExist returns an error if the database is a SQLite file that is not there.
func (c config) mustExist() error {
	if _, file, err := scheme("db", c.db, "sqlite"); err == nil {
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("open database: %w", err)
		}
	}
	return nil
}

// ignoreChanges is for stores that no boards follow.
func ignoreChanges([]contest.Change) {}

func (k *kept) close() error {
	k.Store.Close()
	return k.backends.close()
}

// backup copies the configured installation, which may be serving, into a new folder.
func backup(ctx context.Context, c config, folder string, out io.Writer) (err error) {
	root, err := emptyFolder(folder)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is written through it
	from, err := openKept(ctx, c, (*backends).openExisting)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	if err := sameSchema(ctx, from.Store); err != nil {
		return err
	}
	to, err := openKept(ctx, folderConfig(c, folder), (*backends).openScratch)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close()) }()
	if err := to.Store.Migrate(ctx); err != nil {
		return err
	}
	finish := func() error {
		if err := to.intoOneFile(ctx); err != nil {
			return err
		}
		return syncFile(root, "fanfare.db")
	}
	manifest, carried, err := upkeep.Backup(ctx, from.Installation, to.Installation, root, finish, sayTo(out))
	if err != nil {
		return fmt.Errorf("the backup is not whole, remove %s: %w", folder, err)
	}
	fmt.Fprintf(out, "Backup of %s is whole: %s\n", manifest.MarkedAt.Format("2006-01-02 15:04:05 MST"), folder)
	return whole(carried)
}

// whole is an error where photos could not be copied.
func whole(c upkeep.Carried) error {
	if len(c.Lost) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d, the first is %s", errIncomplete, len(c.Lost), c.Lost[0])
}

// folderConfig is an installation in a folder as a backup has it.
func folderConfig(c config, folder string) config {
	c.db, c.media = "sqlite:"+filepath.Join(folder, "fanfare.db"), "dir:"+filepath.Join(folder, "media")
	return c
}

// sameSchema refuses a database of another version: a server of that version may be using it.
func sameSchema(ctx context.Context, s *store.Store) error {
	version, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	if known := store.SchemaVersion(); version != known {
		return fmt.Errorf("the database's tables have version %d and this program's %d: use the program that serves it", version, known)
	}
	return nil
}

// emptyFolder opens a folder that is new or empty, for its owner alone: a backup holds secrets.
func emptyFolder(path string) (*os.Root, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of backup: %w", err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, fmt.Errorf("read folder of backup: %w", err)
	}
	if len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a new folder for each backup", path)
	}
	return os.OpenRoot(path)
}

// intoOneFile closes a SQLite database so that its file is the whole of it, without a write-ahead log.
func (k *kept) intoOneFile(ctx context.Context) error {
	k.Store.Close()
	if err := k.backends.read.Close(); err != nil {
		return err
	}
	var mode string
	if err := k.backends.write.QueryRowContext(ctx, "PRAGMA journal_mode = DELETE").Scan(&mode); err != nil {
		return err
	}
	if mode != "delete" {
		return fmt.Errorf("journal mode is %q", mode)
	}
	return k.backends.write.Close()
}

// syncFile brings a file to the disk.
func syncFile(folder *os.Root, name string) error {
	f, err := folder.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// restore copies a backup into the configured backends, which must be empty and serve nobody.
func restore(ctx context.Context, c config, folder string, out io.Writer) (err error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer root.Close() //nolint:errcheck // only read
	release, err := hold(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	temporary, err := temporaryFolder(c)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary) //nolint:errcheck // a copy
	opened, err := upkeep.OpenBackup(ctx, root, filepath.Join(temporary, "fanfare.db"), sayTo(out))
	if err != nil {
		return err
	}
	db, err := openKept(ctx, folderConfig(c, temporary), (*backends).openExisting)
	if err != nil {
		return err
	}
	if err = adopt(ctx, c, db.Store, filepath.Join(temporary, "fresh")); err == nil {
		err = restoreInto(ctx, c, opened, db.Store, out)
	}
	return errors.Join(err, db.close())
}

// adopt checks a backup's database beside a new one.
func adopt(ctx context.Context, c config, backup *store.Store, folder string) error {
	fresh, err := openKept(ctx, folderConfig(c, folder), (*backends).openDatabase)
	if err != nil {
		return err
	}
	return errors.Join(upkeep.Adopt(ctx, backup, fresh.Store), fresh.close())
}

// restoreInto fills the configured backends.
func restoreInto(ctx context.Context, c config, opened *upkeep.Opened, db *store.Store, out io.Writer) error {
	return with(ctx, c, c.log, func(b *backends, app *application) error {
		if err := b.readyMedia(ctx); err != nil {
			return err
		}
		lost, err := opened.Restore(ctx, db, upkeep.Installation{Store: app.store, Bucket: b.bucket}, sayTo(out))
		if err != nil {
			return err
		}
		if lost > 0 {
			fmt.Fprintf(out, "%d photos were missing or damaged already when the backup was made.\n", lost)
		}
		if err := fillIndex(ctx, app, out); err != nil {
			return err
		}
		fmt.Fprintf(out, "Restored to %s: everything that was acknowledged before that time is there.\n", opened.MarkedAt.Format("2006-01-02 15:04:05 MST"))
		return nil
	})
}

// fillIndex rebuilds the search index and compares it with the database.
func fillIndex(ctx context.Context, app *application, out io.Writer) error {
	if err := app.entries.RebuildIndex(ctx); err != nil {
		return err
	}
	difference, err := app.entries.CompareIndex(ctx)
	if err != nil {
		return err
	}
	if !difference.Empty() {
		return fmt.Errorf("the search index differs from the database: %d missing, %d too many, %d changed", len(difference.Missing), len(difference.Extra), len(difference.Changed))
	}
	fmt.Fprintln(out, "search index: rebuilt, the same set as the database")
	return nil
}

// temporaryFolder makes a folder on the data's disk.
func temporaryFolder(c config) (string, error) {
	parent := filepath.Join(c.data, "tmp")
	err := os.MkdirAll(parent, 0o700)
	if err == nil {
		parent, err = os.MkdirTemp(parent, "restore-*")
	}
	if err != nil {
		return "", fmt.Errorf("make temporary folder: %w", err)
	}
	return parent, nil
}

// hold keeps a database from being served while a command needs it for itself. PostgreSQL is asked at both ends whether
// somebody serves it, so release may be an error.
func hold(ctx context.Context, c config) (release func() error, err error) {
	if _, file, err := scheme("db", c.db, "sqlite"); err == nil {
		return lock(ctx, file)
	}
	return func() error { return refuseServed(ctx, c) }, refuseServed(ctx, c)
}

// servingName is how a database's list of connections shows a server.
const servingName = "fanfare serve"

// refuseServed asks PostgreSQL whether a server is connected.
func refuseServed(ctx context.Context, c config) error {
	b, err := openParts(ctx, c, (*backends).openDatabase)
	if err != nil {
		return err
	}
	var servers int
	err = b.read.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1", servingName).Scan(&servers)
	if err = errors.Join(err, b.close()); err != nil {
		return fmt.Errorf("see who is using the database: %w", err)
	}
	if servers > 0 {
		return errServed
	}
	return nil
}
