package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"fanfare/server/app/entries"
)

// errKept says that some photos could not be made anew; they are as they were.
var errKept = errors.New("photos were left as they were")

// rebuild fills what is derived: the search index, and the numbers that are made of vote logs and quarter-hours.
func rebuild(ctx context.Context, c config, out io.Writer) error {
	return with(ctx, c, c.log, func(_ *backends, app *application) error {
		if err := app.entries.RebuildIndex(ctx); err != nil {
			return err
		}
		fmt.Fprintln(out, "The search index is rebuilt.")
		mended, err := app.numbers.Rebuild(ctx)
		if err == nil {
			fmt.Fprintf(out, "The campaigns' numbers are rebuilt: %d sums of votes were others than the logs say.\n", mended)
		}
		return err
	})
}

// rebuildRenditions renders every photo anew from its original. The installation may be serving meanwhile.
func rebuildRenditions(ctx context.Context, c config, out io.Writer) error {
	if err := refuseOtherSchema(ctx, c); err != nil {
		return err
	}
	return with(ctx, c, c.log, func(_ *backends, app *application) error {
		say := &rebuildReport{out: out}
		r, err := app.entries.RebuildRenditions(ctx, say.at)
		if err != nil {
			return fmt.Errorf("%w; the same command goes on where it was", err)
		}
		return say.end(r)
	})
}

// rebuildReport tells the operator how far it is, not too often.
type rebuildReport struct {
	out  io.Writer
	last time.Time
}

// reportPause is how often progress is told.
const reportPause = 5 * time.Second

func (say *rebuildReport) at(r entries.Rebuilding) {
	switch first := say.last.IsZero(); {
	case first && r.Resumed:
		fmt.Fprintf(say.out, "renditions: goes on after %d of %d entries, where it was interrupted\n", r.Done, r.Entries)
	case first || time.Since(say.last) >= reportPause:
		fmt.Fprintf(say.out, "renditions: %d of %d entries, %d replaced so far\n", r.Done, r.Entries, r.Replaced)
	default:
		return
	}
	say.last = time.Now()
}

// end tells what became of all, and is an error where photos stayed as they were without their rules' will.
func (say *rebuildReport) end(r entries.Rebuilding) error {
	fmt.Fprintf(say.out, "renditions: %d entries, %d replaced", r.Done, r.Replaced)
	if r.Without > 0 {
		fmt.Fprintf(say.out, ", %d kept as they were because the rules had their originals removed", r.Without)
	}
	fmt.Fprintln(say.out, "; replaced files are removed a day from now")
	for _, f := range r.Failed {
		fmt.Fprintf(say.out, "entry %s: %v\n", f.Entry, f.Err)
	}
	if len(r.Failed) > 0 {
		return fmt.Errorf("%w: %d, named above", errKept, len(r.Failed))
	}
	return nil
}
