package bus

import "sync"

// The bounds of a queue. Subscribers apply a message in microseconds, so more waiting than this means one that hangs.
const (
	queuedMessages = 256
	queuedBytes    = 16 << 20 // as many of the largest would be 128 MiB
)

// Queue holds what waits for one reader: a bounded number of messages, of which the oldest give way to newer ones.
type Queue[T any] struct {
	filled chan struct{} // holds a token while there may be something to take
	size   func(T) int

	mu      sync.Mutex // guards what follows
	waiting []T        // oldest first
	bytes   int
	missed  bool
}

// NewQueue returns an empty queue of messages whose size in bytes is told by size.
func NewQueue[T any](size func(T) int) *Queue[T] {
	return &Queue[T]{filled: make(chan struct{}, 1), size: size}
}

// Offer appends the message, in place of the oldest where there is no room.
func (q *Queue[T]) Offer(message T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, message)
	q.bytes += q.size(message)
	for len(q.waiting) > queuedMessages || q.bytes > queuedBytes {
		q.shift()
		q.missed = true
	}
	q.fill()
}

// Miss has the reader told that messages may have been lost.
func (q *Queue[T]) Miss() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.missed = true
	q.fill()
}

// Filled holds a token when there may be something to take. Whoever takes the token takes until there is nothing left.
func (q *Queue[T]) Filled() <-chan struct{} { return q.filled }

// Take returns the oldest message, and whether any were lost since the last call; ok is false when nothing waits.
func (q *Queue[T]) Take() (message T, missed, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	missed, q.missed = q.missed, false
	if len(q.waiting) == 0 {
		return message, missed, false
	}
	return q.shift(), missed, true
}

// shift removes the oldest message. The lock is held.
func (q *Queue[T]) shift() T {
	var none T
	oldest := q.waiting[0]
	q.waiting[0] = none // the array may live on
	q.waiting = q.waiting[1:]
	q.bytes -= q.size(oldest)
	return oldest
}

// fill puts the token there. The lock is held.
func (q *Queue[T]) fill() {
	select {
	case q.filled <- struct{}{}:
	default: // it is there
	}
}
