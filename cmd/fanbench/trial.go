package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"fanfare/cmd/fanbench/process"
)

// rounds is how often each server is measured; medians are reported.
const rounds = 3

// figures are what one round measured, by the names that they have in the report.
type figures map[string]float64

// trial is one kind of measurement.
type trial struct {
	name     string
	settings map[string]any // how it was run, for the report
	// cpu and rss name the figures of which ratios are reported.
	cpu, rss   string
	limited    bool // Fanfare keeps its rate limits: the load comes from many addresses
	references map[string]maker
	fill       func(context.Context, target) error // changes Fanfare's prepared data; nil for nothing
	measure    func(context.Context, *process.Process) (figures, error)
}

// options are the flags that all trials have.
type options struct {
	path      string
	reference string
}

// parse reads a trial's flags. Its reference, if any is wanted, must be one of those.
func (o *options) parse(flags *flag.FlagSet, args []string, references map[string]maker, progress io.Writer) error {
	names := slices.Sorted(maps.Keys(references))
	flags.SetOutput(progress)
	flags.StringVar(&o.path, "fanfare", besideMe(), "the program to measure")
	flags.StringVar(&o.reference, "reference", "", "compare with another server: "+strings.Join(names, ", "))
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.reference != "" && references[o.reference] == nil {
		return fmt.Errorf("reference %q: valid is %s", o.reference, strings.Join(names, ", "))
	}
	return nil
}

// run measures Fanfare and the reference in turns, and prints the report.
func (t trial) run(ctx context.Context, o options, out, progress io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	ours, err := fanfare(ctx, o.path, folder, progress)
	if err != nil {
		return err
	}
	if t.limited {
		ours.spec.Env = nil
	}
	if t.fill != nil {
		if err := t.fill(ctx, ours); err != nil {
			return fmt.Errorf("fill challenge: %w", err)
		}
	}
	targets := []target{ours}
	if o.reference != "" {
		theirs, err := t.references[o.reference](ctx, folder, progress)
		if err != nil {
			return err
		}
		targets = append(targets, theirs)
	}
	measured := map[string][]figures{}
	for round := range rounds {
		for _, target := range targets {
			f, err := t.once(ctx, target, folder)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", target.name, round+1, err)
			}
			fmt.Fprintf(progress, "%s, round %d: %s\n", target.name, round+1, f)
			measured[target.name] = append(measured[target.name], f)
		}
	}
	report, err := t.report(o, measured)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(report)
}

// once measures one target once.
func (t trial) once(ctx context.Context, target target, folder string) (f figures, err error) {
	p, err := target.start(ctx, folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	measure := t.measure
	if target.measure != nil {
		measure = target.measure
	}
	if f, err = measure(ctx, p); err != nil {
		return nil, fmt.Errorf("%w; its log ends: %s", err, p.Log())
	}
	return f, nil
}

// report joins settings and medians.
func (t trial) report(o options, measured map[string][]figures) (map[string]any, error) {
	ours := medians(measured["fanfare"])
	report := map[string]any{"bench": t.name, "rounds": rounds, "fanfare": ours}
	maps.Copy(report, t.settings)
	if o.reference != "" {
		theirs := medians(measured[o.reference])
		if theirs[t.cpu] <= 0 || theirs[t.rss] <= 0 {
			return nil, fmt.Errorf("the load is too small to measure: %s", theirs)
		}
		report["reference"], report[o.reference] = o.reference, theirs
		report["ratio_cpu"], report["ratio_rss"] = ratio(ours[t.cpu], theirs[t.cpu]), ratio(ours[t.rss], theirs[t.rss])
	}
	return report, nil
}

// ratio is rounded to what three rounds can tell.
func ratio(ours, theirs float64) float64 { return round(ours/theirs, 1000) }

func round(v, parts float64) float64 { return float64(int64(v*parts+0.5)) / parts }

// medians returns each figure's median over the rounds.
func medians(all []figures) figures {
	m := figures{}
	for name := range all[0] {
		var values []float64
		for _, f := range all {
			values = append(values, f[name])
		}
		slices.Sort(values)
		m[name] = values[len(values)/2]
	}
	return m
}

// String lists the figures in the order of their names.
func (f figures) String() string {
	b, err := json.Marshal(f)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func milliseconds(d time.Duration) float64 { return round(float64(d)/float64(time.Millisecond), 100) }

func kilobytes(bytes int64) float64 { return float64(bytes >> 10) }
