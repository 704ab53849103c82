package outbound

import (
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers on loopback with the addresses of a name, and with the next ones when it is asked again.
type nameServer struct {
	net.PacketConn
	mu    sync.Mutex // guards what follows
	zones map[string][][]string
}

func serveNames(t *testing.T, zones map[string][][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &nameServer{PacketConn: conn, zones: zones}
	var serving sync.WaitGroup
	serving.Go(s.serve)
	t.Cleanup(func() { conn.Close(); serving.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (s *nameServer) serve() {
	packet := make([]byte, 1500)
	for {
		n, from, err := s.ReadFrom(packet)
		if err != nil {
			return
		}
		var asked dnsmessage.Message
		if asked.Unpack(packet[:n]) != nil || len(asked.Questions) != 1 {
			continue
		}
		asked.Response, asked.Additionals = true, nil
		asked.Answers = s.answer(asked.Questions[0])
		if answer, err := asked.Pack(); err == nil {
			s.WriteTo(answer, from) //nolint:errcheck // who asked asks again
		}
	}
}

func (s *nameServer) answer(q dnsmessage.Question) (answers []dnsmessage.Resource) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sets := s.zones[q.Name.String()]
	if len(sets) == 0 {
		return nil
	}
	if q.Type == dnsmessage.TypeA && len(sets) > 1 {
		s.zones[q.Name.String()] = sets[1:]
	}
	for _, text := range sets[0] {
		a, head := netip.MustParseAddr(text), dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET}
		switch {
		case a.Is4() && q.Type == dnsmessage.TypeA:
			answers = append(answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AResource{A: a.As4()}})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			answers = append(answers, dnsmessage.Resource{Header: head, Body: &dnsmessage.AAAAResource{AAAA: a.As16()}})
		}
	}
	return answers
}

// CHECKS 41: several answers, embedded addresses, and a name that leads elsewhere the second time.
func TestEveryAddressOfANameIsLookedAt(t *testing.T) {
	decoy := newSink(t, (*httptest.Server).Start, fine)
	_, port, err := net.SplitHostPort(decoy.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := NewCaller(Allowed{})
	c.resolver = serveNames(t, map[string][][]string{
		"one.example.":    {{"127.0.0.1"}},
		"mixed.example.":  {{"192.0.2.1", "127.0.0.1", "10.0.0.1"}},
		"mapped.example.": {{"::ffff:127.0.0.1"}},
		"six.example.":    {{"::1", "64:ff9b::7f00:1", "2002:7f00:1::"}},
		"turns.example.":  {{"192.0.2.1"}, {"127.0.0.1"}},
	})
	for _, name := range []string{"one", "mixed", "mapped", "six", "turns", "turns"} {
		conn, err := c.dial(t.Context(), "tcp", net.JoinHostPort(name+".example", port))
		if err == nil {
			conn.Close()
		}
		if !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v, want %v", name, err, ErrAddress)
		}
	}
	if n := decoy.connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
	c.allowed.networks = prefixes("127.0.0.0/8")
	conn, err := c.dial(t.Context(), "tcp", net.JoinHostPort("mixed.example", port))
	if err != nil {
		t.Fatalf("what is allowed among what is not: %v", err)
	}
	conn.Close()
}
