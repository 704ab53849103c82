package bus

import (
	"fmt"
	"slices"
	"sync"
)

// Fanout is the half of a bus that lies within the process: the subscribers, each with a queue and a goroutine. Drivers
// differ in what brings messages to it.
type Fanout struct {
	mu            sync.Mutex // guards the fields below, and is held while delivering
	subscriptions map[string][]*subscription
	closed        bool
}

// NewFanout returns a fanout without subscribers.
func NewFanout() *Fanout { return &Fanout{subscriptions: map[string][]*subscription{}} }

// Deliver queues the message for every subscriber of the topic; it must not be written to any more.
func (f *Fanout) Deliver(topic string, message []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return fmt.Errorf("publish to %s: %w", topic, ErrClosed)
	}
	for _, s := range f.subscriptions[topic] {
		s.queue.Offer(message)
	}
	return nil
}

// Miss tells every subscriber that messages may have been lost.
func (f *Fanout) Miss() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, subscriptions := range f.subscriptions {
		for _, s := range subscriptions {
			s.queue.Miss()
		}
	}
}

// Subscribe does what Bus says of it.
func (f *Fanout) Subscribe(topic string, receive func(message []byte), missed func()) (cancel func(), err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, ErrClosed)
	}
	s := &subscription{
		queue: NewQueue(func(m []byte) int { return len(m) }), receive: receive, missed: missed,
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	f.subscriptions[topic] = append(f.subscriptions[topic], s)
	go s.run()
	return func() {
		f.forget(topic, s)
		s.stop()
	}, nil
}

func (f *Fanout) forget(topic string, s *subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	left := slices.DeleteFunc(f.subscriptions[topic], func(other *subscription) bool { return other == s })
	if f.subscriptions[topic] = left; len(left) == 0 {
		delete(f.subscriptions, topic)
	}
}

// Closed reports whether Close was called.
func (f *Fanout) Closed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// Close does what Bus says of it.
func (f *Fanout) Close() {
	f.mu.Lock()
	all := f.subscriptions
	f.subscriptions, f.closed = map[string][]*subscription{}, true
	f.mu.Unlock()
	for _, subscriptions := range all {
		for _, s := range subscriptions {
			s.stop()
		}
	}
}

// subscription is one subscriber's queue and goroutine.
type subscription struct {
	queue   *Queue[[]byte]
	receive func([]byte)
	missed  func()
	once    sync.Once
	quit    chan struct{}
	done    chan struct{}
}

func (s *subscription) run() {
	defer close(s.done)
	for {
		select {
		case <-s.quit:
			return
		case <-s.queue.Filled():
		}
		for s.next() {
		}
	}
}

// next hands over one message; false when none waits or the subscription ended.
func (s *subscription) next() bool {
	select {
	case <-s.quit:
		return false
	default:
	}
	message, missed, ok := s.queue.Take()
	if missed {
		s.missed()
	}
	if ok {
		s.receive(message)
	}
	return ok
}

func (s *subscription) stop() {
	s.once.Do(func() { close(s.quit) })
	<-s.done
}
