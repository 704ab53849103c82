package main

import (
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/server/contest"
	"fanfare/widget/link"
	"fanfare/widget/port"
	"fanfare/widget/wire"
)

// soak asks for the sizes of a long run, which has the machine for itself.
var soak = os.Getenv("FANFARE_SOAK") != ""

// CHECKS 28: after a restart, after cut lines and after a black hole every reader, with the widget's own logic of coming
// back, ends equal to the board within 10 s, and they come back spread out.
func TestReadersComeBackByThemselvesAndSeeTheBoardAsItIs(t *testing.T) {
	const (
		readers, patience = 150, 10 * time.Second
		missed            = 10 // boards that stood beside a black hole, one after the other, and never came through
	)
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 })
	entries := i.publishedPhotos(4)
	i.close()
	r := i.replica("")
	r.start()
	i.url = r.url
	proxy := faulttest.Start(t, r.address)
	var all []*reader
	for range readers {
		all = append(all, watch(t, "http://"+proxy.Addr()))
	}
	fans := 0
	seen := func() (n uint64) { // by the reader that saw most
		for _, reader := range all {
			n = max(n, reader.votes())
		}
		return n
	}
	agree := func(what string) {
		t.Helper()
		began, want := time.Now(), uint64(fans*len(entries))
		i.within(patience, what+": every reader sees every vote", func() bool {
			for _, reader := range all {
				if reader.votes() != want {
					return false
				}
			}
			return true
		})
		t.Logf("%s: all %d readers agree after %v", what, readers, time.Since(began).Round(time.Millisecond))
	}
	vote := func() {
		fans++
		token := i.guest()
		for _, entry := range entries {
			if reply := i.vote(http.MethodPut, entry, token); reply.Status != http.StatusOK {
				t.Fatalf("vote: %d %s", reply.Status, reply.Text)
			}
		}
	}
	vote()
	agree("at first")
	began := time.Now()
	proxy.Cut()
	vote()
	agree("after cut lines")
	spreadOut(t, all, began)
	proxy.Set(faulttest.Faults{BlackHole: true})
	before, witness := seen(), watch(t, r.url)
	for range missed {
		vote()
		i.within(patience, "a reader beside the black hole sees every vote", func() bool { return witness.votes() == uint64(fans*len(entries)) })
	}
	if got := seen(); got != before {
		t.Errorf("a reader behind the black hole saw %d votes, %d before it: the fault shows nothing", got, before)
	}
	proxy.Set(faulttest.Faults{})
	agree("after a black hole")
	r.kill()
	r.start()
	vote()
	agree("after a restart")
	if took := r.stop(); took > 15*time.Second {
		t.Errorf("it ended after %v", took)
	}
	r.start()
	vote()
	agree("after an update")
}

// spreadOut holds that no tenth of a second saw more than half of the readers come back.
func spreadOut(t *testing.T, all []*reader, since time.Time) {
	t.Helper()
	slots := map[int]int{}
	for _, r := range all {
		slots[int(r.returned().Sub(since)/(100*time.Millisecond))]++
	}
	for slot, n := range slots {
		if n > len(all)/2 {
			t.Errorf("%d of %d readers came back in the same tenth of a second (%d)", n, len(all), slot)
		}
	}
}

// reader is a browser that watches, with a native network under the widget's link.
type reader struct {
	mu     sync.Mutex // the widget has one thread; guards what follows
	link   *link.Link
	seen   uint64
	opened time.Time
	ended  bool
}

// watch opens a reader of the challenge and closes it when the test ends.
func watch(t *testing.T, base string) *reader {
	r := &reader{}
	r.link = link.New(r, r, base, "night")
	r.link.Frame = func(f *wire.Frame) { r.seen = f.Votes }
	r.link.Changed, r.link.Revoked = func() {}, func() {}
	r.link.Bearer = func() string { return "" }
	r.locked(r.link.Start)
	t.Cleanup(func() { r.locked(func() { r.link.Stop(); r.ended = true }) })
	return r
}

func (r *reader) locked(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		do()
	}
}

func (r *reader) votes() (n uint64) {
	r.locked(func() { n = r.seen })
	return n
}

func (r *reader) returned() (at time.Time) {
	r.locked(func() { at = r.opened })
	return at
}

// After, Now, Random and Key implement port.Clock.
func (r *reader) After(milliseconds int64, do func()) (cancel func()) {
	timer := time.AfterFunc(time.Duration(milliseconds)*time.Millisecond, func() { r.locked(do) })
	return func() { timer.Stop() }
}
func (r *reader) Now() int64      { return time.Now().UnixMilli() }
func (r *reader) Random() float64 { return rand.Float64() }
func (r *reader) Key() string     { return "" }

// Dial implements port.Network; a reader asks for nothing else.
func (r *reader) Dial(url string, l port.Listener) port.Conn {
	s := &readerSocket{reader: r}
	go func() {
		conn, _, err := websocket.DefaultDialer.Dial(url, http.Header{"Origin": {hostOrigin}})
		code := 1006
		if err == nil {
			r.locked(func() {
				if s.closed {
					conn.Close()
					return
				}
				s.conn, r.opened = conn, time.Now()
				l.Opened()
			})
			code = s.hear(conn, l)
			conn.Close()
		}
		r.locked(func() {
			if !s.closed {
				l.Closed(code)
			}
		})
	}()
	return s
}
func (r *reader) Fetch(*port.Request, func(*port.Response)) {}
func (r *reader) Token(func(string))                        {}
func (r *reader) Prove(string, string, func(string))        {}
func (r *reader) Send(*port.Upload, func(int), func(*port.Response)) (stop func(bool)) {
	return func(bool) {}
}

// readerSocket is one connection; its fields belong to the reader's lock.
type readerSocket struct {
	reader *reader
	conn   *websocket.Conn
	closed bool
}

// hear passes messages on until the connection ends, and returns its close code.
func (s *readerSocket) hear(conn *websocket.Conn, l port.Listener) int {
	for {
		_, message, err := conn.ReadMessage()
		if closed, ok := err.(*websocket.CloseError); ok {
			return closed.Code
		}
		if err != nil {
			return 1006
		}
		s.reader.locked(func() {
			if !s.closed {
				l.Message(message)
			}
		})
	}
}

func (s *readerSocket) Send(message []byte) {
	s.conn.WriteMessage(websocket.BinaryMessage, message)
}

func (s *readerSocket) Close() {
	s.closed = true
	if s.conn != nil {
		s.conn.Close()
	}
}
