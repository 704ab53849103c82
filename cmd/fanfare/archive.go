package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"fanfare/server/app/reports"
	"fanfare/server/contest"
	"fanfare/server/report/archive"
	"fanfare/server/store"
)

// archiveCampaign writes a campaign that is over into a new folder of pages. The installation may be serving meanwhile.
func archiveCampaign(ctx context.Context, c config, id contest.CampaignID, folder string, out io.Writer) error {
	if err := refuseOtherSchema(ctx, c); err != nil {
		return err
	}
	return with(ctx, c, c.log, func(b *backends, app *application) error {
		season, err := app.archive.Season(ctx, "", id)
		if err != nil {
			return archiveRemedy(ctx, app, id, err)
		}
		root, err := emptyFolder(folder)
		if err != nil {
			return err
		}
		defer root.Close() //nolint:errcheck // nothing is written through it any more
		to := &archiveFolder{root: root}
		if err := errors.Join(season.Write(ctx, to), to.close()); err != nil {
			return fmt.Errorf("the archive is not whole, remove %s: %w", folder, err)
		}
		fmt.Fprintf(out, "The archive has %d files. Open %s/index.html.\n", to.files, strings.TrimRight(folder, "/"))
		return nil
	})
}

// archiveRemedy says what to do where there is no archive.
func archiveRemedy(ctx context.Context, app *application, id contest.CampaignID, err error) error {
	switch {
	case errors.Is(err, reports.ErrRuns):
		return fmt.Errorf("%w: archive it when its period and its challenges are over", err)
	case errors.Is(err, reports.ErrUncertified):
		return fmt.Errorf("%w: certify it in the console first", err)
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	list, listErr := app.campaigns.Campaigns(ctx)
	if listErr != nil {
		return errors.Join(err, listErr)
	}
	if len(list) == 0 {
		return fmt.Errorf("there is no campaign %q, nor any other: name the server's folder or database by --data or --db", id)
	}
	var known strings.Builder
	for _, c := range list {
		if c.ID == id {
			return err // it is something of the campaign that is not there
		}
		fmt.Fprintf(&known, "\n  %s  %s", c.ID, c.Name.In("en"))
	}
	return fmt.Errorf("there is no campaign %q. Give one of these identifiers:%s", id, known.String())
}

// archiveFolder is a folder on the disk as an archive is written into it.
type archiveFolder struct {
	root  *os.Root
	open  *os.File
	files int
}

var _ archive.Folder = (*archiveFolder)(nil)

// Create implements archive.Folder.
func (f *archiveFolder) Create(name string) (io.Writer, error) {
	if err := f.close(); err != nil {
		return nil, err
	}
	if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return nil, fmt.Errorf("make folder of archive: %w", err)
	}
	file, err := f.root.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create file of archive: %w", err)
	}
	f.open, f.files = file, f.files+1
	return file, nil
}

// close ends the file that was created last.
func (f *archiveFolder) close() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	return err
}
