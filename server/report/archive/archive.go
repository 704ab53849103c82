// Package archive writes a campaign that is over as a folder of pages, pictures, vote logs and the report, which opens without a
// server and without a network. It holds what the public may see at the moment it is written, and nothing else; it refuses to know
// where the folder is.
package archive

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"

	"fanfare/media/blob"
	"fanfare/server/app/audits"
	"fanfare/server/app/entries"
	"fanfare/server/app/reports"
	"fanfare/server/app/results"
	"fanfare/server/contest"
	"fanfare/server/page"
	"fanfare/server/report"
)

//go:embed all:templates messages
var files embed.FS

//go:embed assets/season.css
var seasonStyle []byte

// Folder takes an archive's files, one after the other: each is whole when the next is created. Names have slashes between folders.
type Folder interface {
	Create(name string) (io.Writer, error)
}

// Parts are what archives are made of.
type Parts struct {
	Reports *reports.Service
	Results *results.Service
	Entries *entries.Service
	Audits  *audits.Service
	Bucket  *blob.Bucket
	Pages   *page.Renderer
	Drawer  *report.Drawer
	// Tokens is the stylesheet of sizes and colours that the others are written in.
	Tokens []byte
}

// maxWritten is how many archives are written at once: each draws thousands of pages, and visitors come first.
const maxWritten = 2

// ErrBusy says that as many archives are written already as this process takes on.
var ErrBusy = errors.New("too many archives at once")

// Keeper makes archives.
type Keeper struct {
	Parts
	pages  *page.Renderer // with the archive's own templates and words
	places chan struct{}  // a place for each that is written
}

// New returns a keeper.
func New(p Parts) (*Keeper, error) {
	pages, err := report.Extend(p.Pages)
	if err == nil {
		pages, err = pages.Extend(files)
	}
	if err != nil {
		return nil, fmt.Errorf("extend pages: %w", err)
	}
	return &Keeper{p, pages, make(chan struct{}, maxWritten)}, nil
}

// Season is a campaign that may be archived.
type Season struct {
	keeper *Keeper
	reports.Closing
}

// Season returns a campaign that may be archived. staff is whoever takes the archive; empty for the operator. Errors: store.ErrNotFound,
// reports.ErrRuns, reports.ErrUncertified.
func (k *Keeper) Season(ctx context.Context, staff contest.StaffID, id contest.CampaignID) (Season, error) {
	c, err := k.Reports.Season(ctx, staff, id)
	if err != nil {
		return Season{}, fmt.Errorf("archive campaign %s: %w", id, err)
	}
	return Season{k, c}, nil
}

// Name is what the archive may be called where it is one file.
func (s Season) Name() string {
	name := "season"
	if len(s.Challenges) > 0 {
		name = s.Challenges[0].Slug
	}
	return name + "-" + s.Plan.Day(s.Now)
}

// Write writes the whole archive. What fails on the way leaves a part that is of no use. Errors: ErrBusy, and then nothing was created.
func (s Season) Write(ctx context.Context, to Folder) error {
	select {
	case s.keeper.places <- struct{}{}:
		defer func() { <-s.keeper.places }()
	default:
		return ErrBusy
	}
	w := &writing{Season: s, ctx: ctx, to: to, shown: map[contest.EntryID]string{}}
	if err := w.all(); err != nil {
		return fmt.Errorf("archive campaign %s: %w", s.Campaign.ID, err)
	}
	return nil
}
