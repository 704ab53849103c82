package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
	"time"

	"fanfare/widget/wire"
)

const (
	livePath = "/api/v1/live"
	// maxGreeting bounds the answer to a handshake. It is read byte by byte, so that nothing behind it is taken.
	maxGreeting = 4 << 10
	// tinyBuffer is what the kernel receives for a browser that stalls, so that the server's own buffer fills soon.
	tinyBuffer = 4 << 10
)

// dial opens a websocket from a loopback address and joins a room. A browser that will stall has a tiny buffer.
func dial(ctx context.Context, base, room string, from [4]byte, stalls bool) (*net.TCPConn, error) {
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	server, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("read address: %w", err)
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from[:]}}
	if stalls {
		dialer.Control = shrink
	}
	conn, err := dialer.DialContext(ctx, "tcp4", server.Host)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	deadline, _ := ctx.Deadline() // it has one
	if err := errors.Join(conn.SetDeadline(deadline), greet(conn, base, server.Host)); err != nil {
		conn.Close()
		return nil, err
	}
	join := wire.Join{Room: room}
	if _, err := conn.Write(framed(opBinary, join.Append(nil))); err != nil {
		conn.Close()
		return nil, fmt.Errorf("join: %w", err)
	}
	return conn.(*net.TCPConn), conn.SetDeadline(time.Time{})
}

func shrink(_, _ string, raw syscall.RawConn) (err error) {
	return errors.Join(raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, tinyBuffer)
	}), err)
}

// greet asks for a websocket as a page of the server's own origin does.
func greet(conn net.Conn, origin, host string) error {
	_, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", livePath, host, origin)
	if err != nil {
		return fmt.Errorf("send handshake: %w", err)
	}
	var answer strings.Builder
	for one := make([]byte, 1); !strings.HasSuffix(answer.String(), "\r\n\r\n"); {
		if _, err := io.ReadFull(conn, one); err != nil {
			return fmt.Errorf("read handshake: %w", err)
		}
		if answer.Write(one); answer.Len() > maxGreeting {
			return errors.New("read handshake: the answer is too long")
		}
	}
	if status, _, _ := strings.Cut(answer.String(), "\r\n"); !strings.HasPrefix(status, "HTTP/1.1 101 ") {
		return fmt.Errorf("the server answers the handshake with %q", status)
	}
	return nil
}
