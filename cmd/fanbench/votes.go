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
	flags.IntVar(&v.concurrency, "concurrency", 64, "clients, each of which keeps one connection and votes without a pause")
}

func (v *voting) check() error {
	if v.voters < 1 || v.votes < 1 || v.concurrency < 1 {
		return errors.New("voters, votes and concurrency must be at least 1")
	}
	return nil
}

// benchVotes lets fans vote at Fanfare and at another server. Opening their sessions is not measured.
func benchVotes(ctx context.Context, args []string, out, progress io.Writer) error {
	var v voting
	var o options
	flags := flag.NewFlagSet("fanbench votes", flag.ContinueOnError)
	v.flags(flags)
	references := map[string]maker{"naive": reference("naive"), "pocketbase": v.pocketBase, "redis": reference("redis")}
	if err := o.parse(flags, args, references, progress); err != nil {
		return err
	}
	if err := v.check(); err != nil {
		return err
	}
	return trial{
		name: "votes", settings: map[string]any{"voters": v.voters, "votes": v.voters * v.votes, "concurrency": v.concurrency},
		cpu: "cpu_s_per_100000_votes", rss: "rss_peak_kb", limited: true, references: references, measure: v.measure,
	}.run(ctx, o, out, progress)
}

// measure lets voters with sessions vote, and compares board and votes with what was acknowledged.
func (v *voting) measure(ctx context.Context, p *process.Process) (figures, error) {
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
	poll := v.poll(entriesOf(board))
	f, err := v.cost(p, func() (load.Latencies, error) { return poll.Run(ctx, client, voters) })
	if err == nil {
		err = poll.Repeat(ctx, client, voters)
	}
	if err != nil {
		return nil, err
	}
	return f, load.Verify(ctx, client, board, voters)
}

func (v *voting) poll(entries []string) load.Poll {
	return load.Poll{Entries: entries, Votes: v.votes, Concurrency: v.concurrency}
}

// cost measures what votes cost a server.
func (v *voting) cost(p *process.Process, cast func() (load.Latencies, error)) (figures, error) {
	before, err := p.Usage()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	took, err := cast()
	if err != nil {
		return nil, err
	}
	elapsed := time.Since(began)
	after, err := p.Usage()
	if err != nil {
		return nil, err
	}
	votes := float64(len(took))
	return figures{
		"votes_per_second":       round(votes/elapsed.Seconds(), 10),
		"p50_ms":                 milliseconds(took.Percentile(50)),
		"p99_ms":                 milliseconds(took.Percentile(99)),
		"cpu_s_per_100000_votes": round((after.CPU-before.CPU).Seconds()*100_000/votes, 100),
		"rss_kb":                 kilobytes(after.RSS),
		"rss_peak_kb":            kilobytes(after.Peak),
	}, nil
}

func entriesOf(b load.Board) (entries []string) {
	for _, row := range b.Rows {
		entries = append(entries, row.Entry)
	}
	return entries
}
