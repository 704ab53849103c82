// Package natsbus is the bus of several replicas: core NATS, which keeps nothing either.
//
// A replica's own subscribers get its messages within the process, and the server sends none of them back; so what is
// said here is heard here while the server is down. A server that is down costs neither time nor memory: messages for
// the others are dropped until it is there again. Then the replica that was cut off tells its own subscribers and those of
// all others that they missed some; so it does when it published faster than its connection takes. Only what a cluster's
// servers lose between each other, nobody tells of.
package natsbus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"fanfare/server/bus"
)

// errSilent is why a bus is not connected before anything else is known.
var errSilent = errors.New("the server has not answered yet")

// Config says where the servers are and who we are.
type Config struct {
	// Address is nats://HOST:PORT, with further servers of the cluster after commas and ?tls=on where connections must
	// be encrypted. (A server that insists on encryption gets it without.)
	Address string
	// Token, or User and Password, are asked for at every connection; they return "" for none. They must not wait.
	Token, User, Password func() string
	// Changed hears of every loss of the connection, with its reason, and of every return, with nil. It must not wait.
	Changed func(lost error)
}

// Bus is a bus.Bus between processes.
type Bus struct {
	config      Config
	servers     string
	secure      bool
	subscribers *bus.Fanout
	outbox      *bus.Queue[outgoing]
	down        atomic.Pointer[error] // why messages do not reach the others; nil while they do
	once        sync.Once             // guards the closing of quit
	quit, done  chan struct{}         // to and from the goroutine of run
}

// outgoing is a message that waits for the network.
type outgoing struct {
	topic string
	data  []byte
}

// Open connects to the first server that answers. Where none does, the bus is open all the same and goes on trying: a
// replica without its bus serves, and sees the others' changes later.
func Open(c Config) (*Bus, error) {
	b := &Bus{
		config: c, subscribers: bus.NewFanout(), outbox: bus.NewQueue(func(m outgoing) int { return len(m.data) }),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	var err error
	if b.servers, b.secure, err = parse(c.Address); err != nil {
		return nil, err
	}
	b.down.Store(&errSilent)
	first, err := b.connect()
	if err != nil {
		return nil, fmt.Errorf("open bus %s: %w", c.Address, err)
	}
	first.awaitUse()
	go b.run(first)
	return b, nil
}

// run sends what is published. It stands between publishers and the client, whose Publish waits for the network.
func (b *Bus) run(l *link) {
	defer close(b.done)
	for {
		select {
		case <-b.outbox.Filled():
			b.empty(l)
		case <-l.closed:
			l = b.replace(l)
		case <-b.quit:
			b.empty(l)
			if b.reason() == nil {
				_ = l.conn.FlushTimeout(answerTime) // what is lost is lost
			}
			l.close()
			return
		}
	}
}

func (b *Bus) empty(l *link) {
	for {
		m, missed, ok := b.outbox.Take()
		if missed {
			_ = l.conn.Publish(missedSubject, nil) // as below
		}
		if !ok {
			return
		}
		_ = l.conn.Publish(subjects+m.topic, m.data) // fails without a connection; back tells of it
	}
}

// replace connects anew where the client gave up for good: some words of a server end it, whatever its options say.
func (b *Bus) replace(l *link) *link {
	timer := time.NewTimer(pause(1))
	defer timer.Stop()
	select {
	case <-b.quit:
		return l
	case <-timer.C:
	}
	next, err := b.connect()
	if err != nil {
		b.lost(err)
		return l
	}
	return next
}

// back is called when a connection is in use. What was published meanwhile, or was on its way when the last one broke, has
// not reached the others.
func (b *Bus) back() {
	if b.down.Swap(nil) != nil {
		b.config.Changed(nil)
	}
	b.subscribers.Miss()
	b.outbox.Miss()
}

// lost is called when a connection broke, and when an attempt failed.
func (b *Bus) lost(err error) {
	if err == nil {
		err = errSilent
	}
	before := b.down.Swap(&err)
	if (before == nil || (*before).Error() != err.Error()) && !b.subscribers.Closed() {
		b.config.Changed(err)
	}
}

// reason is why messages do not reach the others.
func (b *Bus) reason() error {
	if down := b.down.Load(); down != nil {
		return fmt.Errorf("%w: %w", bus.ErrUnavailable, *down)
	}
	return nil
}

// Publish queues the message for the subscribers of this process and for the network.
func (b *Bus) Publish(topic string, message []byte) error {
	if len(message) > bus.MaxMessage {
		return fmt.Errorf("publish %d bytes to %s: %w", len(message), topic, bus.ErrTooLarge)
	}
	message = slices.Clone(message)
	if err := b.subscribers.Deliver(topic, message); err != nil {
		return err
	}
	if err := b.reason(); err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	b.outbox.Offer(outgoing{topic, message})
	return nil
}

// Subscribe starts the subscriber's goroutine.
func (b *Bus) Subscribe(topic string, receive func(message []byte), missed func()) (cancel func(), err error) {
	return b.subscribers.Subscribe(topic, receive, missed)
}

// Check returns why messages do not reach the other replicas.
func (b *Bus) Check(context.Context) error {
	if b.subscribers.Closed() {
		return bus.ErrClosed
	}
	return b.reason()
}

// Close sends what was published, if the server takes it now, and ends everything.
func (b *Bus) Close() error {
	b.subscribers.Close()
	b.once.Do(func() { close(b.quit) })
	<-b.done
	return nil
}
