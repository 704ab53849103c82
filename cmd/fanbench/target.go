package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
	"fanfare/cmd/fanbench/textbook"
)

const (
	// referenceCommand starts the textbook server in a process of its own.
	referenceCommand = "reference"
	boardPath        = "/api/v1/challenges/" + load.Challenge + "/board"
	// demoEntries is how many entries the demo challenge has at least when its photos are rendered.
	demoEntries = 12
	demoTime    = 3 * time.Minute // to draw, send and render them
)

// target is a server to measure. Each start begins with the same data.
type target struct {
	name string
	spec process.Spec
	data string // copied for each start; empty for none
	// measure is how, where it is another way than the trial's.
	measure func(context.Context, *process.Process) (figures, error)
}

// maker makes a target, with the folder for its files.
type maker func(ctx context.Context, folder string, progress io.Writer) (target, error)

// start starts the target on fresh data in the folder.
func (t target) start(ctx context.Context, folder string) (*process.Process, error) {
	spec := t.spec
	spec.Data = filepath.Join(folder, "data")
	if err := os.RemoveAll(spec.Data); err != nil {
		return nil, fmt.Errorf("empty data folder: %w", err)
	}
	if err := os.MkdirAll(spec.Data, 0o700); err != nil {
		return nil, fmt.Errorf("create data folder: %w", err)
	}
	if t.data != "" {
		if err := os.CopyFS(spec.Data, os.DirFS(t.data)); err != nil {
			return nil, fmt.Errorf("copy prepared data: %w", err)
		}
	}
	return process.Start(ctx, spec)
}

// reference returns the maker of a textbook server, which is this program.
func reference(name string, options ...string) maker {
	return func(context.Context, string, io.Writer) (target, error) {
		self, err := os.Executable()
		if err != nil {
			return target{}, fmt.Errorf("find own program: %w", err)
		}
		return target{name: name, spec: process.Spec{Path: self, Args: append([]string{referenceCommand, name, "{addr}", "{data}"}, options...), Ready: boardPath}}, nil
	}
}

// serveReference is what the process of a reference does.
func serveReference(ctx context.Context, args []string, progress io.Writer) error {
	if len(args) < 3 {
		return fmt.Errorf("%s NAME ADDRESS FOLDER [FLAGS]", referenceCommand)
	}
	var o textbook.Options
	flags := flag.NewFlagSet(referenceCommand, flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.IntVar(&o.Entries, "entries", 0, "entries")
	flags.Int64Var(&o.Score, "score", 0, "votes of each")
	flags.DurationVar(&o.Gap, "gap", 0, "between two messages to each browser")
	if err := flags.Parse(args[3:]); err != nil {
		return err
	}
	if args[0] == "redis" {
		return textbook.ServeRedis(ctx, args[1], args[2])
	}
	return textbook.Serve(ctx, args[1], args[2], o)
}

// fanfareArgs starts Fanfare on loopback ports. It believes the addresses that the load names for its voters.
func fanfareArgs() []string {
	return []string{"serve", "--addr", "{addr}", "--public-url", "{url}", "--metrics-addr", "{spare}", "--data", "{data}", "--trusted-proxies", "127.0.0.1"}
}

// unlimited turns limits off that protect Fanfare from a single address, where a load has only one.
const unlimited = "FANFARE_RATE_LIMITS=off"

// fanfare prepares a data folder with the demo challenge, its photos rendered and its fans gone, and returns the server
// that begins with it.
func fanfare(ctx context.Context, path, folder string, progress io.Writer) (target, error) {
	spec := process.Spec{
		Path: path, Args: append(fanfareArgs(), "--demo"), Env: []string{unlimited},
		Data: filepath.Join(folder, "prepared"), Ready: boardPath,
	}
	if err := os.Mkdir(spec.Data, 0o700); err != nil {
		return target{}, fmt.Errorf("create data folder: %w", err)
	}
	fmt.Fprintln(progress, "fanfare: preparing a challenge")
	if err := prepare(ctx, spec); err != nil {
		return target{}, fmt.Errorf("prepare challenge: %w", err)
	}
	data := spec.Data
	spec.Args = fanfareArgs()
	return target{name: "fanfare", spec: spec, data: data}, nil
}

// prepare runs the demo until all its entries are on the board.
func prepare(ctx context.Context, spec process.Spec) error {
	ctx, cancel := context.WithTimeout(ctx, demoTime)
	defer cancel()
	p, err := process.Start(ctx, spec)
	if err != nil {
		return err
	}
	client := load.NewClient(p.URL, 1)
	defer client.Close()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		board, err := client.Board(ctx)
		if err == nil && len(board.Rows) >= demoEntries {
			return p.Stop()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%d of %d entries are there, last error %v: %s", len(board.Rows), demoEntries, err, p.Log())
		}
	}
}

// besideMe is where the build leaves Fanfare.
func besideMe() string {
	self, err := os.Executable()
	if err != nil {
		return "fanfare"
	}
	return filepath.Join(filepath.Dir(self), "fanfare")
}
