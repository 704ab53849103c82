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
	// acknowledged are the entries whose vote was answered with a 2xx. It belongs to whoever lets the voter vote.
	acknowledged []string
}

// Voters opens n sessions, several at a time.
func (c *Client) Voters(ctx context.Context, n, concurrency int) ([]*Voter, error) {
	voters := make([]*Voter, n)
	err := each(ctx, n, concurrency, func(ctx context.Context, i int) error {
		token, err := c.session(ctx, fmt.Sprintf("Fan %d", i+1))
		voters[i] = &Voter{token: token}
		return err
	})
	return voters, err
}

// Poll is one run of votes.
type Poll struct {
	Entries     []string
	Votes       int // by each voter, for as many different entries
	Concurrency int
}

// Run lets every voter vote, and send the last vote a second time, which must change nothing. It returns how long each
// vote took.
func (p Poll) Run(ctx context.Context, c *Client, voters []*Voter) (Latencies, error) {
	if p.Votes > len(p.Entries) {
		return nil, fmt.Errorf("%d votes by each voter: there are only %d entries", p.Votes, len(p.Entries))
	}
	perVoter := make([]Latencies, len(voters))
	err := each(ctx, len(voters), p.Concurrency, func(ctx context.Context, i int) (err error) {
		perVoter[i], err = p.vote(ctx, c, voters[i], i)
		return err
	})
	return slices.Concat(perVoter...), err
}

// vote lets the i-th voter vote. Voters begin at different entries, so that scores differ.
func (p Poll) vote(ctx context.Context, c *Client, v *Voter, i int) (Latencies, error) {
	var took Latencies
	for n := range p.Votes {
		entry := p.Entries[(i+n*n)%len(p.Entries)]
		if slices.Contains(v.acknowledged, entry) {
			entry = p.firstOther(v.acknowledged)
		}
		began := time.Now()
		if err := c.VoteAs(ctx, v, entry); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
	if p.Votes == 0 {
		return took, nil
	}
	return took, c.vote(ctx, v.token, v.acknowledged[p.Votes-1])
}

// VoteAs casts a voter's vote and remembers that it was acknowledged.
func (c *Client) VoteAs(ctx context.Context, v *Voter, entry string) error {
	if err := c.vote(ctx, v.token, entry); err != nil {
		return err
	}
	v.acknowledged = append(v.acknowledged, entry)
	return nil
}

func (p Poll) firstOther(voted []string) string {
	i := slices.IndexFunc(p.Entries, func(e string) bool { return !slices.Contains(voted, e) })
	return p.Entries[i]
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
		voted, err := c.voted(ctx, v.token)
		slices.Sort(voted)
		slices.Sort(v.acknowledged)
		if err != nil || !slices.Equal(voted, v.acknowledged) {
			wrong = append(wrong, fmt.Errorf("a voter's own list is %v, acknowledged were %v: %w", voted, v.acknowledged, err))
		}
	}
	return errors.Join(wrong...)
}

// each calls do for 0 … n-1, at most concurrency at a time, and stops at the first error.
func each(ctx context.Context, n, concurrency int, do func(ctx context.Context, i int) error) error {
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
