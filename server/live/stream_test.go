package live

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/standing"
	"fanfare/widget/wire"
)

// Frames of all sizes, pings, pongs, pulses and goodbyes share a stream, and some frames are larger than what the kernel keeps, so
// that writes break off in the middle: whatever meets whatever, gorilla's reader at the other end understands all of it.
func TestEverythingThatIsWrittenToASocketIsOneStream(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			timing := beating()
			timing.gap, timing.probe = time.Microsecond, time.Millisecond
			s := newStageOn(t, timing, DefaultLimits, nil, serve)
			c := s.join("night", "")
			var pings, pongs atomic.Int64
			answer := c.PingHandler()
			c.SetPingHandler(func(data string) error { pings.Add(1); return answer(data) })
			c.SetPongHandler(func(string) error { pongs.Add(1); return nil })
			const frames = 300
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				for i := range frames {
					before := s.boards.wasRead()
					s.boards.change("c_night", func(board *standing.Snapshot) {
						board.Votes++
						caption := strings.Repeat("x", i%7*9<<10) + fmt.Sprint(i)
						board.Rows = []standing.Row{{HasCard: true, Card: standing.Card{Number: 1, Caption: caption}}}
					})
					s.boards.do(func() { s.boards.pulse = int64(i) })
					if i%5 == 0 {
						_ = c.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(patience))
					}
					for i%10 == 0 && s.boards.wasRead() == before { // so that not all changes are one frame
						runtime.Gosched()
					}
				}
			}()
			for last := uint64(0); last != frames; {
				f := c.frame()
				if f.Votes < last || len(f.Rows) > 0 && len(f.Cards) > 0 && !strings.HasSuffix(f.Cards[0].Caption, fmt.Sprint(f.Votes-1)) {
					t.Fatalf("after %d votes: got a frame of %d with a card of %d bytes", last, f.Votes, len(f.Cards[0].Caption))
				}
				last = f.Votes
			}
			<-sent
			if pings.Load() == 0 || pongs.Load() == 0 {
				t.Errorf("got %d pings and %d pongs among the frames, want some of each", pings.Load(), pongs.Load())
			}
			c.send(websocket.TextMessage, []byte("{}"))
			if code, _ := c.closed(); code != websocket.CloseUnsupportedData {
				t.Errorf("closed with %d, want %d", code, websocket.CloseUnsupportedData)
			}
		})
	}
}

// servers are the two kinds of connections: those of TLS are written to by goroutines alone.
var servers = map[string]func(http.Handler) *httptest.Server{"plain": httptest.NewServer, "TLS": httptest.NewTLSServer}

// A breach of the protocol is answered once, by the shard: gorilla's own answer would be a second one, or fall into a frame.
func TestABreachOfTheProtocolIsAnsweredWithOneCloseFrame(t *testing.T) {
	s := newStage(t, quick(), DefaultLimits)
	c := s.dial()
	c.raw(0x83, 0x80, 0, 0, 0, 0) // an unknown opcode
	got, err := io.ReadAll(c.NetConn())
	if want := "\x88\x02\x03\xea"; string(got) != want || err != nil {
		t.Errorf("got %x, %v; want %x and the end", got, err, want)
	}
}

func TestAGoodbyeIsAnsweredAndTheConnectionEnds(t *testing.T) {
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			timing := quick()
			timing.goodbye = time.Hour
			s := newStageOn(t, timing, DefaultLimits, nil, serve)
			c := s.join("night", "")
			c.frame()
			if err := c.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			if code, _ := c.closed(); code != websocket.CloseGoingAway {
				t.Errorf("closed with %d, want %d", code, websocket.CloseGoingAway)
			}
			s.wait("the socket is gone", func() bool { return s.hub.Stats().Sockets == 0 })
		})
	}
}

// A pause of the whole process is no silence of the others.
func TestNobodyIsJudgedByATimeInWhichTheProcessStoodStill(t *testing.T) {
	h := &Hub{timing: defaultTiming}
	sh := newShard(h, 0)
	s := &socket{hub: h, shard: sh}
	s.link.due.Store(int64(time.Second))
	s.joined.Store(true)
	s.writing = true // so that nothing is written here
	look := func(after time.Duration) (closing bool) {
		sh.now += after
		s.since = sh.now
		sh.look()
		return s.ending != nil
	}
	sh.schedule(s)
	if look(time.Minute) {
		t.Error("closed at the first look after a minute of standing still")
	}
	s.since = sh.now
	if !look(h.timing.tick) || s.ending.code != wire.CloseSlow {
		t.Errorf("closing %v at the next look, want that it is closed as slow", s.ending)
	}
}

// The answer to a ping says nothing to the wheel, so a socket that waits for one is looked at when the next is due: proxies cut who is
// silent for 30 s.
func TestASilentSocketIsLookedAtWhenItsNextPingIsDueHoweverLongTheLastOneMayWait(t *testing.T) {
	h := &Hub{timing: defaultTiming}
	sh := newShard(h, 0)
	s := &socket{hub: h, shard: sh}
	s.joined.Store(true)
	s.link.due.Store(int64(h.timing.silence))
	sh.schedule(s)
	if got, most := time.Duration(s.tick)*h.timing.tick, h.timing.ping+h.timing.tick; got > most {
		t.Errorf("looked at %v after its ping, want %v at most", got, most)
	}
}
