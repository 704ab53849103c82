package main

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"fanfare/cmd/fanbench/load"
	"fanfare/cmd/fanbench/process"
	"fanfare/server/contest"
)

// watched is how many readers watch a board for how long, and what they may expect.
type watched struct {
	readers, stalled, entries int
	pace                      int // votes a second
	duration, oldest          time.Duration
}

// CHECKS 27: while some readers stall, all others see each vote soon after its acknowledgement; those who stall are hung up on, and
// what they took is given back.
func TestReadersSeeEveryVoteSoonWhileOthersStall(t *testing.T) {
	w := watched{readers: 300, stalled: 3, entries: 4, pace: 100, duration: 20 * time.Second, oldest: 5 * time.Second} // beside other tests
	if soak {
		w = watched{readers: 10_000, stalled: 100, entries: 20, pace: 100, duration: 10 * time.Minute, oldest: time.Second}
	}
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--trusted-proxies", "127.0.0.1")
	i.publishedPhotos(w.entries)
	i.close()
	metrics := freeAddress(t)
	r := i.replica("")
	i.flags = append(i.flags, "--metrics-addr", metrics)
	r.start()
	base := figure(t, metrics, "go_goroutines")
	w.watch(t, r)
	i.within(time.Minute, "goroutines are as many as before", func() bool { return figure(t, metrics, "go_goroutines") <= base+10 })
	if sockets := figure(t, metrics, "fanfare_live_sockets"); sockets != 0 {
		t.Errorf("%v sockets are counted when all have gone", sockets)
	}
}

// watch lets readers watch and others stall while votes come, and judges what they saw.
func (w watched) watch(t *testing.T, r *replica) {
	t.Helper()
	ctx := t.Context()
	client := load.NewClient(r.url, 64)
	defer client.Close()
	board := must(client.Board(ctx))(t)
	pace := load.Pace{PerSecond: w.pace, Changes: w.pace * int(w.duration/time.Second)}
	for _, row := range board.Rows {
		pace.Entries = append(pace.Entries, row.Entry)
	}
	voters := must(client.Voters(ctx, pace.Voters(), 16))(t)
	audience := must(load.Watch(ctx, r.url, load.Watching{Browsers: w.readers, Concurrency: 64, Votes: board.Votes, Changes: pace.Changes}))(t)
	defer audience.Close()
	over := make(chan struct{})
	stalled := make(chan error, 1)
	go func() { stalled <- w.stall(ctx, t, r.url, over) }()
	memory := make(chan [2]int64, 1)
	go func() { memory <- peaks(t, r.cmd.Process.Pid, w.duration/2, over) }()
	err := pace.Run(ctx, audience, client, voters)
	close(over)
	if err := errors.Join(err, audience.Settle(ctx), audience.Err(), load.Verify(ctx, client, board, voters), <-stalled); err != nil {
		t.Error(err)
	}
	audience.Close()
	ages := audience.Ages()
	t.Logf("%d readers: boards became %v old at the median, %v at p99, %v at most", w.readers, ages.Percentile(50), ages.Percentile(99), ages.Percentile(100))
	if age := ages.Percentile(99); age > w.oldest {
		t.Errorf("boards became %v old at p99, want %v at most", age, w.oldest)
	}
	peak := <-memory
	t.Logf("memory: at most %d MiB in the first half, %d MiB in the second", peak[0]>>20, peak[1]>>20)
	if peak[1] > peak[0]+peak[0]/4+warming {
		t.Errorf("memory grows: at most %d MiB in the first half, %d MiB in the second", peak[0]>>20, peak[1]>>20)
	}
}

// warming is what a server still grows by that has just begun: pages of the database, mostly.
const warming = 32 << 20

// stalledFor is how long a reader that never reads may stay; the kernel is asked four times a second.
const stalledFor = 15*time.Second + 500*time.Millisecond

// stall has readers stall and holds that the server hangs up on them, again and again until it is over. A round that is under way
// then is not judged: without frames nobody notices.
func (w watched) stall(ctx context.Context, t *testing.T, url string, over <-chan struct{}) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { <-over; cancel() }()
	for rounds := 0; ; rounds++ {
		s, err := load.Stall(ctx, url, w.stalled, 8)
		if err == nil {
			err = s.Wait(ctx)
			s.Close()
		}
		if ctx.Err() != nil {
			if rounds == 0 {
				return errors.New("no reader that stalls was hung up on")
			}
			return nil
		}
		if err != nil {
			return err
		}
		gone := s.Gone()
		t.Logf("readers that stall were hung up on after %v to %v", gone.Percentile(0).Round(time.Millisecond), gone.Percentile(100).Round(time.Millisecond))
		if last := gone.Percentile(100); last > stalledFor {
			t.Errorf("a reader that stalls stayed for %v, want 15 s at most", last)
		}
	}
}

// peaks looks at a process's memory until it is over: the most in the time until half, and after it.
func peaks(t *testing.T, pid int, half time.Duration, over <-chan struct{}) (most [2]int64) {
	began := time.Now()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		usage, err := process.UsageOf(pid)
		if err != nil {
			t.Error(err)
			return most
		}
		part := 0
		if time.Since(began) > half {
			part = 1
		}
		most[part] = max(most[part], usage.RSS)
		select {
		case <-tick.C:
		case <-over:
			return most
		}
	}
}

// freeAddress is a loopback address that nobody listens on now.
func freeAddress(t *testing.T) string {
	t.Helper()
	probe := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer probe.Close()
	return probe.Addr().String()
}

// figure reads one of a server's figures.
func figure(t *testing.T, metrics, name string) float64 {
	t.Helper()
	resp := must(client.Get("http://" + metrics + "/metrics"))(t)
	defer resp.Body.Close()
	return valueOf(string(must(io.ReadAll(resp.Body))(t)), name)
}
