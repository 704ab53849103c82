package store

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

// silent is a connection that is given up when an answer does not come. Its reader reads only while an answer is due.
type silent struct {
	net.Conn
	mu    sync.Mutex // guards limit, and the connection's deadlines
	limit time.Time  // set by the connection's user; zero for none
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &silent{Conn: conn}, nil
}

// Read implements net.Conn.
func (s *silent) Read(p []byte) (int, error) {
	if err := s.arm(s.SetReadDeadline); err != nil {
		return 0, err
	}
	n, err := s.Conn.Read(p)
	return n, s.end(err)
}

// Write implements net.Conn.
func (s *silent) Write(p []byte) (int, error) {
	if err := s.arm(s.SetWriteDeadline); err != nil {
		return 0, err
	}
	n, err := s.Conn.Write(p)
	return n, s.end(err)
}

// end closes a connection that was given up. A mere timeout would have its reader wait once more, for the rest of the
// answer.
func (s *silent) end(err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	s.mu.Lock()
	limit := s.limit
	s.mu.Unlock()
	if !limit.IsZero() && !time.Now().Before(limit) {
		return err // the user's own
	}
	return fmt.Errorf("no answer for %v: %w", silenceLimit, errors.Join(net.ErrClosed, s.Close()))
}

// arm sets a deadline for what is begun now, unless the user's comes before.
func (s *silent) arm(set func(time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Now().Add(silenceLimit)
	if !s.limit.IsZero() && s.limit.Before(at) {
		at = s.limit
	}
	return set(at)
}

// SetDeadline implements net.Conn.
func (s *silent) SetDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = at
	return s.Conn.SetDeadline(at)
}
