package faulttest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fanfare/cmd/fanfare/faulttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// soon is far shorter than any fault, and far longer than loopback takes.
const soon = 100 * time.Millisecond

// echo is a server that sends back what it gets.
func echo(t *testing.T) *faulttest.Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	return faulttest.Start(t, listener.Addr().String())
}

func dial(t *testing.T, p *faulttest.Proxy) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// exchange sends n zeros and returns what came back until the connection ended.
func exchange(conn *net.TCPConn, n int) ([]byte, error) {
	go func() {
		conn.Write(make([]byte, n))
		conn.CloseWrite()
	}()
	return io.ReadAll(conn)
}

func TestAProxyWithoutFaultsPassesAllBytesAndTheEnd(t *testing.T) {
	p := echo(t)
	got, err := exchange(dial(t, p), 1<<20)
	if err != nil || !bytes.Equal(got, make([]byte, 1<<20)) {
		t.Errorf("%d bytes came back, %v; want %d, all zero", len(got), err, 1<<20)
	}
	if p.Connections() != 1 {
		t.Errorf("%d connections counted, want 1", p.Connections())
	}
}

func TestFaultsOfOneWayCountItsBytes(t *testing.T) {
	for name, c := range map[string]struct {
		way  faulttest.Way
		size int
		err  error
	}{
		"a close after 1000":      {faulttest.Way{CloseAfter: 1000}, 1000, nil},
		"a close far behind":      {faulttest.Way{CloseAfter: 1 << 30}, 100_000, nil},
		"a reset after 1000":      {faulttest.Way{ResetAfter: 1000}, -1, syscall.ECONNRESET}, // may overtake what came before it
		"a flip of each 40,000th": {faulttest.Way{FlipEvery: 40_000}, 100_000, nil},
	} {
		p := echo(t)
		p.Set(faulttest.Faults{ToClient: c.way})
		got, err := exchange(dial(t, p), 100_000)
		if !errors.Is(err, c.err) || c.size >= 0 && len(got) != c.size {
			t.Errorf("%s: %d bytes came back, %v; want %d, %v", name, len(got), err, c.size, c.err)
		}
		for i, b := range got {
			flip := c.way.FlipEvery > 0 && (i+1)%int(c.way.FlipEvery) == 0
			if flip != (b == 1) {
				t.Errorf("%s: byte %d is %d", name, i, b)
			}
		}
	}
}

func TestABlackHoleKeepsBytesUntilItIsOver(t *testing.T) {
	p := echo(t)
	conn := dial(t, p)
	p.Set(faulttest.Faults{BlackHole: true})
	conn.Write([]byte("x"))
	conn.SetReadDeadline(time.Now().Add(soon))
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v; want silence", n, err)
	}
	p.Set(faulttest.Faults{})
	conn.SetReadDeadline(time.Time{})
	if n, err := conn.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("after the black hole read %d bytes, %v; want 1", n, err)
	}
}

func TestASlowWayTakesItsTime(t *testing.T) {
	for name, way := range map[string]faulttest.Way{"rate": {Rate: 10_000}, "latency": {Latency: soon}} {
		p := echo(t)
		p.Set(faulttest.Faults{ToServer: way})
		start := time.Now()
		if got, err := exchange(dial(t, p), 1000); len(got) != 1000 || err != nil {
			t.Errorf("%s: %d bytes came back, %v; want 1000", name, len(got), err)
		}
		if took := time.Since(start); took < soon/2 {
			t.Errorf("%s: took %s, want about %s", name, took, soon)
		}
	}
}

func TestRefusedAndCutConnectionsAreReset(t *testing.T) {
	p := echo(t)
	open := dial(t, p)
	open.Write([]byte("x"))
	open.Read(make([]byte, 1))
	p.Set(faulttest.Faults{Refuse: true})
	if err := attempt(p); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a new connection ends with %v, want a reset", err)
	}
	open.Write([]byte("x"))
	if n, err := open.Read(make([]byte, 1)); n != 1 {
		t.Errorf("an open connection does not go on: %v", err)
	}
	p.Cut()
	if _, err := open.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a cut connection ends with %v, want a reset", err)
	}
}

func TestAnAbsentServerResets(t *testing.T) {
	p := faulttest.Start(t, "127.0.0.1:1")
	if err := attempt(p); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("got %v, want a reset", err)
	}
}

// attempt dials and reads; the reset may come at either.
func attempt(p *faulttest.Proxy) error {
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Read(make([]byte, 1))
	return err
}
