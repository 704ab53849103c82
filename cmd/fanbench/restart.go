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
	"fanfare/server/contest"
)

// sealTime is for the tree over the votes of a filled database.
const sealTime = 20 * time.Minute

// restart is how `fanbench restart` runs.
type restart struct {
	filling
	path string
}

// benchRestart kills a server whose challenge has millions of votes, and measures from its start to a correct board.
func benchRestart(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	var r restart
	flags := flag.NewFlagSet("fanbench restart", flag.ContinueOnError)
	flags.SetOutput(progress)
	flags.StringVar(&r.path, "fanfare", besideMe(), "the program to measure")
	flags.IntVar(&r.votes, "votes", 5_000_000, "votes in the challenge")
	flags.IntVar(&r.entries, "entries", 1000, "entries that they are for")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if r.votes < 1 || r.entries < 1 || flags.NArg() > 0 {
		return errors.New("votes and entries must be at least 1, and nothing else is expected")
	}
	folder, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	server, err := fanfare(ctx, r.path, folder, progress)
	if err != nil {
		return err
	}
	fmt.Fprintln(progress, "fanfare: casting", r.votes, "votes")
	challenge, err := r.fill(ctx, filepath.Join(server.data, "fanfare.db"))
	if err != nil {
		return fmt.Errorf("cast votes: %w", err)
	}
	server.spec.Data = server.data // filled once, for all rounds
	fmt.Fprintln(progress, "fanfare: sealing them")
	if err := r.seal(ctx, server.spec, challenge); err != nil {
		return err
	}
	var measured []figures
	for round := range rounds {
		f, err := r.once(ctx, server.spec)
		if err != nil {
			return fmt.Errorf("round %d: %w", round+1, err)
		}
		fmt.Fprintf(progress, "fanfare, round %d: %s\n", round+1, f)
		measured = append(measured, f)
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"bench": "restart", "rounds": rounds, "votes": r.votes, "entries": r.entries, "fanfare": medians(measured),
	})
}

// seal starts the server and waits until its log's checkpoint has all votes.
func (r *restart) seal(ctx context.Context, spec process.Spec, challenge contest.ChallengeID) error {
	p, err := process.Start(ctx, spec)
	if err != nil {
		return err
	}
	defer p.Kill()
	client := load.NewClient(p.URL, 1)
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, sealTime)
	defer cancel()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		size, err := client.LogSize(ctx, string(challenge))
		if err == nil && size >= int64(r.votes) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the log's checkpoint has %d leaves, last error %v: %s", size, err, p.Log())
		}
	}
}

// once starts the server until its board is right, and kills it.
func (r *restart) once(ctx context.Context, spec process.Spec) (figures, error) {
	began := time.Now()
	p, err := process.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	defer p.Kill()
	client := load.NewClient(p.URL, 1)
	defer client.Close()
	board, err := client.Board(ctx)
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	var total int64
	for _, score := range r.scores {
		total += score
	}
	if board.Votes != total {
		return nil, fmt.Errorf("the board counts %d votes, cast were %d", board.Votes, total)
	}
	for _, row := range board.Rows {
		if row.Score != r.scores[row.Entry] {
			return nil, fmt.Errorf("entry %s has %d votes, cast were %d", row.Entry, row.Score, r.scores[row.Entry])
		}
	}
	usage, err := p.Usage()
	return figures{"restart_s": round(took.Seconds(), 100), "rss_kb": kilobytes(usage.RSS)}, err
}
