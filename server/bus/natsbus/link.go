package natsbus

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"fanfare/server/bus"
)

// subjects is where all topics lie. A server that several installations share must keep them apart by accounts.
const subjects = "fanfare."

// missedSubject says that messages of the replica that publishes it may not have reached the others. No topic has a dot.
const missedSubject = subjects + "bus.missed"

// Times of the connection. A server that was stopped is noticed at once, one that fell silent within
// (pingsMissed + 1) × pingEvery = 9 s.
const (
	dialTime    = 2 * time.Second
	pingEvery   = 3 * time.Second
	pingsMissed = 2
	writeTime   = 3 * time.Second        // for one write, after which the connection counts as lost
	answerTime  = 2 * time.Second        // for the server to say that it has read what was sent
	firstPause  = 200 * time.Millisecond // after the first attempt to connect, at most
	longPause   = 2 * time.Second        // after a later one, at most: what a server that is back waits for us
)

// link is a client with its connection, which it makes again when it breaks.
type link struct {
	bus    *Bus
	conn   *nats.Conn
	begun  chan struct{} // closed when conn and its subscription are there
	once   sync.Once     // guards the closing of used
	used   chan struct{} // closed by the first connection
	closed chan struct{} // closed by the client, when it has ended
}

// connect starts a client, connected or not.
func (b *Bus) connect() (*link, error) {
	l := &link{bus: b, begun: make(chan struct{}), used: make(chan struct{}), closed: make(chan struct{})}
	conn, err := nats.Connect(b.servers, l.options()...)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	// One subscription for all topics, so that subscribing asks nobody and waits for nothing.
	_, err = conn.Subscribe(subjects+">", l.hear)
	close(l.begun)
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *link) options() []nats.Option {
	c := l.bus.config
	options := []nats.Option{
		nats.Name("fanfare"), nats.NoEcho(),
		nats.TokenHandler(c.Token), nats.UserInfoHandler(func() (string, string) { return c.User(), c.Password() }),
		nats.Timeout(dialTime), nats.SkipHostLookup(), // the dialer looks it up, within the time
		nats.PingInterval(pingEvery), nats.MaxPingsOutstanding(pingsMissed),
		nats.FlusherTimeout(writeTime), nats.ReconnectOnFlusherError(),
		nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.CustomReconnectDelay(pause),
		nats.IgnoreAuthErrorAbort(), // a rotated secret may be on its way to us
		nats.ReconnectBufSize(-1),   // nothing is kept for later: who missed it is told so
		nats.ConnectHandler(func(*nats.Conn) { l.connected() }),
		nats.ReconnectHandler(func(*nats.Conn) { l.connected() }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { l.bus.lost(err) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { l.bus.lost(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { l.failed(err) }),
		nats.ClosedHandler(func(conn *nats.Conn) { l.bus.lost(conn.LastError()); close(l.closed) }),
	}
	if l.bus.secure {
		options = append(options, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	return options
}

// pause is how long to wait after an attempt at all servers: twice as long each time, and at random, so that replicas do
// not come back in step.
func pause(attempt int) time.Duration {
	longest := min(firstPause<<min(attempt-1, 8), longPause)
	return longest/2 + rand.N(longest/2)
}

// connected is called when a connection stands. (The client makes all its calls one after the other.) Subscribers learn
// that they missed something only after the server has taken our subscription: what they then look up has no gap to what
// they will hear.
func (l *link) connected() {
	<-l.begun
	for l.conn.FlushTimeout(answerTime) != nil {
		if !l.conn.IsConnected() {
			return
		}
	}
	if limit := l.conn.MaxPayload(); limit < bus.MaxMessage {
		l.bus.lost(fmt.Errorf("the server's max_payload is %d bytes: set it to %d at least", limit, bus.MaxMessage))
	} else {
		l.bus.back()
	}
	l.once.Do(func() { close(l.used) })
}

// awaitUse waits, not for long, until a connection that stands is in use.
func (l *link) awaitUse() {
	if !l.conn.IsConnected() {
		return
	}
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	select {
	case <-l.used:
	case <-timer.C:
	}
}

// failed is called with what happens between losses: a secret is refused while we connect, a subject is forbidden, the
// client dropped messages.
func (l *link) failed(err error) {
	switch {
	case errors.Is(err, nats.ErrSlowConsumer):
		l.bus.subscribers.Miss()
	case l.bus.reason() != nil, errors.Is(err, nats.ErrPermissionViolation):
		l.bus.lost(err)
	}
}

// hear takes a message of another replica.
func (l *link) hear(m *nats.Msg) {
	if m.Subject == missedSubject {
		l.bus.subscribers.Miss()
		return
	}
	_ = l.bus.subscribers.Deliver(m.Subject[len(subjects):], m.Data) // fails while we close
}

// close ends the client and waits for its last call.
func (l *link) close() {
	l.conn.Close()
	<-l.closed
}
