package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
)

// voting is how `fanbench votes` runs.
type voting struct {
	voters, votes, concurrency int
}

func (v *voting) flags(flags *flag.FlagSet) {
	flags.IntVar(&v.voters, "voters", 500, "fans")
	flags.IntVar(&v.votes, "votes", 10, "votes by each, for as many different entries")
	flags.IntVar(&v.concurrency, "concurrency", 32, "votes under way at once")
}

func (v voting) check() error {
	if v.voters < 1 || v.votes < 1 || v.concurrency < 1 {
		return errors.New("voters, votes and concurrency must be at least 1")
	}
	return nil
}

// benchVotes lets fans vote at both servers. Opening their sessions is not measured.
func benchVotes(ctx context.Context, args []string, out, progress io.Writer) error {
	var v voting
	var o options
	flags := flag.NewFlagSet("fanbench votes", flag.ContinueOnError)
	v.flags(flags)
	if err := o.parse(flags, args, "naive", progress); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	return trial{
		name: "votes", settings: map[string]any{"voters": v.voters, "votes": v.voters * v.votes, "concurrency": v.concurrency},
		cpu: "cpu_us_per_vote", rss: "rss_peak_kb", measure: v.measure,
	}.run(ctx, o, out, progress)
}

func (v voting) measure(ctx context.Context, p *process.Process) (figures, error) {
	client := load.NewClient(p.URL, v.concurrency)
	defer client.Close()
	voters, err := client.Voters(ctx, v.voters, v.concurrency)
	if err != nil {
		return nil, fmt.Errorf("open sessions: %w", err)
	}
	board, err := client.Board(ctx)
	if err != nil {
		return nil, err
	}
	poll := load.Poll{Entries: entriesOf(board), Votes: v.votes, Concurrency: v.concurrency}
	before, err := p.Usage()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	took, err := poll.Run(ctx, client, voters)
	if err != nil {
		return nil, err
	}
	elapsed := time.Since(began)
	after, err := p.Usage()
	if err != nil {
		return nil, err
	}
	if err := load.Verify(ctx, client, board, voters); err != nil {
		return nil, err
	}
	votes := float64(len(took))
	return figures{
		"votes_per_second": round(votes/elapsed.Seconds(), 10),
		"p50_ms":           milliseconds(took.Percentile(50)),
		"p99_ms":           milliseconds(took.Percentile(99)),
		"cpu_us_per_vote":  round(float64((after.CPU-before.CPU).Microseconds())/votes, 10),
		"rss_kb":           kilobytes(after.RSS),
		"rss_peak_kb":      kilobytes(after.Peak),
	}, nil
}

func entriesOf(b load.Board) (entries []string) {
	for _, row := range b.Rows {
		entries = append(entries, row.Entry)
	}
	return entries
}
