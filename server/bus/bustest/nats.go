package bustest

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS is a NATS server in this process, on loopback.
type NATS struct {
	options server.Options
	running *server.Server // nil while it is stopped
}

// RunNATS starts a server; change may alter its options first.
func RunNATS(change ...func(*server.Options)) (*NATS, error) {
	n := &NATS{options: server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, MaxPayload: server.MAX_PAYLOAD_SIZE}}
	for _, c := range change {
		c(&n.options)
	}
	if err := n.Start(); err != nil {
		return nil, err
	}
	n.options.Port = n.running.Addr().(*net.TCPAddr).Port
	return n, nil
}

// StartNATS starts a server that ends with the test.
func StartNATS(t testing.TB, change ...func(*server.Options)) *NATS {
	t.Helper()
	n, err := RunNATS(change...)
	if err != nil {
		t.Fatalf("start NATS: %v", err)
	}
	t.Cleanup(n.Stop)
	return n
}

// Start starts the server where it was before Stop.
func (n *NATS) Start() error {
	options := n.options
	s, err := server.NewServer(&options)
	if err != nil {
		return err
	}
	s.Start()
	if !s.ReadyForConnections(soon) {
		s.Shutdown()
		s.WaitForShutdown()
		return errors.New("NATS takes no connections")
	}
	n.running = s
	return nil
}

// Stop ends the server and all its connections. Stopping twice is fine.
func (n *NATS) Stop() {
	if n.running == nil {
		return
	}
	n.running.Shutdown()
	n.running.WaitForShutdown()
	n.running = nil
}

// Reload changes options of the server while it runs.
func (n *NATS) Reload(change func(*server.Options)) error {
	change(&n.options)
	options := n.options
	return n.running.ReloadOptions(&options)
}

// Host is the server's host and port.
func (n *NATS) Host() string { return fmt.Sprintf("%s:%d", n.options.Host, n.options.Port) }

// URL is the server's address as Fanfare's configuration takes it.
func (n *NATS) URL() string { return "nats://" + n.Host() }
