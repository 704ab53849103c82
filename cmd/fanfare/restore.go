package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"fanfare/server/app/erasures"
	"fanfare/server/app/upkeep"
	"fanfare/server/store"
)

// journalFile adds the flag of a journal of erasures that is kept elsewhere.
func journalFile(path *string) func(*flag.FlagSet) {
	return func(flags *flag.FlagSet) {
		flags.StringVar(path, "erasures", "", "journal of erasures, beside the one that the photos' store has: what fanfare erasures printed, or the folder erasures of a lost store")
	}
}

// restore copies a backup into the configured backends, which must be empty and serve nobody. Journal names a journal of
// erasures; empty for none.
func restore(ctx context.Context, c config, folder, journal string, out io.Writer) (err error) {
	var notes []erasures.Note
	if journal != "" {
		if notes, err = erasures.ReadFile(journal); err != nil {
			return fmt.Errorf("--erasures: %w", err)
		}
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return fmt.Errorf("open backup: %w", err)
	}
	defer root.Close() //nolint:errcheck // only read
	release, err := lockAlone(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	temporary, err := temporaryFolder(c)
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary) //nolint:errcheck // a copy
	opened, err := upkeep.OpenBackup(ctx, root, filepath.Join(temporary, "fanfare.db"), roomFor(temporary), sayTo(out))
	if errors.Is(err, upkeep.ErrRoom) {
		return fmt.Errorf("%w in %s, half of what is free: free some, or name another folder with --data", err, c.data)
	}
	if err != nil {
		return err
	}
	db, err := openKept(ctx, folderConfig(c, temporary), (*backends).openExisting)
	if err != nil {
		return err
	}
	if err = adopt(ctx, c, db.Store, filepath.Join(temporary, "fresh")); err == nil {
		err = restoreInto(ctx, c, opened, db.Store, notes, out)
	}
	return errors.Join(err, db.close())
}

// roomFor returns how large a copy of a backup's database may be in a folder: half of what is free, for the database that
// is restored from it may be on the same disk, and a forged one must not fill it.
func roomFor(folder string) int64 {
	free, _, err := diskSpace(folder)
	if err != nil { // another system than Linux
		return math.MaxInt64
	}
	return free / 2
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
func restoreInto(ctx context.Context, c config, opened *upkeep.Opened, db *store.Store, notes []erasures.Note, out io.Writer) error {
	return with(ctx, c, c.log, func(b *backends, app *application) error {
		if err := b.readyMedia(ctx); err != nil {
			return err
		}
		restored, err := opened.Restore(ctx, db, upkeep.Installation{Store: app.store, Bucket: b.bucket}, notes, sayTo(out))
		if err != nil {
			return err
		}
		if restored.Lost > 0 {
			fmt.Fprintf(out, "%d photos were missing or damaged already when the backup was made.\n", restored.Lost)
		}
		tellErased(restored, c, out)
		if err := fillIndex(ctx, app, out); err != nil {
			return err
		}
		if err := quieten(ctx, app, out); err != nil { // the last: what goes on after it was cut off compares rows with the backup's
			return err
		}
		fmt.Fprintf(out, "Restored to %s: everything that was acknowledged before that time is there.\n", opened.MarkedAt.Format("2006-01-02 15:04:05 MST"))
		return nil
	})
}

// tellErased says whom the journal of erasures kept from coming back, and warns where there was no journal.
func tellErased(r upkeep.Restored, c config, out io.Writer) {
	if r.Noted > 0 {
		fmt.Fprintf(out, "erasures: the journal names %d; %d fans of the backup were erased again, with their photos\n", r.Noted, r.Erased)
		return
	}
	fmt.Fprintf(out, `
WARNING: no journal of erasures was found at %s, and --erasures named none that has a line.
WARNING: whoever was erased after this backup was made IS BACK, with name and photos.
WARNING: if anybody was, restore again into empty backends, with the journal of the lost installation: it is the folder
WARNING: erasures of its photos' store, or what "fanfare erasures" printed.

`, c.media)
}

// quieten has a restored installation call no other program until somebody says so.
func quieten(ctx context.Context, app *application, out io.Writer) error {
	stopped, err := app.webhooks.Restored(ctx)
	if err == nil && stopped > 0 {
		fmt.Fprintf(out, "webhooks: %d turned off; turn them on in the console once this installation is the one that runs\n", stopped)
	}
	return err
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
