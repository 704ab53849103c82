// Package membus is the bus of a single replica: it carries messages within the process.
package membus

import (
	"fmt"
	"slices"
	"sync"

	"fanfare/server/bus"
)

// queued is how many messages wait for one subscriber at most. Subscribers apply a message in microseconds, so more
// waiting than this means one that hangs.
const queued = 256

// Bus is a bus.Bus within one process.
type Bus struct {
	mu            sync.Mutex // guards the fields below, and is held while publishing
	subscriptions map[string][]*subscription
	closed        bool
}

// New returns an open bus.
func New() *Bus { return &Bus{subscriptions: map[string][]*subscription{}} }

// Publish puts a copy of the message into the queue of every subscriber of the topic.
func (b *Bus) Publish(topic string, message []byte) error {
	if len(message) > bus.MaxMessage {
		return fmt.Errorf("publish %d bytes to %s: %w", len(message), topic, bus.ErrTooLarge)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return fmt.Errorf("publish to %s: %w", topic, bus.ErrClosed)
	}
	if len(b.subscriptions[topic]) == 0 {
		return nil
	}
	message = slices.Clone(message)
	for _, s := range b.subscriptions[topic] {
		s.offer(message)
	}
	return nil
}

// Subscribe starts the subscriber's goroutine.
func (b *Bus) Subscribe(topic string, receive func(message []byte)) (cancel func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, bus.ErrClosed)
	}
	s := &subscription{queue: make(chan []byte, queued), quit: make(chan struct{}), done: make(chan struct{})}
	b.subscriptions[topic] = append(b.subscriptions[topic], s)
	go s.run(receive)
	return func() {
		b.forget(topic, s)
		s.stop()
	}, nil
}

func (b *Bus) forget(topic string, s *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := slices.DeleteFunc(b.subscriptions[topic], func(other *subscription) bool { return other == s })
	if b.subscriptions[topic] = left; len(left) == 0 {
		delete(b.subscriptions, topic)
	}
}

// Close ends every subscription.
func (b *Bus) Close() error {
	b.mu.Lock()
	all := b.subscriptions
	b.subscriptions, b.closed = map[string][]*subscription{}, true
	b.mu.Unlock()
	for _, subscriptions := range all {
		for _, s := range subscriptions {
			s.stop()
		}
	}
	return nil
}

// subscription is one subscriber's queue and goroutine.
type subscription struct {
	queue chan []byte
	once  sync.Once
	quit  chan struct{}
	done  chan struct{}
}

// offer queues the message, in place of the oldest if the queue is full. It is called by one goroutine at a time, so the
// place that it makes is still free when it fills it.
func (s *subscription) offer(message []byte) {
	select {
	case s.queue <- message:
		return
	default:
	}
	select {
	case <-s.queue:
	default:
	}
	s.queue <- message
}

func (s *subscription) run(receive func(message []byte)) {
	defer close(s.done)
	for {
		select {
		case <-s.quit:
			return
		case message := <-s.queue:
			select {
			case <-s.quit:
				return
			default:
				receive(message)
			}
		}
	}
}

func (s *subscription) stop() {
	s.once.Do(func() { close(s.quit) })
	<-s.done
}
