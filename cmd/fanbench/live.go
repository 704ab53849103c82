package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"syscall"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
)

const (
	// connecting is how many browsers connect at once.
	connecting = 64
	// calmTime lets what came with the browsers' arrival end before the board changes.
	calmTime = 2 * time.Second
	// stalledTime is how long browsers that do not read are watched at least: longer than Fanfare keeps them.
	stalledTime = 17 * time.Second
	// settleTime is until a server that rests has given its memory back: Fanfare does so half a minute after the last time at the
	// latest, and looks every two seconds whether it rests; the reference after ten seconds.
	settleTime = 40 * time.Second
	// frameGap is Fanfare's between two frames, which a reference at an equal rate keeps as well.
	frameGap = 200 * time.Millisecond
)

// watching is how `fanbench live` runs.
type watching struct {
	filling
	sockets, changes, seconds int
	stalled                   float64 // percent of the sockets, beside them
	equal                     bool
	settle                    time.Duration
}

func (w *watching) flags(flags *flag.FlagSet) {
	flags.IntVar(&w.sockets, "sockets", 1000, "open browsers that read")
	flags.IntVar(&w.changes, "changes", 10, "changes of the board each second")
	flags.IntVar(&w.seconds, "seconds", 30, "how long it changes; less than half a minute sees few of the reference's pings")
	flags.Float64Var(&w.stalled, "stalled", 1, "browsers that join and never read, in percent of those that do")
	flags.IntVar(&w.entries, "entries", 20, "entries on the board, of which 20 are shown")
	flags.IntVar(&w.votes, "votes", 20_000, "votes that they have at the start")
	flags.BoolVar(&w.equal, "equal", false, "the reference sends at most five frames a second as well, and ratio_cpu is of a frame")
	flags.DurationVar(&w.settle, "settle", settleTime, "pause before memory is read, each time")
}

func (w *watching) check() error {
	if w.sockets < 1 || w.changes < 1 || w.seconds < 1 || w.stalled < 0 || w.stalled > 100 || w.entries < 1 || w.votes < 0 {
		return errors.New("sockets, changes, seconds and entries must be at least 1, and stalled is in percent")
	}
	return nil
}

// benchLive opens browsers at both servers and lets the board change by votes through the API.
func benchLive(ctx context.Context, args []string, out, progress io.Writer) error {
	var w watching
	var o options
	flags := flag.NewFlagSet("fanbench live", flag.ContinueOnError)
	w.flags(flags)
	references := map[string]maker{"gorilla": func(ctx context.Context, folder string, progress io.Writer) (target, error) {
		return reference("gorilla", w.reference()...)(ctx, folder, progress)
	}}
	if err := o.parse(flags, args, references, progress); err != nil {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	return w.trial(references).run(ctx, o, out, progress)
}

func (w *watching) trial(references map[string]maker) trial {
	t := trial{
		name: "live", settings: map[string]any{
			"sockets": w.sockets, "changes_per_second": w.changes, "seconds": w.seconds, "stalled_percent": w.stalled,
			"equal_rates": w.equal, "entries": w.entries, "settle_s": w.settle.Seconds(),
		},
		cpu: "cpu_us_per_client_second", rss: "rss_bytes_per_socket", references: references, fill: w.fillData, measure: w.measure,
	}
	if w.equal {
		t.cpu = "cpu_us_per_frame"
	}
	return t
}

// reference are the flags with which the reference sends the same payload.
func (w *watching) reference() []string {
	args := []string{"--entries", fmt.Sprint(w.entries), "--score", fmt.Sprint(w.votes / w.entries)}
	if w.equal {
		args = append(args, "--gap", frameGap.String())
	}
	return args
}

// fillData enters what the demo's challenge lacks.
func (w *watching) fillData(ctx context.Context, t target) error {
	if w.entries <= demoEntries && w.votes == 0 {
		return nil
	}
	return w.enterInto(ctx, t)
}

// measure tells what browsers cost a server: at work while the board changes, and in memory when they have settled again.
func (w *watching) measure(ctx context.Context, p *process.Process) (figures, error) {
	client := load.NewClient(p.URL, connecting)
	defer client.Close()
	board, err := client.Board(ctx)
	if err != nil {
		return nil, err
	}
	pace := load.Pace{PerSecond: w.changes, Changes: w.changes * w.seconds, Entries: entriesOf(board)}
	pace.Entries = pace.Entries[:min(len(pace.Entries), shownRows)]
	voters, err := client.Voters(ctx, pace.Voters(), connecting)
	if err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	if err := pause(ctx, w.settle); err != nil {
		return nil, err
	}
	alone, err := p.Usage()
	if err != nil {
		return nil, err
	}
	audience, err := load.Watch(ctx, p.URL, load.Watching{Browsers: w.sockets, Concurrency: connecting, Votes: board.Votes, Changes: pace.Changes})
	if err != nil {
		return nil, err
	}
	defer audience.Close()
	if err := pause(ctx, calmTime); err != nil {
		return nil, err
	}
	f, err := w.busy(ctx, p, audience, func() error { return pace.Run(ctx, audience, client, voters) })
	if err != nil {
		return nil, err
	}
	if err := errors.Join(load.Verify(ctx, client, board, voters), pause(ctx, w.settle), audience.Err()); err != nil {
		return nil, err
	}
	settled, err := p.Usage()
	if err != nil {
		return nil, err
	}
	audience.Close()
	changes, ages := audience.Changes(), audience.Ages()
	f["p50_ms"], f["p99_ms"] = milliseconds(changes.Percentile(50)), milliseconds(changes.Percentile(99))
	f["age_p50_ms"], f["age_p99_ms"] = milliseconds(ages.Percentile(50)), milliseconds(ages.Percentile(99))
	f["bytes_per_update"] = round(audience.UpdateBytes(), 10)
	f["rss_kb"] = kilobytes(settled.RSS)
	f["rss_alone_kb"] = kilobytes(alone.RSS)
	f["rss_bytes_per_socket"] = round(float64(settled.RSS-alone.RSS)/float64(w.sockets), 1)
	return f, nil
}

// shownRows is how many rows of a board browsers are shown.
const shownRows = 20

// busy has the board change and tells what that cost. Some browsers open and stall meanwhile.
func (w *watching) busy(ctx context.Context, p *process.Process, a *load.Audience, change func() error) (figures, error) {
	before, err := p.Usage()
	if err != nil {
		return nil, err
	}
	began, frames, own := time.Now(), a.Frames(), ownCPU()
	stalling, stop := context.WithTimeout(ctx, max(stalledTime, time.Duration(w.seconds)*time.Second))
	defer stop()
	left := make(chan error, 1)
	stalled := &load.Stalled{}
	go func() {
		var err error
		if n := int(float64(w.sockets) * w.stalled / 100); n > 0 {
			if stalled, err = load.Stall(stalling, p.URL, n, connecting); err == nil {
				err = stalled.Wait(stalling)
			}
		}
		left <- err
	}()
	if err := errors.Join(change(), a.Settle(ctx)); err != nil {
		stop()
		return nil, errors.Join(err, <-left)
	}
	after, err := p.Usage()
	elapsed, delivered, spent := time.Since(began), float64(a.Frames()-frames), ownCPU()-own
	if err := errors.Join(err, <-left); err != nil {
		return nil, err
	}
	defer stalled.Close()
	cpu := float64((after.CPU - before.CPU).Microseconds())
	gone := stalled.Gone()
	return figures{
		"frames":                   delivered,
		"frames_per_second":        round(delivered/elapsed.Seconds(), 10),
		"cpu_us_per_client_second": round(cpu/float64(w.sockets)/elapsed.Seconds(), 100),
		"cpu_us_per_frame":         round(cpu/delivered, 100),
		"cpu_cores":                round(cpu/1e6/elapsed.Seconds(), 1000),
		"client_cpu_cores":         round(spent.Seconds()/elapsed.Seconds(), 1000),
		"rss_busy_kb":              kilobytes(after.RSS),
		"stalled_closed_s":         round(gone.Percentile(100).Seconds(), 100),
		"stalled_open":             float64(stalled.Open()),
	}, nil
}

// ownCPU is the time that this process has spent, without the servers that it started.
func ownCPU() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail: the address is good
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
