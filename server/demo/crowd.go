package demo

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Bounds of the crowd.
const (
	crowdSize = 60   // fans at a time; who comes later makes the oldest leave
	regret    = 0.04 // share of acts that take a vote back
	mood      = 0.03 // chance, with each act, that one entry's favour changes
)

// errClosed says that the votes have closed.
var errClosed = errors.New("votes are closed")

// voter is a fan with a session.
type voter struct {
	token string
	// done are the entries not to vote for again: voted for already, the fan's own, or refused.
	done map[string]bool
	cast []string // the entries voted for, in order
}

// crowd is the fans who vote. They keep the field together, so that ranks change, and take a liking now to this entry,
// now to that.
type crowd struct {
	*demo
	entries []entry
	favour  map[string]float64 // votes above the mean at which the crowd would like to see an entry
	looked  time.Time
	invited time.Time

	mu     sync.Mutex // guards voters, whom authors join while the crowd votes
	voters []*voter
}

func newCrowd(d *demo) *crowd {
	return &crowd{demo: d, favour: map[string]float64{}}
}

// join adds a fan, with the entry that is their own if any.
func (c *crowd) join(token, own string) *voter {
	v := &voter{token: token, done: map[string]bool{own: true}}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.voters) == crowdSize {
		c.voters = c.voters[1:]
	}
	c.voters = append(c.voters, v)
	return v
}

// vote acts until ctx ends or the votes close.
func (c *crowd) vote(ctx context.Context) error {
	wait := c.pace.backoff
	for {
		if err := pause(ctx, jitter(c.pace.vote)); err != nil {
			return err
		}
		err := c.act(ctx)
		switch {
		case err == nil:
			wait = c.pace.backoff
		case transient(err) && ctx.Err() == nil && !errors.Is(err, errClosed):
			c.log.Debug("demo crowd waits", "err", err)
			if err := pause(ctx, max(jitter(wait), asked(err))); err != nil {
				return err
			}
			wait = min(2*wait, longestPause)
		default:
			return err
		}
	}
}

// act does one thing: mostly a vote.
func (c *crowd) act(ctx context.Context) error {
	if err := c.look(ctx); err != nil || len(c.entries) == 0 {
		return err
	}
	if rand.Float64() < mood {
		c.favour[c.entries[rand.IntN(len(c.entries))].ID] = -20 + 60*rand.Float64()
	}
	if v := c.anyone(func(v *voter) bool { return len(v.cast) > 0 }); v != nil && rand.Float64() < regret {
		return c.retract(ctx, v)
	}
	e := c.choose()
	v := c.anyone(func(v *voter) bool { return !v.done[e.ID] })
	if v == nil {
		var err error
		if v, err = c.invite(ctx); v == nil {
			return err
		}
	}
	return c.castVote(ctx, v, e)
}

// look reads the entries again when the last look is old.
func (c *crowd) look(ctx context.Context) error {
	if time.Since(c.looked) < c.pace.look && len(c.entries) > 0 {
		return nil
	}
	entries, err := c.api.entries(ctx)
	if err != nil {
		return err
	}
	c.entries, c.looked = entries, time.Now()
	return nil
}

// choose draws an entry: the further below the crowd's wish, the likelier.
func (c *crowd) choose() *entry {
	mean := 0.0
	for _, e := range c.entries {
		mean += float64(e.Score) / float64(len(c.entries))
	}
	weights, sum := make([]float64, len(c.entries)), 0.0
	for i, e := range c.entries {
		short := mean + c.favour[e.ID] - float64(e.Score)
		weights[i] = math.Exp(min(max(short/15, -2), 2))
		sum += weights[i]
	}
	at := rand.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return &c.entries[i]
		}
	}
	return &c.entries[len(c.entries)-1]
}

// anyone draws one of the fans who suit; nil when none does.
func (c *crowd) anyone(suits func(*voter) bool) *voter {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range rand.Perm(len(c.voters)) {
		if suits(c.voters[i]) {
			return c.voters[i]
		}
	}
	return nil
}

// invite opens a session for a new guest, unless the last one came just now.
func (c *crowd) invite(ctx context.Context) (*voter, error) {
	if time.Since(c.invited) < c.pace.guest {
		return nil, nil
	}
	c.invited = time.Now()
	token, err := c.api.open(ctx, guests[rand.IntN(len(guests))])
	if err != nil {
		return nil, err
	}
	return c.join(token, ""), nil
}

func (c *crowd) castVote(ctx context.Context, v *voter, e *entry) error {
	score, err := c.api.vote(ctx, v.token, e.ID, true)
	if err != nil {
		return c.refused(v, e.ID, err)
	}
	e.Score = score
	v.done[e.ID] = true
	v.cast = append(v.cast, e.ID)
	return nil
}

// retract takes the fan's last vote back. They do not vote for that entry again.
func (c *crowd) retract(ctx context.Context, v *voter) error {
	id := v.cast[len(v.cast)-1]
	v.cast = v.cast[:len(v.cast)-1]
	if _, err := c.api.vote(ctx, v.token, id, false); err != nil {
		return c.refused(v, id, err)
	}
	return nil
}

// refused learns from a refusal: it concerns the entry, or the fan, or everybody.
func (c *crowd) refused(v *voter, id string, err error) error {
	var p *problem
	if !errors.As(err, &p) || transient(err) {
		return err
	}
	switch {
	case p.Code == "votes_closed":
		return errClosed
	case p.Code == "vote_limit", p.Status == http.StatusUnauthorized:
		c.leave(v)
	default: // taken down, withdrawn, or the fan's own
		v.done[id] = true
	}
	return nil
}

func (c *crowd) leave(gone *voter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, v := range c.voters {
		if v == gone {
			c.voters = append(c.voters[:i:i], c.voters[i+1:]...)
			return
		}
	}
}

// guests are the names of the fans who only vote.
var guests = []string{
	"小鹿", "阿宽", "豆沙包", "北方的雪", "夜猫子", "山城棒棒", "热干面要加醋", "江边钓月", "一杯美式", "拍照的老李", "橘子汽水", "南南",
	"Grace", "Tom W.", "Sofia", "Ken", "Amélie", "Marcus", "Yuki", "Noor", "Ben & Lucy", "Ines", "Jonas", "Ada",
}
