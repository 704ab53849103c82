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

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
	"fanfare/server/kpi"
	"fanfare/server/store"
)

// counting is how `fanbench events` runs.
type counting struct {
	path           string
	rate, each     int // events
	votes, seconds int
	filled         int64
	folder         string // to fill instead of measuring; empty for none
}

// benchEvents has pages tell of events while fans vote, and compares what was counted with what was acknowledged. Voting alone is
// measured first. With --fill it leaves the data of a campaign that has counted many, for whoever measures what reads them.
func benchEvents(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	var c counting
	flags := flag.NewFlagSet("fanbench events", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&c.path, "fanfare", besideMe(), "the program to measure")
	flags.IntVar(&c.rate, "rate", 20_000, "events a second")
	flags.IntVar(&c.each, "each", 10, "events in a report: what a page tells of every five seconds")
	flags.IntVar(&c.votes, "votes", 200, "votes a second beside them")
	flags.IntVar(&c.seconds, "seconds", 20, "how long each part lasts")
	flags.StringVar(&c.folder, "fill", "", "leave a data folder of a campaign with many events here, and measure nothing")
	flags.Int64Var(&c.filled, "events", 100_000_000, "events of that campaign")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if c.rate < 1 || c.each < 1 || c.each > maxEach || c.votes < 1 || c.seconds < 1 || c.filled < 1 || flags.NArg() > 0 {
		return fmt.Errorf("rate, votes, seconds and events must be at least 1, each at most %d, and nothing else is expected", maxEach)
	}
	folder, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	server, err := fanfare(ctx, c.path, folder, progress)
	if err != nil {
		return err
	}
	server.spec.Env = nil // it keeps its limits: the load comes from many addresses
	if c.folder != "" {
		return c.leave(ctx, server, out)
	}
	var measured []figures
	for round := range rounds {
		f, err := c.once(ctx, server, folder)
		if err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		fmt.Fprintf(progress, "fanfare, round %d: %s\n", round+1, f)
		measured = append(measured, f)
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"bench": "events", "rounds": rounds, "rate": c.rate, "each": c.each, "votes": c.votes, "seconds": c.seconds, "fanfare": medians(measured),
	})
}

// maxEach is how many events of a report count at most: an impression, and views of 30 photos.
const maxEach = 31

// once measures voting alone, and then events beside it.
func (c *counting) once(ctx context.Context, server target, folder string) (f figures, err error) {
	p, err := server.start(ctx, folder)
	if err != nil {
		return nil, err
	}
	counted, f, err := c.measure(ctx, p)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w; its log ends: %s", err, p.Log()), p.Stop())
	}
	if err := p.Stop(); err != nil {
		return nil, err
	}
	return f, verifyCounted(ctx, filepath.Join(server.data, "fanfare.db"), filepath.Join(folder, "data", "fanfare.db"), counted)
}

func (c *counting) measure(ctx context.Context, p *process.Process) (counted load.Counted, f figures, err error) {
	fans, pages := load.NewClient(p.URL, 64), load.NewClient(p.URL, 64)
	defer fans.Close()
	defer pages.Close()
	board, err := fans.Board(ctx)
	if err != nil {
		return counted, nil, err
	}
	steady := load.Steady{PerSecond: c.votes, For: time.Duration(c.seconds) * time.Second, Entries: entriesOf(board)}
	voters, err := fans.Voters(ctx, 2*steady.Voters(), 16)
	if err != nil {
		return counted, nil, fmt.Errorf("open sessions: %w", err)
	}
	half := len(voters) / 2
	var alone, beside load.Latencies
	aloneCPU, err := spent(p, func() error {
		alone, err = steady.Run(ctx, fans, voters[:half])
		return err
	})
	if err != nil {
		return counted, nil, err
	}
	visits := load.Visits{PerSecond: c.rate, Each: c.each, For: steady.For, Entries: len(steady.Entries)}
	began := time.Now()
	bothCPU, err := spent(p, func() error {
		return load.Each(ctx, 2, 2, func(ctx context.Context, i int) (err error) {
			if i == 0 {
				counted, err = visits.Run(ctx, pages)
				return err
			}
			beside, err = steady.Run(ctx, fans, voters[half:])
			return err
		})
	})
	if err != nil {
		return counted, nil, err
	}
	elapsed := time.Since(began)
	usage, err := p.Usage()
	if err != nil {
		return counted, nil, err
	}
	events := float64(counted.Impressions + counted.Views)
	return counted, figures{
		"events_per_second":       round(events/elapsed.Seconds(), 10),
		"report_p50_ms":           milliseconds(counted.Took.Percentile(50)),
		"report_p99_ms":           milliseconds(counted.Took.Percentile(99)),
		"votes_alone_p99_ms":      milliseconds(alone.Percentile(99)),
		"votes_p99_ms":            milliseconds(beside.Percentile(99)),
		"cpu_s_per_100000_events": round((bothCPU-aloneCPU).Seconds()*100_000/events, 1000),
		"processors_used":         round(bothCPU.Seconds()/elapsed.Seconds(), 100),
		"rss_peak_kb":             kilobytes(usage.Peak),
	}, load.Verify(ctx, fans, board, voters)
}

// spent is the processor time that a server takes while something is done.
func spent(p *process.Process, do func() error) (time.Duration, error) {
	before, err := p.Usage()
	if err != nil {
		return 0, err
	}
	if err := do(); err != nil {
		return 0, err
	}
	after, err := p.Usage()
	return after.CPU - before.CPU, err
}

// tallied is what a database has counted.
type tallied struct{ impressions, views, ofEntries int64 }

// verifyCounted compares what was counted between two states of a database, which nobody serves, with what was acknowledged.
func verifyCounted(ctx context.Context, before, after string, acknowledged load.Counted) error {
	old, err := tally(ctx, before)
	if err != nil {
		return err
	}
	got, err := tally(ctx, after)
	if err != nil {
		return err
	}
	got = tallied{got.impressions - old.impressions, got.views - old.views, got.ofEntries - old.ofEntries}
	if want := (tallied{acknowledged.Impressions, acknowledged.Views, acknowledged.Views}); got != want {
		return fmt.Errorf("counted are %d impressions, %d views, %d of entries; acknowledged were %d, %d and %d",
			got.impressions, got.views, got.ofEntries, want.impressions, want.views, want.ofEntries)
	}
	return nil
}

func tally(ctx context.Context, file string) (t tallied, err error) {
	s, closed, err := openFile(file)
	if err != nil {
		return t, err
	}
	defer closed() //nolint:errcheck // it is only read
	err = s.View(ctx, func(tx *store.Tx) error {
		c, err := tx.ChallengeBySlug(load.Challenge)
		if err != nil {
			return err
		}
		points, err := tx.Quarters(c.Campaign, 0, 1<<40)
		for _, p := range points {
			switch p.Metric {
			case kpi.Impressions:
				t.impressions += p.Value
			case kpi.Views:
				t.views += p.Value
			}
		}
		entries, errEntries := tx.EntryCounts(c.ID)
		for _, p := range entries {
			t.ofEntries += p.Value
		}
		return errors.Join(err, errEntries)
	})
	return t, err
}
