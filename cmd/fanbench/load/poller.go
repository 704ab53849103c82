package load

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	// pollPause lets many browsers become ready before they are read: woken for each, the reader takes twice the processor's
	// time. What is measured is up to this much longer than it was.
	pollPause  = 5 * time.Millisecond
	pollMillis = 50  // after which a waiting reader looks whether the audience ended
	pollEvents = 256 // at once
)

// poller waits for many browsers at once.
type poller struct {
	fd     int
	events [pollEvents]syscall.EpollEvent
	ready  []*browser

	mu       sync.Mutex // guards what follows
	browsers map[int32]*browser
}

func newPoller() (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make poller: %w", err)
	}
	return &poller{fd: fd, browsers: map[int32]*browser{}}, nil
}

// adopt makes a browser of a connection, whose descriptor it takes over.
func (p *poller) adopt(conn *net.TCPConn) (*browser, error) {
	defer conn.Close() //nolint:errcheck // what is duplicated stays open, and Go's own poller has nothing to do with it
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("take descriptor: %w", err)
	}
	var fd int
	var failed error
	err = raw.Control(func(original uintptr) {
		syscall.ForkLock.RLock() // so that no server that is started inherits it
		defer syscall.ForkLock.RUnlock()
		if fd, failed = syscall.Dup(int(original)); failed == nil {
			syscall.CloseOnExec(fd)
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, fmt.Errorf("take descriptor: %w", err)
	}
	b := &browser{fd: fd, first: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.browsers[int32(fd)] = b
	if err := syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}); err != nil {
		return b, fmt.Errorf("wait for browser: %w", err)
	}
	return b, nil
}

// forget stops waiting for a browser.
func (p *poller) forget(b *browser) {
	_ = syscall.EpollCtl(p.fd, syscall.EPOLL_CTL_DEL, b.fd, nil) // fails where it is forgotten already
}

// wait returns browsers that have something to read, or none after a moment.
func (p *poller) wait() ([]*browser, error) {
	time.Sleep(pollPause)
	n, err := syscall.EpollWait(p.fd, p.events[:], pollMillis)
	if err != nil && !errors.Is(err, syscall.EINTR) {
		return nil, fmt.Errorf("wait for browsers: %w", err)
	}
	p.ready = p.ready[:0]
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, event := range p.events[:max(0, n)] {
		p.ready = append(p.ready, p.browsers[event.Fd])
	}
	return p.ready, nil
}

// close hangs up for all browsers.
func (p *poller) close() {
	for fd := range p.browsers {
		_ = syscall.Close(int(fd)) // nothing is left to do if that fails
	}
	_ = syscall.Close(p.fd) // likewise
}

// receive reads what is there; 0 bytes say that it is nothing.
func (b *browser) receive(buffer []byte) (int, error) {
	n, err := syscall.Read(b.fd, buffer)
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("read: %w", err)
	case n == 0:
		return 0, io.ErrUnexpectedEOF
	}
	return n, nil
}

// send writes a few bytes. A browser that cannot is not waited for: the server notices.
func (b *browser) send(message []byte) { _, _ = syscall.Write(b.fd, message) }
