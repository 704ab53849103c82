package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"fanfare/cmd/fanbench/month"
	"fanfare/cmd/fanbench/process"
	"fanfare/server/store"
)

// campaigning is how `fanbench campaign` runs.
type campaigning struct {
	path string
	seed uint64
	size month.Size
	keep string // where the data folder stays; empty for nowhere
}

// differencesTold is how many differences are written out: the first ones lead to the fault.
const differencesTold = 20

// benchCampaign plays a month of campaigns and compares every figure that Fanfare shows of it with books of its own. It fails where any
// differs.
func benchCampaign(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	var c campaigning
	flags := flag.NewFlagSet("fanbench campaign", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&c.path, "fanfare", besideMe(), "the program to play at")
	flags.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()), "of what is left to chance; the present differs each time all the same")
	flags.IntVar(&c.size.Counts, "counts", 60, "numbers of events on each past day of a campaign")
	flags.IntVar(&c.size.Entries, "entries", 60, "entries of a campaign")
	flags.IntVar(&c.size.Votes, "votes", 400, "votes of a campaign's past")
	flags.IntVar(&c.size.Orders, "orders", 600, "orders of a campaign")
	flags.IntVar(&c.size.Visitors, "visitors", 100, "visitors of a campaign who come now")
	flags.StringVar(&c.keep, "keep", "", "leave the data folder here, for whoever looks at it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if c.size.Counts < 1 || c.size.Entries < 10 || c.size.Votes < 1 || c.size.Orders < 1 || c.size.Visitors < 1 || flags.NArg() > 0 {
		return errors.New("counts, votes, orders and visitors must be at least 1, entries 10, and nothing else is expected")
	}
	folder := c.keep
	if folder == "" {
		if folder, err = os.MkdirTemp("", "fanbench"); err != nil {
			return fmt.Errorf("create temporary folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	began := time.Now()
	_, found, err := c.play(ctx, folder, progress)
	if err != nil {
		return err
	}
	tellDifferences(progress, found)
	err = json.NewEncoder(out).Encode(map[string]any{
		"bench": "campaign", "seed": c.seed, "campaigns": 4, "orders": 4 * c.size.Orders, "seconds": round(time.Since(began).Seconds(), 10),
		"figures": found.Figures, "differences": len(found.Differences),
	})
	if err == nil && len(found.Differences) > 0 {
		err = fmt.Errorf("%d of %d figures differ", len(found.Differences), found.Figures)
	}
	return err
}

func tellDifferences(progress io.Writer, found month.Comparison) {
	for _, d := range found.Differences[:min(len(found.Differences), differencesTold)] {
		fmt.Fprintln(progress, d)
	}
}

// play plays the month in a folder's data, once more where a quarter-hour ended meanwhile, and compares the figures of a server that
// was started anew since: what it shows is what is stored.
func (c *campaigning) play(ctx context.Context, folder string, progress io.Writer) (m *month.Month, found month.Comparison, err error) {
	for {
		if m, err = c.once(ctx, folder, progress); !errors.Is(err, month.ErrQuarter) {
			break
		}
		fmt.Fprintln(progress, "a quarter-hour ended meanwhile: once more")
	}
	if err != nil {
		return nil, found, err
	}
	fmt.Fprintln(progress, "comparing")
	err = c.serve(ctx, folder, func(url string) (err error) { found, err = m.Settle(ctx, url); return err })
	return m, found, err
}

// once plays the month on a new data folder.
func (c *campaigning) once(ctx context.Context, folder string, progress io.Writer) (*month.Month, error) {
	data := c.data(folder)
	if err := os.RemoveAll(data); err != nil {
		return nil, fmt.Errorf("empty data folder: %w", err)
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	fmt.Fprintln(progress, "playing the past")
	m := month.New(c.size, c.seed)
	clock := &month.Clock{}
	s, closed, err := openFile(filepath.Join(data, "fanfare.db"), store.WithClock(clock.Now))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(m.Seed(ctx, s, clock), closed()); err != nil {
		return nil, err
	}
	fmt.Fprintln(progress, "playing the present")
	return m, c.serve(ctx, folder, func(url string) error { return m.Play(ctx, url) })
}

func (c *campaigning) data(folder string) string { return filepath.Join(folder, "data") }

// serve starts Fanfare on the folder's data, and stops it in order when the work is done.
func (c *campaigning) serve(ctx context.Context, folder string, work func(url string) error) error {
	p, err := process.Start(ctx, process.Spec{Path: c.path, Args: fanfareArgs(), Env: []string{unlimited}, Data: c.data(folder), Ready: "/"})
	if err != nil {
		return err
	}
	if err := work(p.URL); err != nil {
		return errors.Join(fmt.Errorf("%w; its log ends: %s", err, p.Log()), p.Stop())
	}
	return p.Stop()
}
