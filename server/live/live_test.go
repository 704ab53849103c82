package live

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"fanfare/server/bus"
	"fanfare/server/contest"
	"fanfare/server/standing"
	"fanfare/widget/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	origin = "https://brand.example"
	// patience bounds every wait for a condition; only a failing test waits that long.
	patience = 10 * time.Second
)

// quick is a timing in which waits are short and judgements rest: tests shorten further what they are about.
func quick() timing {
	t := defaultTiming
	t.tick, t.retry, t.goodbye = 5*time.Millisecond, 5*time.Millisecond, 200*time.Millisecond
	return t
}

// fakeBoards are boards that a test sets.
type fakeBoards struct {
	mu       sync.Mutex
	boards   map[contest.ChallengeID]standing.Snapshot
	watchers map[chan struct{}]contest.ChallengeID
	err      error
	panics   bool
	reads    int
	pulse    int64 // votes a minute; below 0 where they are not shown
}

func newBoards() *fakeBoards {
	return &fakeBoards{boards: map[contest.ChallengeID]standing.Snapshot{}, watchers: map[chan struct{}]contest.ChallengeID{}}
}

func (b *fakeBoards) Top(_ context.Context, key standing.Key, n int) (standing.Snapshot, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reads++
	if b.panics {
		panic("board is broken")
	}
	s := b.boards[key.Challenge]
	s.Rows = s.Rows[:min(n, len(s.Rows))]
	return s, b.err
}

func (b *fakeBoards) Watch(key standing.Key) (<-chan struct{}, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{}, 1)
	b.watchers[c] = key.Challenge
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, c)
	}
}

func (b *fakeBoards) Pulse(contest.ChallengeID) (int64, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pulse, b.pulse >= 0
}

// set replaces a board, rows given as number, score, number, score …
func (b *fakeBoards) set(challenge contest.ChallengeID, votes int64, numbers ...int) {
	b.change(challenge, func(s *standing.Snapshot) {
		s.Entries, s.Votes, s.Rows = len(numbers)/2, votes, nil
		for i := 0; i < len(numbers); i += 2 {
			row := standing.Row{Rank: i/2 + 1, Score: int64(numbers[i+1]), HasCard: true, Card: card(numbers[i])}
			s.Rows = append(s.Rows, row)
		}
	})
}

// change edits a board and tells who watches it.
func (b *fakeBoards) change(challenge contest.ChallengeID, edit func(*standing.Snapshot)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.boards[challenge]
	s.Rows = slices.Clone(s.Rows)
	edit(&s)
	s.Version++
	b.boards[challenge] = s
	for c, of := range b.watchers {
		if of == challenge {
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}
}

func (b *fakeBoards) do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

// wasRead is how often a board was read.
func (b *fakeBoards) wasRead() (n int) {
	b.do(func() { n = b.reads })
	return n
}

func (b *fakeBoards) watched() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.watchers)
}

func card(number int) standing.Card {
	return standing.Card{
		Number: contest.EntryNumber(number), Caption: "night", Author: "Ming",
		Photo: contest.Photo{Renditions: []contest.Rendition{{Name: "480", Key: "a"}, {Name: "square", Key: "b"}}},
	}
}

// fakeAdmit lets pages of one origin into the rooms "night" and "day"; a token must be "good" or begin with it.
type fakeAdmit struct {
	mu     sync.Mutex
	asked  int
	panics bool
	err    error
	ended  map[string]bool // sessions
}

func (a *fakeAdmit) Ended(_ context.Context, sessions []string) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(sessions, func(session string) bool { return !a.ended[session] }), a.err
}

func (a *fakeAdmit) Origin(_ context.Context, o string) error {
	if o != origin {
		return ErrRefused
	}
	return nil
}

func (a *fakeAdmit) Admit(_ context.Context, o, slug, token string) (Ticket, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked++
	switch {
	case a.panics:
		panic("admit is broken")
	case a.err != nil:
		return Ticket{}, a.err
	case o != origin || slug != "night" && slug != "day" && slug != "night/rising":
		return Ticket{}, ErrRefused
	case token != "" && !strings.HasPrefix(token, "good"):
		return Ticket{}, ErrToken
	}
	name, scope, _ := strings.Cut(slug, "/")
	board := standing.Overall(contest.ChallengeID("c_" + name))
	board.Scope, _ = contest.ParseScope(scope)
	return Ticket{Board: board, Room: slug, Session: token}, nil
}

// stage is a hub on a loopback server.
type stage struct {
	*testing.T
	hub    *Hub
	boards *fakeBoards
	admit  *fakeAdmit
	url    string
	trust  *tls.Config
}

func newStage(t *testing.T, timing timing, limits Limits) *stage {
	t.Helper()
	return newStageOn(t, timing, limits, nil, httptest.NewServer)
}

// newStageOn is newStage with a bus, and with what starts its server.
func newStageOn(t *testing.T, timing timing, limits Limits, b bus.Bus, serve func(http.Handler) *httptest.Server) *stage {
	t.Helper()
	s := &stage{T: t, boards: newBoards(), admit: &fakeAdmit{}}
	var err error
	if s.hub, err = newHub(s.boards, s.admit, limits, "", b, slog.New(slog.DiscardHandler), timing); err != nil {
		t.Fatal(err)
	}
	server := serve(s.hub)
	s.trust = server.Client().Transport.(*http.Transport).TLSClientConfig
	s.url = "ws" + strings.TrimPrefix(server.URL, "http")
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.hub.Drain(ctx); err != nil {
			t.Errorf("drain: %v", err)
		}
		server.Close()
		if n := s.boards.watched(); n != 0 {
			t.Errorf("%d rooms watch their boards after the drain, want none", n)
		}
	})
	return s
}

// client is one browser.
type client struct {
	*testing.T
	*websocket.Conn
}

func (s *stage) dial() *client {
	s.Helper()
	dialer := websocket.Dialer{TLSClientConfig: s.trust}
	conn, response, err := dialer.Dial(s.url, http.Header{"Origin": {origin}})
	if err != nil {
		s.Fatalf("dial: %v", err)
	}
	_ = response.Body.Close()
	s.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	return &client{s.T, conn}
}

func (s *stage) join(room, token string) *client {
	s.Helper()
	c := s.dial()
	c.join(room, token)
	return c
}

func (c *client) join(room, token string) {
	c.Helper()
	c.send(websocket.BinaryMessage, (&wire.Join{Room: room, Token: token}).Append(nil))
}

func (c *client) send(kind int, message []byte) {
	c.Helper()
	if err := c.WriteMessage(kind, message); err != nil {
		c.Fatalf("send: %v", err)
	}
}

// next reads the next message.
func (c *client) next() []byte {
	c.Helper()
	kind, message, err := c.ReadMessage()
	if err != nil || kind != websocket.BinaryMessage {
		c.Fatalf("read message: got one of type %d and %d bytes: %v", kind, len(message), err)
	}
	return message
}

// frame reads the next frame, past pulses.
func (c *client) frame() (f wire.Frame) {
	c.Helper()
	for {
		message := c.next()
		if wire.KindOf(message) == wire.KindPulse {
			continue
		}
		if err := f.Decode(message); err != nil {
			c.Fatalf("read frame: got %d bytes: %v", len(message), err)
		}
		return f
	}
}

// pulse reads the next pulse, past frames.
func (c *client) pulse() (p wire.Pulse) {
	c.Helper()
	for {
		if message := c.next(); p.Decode(message) == nil {
			return p
		}
	}
}

// closed reads until the close frame and returns its code, and the last Retry before it.
func (c *client) closed() (code int, retry time.Duration) {
	c.Helper()
	for {
		_, message, err := c.ReadMessage()
		var closed *websocket.CloseError
		switch {
		case errors.As(err, &closed):
			return closed.Code, retry
		case err != nil:
			c.Fatalf("read until closed: %v", err)
		}
		var r wire.Retry
		if r.Decode(message) == nil {
			retry = time.Duration(r.AfterMillis) * time.Millisecond
		}
	}
}

// wait returns when the condition holds.
func (s *stage) wait(what string, condition func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("waited %v in vain until %s", patience, what)
		}
	}
}

func numbers(f wire.Frame) (n []uint64) {
	for _, c := range f.Cards {
		n = append(n, c.Number)
	}
	return n
}
