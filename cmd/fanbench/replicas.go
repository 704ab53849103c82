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
	"sync"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
	"fanfare/server/store/pgtest"
)

const (
	maxReplicas = 3
	// agreeTime is how long the boards of all replicas may take to show every vote after the last acknowledgement.
	agreeTime = 15 * time.Second
)

// replicas is how `fanbench replicas` runs: the load of `fanbench votes`, on one server with SQLite and on one to
// maxReplicas servers that share a PostgreSQL server and a bus.
type replicas struct {
	voting
	path     string
	postgres *pgtest.Server
	nats     *natsserver.Server
	prepared string // data folder with the challenge
	copies   int    // databases made so far
}

// benchReplicas measures votes per second, and per second of CPU time with and without the database's own.
func benchReplicas(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	var r replicas
	flags := flag.NewFlagSet("fanbench replicas", flag.ContinueOnError)
	flags.SetOutput(progress)
	r.voting.flags(flags)
	flags.StringVar(&r.path, "fanfare", besideMe(), "the program to measure")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := r.voting.check(); err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		return fmt.Errorf("create temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := r.startBackends(); err != nil {
		return err
	}
	defer func() { r.nats.Shutdown(); err = errors.Join(err, r.postgres.Close()) }()
	one, err := fanfare(ctx, r.path, folder, progress)
	if err != nil {
		return err
	}
	r.prepared = one.data
	measured := map[string][]figures{}
	for round := range rounds {
		for n := range maxReplicas + 1 {
			name := fmt.Sprintf("postgres_%d", n)
			if n == 0 {
				name = "sqlite_1"
			}
			f, err := r.once(ctx, n, folder)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", name, round+1, err)
			}
			fmt.Fprintf(progress, "%s, round %d: %s\n", name, round+1, f)
			measured[name] = append(measured[name], f)
		}
	}
	report := map[string]any{"bench": "replicas", "rounds": rounds, "voters": r.voters, "votes": r.voters * r.votes, "concurrency": r.concurrency}
	for name, all := range measured {
		report[name] = medians(all)
	}
	return json.NewEncoder(out).Encode(report)
}

// startBackends starts the database, which keeps what it acknowledges, and the bus.
func (r *replicas) startBackends() (err error) {
	if r.nats, err = natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true}); err != nil {
		return fmt.Errorf("start bus: %w", err)
	}
	r.nats.Start()
	if r.postgres, err = pgtest.Start("", "fsync=on", "full_page_writes=on", "synchronous_commit=on", "shared_buffers=256MB"); err != nil {
		r.nats.Shutdown()
		return fmt.Errorf("start database: %w", err)
	}
	return nil
}

// once measures n replicas on PostgreSQL, or one server on SQLite for none, on fresh data.
func (r *replicas) once(ctx context.Context, n int, folder string) (f figures, err error) {
	var servers []*process.Process
	defer func() {
		for _, p := range servers {
			err = errors.Join(err, p.Stop())
		}
	}()
	args := fanfareArgs()
	if n > 0 {
		url, err := r.database(ctx)
		if err != nil {
			return nil, err
		}
		args = append(args, "--db", url, "--media", "dir:"+filepath.Join(r.prepared, "media"), "--bus", "nats://"+r.nats.Addr().String())
	}
	for k := range max(1, n) {
		server := target{name: "fanfare", data: r.prepared, spec: process.Spec{
			Path: r.path, Args: args, Env: []string{unlimited}, Ready: boardPath,
		}}
		p, err := server.start(ctx, filepath.Join(folder, fmt.Sprint("replica-", k)))
		if err != nil {
			return nil, err
		}
		servers = append(servers, p)
	}
	return r.measure(ctx, servers, n > 0)
}

// database returns the URL of a new database with the prepared challenge in it.
func (r *replicas) database(ctx context.Context) (string, error) {
	r.copies++
	name := fmt.Sprintf("bench_%d", r.copies)
	if err := r.postgres.CreateDatabase(name, "template1"); err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	url := r.postgres.URL(name)
	return url, process.Run(ctx, r.path, "copy", "--from-data", r.prepared, "--to-db", url)
}

// cost is the CPU time that servers and database have used.
func (r *replicas) cost(servers []*process.Process, database bool) (ours, theirs time.Duration, err error) {
	for _, p := range servers {
		u, err := p.Usage()
		if err != nil {
			return 0, 0, err
		}
		ours += u.CPU
	}
	if database {
		u, err := process.UsageOf(r.postgres.PID())
		return ours, u.CPU, err
	}
	return ours, 0, nil
}

// measure spreads the voters over the servers.
func (r *replicas) measure(ctx context.Context, servers []*process.Process, database bool) (figures, error) {
	crowds := make([]*crowd, len(servers))
	for n, p := range servers {
		crowds[n] = &crowd{client: load.NewClient(p.URL, r.concurrency)}
	}
	defer func() {
		for _, c := range crowds {
			c.client.Close()
		}
	}()
	for _, c := range crowds {
		var err error
		if c.voters, err = c.client.Voters(ctx, r.voters/len(servers), r.concurrency/len(servers)); err != nil {
			return nil, fmt.Errorf("open sessions: %w", err)
		}
	}
	before, err := crowds[0].client.Board(ctx)
	if err != nil {
		return nil, err
	}
	poll := load.Poll{Entries: entriesOf(before), Votes: r.votes, Concurrency: max(1, r.concurrency/len(servers))}
	oursBefore, theirsBefore, err := r.cost(servers, database)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	took, err := voteAtOnce(ctx, poll, crowds)
	if err != nil {
		return nil, err
	}
	elapsed := time.Since(began)
	ours, theirs, err := r.cost(servers, database)
	if err != nil {
		return nil, err
	}
	if err := agree(ctx, before, crowds); err != nil {
		return nil, err
	}
	votes := float64(len(took))
	ours, theirs = ours-oursBefore, theirs-theirsBefore
	return figures{
		"votes_per_second":               round(votes/elapsed.Seconds(), 10),
		"p50_ms":                         milliseconds(took.Percentile(50)),
		"p99_ms":                         milliseconds(took.Percentile(99)),
		"votes_per_cpu_second":           round(votes/ours.Seconds(), 10),
		"votes_per_cpu_second_all":       round(votes/(ours+theirs).Seconds(), 10),
		"cpu_us_per_vote_of_the_servers": round(float64(ours.Microseconds())/votes, 10),
		"cpu_us_per_vote_of_postgres":    round(float64(theirs.Microseconds())/votes, 10),
	}, nil
}

// crowd is the voters of one server.
type crowd struct {
	client *load.Client
	voters []*load.Voter
}

// voteAtOnce lets all crowds vote at the same time.
func voteAtOnce(ctx context.Context, poll load.Poll, crowds []*crowd) (all load.Latencies, err error) {
	took, errs := make([]load.Latencies, len(crowds)), make([]error, len(crowds))
	var running sync.WaitGroup
	for n, c := range crowds {
		running.Go(func() { took[n], errs[n] = poll.Run(ctx, c.client, c.voters) })
	}
	running.Wait()
	for _, t := range took {
		all = append(all, t...)
	}
	return all, errors.Join(errs...)
}

// agree waits until every server's board shows every acknowledged vote, and nothing else.
func agree(ctx context.Context, before load.Board, crowds []*crowd) error {
	var everyone []*load.Voter
	for _, c := range crowds {
		everyone = append(everyone, c.voters...)
	}
	ctx, cancel := context.WithTimeout(ctx, agreeTime)
	defer cancel()
	for _, c := range crowds {
		for {
			err := load.Verify(ctx, c.client, before, everyone)
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return err
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}
