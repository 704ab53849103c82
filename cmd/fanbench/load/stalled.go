package load

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// look is how often the kernel is asked which stalled browsers are still connected. Its list has all connections, so this
// is not free.
const look = 250 * time.Millisecond

// The states of a connection in /proc/net/tcp in which its owner has not closed it.
const (
	established = "01"
	closeWait   = "08"
)

// Stalled is browsers that joined and never read. They do not learn that the server hung up, because what it sent before
// stands in the way; so the kernel is asked, which has the server's ends as well.
type Stalled struct {
	conns  map[string]*net.TCPConn // by the address as the kernel writes it
	since  map[string]time.Time    // when each joined
	server string                  // port, as the kernel writes it
	gone   Latencies
}

// Stall opens n browsers that join the challenge's board and never read.
func Stall(ctx context.Context, url string, n, concurrency int) (*Stalled, error) {
	opened := make([]*net.TCPConn, n)
	joined := make([]time.Time, n)
	err := Each(ctx, n, concurrency, func(ctx context.Context, i int) (err error) {
		from := addressOfBrowser(i)
		from[1] = 1 // beside all others
		opened[i], err = dial(ctx, url, Challenge, from, true)
		joined[i] = time.Now()
		return err
	})
	s := &Stalled{conns: map[string]*net.TCPConn{}, since: map[string]time.Time{}}
	for i, conn := range opened {
		if conn != nil {
			address := kernelAddress(conn.LocalAddr())
			s.conns[address], s.since[address] = conn, joined[i]
			_, s.server, _ = strings.Cut(kernelAddress(conn.RemoteAddr()), ":")
		}
	}
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open browsers that stall: %w", err)
	}
	return s, nil
}

// kernelAddress writes an IPv4 address and port as /proc/net/tcp does on a little-endian machine.
func kernelAddress(a net.Addr) string {
	t := a.(*net.TCPAddr)
	ip := t.IP.To4()
	return fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], t.Port)
}

// Wait waits until the server has closed all of them, or ctx ends, which is no error.
func (s *Stalled) Wait(ctx context.Context) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for len(s.since) > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		open, err := s.open()
		if err != nil {
			return err
		}
		for address, since := range s.since {
			if !open[address] {
				s.gone = append(s.gone, time.Since(since))
				delete(s.since, address)
			}
		}
	}
	return nil
}

// open lists those whose connections the server has not closed.
func (s *Stalled) open() (map[string]bool, error) {
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	defer table.Close() //nolint:errcheck // it was read
	open := map[string]bool{}
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		// Number, local address, remote address, state: here the server's ends, so the remote one is the browser's.
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || (fields[3] != established && fields[3] != closeWait) {
			continue
		}
		if _, port, _ := strings.Cut(fields[1], ":"); port == s.server {
			open[fields[2]] = true
		}
	}
	return open, lines.Err()
}

// Open is how many the server has not closed.
func (s *Stalled) Open() int { return len(s.since) }

// Gone tells how long each stayed that the server closed.
func (s *Stalled) Gone() Latencies { return s.gone }

// Close hangs up.
func (s *Stalled) Close() {
	for _, conn := range s.conns {
		_ = conn.Close() // the server may have reset it
	}
}
