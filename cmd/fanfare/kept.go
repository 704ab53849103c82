package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fanfare/server/app/upkeep"
	"fanfare/server/contest"
	"fanfare/server/store"
)

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
