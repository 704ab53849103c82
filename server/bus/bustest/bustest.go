// Package bustest holds what every bus must do.
//
// It does not ask for order or for completeness: a bus may lose, repeat and reorder. What it asks for is that a message
// arrives soon when nothing is wrong, and that nobody waits when something is.
package bustest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/bus"
)

// soon is how long a case waits for what must happen. It only passes in full where a test fails.
const soon = 10 * time.Second

// flood is more messages than any driver queues for one subscriber.
const flood = 20_000

// Run checks a driver. Open returns a new bus that shares no topics with those before it.
func Run(t *testing.T, open func(t *testing.T) bus.Bus) {
	for _, c := range []struct {
		claim string
		check func(t *testing.T, b bus.Bus)
	}{
		{"a message reaches every subscriber of its topic and no other", reachesItsTopic},
		{"the message is the publisher's again after Publish", publisherKeepsItsBytes},
		{"a message without subscribers is no error", nobodyListens},
		{"receive is called one at a time", oneAtATime},
		{"a slow subscriber holds up nobody and gets the newest", slowSubscriber},
		{"after cancel nothing is received, and cancel waits", cancelWaits},
		{"a message beyond the limit is refused", tooLarge},
		{"a closed bus refuses, and Close waits", closed},
		{"all of it at once", atOnce},
	} {
		t.Run(c.claim, func(t *testing.T) {
			b := open(t)
			defer b.Close()
			c.check(t, b)
		})
	}
}

func subscribe(t *testing.T, b bus.Bus, topic string, receive func([]byte)) (cancel func()) {
	t.Helper()
	cancel, err := b.Subscribe(topic, receive)
	if err != nil {
		t.Fatalf("subscribe to %s: %v", topic, err)
	}
	return cancel
}

func publish(t *testing.T, b bus.Bus, topic, message string) {
	t.Helper()
	if err := b.Publish(topic, []byte(message)); err != nil {
		t.Fatalf("publish to %s: %v", topic, err)
	}
}

// inbox subscribes and returns the messages as a channel.
func inbox(t *testing.T, b bus.Bus, topic string) <-chan string {
	t.Helper()
	messages := make(chan string, flood)
	subscribe(t, b, topic, func(m []byte) { messages <- string(m) })
	return messages
}

func expect(t *testing.T, messages <-chan string, want string) {
	t.Helper()
	select {
	case got := <-messages:
		if got != want {
			t.Errorf("received %q, want %q", got, want)
		}
	case <-time.After(soon):
		t.Errorf("%q did not arrive", want)
	}
}

func wait(t *testing.T, done <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(soon):
		t.Fatal("timeout: " + what)
	}
}

func reachesItsTopic(t *testing.T, b bus.Bus) {
	first, second, other := inbox(t, b, "boards"), inbox(t, b, "boards"), inbox(t, b, "tokens")
	publish(t, b, "boards", "hello")
	publish(t, b, "tokens", "bye")
	expect(t, first, "hello")
	expect(t, second, "hello")
	expect(t, other, "bye")
	publish(t, b, "boards", "")
	expect(t, first, "")
}

func publisherKeepsItsBytes(t *testing.T, b bus.Bus) {
	release := make(chan struct{})
	messages := make(chan string, 2)
	subscribe(t, b, "boards", func(m []byte) {
		<-release
		messages <- string(m)
	})
	buffer := []byte("first")
	for range 2 {
		if err := b.Publish("boards", buffer); err != nil {
			t.Fatal(err)
		}
		copy(buffer, "other")
	}
	close(release)
	expect(t, messages, "first")
	expect(t, messages, "other")
}

func nobodyListens(t *testing.T, b bus.Bus) { publish(t, b, "boards", "hello") }

func oneAtATime(t *testing.T, b bus.Bus) {
	var inside atomic.Int32
	done := make(chan struct{})
	subscribe(t, b, "boards", func(m []byte) {
		if inside.Add(1) != 1 {
			t.Error("receive was called while it was running")
		}
		defer inside.Add(-1)
		if string(m) == "last" {
			close(done)
		}
	})
	for range 200 {
		publish(t, b, "boards", "hello")
	}
	publish(t, b, "boards", "last")
	wait(t, done, "the last message did not arrive")
}

func slowSubscriber(t *testing.T, b bus.Bus) {
	release, newest := make(chan struct{}), make(chan struct{})
	last := fmt.Sprint(flood - 1)
	subscribe(t, b, "boards", func(m []byte) {
		<-release
		if string(m) == last {
			close(newest)
		}
	})
	quick := inbox(t, b, "boards")
	published := make(chan struct{})
	go func() {
		defer close(published)
		for i := range flood {
			if err := b.Publish("boards", []byte(fmt.Sprint(i))); err != nil {
				t.Errorf("publish: %v", err)
				return
			}
		}
	}()
	wait(t, published, "Publish waits for a subscriber that does not read")
	for m := ""; m != last; {
		select {
		case m = <-quick:
		case <-time.After(soon):
			t.Fatal("a subscriber waits for another one")
		}
	}
	close(release)
	wait(t, newest, "the newest message was dropped")
}

func cancelWaits(t *testing.T, b bus.Bus) {
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var running atomic.Bool
	var calls atomic.Int32
	cancel := subscribe(t, b, "boards", func([]byte) {
		running.Store(true)
		calls.Add(1)
		select {
		case entered <- struct{}{}:
		default:
		}
		<-release
		running.Store(false)
	})
	other := inbox(t, b, "boards")
	publish(t, b, "boards", "first")
	wait(t, entered, "the first message did not arrive")
	publish(t, b, "boards", "second")
	cancelled := make(chan struct{})
	go func() {
		defer close(cancelled)
		cancel()
		if running.Load() {
			t.Error("cancel returned while receive was running")
		}
	}()
	expect(t, other, "first")
	expect(t, other, "second")
	close(release)
	wait(t, cancelled, "cancel did not return")
	before := calls.Load()
	cancel()
	for _, later := range []string{"third", "fourth"} {
		publish(t, b, "boards", later)
		expect(t, other, later)
	}
	if calls.Load() != before {
		t.Error("receive was called after cancel")
	}
}

func tooLarge(t *testing.T, b bus.Bus) {
	messages := inbox(t, b, "boards")
	if err := b.Publish("boards", make([]byte, bus.MaxMessage+1)); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("publish beyond the limit = %v, want %v", err, bus.ErrTooLarge)
	}
	largest := string(make([]byte, bus.MaxMessage))
	publish(t, b, "boards", largest)
	expect(t, messages, largest)
}

func closed(t *testing.T, b bus.Bus) {
	var running atomic.Bool
	entered := make(chan struct{})
	cancel := subscribe(t, b, "boards", func([]byte) {
		running.Store(true)
		close(entered)
		time.Sleep(time.Millisecond) // gives a Close that does not wait the time to return first
		running.Store(false)
	})
	publish(t, b, "boards", "hello")
	wait(t, entered, "the message did not arrive")
	if err := b.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if running.Load() {
		t.Error("Close returned while receive was running")
	}
	cancel()
	if err := b.Publish("boards", nil); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Publish on a closed bus = %v, want %v", err, bus.ErrClosed)
	}
	if _, err := b.Subscribe("boards", func([]byte) {}); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Subscribe on a closed bus = %v, want %v", err, bus.ErrClosed)
	}
	if err := b.Close(); err != nil {
		t.Errorf("the second Close = %v", err)
	}
}

func atOnce(t *testing.T, b bus.Bus) {
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 50 {
				cancel, err := b.Subscribe("boards", func([]byte) {})
				if err != nil {
					t.Errorf("subscribe: %v", err)
					return
				}
				cancel()
			}
		})
		work.Go(func() {
			for range 200 {
				if err := b.Publish("boards", []byte("hello")); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	work.Wait()
	messages := inbox(t, b, "boards")
	publish(t, b, "boards", "still there")
	expect(t, messages, "still there")
}
