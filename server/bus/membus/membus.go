// Package membus is the bus of a single replica: it carries messages within the process.
package membus

import (
	"context"
	"fmt"
	"slices"

	"fanfare/server/bus"
)

// Bus is a bus.Bus within one process.
type Bus struct{ subscribers *bus.Fanout }

// New returns an open bus.
func New() *Bus { return &Bus{bus.NewFanout()} }

// Publish puts a copy of the message into the queue of every subscriber of the topic.
func (b *Bus) Publish(topic string, message []byte) error {
	if len(message) > bus.MaxMessage {
		return fmt.Errorf("publish %d bytes to %s: %w", len(message), topic, bus.ErrTooLarge)
	}
	return b.subscribers.Deliver(topic, slices.Clone(message))
}

// Subscribe starts the subscriber's goroutine.
func (b *Bus) Subscribe(topic string, receive func(message []byte), missed func()) (cancel func(), err error) {
	return b.subscribers.Subscribe(topic, receive, missed)
}

// Check fails once the bus is closed; there are no other replicas to lose.
func (b *Bus) Check(context.Context) error {
	if b.subscribers.Closed() {
		return bus.ErrClosed
	}
	return nil
}

// Close ends every subscription.
func (b *Bus) Close() error {
	b.subscribers.Close()
	return nil
}
