package main

import (
	"context"
	"database/sql"
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
	"fanfare/server/store"
)

const (
	fillBatch = 10_000           // votes in a commit, when a database is filled
	sealTime  = 20 * time.Minute // for the tree over the votes of a filled database
)

// restart is how `fanbench restart` runs.
type restart struct {
	votes, entries int
	path           string
	scores         map[string]int64 // by entry
}

// benchRestart kills a server whose challenge has millions of votes, and measures from its start to a correct board.
func benchRestart(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	r := restart{scores: map[string]int64{}}
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

// fill casts the votes into a database that nobody serves.
func (r *restart) fill(ctx context.Context, file string) (challenge contest.ChallengeID, err error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return "", fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	s, err := store.Open(db, db, store.SQLite, nil)
	if err != nil {
		return "", err
	}
	defer s.Close()
	var c contest.Challenge
	err = s.View(ctx, func(tx *store.Tx) (err error) { c, err = tx.ChallengeBySlug(load.Challenge); return err })
	if err != nil {
		return "", err
	}
	entries, err := r.enter(ctx, s, c)
	for first := 0; err == nil && first < r.votes; first += fillBatch {
		err = s.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
			for n := first; n < min(first+fillBatch, r.votes); n++ {
				if err := r.cast(tx, c, entries, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return c.ID, err
}

// enter fills the challenge up with entries, all by the first one's fan and with its photo, and returns them all.
func (r *restart) enter(ctx context.Context, s *store.Store, c contest.Challenge) (entries []contest.EntryID, err error) {
	err = s.UpdateIn(ctx, c.ID, func(tx *store.Tx) error {
		changes, err := tx.Changes(c.ID)
		if err != nil {
			return err
		}
		entries = nil
		for _, change := range changes {
			entries = append(entries, change.Entry)
			r.scores[string(change.Entry)] = change.Score
		}
		e, err := tx.Entry(entries[0])
		for n := len(entries); err == nil && n < r.entries; n++ {
			e.ID, e.Number = "", 0
			e, err = tx.InsertEntry(e)
			entries = append(entries, e.ID)
		}
		return err
	})
	return entries, err
}

// votesEach is how many entries a voter of a filled database votes for.
const votesEach = 10

// cast casts the n-th vote.
func (r *restart) cast(tx *store.Tx, c contest.Challenge, entries []contest.EntryID, n int) error {
	voter, turn := n/votesEach, n%votesEach
	entry := entries[(voter*voter%len(entries)+turn)%len(entries)] // some have more votes than others
	v, err := tx.Cast(contest.Ballot{
		Challenge: c.ID, Entry: entry, Voter: contest.VoterID(voterName(voter)), Class: contest.GuestVoter,
	}, c.PeriodAt(tx.Now()), 1, store.Origin{Source: fmt.Sprintf("%016x", voter/3), Agent: fmt.Sprintf("%016x", voter%7)})
	if err == nil && !v.Already {
		r.scores[string(entry)] = v.Change.Score
	}
	return err
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
