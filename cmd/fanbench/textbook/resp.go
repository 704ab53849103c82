package textbook

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

const (
	maxValue  = 1 << 10 // bytes that are read of one value: ours are names and numbers
	maxValues = 1 << 10 // that are read of one answer
)

// redisPool is connections to a Redis server.
type redisPool struct{ idle chan *redisConn }

type redisConn struct {
	net.Conn
	in *bufio.Reader
}

// dialRedis opens n connections.
func dialRedis(ctx context.Context, addr string, n int) (*redisPool, error) {
	p := &redisPool{idle: make(chan *redisConn, n)}
	for range n {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, errors.Join(err, p.Close())
		}
		p.idle <- &redisConn{conn, bufio.NewReader(conn)}
	}
	return p, nil
}

// Close ends the connections. No call may be under way.
func (p *redisPool) Close() error {
	var errs []error
	for len(p.idle) > 0 {
		errs = append(errs, (<-p.idle).Close())
	}
	return errors.Join(errs...)
}

// do sends a command and returns the values of its answer; nothing is no value.
func (p *redisPool) do(command ...string) (values []string, err error) {
	conn := <-p.idle
	defer func() { p.idle <- conn }()
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(command))
	for _, word := range command {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(conn, b.String()); err != nil {
		return nil, fmt.Errorf("send %s: %w", command[0], err)
	}
	return conn.answer(nil)
}

// answer reads an answer in the protocol of Redis (RESP 2), lists of values among them.
func (c *redisConn) answer(values []string) ([]string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	kind, rest := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '+', ':':
		return append(values, rest), nil
	case '-':
		return nil, fmt.Errorf("redis: %s", rest)
	}
	n, err := strconv.Atoi(rest)
	if err != nil {
		return nil, fmt.Errorf("read answer: %q", line)
	}
	switch {
	case n < 0:
		return values, nil
	case kind == '$' && n <= maxValue:
		b := make([]byte, n+len("\r\n"))
		_, err = io.ReadFull(c.in, b)
		return append(values, string(b[:n])), err
	case kind == '*' && n <= maxValues:
		for range n {
			if values, err = c.answer(values); err != nil {
				return nil, err
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("read answer: %q", line)
}
