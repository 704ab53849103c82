package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"fanfare/server/app/upkeep"
)

// errFound says that a command found something wrong and has said what.
var errFound = errors.New("not all is well; see above")

// quickly adds the flag of a verification that reads no photos.
func quickly(quick *bool) func(*flag.FlagSet) {
	return func(flags *flag.FlagSet) {
		flags.BoolVar(quick, "quick", false, "look whether photos are there and how long they are, without reading them")
	}
}

// verify compares all that the configured installation keeps; it may be serving.
func verify(ctx context.Context, c config, quick bool, out io.Writer) error {
	if err := refuseOtherSchema(ctx, c); err != nil {
		return err
	}
	return with(ctx, c, c.log, func(b *backends, app *application) error {
		r := report{out: out}
		err := upkeep.Verify(ctx, upkeep.Verification{
			Installation: upkeep.Installation{Store: app.store, Bucket: b.bucket}, Difference: app.entries.CompareIndex, Quick: quick,
		}, sayTo(out), r.tell)
		return errors.Join(err, r.verdict())
	})
}

// refuseOtherSchema keeps commands that only look from bringing a database to another form: a server of another version
// may be using it.
func refuseOtherSchema(ctx context.Context, c config) error {
	k, err := openKept(ctx, c, (*backends).openExisting)
	if err != nil {
		return err
	}
	return errors.Join(sameSchema(ctx, k.Store), k.close())
}

// report prints findings.
type report struct {
	out   io.Writer
	worst upkeep.Level
}

func (r *report) tell(f upkeep.Finding) {
	fmt.Fprintf(r.out, "%-5s %-14s %s\n", f.Level, f.Subject, f.Text)
	if f.Remedy != "" {
		fmt.Fprintf(r.out, "      %-14s → %s\n", "", f.Remedy)
	}
	r.worst = max(r.worst, f.Level)
}

// verdict is an error if anything has failed. Warnings are none.
func (r *report) verdict() error {
	if r.worst == upkeep.Fail {
		return errFound
	}
	return nil
}
