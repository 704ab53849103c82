package faulttest

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// piece is what passes at once, at most; a slow connection passes smaller ones, at least so many a second.
const (
	piece           = 32 << 10
	piecesPerSecond = 20
	// window is what the proxy's own sockets take in: more, and a sender would not notice that the way is slow.
	window = 64 << 10
)

// link is one connection through the proxy.
type link struct {
	proxy  *Proxy
	client *net.TCPConn

	mu     sync.Mutex // guards what follows
	server *net.TCPConn
	ended  bool
	over   chan struct{} // closed when the link ends
}

// run passes both directions on until both have ended.
func (l *link) run() {
	defer l.proxy.remove(l)
	defer l.end(false) // what was passed on last may still be on its way
	server, err := net.Dial("tcp", l.proxy.target)
	if err != nil {
		l.end(true)
		return
	}
	if !l.join(server.(*net.TCPConn)) {
		return
	}
	var ways sync.WaitGroup
	ways.Go(func() { l.pass(l.client, l.server, func(f Faults) Way { return f.ToServer }) })
	ways.Go(func() { l.pass(l.server, l.client, func(f Faults) Way { return f.ToClient }) })
	ways.Wait()
}

// join takes the server's side in, unless the link has ended meanwhile.
func (l *link) join(server *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server = server
	_ = errors.Join(l.client.SetReadBuffer(window), server.SetReadBuffer(window)) // a side that is gone ends its direction
	if l.ended {
		_ = server.Close() // it was never used
	}
	return !l.ended
}

// end closes both sides, or resets them.
func (l *link) end(reset bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	close(l.over)
	for _, c := range []*net.TCPConn{l.client, l.server} {
		if c == nil {
			continue
		}
		if reset {
			_ = c.SetLinger(0) // what the other side has done to it meanwhile does not matter
		}
		_ = c.Close()
	}
}

// pass carries one direction until it ends by itself or by a fault.
func (l *link) pass(from, to *net.TCPConn, way func(Faults) Way) {
	buffer, passed := make([]byte, piece), int64(0)
	var last *state
	for {
		n, err := from.Read(buffer[:size(way(l.proxy.state().Faults))])
		now, ok := l.wait(way)
		if !ok {
			return
		}
		if now != last {
			last, passed = now, 0
		}
		if !l.send(to, buffer[:n], &passed, way(now.Faults)) {
			return
		}
		if errors.Is(err, io.EOF) {
			_ = to.CloseWrite() // a side that is gone ends the other direction by itself
			return
		}
		if err != nil {
			l.end(true)
			return
		}
	}
}

// size is how much one piece may be.
func size(w Way) int64 {
	if w.Rate > 0 {
		return min(piece, max(1, w.Rate/piecesPerSecond))
	}
	return piece
}

// wait lets black holes and latency pass. It reports false when the link has ended.
func (l *link) wait(way func(Faults) Way) (*state, bool) {
	now := l.proxy.state()
	for now.BlackHole {
		select {
		case <-now.over:
		case <-l.over:
			return nil, false
		}
		now = l.proxy.state()
	}
	return now, l.pause(way(now.Faults).Latency)
}

func (l *link) pause(d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.over:
		return false
	}
}

// send passes bytes on and does to them what the faults say. It reports whether the direction goes on.
func (l *link) send(to *net.TCPConn, b []byte, passed *int64, w Way) bool {
	limit := func(after int64) bool {
		if after == 0 || *passed+int64(len(b)) < after {
			return false
		}
		b = b[:max(0, after-*passed)]
		return true
	}
	closes, resets := limit(w.CloseAfter), limit(w.ResetAfter)
	if w.FlipEvery > 0 {
		for i := w.FlipEvery - 1 - *passed%w.FlipEvery; i < int64(len(b)); i += w.FlipEvery {
			b[i] ^= 1
		}
	}
	*passed += int64(len(b))
	_, err := to.Write(b)
	switch {
	case resets, err != nil:
		l.end(true)
		return false
	case closes:
		_ = to.CloseWrite() // a side that is gone ends the other direction by itself
		return false
	case w.Rate > 0:
		return l.pause(time.Duration(len(b)) * time.Second / time.Duration(w.Rate))
	}
	return true
}
