package load

import (
	"context"
	"time"
)

// pacers is how many fans vote beside each other where votes come at an even pace: none waits for another's answer.
const pacers = 8

// Pace is changes of a board at an even rate, by votes through the API.
type Pace struct {
	PerSecond, Changes int
	Entries            []string
}

// Voters is how many fans it takes, each of whom votes for each entry once.
func (p Pace) Voters() int { return pacers * p.each() }

// each is how many fans stand behind one pacer.
func (p Pace) each() int {
	votes := (p.Changes + pacers - 1) / pacers
	return (votes + len(p.Entries) - 1) / len(p.Entries)
}

// Run casts the votes and tells the audience of each. Where the server is slow they come late and then at once, so that
// their number is kept.
func (p Pace) Run(ctx context.Context, a *Audience, c *Client, voters []*Voter) error {
	began := time.Now()
	return Each(ctx, pacers, pacers, func(ctx context.Context, pacer int) error {
		own := voters[pacer*p.each():]
		for turn, i := 0, pacer; i < p.Changes; turn, i = turn+1, i+pacers {
			due := began.Add(time.Duration(i) * time.Second / time.Duration(p.PerSecond))
			if err := wait(ctx, time.Until(due)); err != nil {
				return err
			}
			voter, entry := own[turn/len(p.Entries)], p.Entries[turn%len(p.Entries)]
			if err := a.Change(func() error { return c.VoteAs(ctx, voter, entry) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// wait pauses, unless the pause is over or ctx ends.
func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
