// Package bus says "something changed" between replicas. It knows topics and bytes; it does not know what they mean, and
// it keeps nothing: who was not there missed it.
//
// A message may be lost, repeated, or arrive late or out of order. So whoever publishes sends absolute values with
// versions, never differences, and whoever depends on them reconciles with the database from time to time. In return a
// publisher never waits for a subscriber.
package bus

import "errors"

// MaxMessage is the largest message in bytes: half of what a NATS server accepts by default, so that its own headers
// always fit.
const MaxMessage = 512 << 10

// Errors of every driver, wrapped.
var (
	ErrClosed   = errors.New("bus is closed")
	ErrTooLarge = errors.New("message is too large")
)

// Bus carries messages to every subscriber of a topic, in this process and in the others, the publisher's own included.
type Bus interface {
	// Publish hands the message over and returns without waiting for any subscriber or network. The message is the
	// caller's again when it returns.
	Publish(topic string, message []byte) error
	// Subscribe calls receive for each message of the topic, one at a time, until cancel or Close. Between publisher
	// and receive stands a bounded queue: where receive is too slow, the oldest messages are dropped. The message
	// belongs to receive, and may be shared with other subscribers: it must not be written to.
	//
	// Cancel waits for a call of receive that is under way, so it must not be called from within receive.
	Subscribe(topic string, receive func(message []byte)) (cancel func(), err error)
	// Close ends all subscriptions and waits for their goroutines. Messages still queued are dropped. Closing twice is
	// fine.
	Close() error
}
