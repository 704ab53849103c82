package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// rhythm is how fast the demo lives; tests live faster.
type rhythm struct {
	vote    time.Duration // mean pause between two votes
	visit   time.Duration // mean pause between two visitors
	guest   time.Duration // least pause between two new guests
	look    time.Duration // how often the list of entries is read again
	settle  time.Duration // how long photos of an earlier start may take to appear
	backoff time.Duration // first pause after a failure; it doubles up to longestPause
}

// natural is a couple of votes a second: a board that visibly moves, and a server that does not notice.
var natural = rhythm{
	vote: 450 * time.Millisecond, visit: 2 * time.Second, guest: 4 * time.Second, look: 5 * time.Second, settle: 4 * time.Second, backoff: time.Second,
}

// Run enters the demo's photos and then lets its fans vote until ctx ends or the votes close. It enters no photo that an
// earlier run entered, so a second start on the same data doubles nothing. It returns nil when ctx ends.
func Run(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, natural, shot.draw)
}

func run(ctx context.Context, cfg Config, pace rhythm, draw func(shot) ([]byte, error)) error {
	d := &demo{api: newClient(cfg), trade: cfg.Trade, post: cfg.Post, log: cfg.Logger, pace: pace, draw: draw}
	defer d.api.close()
	err := d.live(ctx)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// demo is one run.
type demo struct {
	api   *client
	trade Trade
	post  func(ctx context.Context, p Post, entry string) error
	log   *slog.Logger
	pace  rhythm
	draw  func(shot) ([]byte, error)
}

// live enters what is missing while the crowd votes for what is there.
func (d *demo) live(ctx context.Context) error {
	var c challenge
	err := d.patiently(ctx, "read challenge", func() (err error) {
		c, err = d.api.challenge(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("read demo challenge: %w", err)
	}
	people := newCrowd(d)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var entering sync.WaitGroup
	entering.Go(func() {
		if err := d.enterMissing(ctx, c, people); err != nil {
			stop(fmt.Errorf("enter demo photos: %w", err))
		}
	})
	visiting, leave := context.WithCancel(ctx)
	defer leave()
	entering.Go(func() { d.visit(visiting, d.trade) })
	entering.Go(func() { d.publish(visiting) })
	err = people.vote(ctx)
	leave()
	if errors.Is(err, errClosed) {
		d.log.Info("demo votes have closed")
		err = nil
	}
	entering.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// enterMissing enters the photos that no earlier run has entered.
func (d *demo) enterMissing(ctx context.Context, c challenge, people *crowd) error {
	missing, err := d.missing(ctx)
	if err != nil {
		return err
	}
	texts := agreed{}
	for _, text := range c.Consents {
		texts.entering = append(texts.entering, text.ID)
	}
	err = d.patiently(ctx, "read what partners may do", func() (err error) {
		texts.reposting, err = d.api.reposting(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range missing {
		if err := d.enter(ctx, s, texts, people); err != nil {
			return fmt.Errorf("enter %s: %w", s.scene, err)
		}
	}
	if len(missing) > 0 {
		d.log.Info("demo photos entered", "photos", len(missing))
	}
	return nil
}

// missing lists the shots behind the last one that the challenge shows. Shots are entered in order, so one that lacks
// before it was entered once, and a moderator took it down.
func (d *demo) missing(ctx context.Context) ([]shot, error) {
	all := shots()
	next := 0
	for look := range 2 {
		if look > 0 { // the last ones of an earlier run may still be in rendering
			if err := pause(ctx, d.pace.settle); err != nil {
				return nil, err
			}
		}
		var shown []entry
		err := d.patiently(ctx, "list entries", func() (err error) {
			shown, err = d.api.entries(ctx)
			return err
		})
		if err != nil {
			return nil, err
		}
		next = behindLast(all, shown)
		if next == 0 || next == len(all) {
			break
		}
	}
	return all[next:], nil
}

// behindLast is the index behind the last shot that is among the entries.
func behindLast(all []shot, shown []entry) int {
	there := map[[2]string]bool{}
	for _, e := range shown {
		there[[2]string{e.Author, e.Caption}] = true
	}
	for i := len(all); i > 0; i-- {
		if s := all[i-1]; there[[2]string{s.author, s.caption}] {
			return i
		}
	}
	return 0
}

// enter sends one shot as its author, who then joins the crowd.
func (d *demo) enter(ctx context.Context, s shot, texts agreed, people *crowd) error {
	file, err := d.draw(s)
	if err != nil {
		return err
	}
	var token, id string
	err = d.patiently(ctx, "open session", func() (err error) {
		token, err = d.api.open(ctx, s.author)
		return err
	})
	if err != nil {
		return err
	}
	err = d.patiently(ctx, "enter photo", func() (err error) {
		id, err = d.api.submit(ctx, token, s, file, texts)
		return err
	})
	if err != nil {
		return err
	}
	people.join(token, id)
	return nil
}

// patiently repeats what fails for a while: the server may be starting, busy or limiting.
func (d *demo) patiently(ctx context.Context, what string, try func() error) error {
	for wait := d.pace.backoff; ; wait = min(2*wait, longestPause) {
		err := try()
		if !transient(err) || ctx.Err() != nil {
			return err
		}
		d.log.Warn("demo waits", "for", what, "err", err)
		if err := pause(ctx, max(jitter(wait), asked(err))); err != nil {
			return err
		}
	}
}

// asked is how long the server asked to stay away.
func asked(err error) time.Duration {
	var p *problem
	if errors.As(err, &p) {
		return p.retryAfter
	}
	return 0
}

// jitter spreads a pause between half and one and a half of it.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d)
}

// pause waits, or returns early with ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
