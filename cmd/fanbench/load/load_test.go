package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/cmd/fanbench/textbook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a textbook server and returns a client of it.
func serve(t *testing.T) *Client {
	t.Helper()
	s, err := textbook.Open(context.Background(), t.TempDir(), textbook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.Handler())
	c := NewClient(server.URL, 8)
	t.Cleanup(func() {
		c.Close()
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func vote(t *testing.T, c *Client) (before Board, voters []*Voter) {
	t.Helper()
	ctx := context.Background()
	before, err := c.Board(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if voters, err = c.Voters(ctx, 6, 3); err != nil {
		t.Fatal(err)
	}
	var entries []string
	for _, row := range before.Rows {
		entries = append(entries, row.Entry)
	}
	poll := Poll{Entries: entries, Votes: 5, Concurrency: 3}
	took, err := poll.Run(ctx, c, voters)
	if err != nil || len(took) != 30 {
		t.Fatalf("got %d votes, %v, want 30", len(took), err)
	}
	if err := poll.Repeat(ctx, c, voters); err != nil {
		t.Fatal(err)
	}
	return before, voters
}

func TestEveryAcknowledgedVoteIsFoundOnTheBoard(t *testing.T) {
	c := serve(t)
	before, voters := vote(t, c)
	if err := Verify(context.Background(), c, before, voters); err != nil {
		t.Error(err)
	}
}

func TestALostVoteAndAnInventedOneAreNoticed(t *testing.T) {
	for name, spoil := range map[string]func(*Voter){
		"lost":     func(v *Voter) { v.acknowledged = append(v.acknowledged, "e_0000000000012") },
		"invented": func(v *Voter) { v.acknowledged = v.acknowledged[1:] },
	} {
		c := serve(t)
		before, voters := vote(t, c)
		spoil(voters[0])
		err := Verify(context.Background(), c, before, voters)
		if err == nil || !strings.Contains(err.Error(), "the board counts") || !strings.Contains(err.Error(), "own list") {
			t.Errorf("%s: got %v, want the board and the voter's list to be found wrong", name, err)
		}
	}
}

func TestAVoteThatIsRefusedEndsTheRun(t *testing.T) {
	c := serve(t)
	voters, err := c.Voters(context.Background(), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Poll{Entries: []string{"e_unknown"}, Votes: 1, Concurrency: 1}.Run(context.Background(), c, voters)
	if err == nil || !strings.Contains(err.Error(), "not_found") {
		t.Errorf("got %v, want not_found", err)
	}
}

func TestEveryChangeReachesEveryBrowser(t *testing.T) {
	c := serve(t)
	ctx := context.Background()
	board, err := c.Board(ctx)
	if err != nil {
		t.Fatal(err)
	}
	voters, err := c.Voters(ctx, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	const browsers, changes = 20, 5
	a, err := Watch(ctx, c.url, Watching{Browsers: browsers, Concurrency: 4, Votes: board.Votes, Changes: changes})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i := range changes {
		if err := a.Change(func() error { return c.VoteAs(ctx, voters[0], board.Rows[i].Entry) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	a.Close()
	for name, h := range map[string]Histogram{"changes": a.Changes(), "ages": a.Ages()} {
		if h.Count() != browsers*changes || h.Percentile(0) <= 0 || h.Percentile(100) > lastTime {
			t.Errorf("%s: got %d durations from %v to %v, want %d plausible ones", name, h.Count(), h.Percentile(0), h.Percentile(100), browsers*changes)
		}
	}
	if got := a.Frames(); got != browsers*(changes+1) {
		t.Errorf("got %d frames, want the first one and %d to each of %d browsers", got, changes, browsers)
	}
	if got := a.UpdateBytes(); got < 40 || got > 140 {
		t.Errorf("got %v bytes a frame, want those of twelve rows", got)
	}
}

func TestAnEvenPaceLosesNoChange(t *testing.T) {
	c := serve(t)
	ctx := context.Background()
	board, err := c.Board(ctx)
	if err != nil {
		t.Fatal(err)
	}
	pace := Pace{PerSecond: 2000, Changes: 203, Entries: []string{board.Rows[0].Entry, board.Rows[1].Entry}}
	voters, err := c.Voters(ctx, pace.Voters(), 4)
	if err != nil {
		t.Fatal(err)
	}
	a, err := Watch(ctx, c.url, Watching{Browsers: 3, Concurrency: 3, Votes: board.Votes, Changes: pace.Changes})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := errors.Join(pace.Run(ctx, a, c, voters), a.Settle(ctx), Verify(ctx, c, board, voters)); err != nil {
		t.Error(err)
	}
}

func TestABrowserThatStallsIsSeenToGoWhenTheServerHangsUp(t *testing.T) {
	s, err := textbook.Open(context.Background(), t.TempDir(), textbook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	server := httptest.NewServer(mux)
	defer server.Close()
	stalled, err := Stall(context.Background(), server.URL, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*look)
	defer cancel()
	if err := stalled.Wait(ctx); err != nil || stalled.Open() != 3 {
		t.Errorf("got %d open, %v, want all 3 while the server holds them", stalled.Open(), err)
	}
	s.HangUp()
	if err := stalled.Wait(t.Context()); err != nil || stalled.Open() != 0 || len(stalled.Gone()) != 3 {
		t.Errorf("got %d open and %v gone, %v, want all 3 gone", stalled.Open(), stalled.Gone(), err)
	}
}

func TestABrowserThatLacksAChangeIsReported(t *testing.T) {
	c := serve(t)
	a, err := Watch(context.Background(), c.url, Watching{Browsers: 1, Concurrency: 1, Changes: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := a.Settle(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the browser is behind", err)
	}
}

func TestAHistogramTellsPercentilesToATenthOfAMillisecond(t *testing.T) {
	var h, other Histogram
	for i := range 100 {
		h.Add(time.Duration(100-i)*time.Millisecond - 1)
	}
	other.Add(time.Hour)
	other.Add(-time.Second)
	h.merge(&other)
	for p, want := range map[float64]time.Duration{0: histogramStep, 50: 50 * time.Millisecond, 99: 100 * time.Millisecond, 100: histogramStep * histogramSteps} {
		if got := h.Percentile(p); got != want {
			t.Errorf("p%v: got %v, want %v", p, got, want)
		}
	}
	if h.Count() != 102 || new(Histogram).Percentile(50) != 0 {
		t.Errorf("got %d counted, and %v of none, want 102 and 0", h.Count(), new(Histogram).Percentile(50))
	}
}

func TestPercentilesAreMeasuredValues(t *testing.T) {
	var l Latencies
	for i := range 100 {
		l = append(l, time.Duration(100-i))
	}
	for p, want := range map[float64]time.Duration{0: 1, 50: 51, 99: 100, 100: 100} {
		if got := l.Percentile(p); got != want {
			t.Errorf("p%v: got %d, want %d", p, got, want)
		}
	}
	if got := Latencies(nil).Percentile(50); got != 0 {
		t.Errorf("of nothing: got %v, want 0", got)
	}
}

func TestNobodyVotesForAnEntryTwiceAtASteadyPace(t *testing.T) {
	s := Steady{Entries: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"}}
	for voters := 1; voters <= 2*len(s.Entries); voters++ {
		cast := map[string]bool{}
		for i := range voters * votesOfOne {
			voter, entry := s.ballot(i, voters)
			key := fmt.Sprint(voter, entry)
			if cast[key] {
				t.Fatalf("of %d voters, voter %d votes for %s twice", voters, voter, entry)
			}
			cast[key] = true
		}
	}
}
