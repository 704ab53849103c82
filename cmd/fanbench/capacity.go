package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
)

// capacity is how `fanbench capacity` runs: each kind of growth at three sizes, one round each.
type capacity struct {
	path, folder string
	smaller      int
	settle       time.Duration
	server       target
	progress     io.Writer
}

// growth is one kind of it: the sizes, how one is measured, and which figures its table shows.
type growth struct {
	name    string
	sizes   []int
	measure func(c *capacity, ctx context.Context, size int) (figures, error)
	columns []string
}

var growths = []growth{
	{"voters", []int{500, 2_000, 8_000}, (*capacity).voters, []string{"votes_per_second", "p50_ms", "p99_ms", "cpu_s_per_100000_votes", "rss_peak_kb"}},
	{"widgets", []int{1_000, 5_000, 10_000}, (*capacity).widgets, []string{"cpu_cores", "cpu_us_per_client_second", "rss_bytes_per_socket", "rss_kb", "age_p99_ms", "stalled_closed_s"}},
	{"entries", []int{1_000, 10_000, 100_000}, (*capacity).entries, []string{"start_s", "rss_kb", "votes_per_second", "cpu_s_per_100000_votes", "cpu_us_per_place", "cpu_us_per_board"}},
}

// What stays the same while one thing grows.
const (
	capacityVotes   = 200_000 // for the entries of a challenge
	capacityChanges = 10      // a second, on boards that widgets show
	capacityReads   = 10_000  // of boards and places
	capacityClients = 64
)

// benchCapacity prints a table in Markdown for each growth, as deploy/CAPACITY.md has them, and the figures.
func benchCapacity(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	c := capacity{progress: progress}
	var only string
	flags := flag.NewFlagSet("fanbench capacity", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&c.path, "fanfare", besideMe(), "the program to measure")
	flags.IntVar(&c.smaller, "smaller", 1, "divide all sizes, for a quick look")
	flags.DurationVar(&c.settle, "settle", settleTime, "pause before memory is read, each time")
	flags.StringVar(&only, "only", "", "one kind of growth: voters, widgets or entries")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || c.smaller < 1 || !strings.Contains(" voters widgets entries ", " "+only+" ") && only != "" {
		return errors.New("smaller must be at least 1, only one of voters, widgets and entries, and nothing else is expected")
	}
	if c.folder, err = os.MkdirTemp("", "fanbench"); err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.folder)) }()
	if c.server, err = fanfare(ctx, c.path, c.folder, progress); err != nil {
		return err
	}
	report := map[string]any{"bench": "capacity", "smaller": c.smaller}
	for _, g := range growths {
		if only != "" && only != g.name {
			continue
		}
		if report[g.name], err = c.grow(ctx, g, out); err != nil {
			return fmt.Errorf("%s: %w", g.name, err)
		}
	}
	return json.NewEncoder(out).Encode(report)
}

// grow measures all sizes and prints the table.
func (c *capacity) grow(ctx context.Context, g growth, out io.Writer) (all []figures, err error) {
	var table strings.Builder
	fmt.Fprintf(&table, "| %s | %s |\n|%s\n", g.name, strings.Join(g.columns, " | "), strings.Repeat(" ---: |", len(g.columns)+1))
	for _, size := range g.sizes {
		size = c.less(size, 10)
		f, err := g.measure(c, ctx, size)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", size, err)
		}
		fmt.Fprintf(c.progress, "%d %s: %s\n", size, g.name, f)
		fmt.Fprintf(&table, "| %d |", size)
		for _, column := range g.columns {
			fmt.Fprintf(&table, " %v |", f[column])
		}
		table.WriteString("\n")
		f[g.name] = float64(size)
		all = append(all, f)
	}
	_, err = fmt.Fprintln(out, table.String())
	return all, err
}

// less is a size that is wanted smaller, and at least so much.
func (c *capacity) less(size, least int) int { return max(size/c.smaller, least) }

// voters lets more and more fans vote ten times each, with limits as they are.
func (c *capacity) voters(ctx context.Context, size int) (figures, error) {
	v := voting{voters: size, votes: 10, concurrency: capacityClients}
	server := c.server
	server.spec.Env = nil
	return trial{measure: v.measure}.once(ctx, server, c.folder)
}

// widgets lets more and more browsers watch.
func (c *capacity) widgets(ctx context.Context, size int) (figures, error) {
	w := watching{sockets: size, changes: capacityChanges, seconds: c.less(30, 1), stalled: 1, settle: c.settle}
	w.filling = filling{entries: c.less(shownRows, demoEntries), votes: c.less(shownRows*1000, 0)}
	if err := w.fillData(ctx, c.server); err != nil {
		return nil, err
	}
	return trial{measure: w.measure}.once(ctx, c.server, c.folder)
}

// entries starts a server whose challenge has more and more entries, reads its board and places on it, and lets fans vote.
func (c *capacity) entries(ctx context.Context, size int) (f figures, err error) {
	fmt.Fprintln(c.progress, "fanfare: entering", size, "photos")
	fill := filling{entries: size, votes: c.less(capacityVotes, 10)}
	if err := fill.enterInto(ctx, c.server); err != nil {
		return nil, err
	}
	began := time.Now()
	p, err := c.server.start(ctx, c.folder)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Stop()) }()
	client := load.NewClient(p.URL, capacityClients)
	defer client.Close()
	board, err := client.Board(ctx)
	if err != nil {
		return nil, err
	}
	started := time.Since(began)
	if board.Entries != size {
		return nil, fmt.Errorf("the board has %d entries, entered were %d", board.Entries, size)
	}
	boards, err := c.reads(ctx, p, func(ctx context.Context) error { _, err := client.Board(ctx); return err })
	if err != nil {
		return nil, err
	}
	places, err := c.reads(ctx, p, func(ctx context.Context) error { return client.Place(ctx, 1+rand.IntN(size)) })
	if err != nil {
		return nil, err
	}
	v := voting{voters: c.less(1000, 10), votes: 10, concurrency: capacityClients}
	if f, err = v.measure(ctx, p); err != nil {
		return nil, err
	}
	f["start_s"], f["cpu_us_per_board"], f["cpu_us_per_place"] = round(started.Seconds(), 100), boards, places
	return f, nil
}

// reads tells what the server spends on one read.
func (c *capacity) reads(ctx context.Context, p *process.Process, read func(context.Context) error) (cpu float64, err error) {
	before, err := p.Usage()
	if err != nil {
		return 0, err
	}
	n := c.less(capacityReads, 10)
	if err := load.Each(ctx, n, capacityClients, func(ctx context.Context, _ int) error { return read(ctx) }); err != nil {
		return 0, err
	}
	after, err := p.Usage()
	return round(float64((after.CPU-before.CPU).Microseconds())/float64(n), 10), err
}
