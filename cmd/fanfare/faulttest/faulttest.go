// Package faulttest stands between a client and a server of any protocol over TCP, and does what networks and dying
// machines do: delay, crawl, fall silent, reset, cut short, flip bits. It knows bytes, not what they mean.
package faulttest

import (
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// Faults are what a proxy does now. The zero value passes everything on.
type Faults struct {
	// Refuse resets connections as soon as they are made. Open ones go on; Proxy.Cut ends them.
	Refuse bool
	// BlackHole passes nothing on, in neither direction, and ends nothing. What was sent meanwhile passes once it is over.
	BlackHole bool

	ToServer, ToClient Way
}

// Way is what happens to one direction of every connection. Bytes are counted for each connection, from its beginning
// or from the last Set, whichever was later.
type Way struct {
	Latency    time.Duration // how long each piece of up to 32 KiB waits before it is passed on
	Rate       int64         // bytes a second; 0 is as fast as they come
	ResetAfter int64         // bytes that pass before the connection is reset; 0 is never
	CloseAfter int64         // bytes that pass before this direction is closed properly, as if that were all; 0 is never
	FlipEvery  int64         // the lowest bit of every such byte is flipped; 0 is never
}

// Proxy passes connections on to one server. It is safe for concurrent use.
type Proxy struct {
	target   string
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex // guards what follows
	now     *state
	links   map[*link]struct{} // nil once the proxy has ended
	started int
}

// state is one setting of the faults, and when it ends.
type state struct {
	Faults
	over chan struct{} // closed by the next Set
}

// Start starts a proxy to target, which is host:port, on a free port of 127.0.0.1. It ends with the test.
func Start(t testing.TB, target string) *Proxy {
	t.Helper()
	p, err := Open(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Open is Start for a process of its own, where there is no test; it ends with Close. A process may have so many
// connections, and each through a proxy takes two there.
func Open(target string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start proxy: %w", err)
	}
	p := &Proxy{target: target, listener: listener, now: &state{over: make(chan struct{})}, links: map[*link]struct{}{}}
	p.work.Go(p.accept)
	return p, nil
}

// Addr returns host:port for clients.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Set replaces the faults, for connections that are open as well.
func (p *Proxy) Set(f Faults) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.now.over)
	p.now = &state{f, make(chan struct{})}
}

// Cut resets every open connection.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.end(true)
	}
}

// Connections returns how many connections were made so far, refused ones among them.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.started
}

func (p *Proxy) state() *state {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// accept passes connections on until the listener is closed.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		l := &link{proxy: p, client: client.(*net.TCPConn), over: make(chan struct{})}
		if !p.add(l) {
			l.end(true)
			continue
		}
		p.work.Go(l.run)
	}
}

// add counts a connection and keeps it, unless it is refused.
func (p *Proxy) add(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started++
	if p.now.Refuse || p.links == nil {
		return false
	}
	p.links[l] = struct{}{}
	return true
}

func (p *Proxy) remove(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, l)
}

// Close ends the proxy with all of its connections.
func (p *Proxy) Close() {
	_ = p.listener.Close() // accept returns, and it is the only one to care
	p.Cut()
	p.mu.Lock()
	p.links = nil // one that was just accepted is reset as well
	p.mu.Unlock()
	p.work.Wait()
}
