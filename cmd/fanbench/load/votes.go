package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Voter is a fan with a session.
type Voter struct {
	token string
	// address is where the voter's requests come from, for servers that trust their proxy: each fan has one, as at home.
	address string
	// acknowledged are the entries whose vote was answered with a 2xx. It belongs to whoever lets the voter vote.
	acknowledged []string
}

// Voters opens n sessions, several at a time.
func (c *Client) Voters(ctx context.Context, n, concurrency int) ([]*Voter, error) {
	voters := make([]*Voter, n)
	err := Each(ctx, n, concurrency, func(ctx context.Context, i int) (err error) {
		voters[i] = &Voter{address: addressOf(i)}
		voters[i].token, err = c.session(ctx, voters[i], fmt.Sprintf("Fan %d", i+1))
		return err
	})
	return voters, err
}

// addressOf gives voters addresses of the network for benchmarks (RFC 2544).
func addressOf(i int) string { return fmt.Sprintf("198.%d.%d.%d", 18+i>>16&1, i>>8&255, i&255) }

// Poll is one run of votes.
type Poll struct {
	Entries     []string
	Votes       int // by each voter, for as many different entries
	Concurrency int
}

// Run lets every voter vote, and returns how long each vote took.
func (p Poll) Run(ctx context.Context, c *Client, voters []*Voter) (Latencies, error) {
	return p.Cast(ctx, len(voters), func(ctx context.Context, voter int, entry string) error {
		return c.VoteAs(ctx, voters[voter], entry)
	})
}

// Repeat lets every voter send the last vote a second time, which must change nothing.
func (p Poll) Repeat(ctx context.Context, c *Client, voters []*Voter) error {
	return Each(ctx, len(voters), p.Concurrency, func(ctx context.Context, i int) error {
		return c.vote(ctx, voters[i], p.entry(i, p.Votes-1))
	})
}

// Cast has cast called for every vote of voters that are numbered, one at a time for each, and returns how long each took.
func (p Poll) Cast(ctx context.Context, voters int, cast func(ctx context.Context, voter int, entry string) error) (Latencies, error) {
	if p.Votes > len(p.Entries) {
		return nil, fmt.Errorf("%d votes by each voter: there are only %d entries", p.Votes, len(p.Entries))
	}
	perVoter := make([]Latencies, voters)
	err := Each(ctx, voters, p.Concurrency, func(ctx context.Context, i int) error {
		for n := range p.Votes {
			began := time.Now()
			if err := cast(ctx, i, p.entry(i, n)); err != nil {
				return err
			}
			perVoter[i] = append(perVoter[i], time.Since(began))
		}
		return nil
	})
	return slices.Concat(perVoter...), err
}

// entry is what a voter votes for with the n-th vote. Voters begin at squares, so that scores differ.
func (p Poll) entry(voter, n int) string { return p.Entries[(voter*voter+n)%len(p.Entries)] }

// VoteAs casts a voter's vote and remembers that it was acknowledged.
func (c *Client) VoteAs(ctx context.Context, v *Voter, entry string) error {
	if err := c.vote(ctx, v, entry); err != nil {
		return err
	}
	v.acknowledged = append(v.acknowledged, entry)
	return nil
}

// samples is how many voters' own lists are compared after a run; the board is compared for all.
const samples = 50

// Verify compares the board before and after with what was acknowledged: every vote is there, once, and no other one.
func Verify(ctx context.Context, c *Client, before Board, voters []*Voter) error {
	after, err := c.Board(ctx)
	if err != nil {
		return err
	}
	want, total := before.scores(), before.Votes
	for _, v := range voters {
		for _, entry := range v.acknowledged {
			want[entry]++
			total++
		}
	}
	var wrong []error
	if after.Votes != total {
		wrong = append(wrong, fmt.Errorf("the board counts %d votes, acknowledged were %d", after.Votes, total))
	}
	for entry, score := range after.scores() {
		if score != want[entry] {
			wrong = append(wrong, fmt.Errorf("entry %s has %d votes, acknowledged were %d", entry, score, want[entry]))
		}
	}
	for _, v := range voters[:min(samples, len(voters))] {
		voted, err := c.voted(ctx, v)
		if err != nil {
			return err
		}
		slices.Sort(voted)
		slices.Sort(v.acknowledged)
		if !slices.Equal(voted, v.acknowledged) {
			wrong = append(wrong, fmt.Errorf("a voter's own list is %v, acknowledged were %v", voted, v.acknowledged))
		}
	}
	return errors.Join(wrong...)
}

// Each calls do for 0 … n-1, at most concurrency at a time, and stops at the first error.
func Each(ctx context.Context, n, concurrency int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, concurrency) {
		workers.Go(func() {
			for i := range next {
				if err := do(ctx, i); err != nil {
					stop(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case next <- i:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}
