package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
)

// watching is how `fanbench live` runs.
type watching struct {
	sockets, changes, seconds int
	settle                    time.Duration
}

// connecting is how many sockets connect at once.
const connecting = 64

// benchLive opens browsers at both servers and lets the board change by votes through the API.
func benchLive(ctx context.Context, args []string, out, progress io.Writer) error {
	var w watching
	var o options
	flags := flag.NewFlagSet("fanbench live", flag.ContinueOnError)
	flags.IntVar(&w.sockets, "sockets", 1000, "open browsers")
	flags.IntVar(&w.changes, "changes", 10, "changes of the board each second")
	flags.IntVar(&w.seconds, "seconds", 10, "how long it changes")
	flags.DurationVar(&w.settle, "settle", 5*time.Second, "pause before it changes, in which memory settles")
	references := map[string]maker{"gorilla": reference("gorilla")}
	if err := o.parse(flags, args, references, progress); err != nil {
		return err
	}
	if w.sockets < 1 || w.changes < 1 || w.seconds < 1 {
		return fmt.Errorf("sockets, changes and seconds must be at least 1")
	}
	return trial{
		name: "live", settings: map[string]any{"sockets": w.sockets, "changes_per_second": w.changes, "seconds": w.seconds},
		cpu: "cpu_us_per_client_second", rss: "rss_bytes_per_socket", references: references, measure: w.measure,
	}.run(ctx, o, out, progress)
}

func (w watching) measure(ctx context.Context, p *process.Process) (figures, error) {
	client := load.NewClient(p.URL, connecting)
	defer client.Close()
	board, err := client.Board(ctx)
	if err != nil {
		return nil, err
	}
	entries := entriesOf(board)
	total := w.changes * w.seconds
	voters, err := client.Voters(ctx, (total+len(entries)-1)/len(entries), connecting)
	if err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	alone, err := p.Usage()
	if err != nil {
		return nil, err
	}
	audience, err := load.Watch(ctx, p.URL, w.sockets, connecting, board.Votes, total)
	if err != nil {
		return nil, err
	}
	defer audience.Close()
	if err := pause(ctx, w.settle); err != nil {
		return nil, err
	}
	before, err := p.Usage()
	if err != nil {
		return nil, err
	}
	began, frames := time.Now(), audience.Frames()
	if err := w.change(ctx, audience, client, voters, entries); err != nil {
		return nil, err
	}
	after, err := p.Usage()
	if err != nil {
		return nil, err
	}
	elapsed, delivered := time.Since(began), audience.Frames()-frames
	if err := load.Verify(ctx, client, board, voters); err != nil {
		return nil, err
	}
	audience.Close()
	return w.figures(alone, before, after, elapsed, delivered, audience.Latencies()), nil
}

// change casts the votes at an even pace and waits until every socket shows the last one.
func (w watching) change(ctx context.Context, a *load.Audience, c *load.Client, voters []*load.Voter, entries []string) error {
	tick := time.NewTicker(time.Second / time.Duration(w.changes))
	defer tick.Stop()
	for i := range w.changes * w.seconds {
		voter, entry := voters[i/len(entries)], entries[i%len(entries)]
		if err := a.Change(i, func() error { return c.VoteAs(ctx, voter, entry) }); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return a.Settle(ctx)
}

// figures computes what is reported. The cost per delivery is that of the whole server, so it falls as sockets rise.
func (w watching) figures(alone, before, after process.Usage, elapsed time.Duration, delivered int64, took load.Latencies) figures {
	cpu := float64((after.CPU - before.CPU).Microseconds())
	sockets := float64(w.sockets)
	return figures{
		"frames":                   float64(delivered),
		"frames_per_second":        round(float64(delivered)/elapsed.Seconds(), 10),
		"p50_ms":                   milliseconds(took.Percentile(50)),
		"p99_ms":                   milliseconds(took.Percentile(99)),
		"cpu_us_per_client_second": round(cpu/sockets/elapsed.Seconds(), 100),
		"cpu_us_per_frame":         round(cpu/float64(delivered), 100),
		"rss_kb":                   kilobytes(after.RSS),
		"rss_bytes_per_socket":     round(float64(after.RSS-alone.RSS)/sockets, 1),
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
