package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/widget/wire"
)

const (
	joinTime = 30 * time.Second // until every socket has its first frame
	lastTime = 20 * time.Second // from the last change until every socket has seen it
	// perAddress is how many sockets share one loopback address: an audience has many, and servers bound the sockets of
	// one.
	perAddress = 500
)

// Audience is many open browsers.
type Audience struct {
	sockets []*socket
	readers sync.WaitGroup
	base    int64          // votes on the board before the first change
	sent    []atomic.Int64 // when the change was requested that made the total base+1+i, in Unix nanoseconds
	failed  chan error     // holds the first failure
}

// socket is one browser. Its fields belong to its reader until the reader ended.
type socket struct {
	conn   *websocket.Conn
	first  chan struct{} // closed with the first frame
	seen   atomic.Int64  // votes of the newest frame
	frames atomic.Int64
	took   Latencies
}

// Watch opens n sockets that join the challenge, several at a time, and waits until each has its first frame. The board
// has base votes now, and as many will come as changes says.
func Watch(ctx context.Context, url string, n, concurrency int, base int64, changes int) (*Audience, error) {
	a := &Audience{sockets: make([]*socket, n), base: base, sent: make([]atomic.Int64, changes), failed: make(chan error, 1)}
	err := each(ctx, n, concurrency, func(ctx context.Context, i int) (err error) {
		a.sockets[i], err = a.open(ctx, url, i)
		return err
	})
	if err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *Audience) open(ctx context.Context, url string, i int) (*socket, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	local := &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/perAddress>>8), byte(1+i/perAddress))}
	dialer := websocket.Dialer{
		NetDialContext: (&net.Dialer{LocalAddr: local}).DialContext, ReadBufferSize: 512, WriteBufferSize: 256,
	}
	conn, response, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(url, "http")+"/api/v1/live", http.Header{"Origin": {url}})
	if err != nil {
		return nil, fmt.Errorf("open socket %d: %w", i, err)
	}
	_ = response.Body.Close()
	s := &socket{conn: conn, first: make(chan struct{})}
	join := wire.Join{Room: Challenge}
	if err := conn.WriteMessage(websocket.BinaryMessage, join.Append(nil)); err != nil {
		return s, fmt.Errorf("join by socket %d: %w", i, err)
	}
	a.readers.Go(func() { a.read(s) })
	select {
	case <-s.first:
		return s, nil
	case err := <-a.failed:
		return s, err
	case <-ctx.Done():
		return s, fmt.Errorf("socket %d has no frame: %w", i, ctx.Err())
	}
}

// read takes frames until the connection ends, and notes how old each change is that a frame is the first to show.
func (a *Audience) read(s *socket) {
	var frame wire.Frame
	for {
		_, message, err := s.conn.ReadMessage()
		now := time.Now().UnixNano()
		if err == nil {
			err = frame.Decode(message)
		}
		if err != nil {
			a.fail(fmt.Errorf("read socket: %w", err))
			return
		}
		votes := int64(frame.Votes)
		if s.frames.Add(1) == 1 {
			s.seen.Store(votes)
			close(s.first)
			continue
		}
		for v := s.seen.Load(); v < votes; v++ {
			if i := v - a.base; i < int64(len(a.sent)) {
				s.took = append(s.took, time.Duration(now-a.sent[i].Load()))
			}
		}
		s.seen.Store(votes)
	}
}

func (a *Audience) fail(err error) {
	select {
	case a.failed <- err:
	default: // another one was first, or Close is the reason
	}
}

// Change requests the i-th change by vote, which must return when it is acknowledged.
func (a *Audience) Change(i int, vote func() error) error {
	a.sent[i].Store(time.Now().UnixNano())
	return vote()
}

// Settle waits until every socket shows all changes.
func (a *Audience) Settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastTime)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	want := a.base + int64(len(a.sent))
	behind := func(s *socket) bool { return s.seen.Load() != want }
	for slices.ContainsFunc(a.sockets, behind) {
		select {
		case <-tick.C:
		case err := <-a.failed:
			return err
		case <-ctx.Done():
			i := slices.IndexFunc(a.sockets, behind)
			return fmt.Errorf("socket %d shows %d votes, the board has %d: %w", i, a.sockets[i].seen.Load(), want, ctx.Err())
		}
	}
	return nil
}

// Frames returns how many frames arrived so far, the first ones included.
func (a *Audience) Frames() (n int64) {
	for _, s := range a.sockets {
		n += s.frames.Load()
	}
	return n
}

// Close ends all sockets. Afterwards Latencies may be called.
func (a *Audience) Close() {
	for _, s := range a.sockets {
		if s != nil {
			_ = s.conn.Close() // nothing is left to do if that fails
		}
	}
	a.readers.Wait()
}

// Latencies returns how long each change took from its request to each socket.
func (a *Audience) Latencies() (all Latencies) {
	for _, s := range a.sockets {
		all = append(all, s.took...)
	}
	return all
}
