package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fanfare/server/app/erasures"
	"fanfare/server/contest"
	"fanfare/server/store"
)

// erase deletes everything about a fan. The installation may be serving meanwhile.
func erase(ctx context.Context, c config, fan string, out io.Writer) error {
	if err := refuseOtherSchema(ctx, c); err != nil {
		return err
	}
	return with(ctx, c, c.log, func(_ *backends, app *application) error {
		id := contest.FanID(fan)
		kept, err := app.erasures.Holdings(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%w: there is no fan %s, or they were erased before; the console shows a fan's identifier where it offers to erase them", err, fan)
		}
		if err != nil {
			return err
		}
		if err := app.erasures.Erase(ctx, id); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s is erased: %d entries are gone; %d votes stay counted, and nobody can tell whose they were.\n", fan, kept.Entries, kept.Votes)
		fmt.Fprintln(out, "A running server removes the photos within seconds; without one, the next start does.")
		return nil
	})
}

// printErasures prints the journal of erasures, to be kept apart from the photos: restore takes it with --erasures.
func printErasures(ctx context.Context, c config, out io.Writer) (err error) {
	b, err := openParts(ctx, c, (*backends).openMedia)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	notes, err := erasures.NewJournal(b.bucket).Read(ctx)
	for _, n := range notes {
		fmt.Fprint(out, n.Line())
	}
	return err
}
