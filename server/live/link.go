package live

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// errFlood ends a connection that sends more than any client has reason to.
var errFlood = errors.New("more input than any client sends")

// link is a socket's connection as it is read. It bounds what the peer sends in bytes, which holds for messages, control frames and endless
// fragments alike, and takes every byte as the sign of life that an outstanding ping waits for.
type link struct {
	net.Conn
	hub    *Hub
	intake *intake      // nil where Conn is read itself
	due    atomic.Int64 // when, on the hub's clock, the outstanding ping must be answered; 0 if none is

	// The rest belongs to the reader.
	used  int           // bytes of inputBurst
	drawn time.Duration // when used was last lowered
}

func (l *link) Read(p []byte) (int, error) {
	var n int
	var err error
	if l.intake != nil {
		n, err = l.intake.read(p)
	} else {
		n, err = l.Conn.Read(p)
	}
	if n > 0 && !l.take(n) {
		return 0, errFlood
	}
	return n, err
}

// take counts what was read; false if it is too much.
func (l *link) take(n int) bool {
	l.due.Store(0)
	now := l.hub.now()
	if seconds := (now - l.drawn) / time.Second; seconds > 0 {
		l.used = max(0, l.used-int(min(seconds, inputBurst))*inputPerSecond)
		l.drawn += seconds * time.Second
	}
	l.used += n
	return l.used <= inputBurst
}

// cut closes the connection at once and without a word, also while a write of it waits. To close one of TLS is to write, so what
// is under it is closed.
func (l *link) cut() { _ = under(l.Conn).Close() } // nothing is left to do if that fails

// under is the connection below TLS, or the connection.
func under(conn net.Conn) net.Conn {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok {
		return t.NetConn()
	}
	return conn
}

// hijacker notes the connection that gorilla takes over.
type hijacker struct {
	http.ResponseWriter
	link *link
}

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.link.Conn = conn
	boundSendBuffer(under(conn))
	return conn, rw, nil
}

// boundSendBuffer keeps the kernel from queueing megabytes of old frames for a reader that does not read.
func boundSendBuffer(conn net.Conn) {
	if b, ok := conn.(interface{ SetWriteBuffer(bytes int) error }); ok {
		_ = b.SetWriteBuffer(sendBuffer) // without it the socket works as well
	}
}
