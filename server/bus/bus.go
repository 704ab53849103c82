// Package bus says "something changed" between replicas. It knows topics and bytes; it does not know what they mean, and
// it keeps nothing: who was not there missed it.
//
// A message may be lost, repeated, or arrive late or out of order. So whoever publishes sends absolute values with
// versions, never differences, and whoever depends on them reconciles with the database from time to time. In return a
// publisher never waits for a subscriber.
package bus

import (
	"context"
	"errors"
)

// MaxMessage is the largest message in bytes: half of what a NATS server accepts by default, so that its own headers
// always fit.
const MaxMessage = 512 << 10

// Errors of every driver, wrapped.
var (
	ErrClosed      = errors.New("bus is closed")
	ErrTooLarge    = errors.New("message is too large")
	ErrUnavailable = errors.New("bus is not connected to other replicas")
)

// Bus carries messages to every subscriber of a topic, in this process and in the others, the publisher's own included.
// A topic is a word of letters, digits and "-".
type Bus interface {
	// Publish hands the message over and returns without waiting for any subscriber or network. The message is the
	// caller's again when it returns. ErrUnavailable says that it reaches this process alone.
	Publish(topic string, message []byte) error
	// Subscribe calls receive for each message of the topic, one at a time, until cancel or Close. Between publisher
	// and receive stands a bounded queue: where receive is too slow, the oldest messages are dropped. The message
	// belongs to receive, and may be shared with other subscribers: it must not be written to.
	//
	// Missed is called in turn with receive after messages may have been lost: the queue ran over, or the connection
	// between this replica and the others, or between another one and the rest, broke and is there again. Many losses may
	// be told of by one call.
	//
	// Cancel waits for a call of receive or missed that is under way, so it must not be called from within them.
	Subscribe(topic string, receive func(message []byte), missed func()) (cancel func(), err error)
	// Check reports whether messages reach the other replicas now, from what is known: it waits for nothing.
	Check(ctx context.Context) error
	// Close ends all subscriptions and waits for their goroutines. Messages still queued for them are dropped. Closing
	// twice is fine.
	Close() error
}
