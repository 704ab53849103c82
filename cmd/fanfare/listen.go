package main

import (
	"errors"
	"io"
	"net"
	"strconv"
	"syscall"
	"time"
)

// listening completes the public address with the port that was got.
func (c config) listening(l net.Listener) config {
	address := l.Addr().(*net.TCPAddr)
	c.addr = address.String()
	if !c.chosen {
		public := *c.public
		public.Host = net.JoinHostPort("localhost", strconv.Itoa(address.Port))
		c.public = &public
	}
	return c
}

// listen opens a port; a busy one is answered by the next free one where that is wanted.
func listen(addr string, next bool) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err == nil || !next || !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, port, splitErr := net.SplitHostPort(addr)
	number, numberErr := strconv.Atoi(port)
	if err := errors.Join(splitErr, numberErr); err != nil {
		return nil, err
	}
	for n := number + 1; n < number+portsTried; n++ {
		if l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(n))); err == nil {
			return l, nil
		}
	}
	return nil, err
}

// What is still read of a request that was refused before its end. Closing on top of unread bytes resets the connection, and
// whoever is still sending then sees no answer.
const (
	lingerBytes = 32 << 20 // more than the largest photo
	lingerTime  = 5 * time.Second
)

// lingering accepts connections that are read out before they are closed on a refusal.
type lingering struct{ net.Listener }

func (l lingering) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return lingeringConn{tcp}, err
	}
	return conn, err
}

// lingeringConn keeps the methods of a TCP connection, by which the server sends files without copying them, and writes to live sockets
// without waiting.
type lingeringConn struct{ *net.TCPConn }

var _ interface {
	io.ReaderFrom
	syscall.Conn
	SetWriteBuffer(bytes int) error
} = lingeringConn{}

// CloseWrite is what the server does after a refusal, before it closes the connection.
func (c lingeringConn) CloseWrite() error {
	err := errors.Join(c.TCPConn.CloseWrite(), c.SetReadDeadline(time.Now().Add(lingerTime)))
	if err == nil {
		_, _ = io.CopyN(io.Discard, c.TCPConn, lingerBytes) // whoever does not stop is cut off
	}
	return err
}
