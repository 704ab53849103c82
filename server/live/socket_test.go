package live

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/standing"
	"fanfare/widget/wire"
)

func TestOnlyRegisteredOriginsGetASocket(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	for name, header := range map[string]http.Header{
		"missing":         {},
		"null":            {"Origin": {"null"}},
		"empty":           {"Origin": {""}},
		"two":             {"Origin": {origin, origin}},
		"other scheme":    {"Origin": {"http://brand.example"}},
		"other port":      {"Origin": {origin + ":8443"}},
		"with path":       {"Origin": {origin + "/"}},
		"subdomain":       {"Origin": {"https://evil.brand.example"}},
		"suffix":          {"Origin": {origin + ".evil.example"}},
		"prefix":          {"Origin": {"https://evilbrand.example"}},
		"other case":      {"Origin": {"https://Brand.example"}},
		"user in front":   {"Origin": {"https://brand.example@evil.example"}},
		"the own address": {"Origin": {strings.Replace(s.url, "ws", "http", 1)}},
	} {
		conn, response, err := websocket.DefaultDialer.Dial(s.url, header)
		if err == nil {
			_ = conn.Close()
			t.Errorf("origin %s: got a socket, want 403", name)
			continue
		}
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("origin %s: got %d, want 403", name, response.StatusCode)
		}
		_ = response.Body.Close()
	}
	if got := s.hub.Stats().Sockets; got != 0 {
		t.Errorf("%d sockets, want none", got)
	}
}

// hostile is what clients do that they must not, and the code that it earns them.
var hostile = map[string]struct {
	do   func(*client)
	want int
}{
	"text":             {func(c *client) { c.send(websocket.TextMessage, []byte("{}")) }, websocket.CloseUnsupportedData},
	"text, not UTF-8":  {func(c *client) { c.send(websocket.TextMessage, []byte("\xff\xfe")) }, websocket.CloseInvalidFramePayloadData},
	"no message":       {func(c *client) { c.send(websocket.BinaryMessage, nil) }, wire.CloseProtocol},
	"garbage":          {func(c *client) { c.send(websocket.BinaryMessage, []byte{9, 9, 9}) }, wire.CloseProtocol},
	"a server's frame": {func(c *client) { c.send(websocket.BinaryMessage, (&wire.Frame{}).Append(nil)) }, wire.CloseProtocol},
	"oversized":        {func(c *client) { _ = c.WriteMessage(websocket.BinaryMessage, make([]byte, 1<<20)) }, websocket.CloseMessageTooBig},
	"oversized in fragments": {func(c *client) {
		c.fragments(4, make([]byte, wire.MaxJoin/2))
	}, websocket.CloseMessageTooBig},
	"a storm of empty fragments": {func(c *client) { c.fragments(5000, nil) }, websocket.ClosePolicyViolation},
	"a flood of pings": {func(c *client) {
		for range 1000 {
			_ = c.WriteControl(websocket.PingMessage, []byte("x"), time.Now().Add(patience)) // the server hangs up meanwhile
		}
	}, websocket.ClosePolicyViolation},
	"a flood of joins": {func(c *client) {
		for range 1000 {
			_ = c.WriteMessage(websocket.BinaryMessage, (&wire.Join{Room: "night"}).Append(nil))
		}
	}, websocket.ClosePolicyViolation},
	"a compressed message nobody agreed on": {func(c *client) { c.raw(0xc2, 0x80, 0, 0, 0, 0) }, websocket.CloseProtocolError},
	"an unmasked message":                   {func(c *client) { c.raw(0x82, 0x01, 'x') }, websocket.CloseProtocolError},
	"an unknown opcode":                     {func(c *client) { c.raw(0x83, 0x80, 0, 0, 0, 0) }, websocket.CloseProtocolError},
	"a length of 2^63":                      {func(c *client) { c.raw(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) }, websocket.CloseMessageTooBig},
	"an unknown room":                       {func(c *client) { c.join("dawn", "") }, wire.CloseRefused},
	"a bad token":                           {func(c *client) { c.join("night", "bad") }, wire.CloseRevoked},
}

// raw writes bytes past gorilla.
func (c *client) raw(bytes ...byte) {
	c.Helper()
	if _, err := c.NetConn().Write(bytes); err != nil {
		c.Fatalf("write: %v", err)
	}
}

// fragments writes one message in many frames and never ends it.
func (c *client) fragments(n int, payload []byte) {
	first, size := byte(0x02), len(payload) // binary, not final
	for range n {
		frame := []byte{first, 0x80 | 126, byte(size >> 8), byte(size), 0, 0, 0, 0}
		if _, err := c.NetConn().Write(append(frame, payload...)); err != nil {
			return // the server hung up
		}
		first = 0
	}
}

func TestHostileClientsAreClosedWithTheRightCodeAndHarmNobody(t *testing.T) {
	timing := quick()
	timing.gap = time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	s.boards.set("c_night", 0, 1, 0)
	bystander := s.join("night", "")
	bystander.frame()
	votes := 0
	for name, c := range hostile {
		for _, joined := range []bool{false, true} {
			client := s.dial()
			if joined {
				client.join("night", "")
				client.frame()
			}
			c.do(client)
			if got, _ := client.closed(); got != c.want {
				t.Errorf("%s, joined before: %v: closed with %d, want %d", name, joined, got, c.want)
			}
			votes++
			s.boards.set("c_night", int64(votes), 1, votes)
			for bystander.frame().Votes != uint64(votes) {
			}
		}
	}
	s.wait("only the bystander is left", func() bool { return s.hub.Stats().Sockets == 1 })
}

func TestAClientThatNeverJoinsIsClosed(t *testing.T) {
	timing := quick()
	timing.join = 20 * time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	if code, _ := s.dial().closed(); code != wire.CloseSlow { // which asks it to come back: its Join may have been lost
		t.Errorf("closed with %d, want %d", code, wire.CloseSlow)
	}
}

func TestAClientThatStopsInTheMiddleOfItsJoinIsClosed(t *testing.T) {
	timing := quick()
	timing.join = 20 * time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	c := s.dial()
	c.fragments(1, []byte{byte(wire.KindJoin)})
	if code, _ := c.closed(); code != wire.CloseSlow {
		t.Errorf("closed with %d, want %d", code, wire.CloseSlow)
	}
}

func TestWhenAdmitCannotTellTheClientComesBackLater(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.admit.err = errors.New("database is down")
	if code, _ := s.join("night", "").closed(); code != websocket.CloseTryAgainLater {
		t.Errorf("closed with %d, want %d", code, websocket.CloseTryAgainLater)
	}
}

func TestAPanicInOneSocketHarmsNobody(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	s.boards.set("c_night", 1, 1, 1)
	bystander := s.join("night", "")
	bystander.frame()
	s.admit.mu.Lock()
	s.admit.panics = true
	s.admit.mu.Unlock()
	if code, _ := s.join("night", "").closed(); code != websocket.CloseInternalServerErr {
		t.Errorf("closed with %d, want %d", code, websocket.CloseInternalServerErr)
	}
	s.boards.set("c_night", 2, 1, 2)
	if got := bystander.frame(); got.Votes != 2 {
		t.Errorf("the bystander got %+v, want the next frame", got)
	}
}

func TestPingsAreAnsweredAndIdleSocketsArePinged(t *testing.T) {
	timing := quick()
	timing.ping = 20 * time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	c := s.join("night", "")
	pongs, pings, words := make(chan string, 1), make(chan struct{}, 3), make(chan struct{}, 3)
	note := func(c chan struct{}) {
		select {
		case c <- struct{}{}:
		default: // enough
		}
	}
	c.SetPongHandler(func(data string) error { pongs <- data; return nil })
	answer := c.PingHandler()
	c.SetPingHandler(func(data string) error {
		note(pings)
		return answer(data)
	})
	if err := c.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	go func() {
		for err := error(nil); err == nil; { // an empty board and its pulse, then until the end
			var message []byte
			if _, message, err = c.ReadMessage(); err == nil && len(message) == 0 {
				note(words)
			}
		}
	}()
	if got := <-pongs; got != "hello" {
		t.Errorf("got the pong %q, want hello", got)
	}
	for range 3 { // each one answered, or there would be no next one; and each with a word that pages hear
		<-pings
		<-words
	}
}

func TestASocketThatAnswersNoPingIsClosed(t *testing.T) {
	timing := quick()
	timing.ping, timing.silence = 10*time.Millisecond, 50*time.Millisecond
	s := newStage(t, timing, DefaultLimits)
	c := s.join("night", "")
	c.SetPingHandler(func(string) error { return nil })
	if code, _ := c.closed(); code != wire.CloseSlow {
		t.Errorf("closed with %d, want %d", code, wire.CloseSlow)
	}
}

func TestAStalledReaderIsClosedAndHarmsNobody(t *testing.T) {
	timing := quick()
	timing.gap, timing.probe, timing.answer = time.Millisecond, 20*time.Millisecond, time.Second
	s := newStage(t, timing, DefaultLimits)
	s.boards.set("c_night", 0, 1, 0)
	stalled := s.join("night", "") // reads nothing
	healthy := s.join("night", "")
	s.wait("both are there", func() bool { return s.hub.Stats().Sockets == 2 })
	for votes := 1; s.hub.Stats().Sockets == 2; votes++ {
		s.boards.set("c_night", int64(votes), 1, votes)
		for healthy.frame().Votes != uint64(votes) {
		}
	}
	if code, _ := stalled.closed(); code != wire.CloseSlow {
		t.Errorf("closed with %d, want %d", code, wire.CloseSlow)
	}
}

func TestASlowReaderGetsTheNewestFrameAndNeverABacklog(t *testing.T) {
	timing := quick()
	timing.gap, timing.answer = time.Microsecond, time.Hour // it is not about how long one may be slow
	s := newStage(t, timing, DefaultLimits)
	slow := s.join("night", "")
	slow.frame()
	if err := slow.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	votes := 0
	for ; s.hub.Stats().Dropped < 30; votes++ {
		s.boards.change("c_night", func(board *standing.Snapshot) {
			board.Votes++
			caption := strings.Repeat("x", 30<<10) + strconv.Itoa(votes)
			board.Rows = []standing.Row{{HasCard: true, Card: standing.Card{Number: 1, Caption: caption}}}
		})
	}
	_ = slow.SetReadDeadline(time.Now().Add(patience)) // that took a while where there is one processor
	read := 1
	for last := uint64(0); last != uint64(votes); read++ {
		f := slow.frame()
		if f.Votes <= last {
			t.Fatalf("after the frame of %d votes came that of %d", last, f.Votes)
		}
		last = f.Votes
	}
	if written := s.hub.Stats().Frames; int64(read) != written || read > votes/2 {
		t.Errorf("the reader got %d of %d frames, %d were written: want what was written, and a small part", read, votes, written)
	}
}

func TestSocketsAreCountedPerClientAndInAll(t *testing.T) {
	s := newStage(t, quick(), Limits{Sockets: 3, PerClient: 2})
	first := s.dial()
	s.dial()
	if got := s.refused(); got != http.StatusTooManyRequests {
		t.Errorf("the third socket of a client: got %d, want 429", got)
	}
	_ = first.Close()
	s.wait("a seat is free", func() bool {
		s.hub.mu.Lock()
		defer s.hub.mu.Unlock()
		return s.hub.seats == 1
	})
	s.dial()
	if got := s.hub.takeSeat(netip.MustParsePrefix("2001:db8::/64")); got != http.StatusOK {
		t.Fatalf("another client: got %d, want a seat", got)
	}
	if got := s.refused(); got != http.StatusServiceUnavailable {
		t.Errorf("the fourth socket in all: got %d, want 503", got)
	}
	s.hub.leaveSeat(netip.MustParsePrefix("2001:db8::/64"))
}

// refused dials and returns the status of the refusal; 101 if there was none.
func (s *stage) refused() int {
	s.Helper()
	conn, response, err := websocket.DefaultDialer.Dial(s.url, http.Header{"Origin": {origin}})
	if err == nil {
		_ = conn.Close()
	}
	if response == nil {
		s.Fatalf("dial: %v", err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func TestIPv6ClientsAreCountedByTheir64(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7":        "192.0.2.7/32",
		"::ffff:192.0.2.7": "192.0.2.7/32",
		"2001:db8::1:2:3":  "2001:db8::/64",
	} {
		if got := clientPrefix(netip.MustParseAddr(address)); got.String() != want {
			t.Errorf("%s: got %v, want %s", address, got, want)
		}
	}
	if got := clientPrefix(netip.Addr{}); got.IsValid() {
		t.Errorf("no address: got %v, want the zero prefix", got)
	}
}
