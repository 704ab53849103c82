package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/contest"
	"fanfare/widget/link"
	"fanfare/widget/port"
	"fanfare/widget/wire"
)

// soak asks for the sizes of a long run, which has the machine for itself.
var soak = os.Getenv("FANFARE_SOAK") != ""

// returning is how many readers lose their server and how long.
type returning struct {
	readers, proxies int
	gone             time.Duration // how long a black hole lasts, and readers take nothing
	patience         time.Duration // until all show the board again
}

// CHECKS 28: after a restart, after cut lines, after a black hole and after not reading, every reader, with the widget's own logic of
// coming back, ends equal to the board within 10 s, and they come back spread out.
func TestReadersComeBackByThemselvesAndSeeTheBoardAsItIs(t *testing.T) {
	size := returning{readers: 150, proxies: 1, gone: 3 * time.Second, patience: 10 * time.Second}
	if soak {
		size = returning{readers: 10_000, proxies: 2, gone: 30 * time.Second, patience: 10 * time.Second}
	}
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--trusted-proxies", "127.0.0.1")
	entries := i.publishedPhotos(4)
	i.close()
	r := i.replica("")
	r.start()
	i.url = r.url
	a := &audience{installation: i, entries: entries}
	for range size.proxies {
		a.proxies = append(a.proxies, startProxy(t, r.address))
	}
	a.witness = watch(t, r.url, 0, nil)
	for n := range size.readers {
		a.readers = append(a.readers, watch(t, a.proxies[n%size.proxies].url, n+1, &a.deaf))
	}
	a.vote()
	a.agreed("at first", time.Minute)

	began := time.Now()
	a.order("cut")
	a.vote()
	a.agreed("after cut lines", size.patience)
	a.spreadOut(began)

	a.order("hole")
	before := a.most()
	a.voteFor(size.gone)
	if got := a.most(); got != before {
		t.Errorf("a reader behind the black hole saw %d votes, %d before it: the fault shows nothing", got, before)
	}
	a.order("pass")
	a.agreed("after a black hole", size.patience)

	a.deaf.Lock()
	a.voteFor(size.gone)
	a.deaf.Unlock()
	a.agreed("after not reading", size.patience)

	r.kill()
	r.start()
	a.vote()
	a.agreed("after a restart", size.patience)

	began = time.Now()
	if took := r.stop(); took > 15*time.Second {
		t.Errorf("it ended after %v", took)
	}
	r.start()
	a.vote()
	a.agreed("after an update", size.patience)
	a.spreadOut(began)
	for n, reader := range a.readers {
		if reader.wentBack() {
			t.Errorf("reader %d was shown an older board after a newer one", n)
		}
	}
}

// audience is readers behind proxies, and a witness beside them.
type audience struct {
	*installation
	entries []string
	fans    int // who have voted for every entry
	proxies []*proxyProcess
	readers []*reader
	witness *reader
	deaf    sync.RWMutex // held while no reader takes anything
}

// vote has a new fan vote for every entry.
func (a *audience) vote() {
	a.t.Helper()
	a.fans++
	token := a.guest()
	for _, entry := range a.entries {
		if reply := a.installation.vote(http.MethodPut, entry, token); reply.Status != http.StatusOK {
			a.t.Fatalf("vote: %d %s", reply.Status, reply.Text)
		}
	}
}

// voteFor has fans vote for a while, and the witness see it.
func (a *audience) voteFor(d time.Duration) {
	a.t.Helper()
	for began := time.Now(); time.Since(began) < d; {
		a.vote()
		a.eventually("a reader beside the others sees every vote", func() bool { return a.witness.sees() == a.board() })
	}
}

// order has every proxy do something.
func (a *audience) order(what string) {
	a.t.Helper()
	for _, p := range a.proxies {
		p.order(a.t, what)
	}
}

// board is what the server's board shows.
func (a *audience) board() sight {
	a.t.Helper()
	b := boardOf(a.t, a.url)
	rows := make([]wire.Row, len(b.Rows))
	for n, row := range b.Rows {
		rows[n] = wire.Row{Number: uint64(row.Number), Score: uint64(row.Score)}
	}
	return sightOf(uint64(b.Votes), rows)
}

// behind counts the readers who do not show the board, on which every vote must be; all of them where one is not.
func (a *audience) behind() (n int) {
	a.t.Helper()
	want := a.board()
	if want.votes != uint64(a.fans*len(a.entries)) {
		return len(a.readers)
	}
	for _, reader := range a.readers {
		if reader.sees() != want {
			n++
		}
	}
	return n
}

// agreed waits until every reader shows the board.
func (a *audience) agreed(what string, patience time.Duration) {
	a.t.Helper()
	began := time.Now()
	for n := a.behind(); n > 0; n = a.behind() {
		if time.Since(began) > patience {
			a.t.Fatalf("%s: %d of %d readers do not show the board after %v; %s", what, n, len(a.readers), patience, a.states())
		}
		time.Sleep(20 * time.Millisecond)
	}
	a.t.Logf("%s: all %d readers show the board after %v", what, len(a.readers), time.Since(began).Round(time.Millisecond))
}

// states tells how the readers' connections stand.
func (a *audience) states() string {
	names, n := []string{"connecting", "live", "offline", "refused"}, map[string]int{}
	for _, reader := range a.readers {
		reader.locked(func() { n[names[reader.link.State()]]++ })
	}
	return fmt.Sprint(n)
}

// most is how many votes the reader shows who shows most.
func (a *audience) most() (n uint64) {
	for _, reader := range a.readers {
		n = max(n, reader.sees().votes)
	}
	return n
}

// spreadOut holds that no tenth of a second saw more than half of the readers come back.
func (a *audience) spreadOut(since time.Time) {
	a.t.Helper()
	slots, most := map[int]int{}, 0
	for _, r := range a.readers {
		slot := int(r.returned().Sub(since) / (100 * time.Millisecond))
		slots[slot]++
		most = max(most, slots[slot])
	}
	if most > len(a.readers)/2 {
		a.t.Errorf("%d of %d readers came back in the same tenth of a second", most, len(a.readers))
	}
	a.t.Logf("at most %d of %d readers came back in a tenth of a second", most, len(a.readers))
}

// sight is what a board shows, as far as two boards are told apart by it.
type sight struct{ votes, rows uint64 }

func sightOf(votes uint64, rows []wire.Row) sight {
	s := sight{votes: votes}
	for _, row := range rows {
		s.rows = (s.rows*1_000_003+row.Number)*1_000_003 + row.Score
	}
	return s
}

// reader is a browser that watches, with a native network under the widget's link.
type reader struct {
	address string        // which its requests are forwarded for
	deaf    *sync.RWMutex // held while it takes nothing; nil for one that always does

	mu     sync.Mutex // the widget has one thread; guards what follows
	link   *link.Link
	seen   sight
	back   bool // an older board came after a newer one
	opened time.Time
	ended  bool
}

// watch opens the n-th reader of the challenge and closes it when the test ends.
func watch(t *testing.T, base string, n int, deaf *sync.RWMutex) *reader {
	r := &reader{address: fmt.Sprintf("198.18.%d.%d", n>>8, n&255), deaf: deaf}
	r.link = link.New(r, r, base, "night")
	r.link.Frame = func(f *wire.Frame) {
		r.back = r.back || f.Votes < r.seen.votes
		r.seen = sightOf(f.Votes, f.Rows)
	}
	r.link.Pulse = func(*wire.Pulse) {}
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

// listens waits while the reader takes nothing, as a page does that stands still: neither messages nor its own timers.
func (r *reader) listens() {
	if r.deaf != nil {
		r.deaf.RLock()
		r.deaf.RUnlock() //nolint:staticcheck // it waits
	}
}

func (r *reader) sees() (s sight) {
	r.locked(func() { s = r.seen })
	return s
}

func (r *reader) wentBack() (back bool) {
	r.locked(func() { back = r.back })
	return back
}

func (r *reader) returned() (at time.Time) {
	r.locked(func() { at = r.opened })
	return at
}

// After, Now, Random and Key implement port.Clock.
func (r *reader) After(milliseconds int64, do func()) (cancel func()) {
	over := false // guarded by mu, under which all of this is called; a timer that has run out may still wait for it
	timer := time.AfterFunc(time.Duration(milliseconds)*time.Millisecond, func() {
		r.listens()
		r.locked(func() {
			if !over {
				do()
			}
		})
	})
	return func() {
		over = true
		timer.Stop()
	}
}
func (r *reader) Now() int64      { return time.Now().UnixMilli() }
func (r *reader) Random() float64 { return rand.Float64() }
func (r *reader) Key() string     { return "" }

// Dial implements port.Network; a reader asks for nothing else.
func (r *reader) Dial(url string, l port.Listener) port.Conn {
	s := &readerSocket{reader: r}
	go func() {
		conn, _, err := websocket.DefaultDialer.Dial(url, http.Header{"Origin": {hostOrigin}, "X-Forwarded-For": {r.address}})
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
		s.reader.listens()
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
