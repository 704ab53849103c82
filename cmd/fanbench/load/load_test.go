package load

import (
	"context"
	"errors"
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
	s, err := textbook.Open(context.Background(), t.TempDir())
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

func TestEveryChangeReachesEverySocket(t *testing.T) {
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
	const sockets, changes = 20, 5
	a, err := Watch(ctx, c.url, sockets, 4, board.Votes, changes)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i := range changes {
		if err := a.Change(i, func() error { return c.VoteAs(ctx, voters[0], board.Rows[i].Entry) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Settle(ctx); err != nil {
		t.Fatal(err)
	}
	a.Close()
	took := a.Latencies()
	if len(took) != sockets*changes || took.Percentile(0) <= 0 || took.Percentile(100) > lastTime {
		t.Errorf("got %d latencies from %v to %v, want %d plausible ones", len(took), took.Percentile(0), took.Percentile(100), sockets*changes)
	}
	if got := a.Frames(); got != sockets*(changes+1) {
		t.Errorf("got %d frames, want the first one and %d to each of %d sockets", got, changes, sockets)
	}
}

func TestASocketThatLacksAChangeIsReported(t *testing.T) {
	c := serve(t)
	a, err := Watch(context.Background(), c.url, 1, 1, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := a.Settle(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that the socket is behind", err)
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
