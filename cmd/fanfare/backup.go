package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"fanfare/server/app/upkeep"
)

// errIncomplete says that a copy is as whole as its source, which is not.
var errIncomplete = errors.New("photos are missing or damaged at the source; fanfare verify names them")

// sayTo prints lines for the operator.
func sayTo(out io.Writer) upkeep.Say {
	return func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
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
