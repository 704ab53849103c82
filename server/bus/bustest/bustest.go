// Package bustest holds what every bus must do, and runs a NATS server for the tests of other packages.
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

// flood is more messages than any driver queues for one subscriber, and batch fewer than it queues anywhere.
const (
	flood = 20_000
	batch = 100
)

// Run checks a driver. Open returns two replicas' ends of a new bus, which shares no topics with those before it; where
// the driver knows one replica alone, both are the same.
func Run(t *testing.T, open func(t *testing.T) (here, there bus.Bus)) {
	for _, c := range []struct {
		claim string
		check func(t *testing.T, here, there bus.Bus)
	}{
		{"a message reaches every subscriber of its topic and no other", reachesItsTopic},
		{"the message is the publisher's again after Publish", publisherKeepsItsBytes},
		{"a message without subscribers is no error", nobodyListens},
		{"receive is called one at a time", oneAtATime},
		{"a slow subscriber holds up nobody, gets the newest and learns that it missed some", slowSubscriber},
		{"after cancel nothing is received, and cancel waits", cancelWaits},
		{"a message beyond the limit is refused", tooLarge},
		{"a closed bus refuses, and Close waits", closed},
		{"Check reports a closed bus", health},
		{"all of it at once", atOnce},
	} {
		t.Run(c.claim, func(t *testing.T) {
			here, there := open(t)
			defer here.Close()
			defer there.Close()
			c.check(t, here, there)
		})
	}
}

func subscribe(t *testing.T, b bus.Bus, topic string, receive func([]byte)) (cancel func()) {
	t.Helper()
	cancel, err := b.Subscribe(topic, receive, func() {})
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

// await receives until the message is there.
func await(t *testing.T, messages <-chan string, want string) {
	t.Helper()
	for late := time.After(soon); ; {
		select {
		case got := <-messages:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("%q did not arrive: somebody waits for a subscriber that does not read", want)
		}
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

func reachesItsTopic(t *testing.T, here, there bus.Bus) {
	own, first, second, other := inbox(t, here, "boards"), inbox(t, there, "boards"), inbox(t, there, "boards"), inbox(t, there, "tokens")
	publish(t, here, "boards", "hello")
	publish(t, here, "tokens", "bye")
	for _, messages := range []<-chan string{own, first, second} {
		expect(t, messages, "hello")
	}
	expect(t, other, "bye")
	publish(t, there, "boards", "")
	expect(t, own, "")
	expect(t, first, "")
}

func publisherKeepsItsBytes(t *testing.T, here, there bus.Bus) {
	release := make(chan struct{})
	messages := make(chan string, 4)
	for _, b := range []bus.Bus{here, there} {
		subscribe(t, b, "boards", func(m []byte) {
			<-release
			messages <- string(m)
		})
	}
	buffer := []byte("first")
	if err := here.Publish("boards", buffer); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "other")
	close(release)
	expect(t, messages, "first")
	expect(t, messages, "first")
}

func nobodyListens(t *testing.T, here, _ bus.Bus) { publish(t, here, "boards", "hello") }

func oneAtATime(t *testing.T, here, there bus.Bus) {
	var inside atomic.Int32
	done := make(chan struct{})
	subscribe(t, there, "boards", func(m []byte) {
		if inside.Add(1) != 1 {
			t.Error("receive was called while it was running")
		}
		defer inside.Add(-1)
		if string(m) == "last" {
			close(done)
		}
	})
	for range 200 {
		publish(t, here, "boards", "hello")
	}
	publish(t, here, "boards", "last")
	wait(t, done, "the last message did not arrive")
}

func slowSubscriber(t *testing.T, here, there bus.Bus) {
	release, newest, missed := make(chan struct{}), make(chan struct{}), make(chan struct{}, flood)
	last := fmt.Sprint(flood - 1)
	if _, err := there.Subscribe("boards", func(m []byte) {
		<-release
		if string(m) == last {
			close(newest)
		}
	}, func() { missed <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	quick := inbox(t, there, "boards")
	for i := range flood {
		publish(t, here, "boards", fmt.Sprint(i))
		if (i+1)%batch == 0 {
			await(t, quick, fmt.Sprint(i))
		}
	}
	close(release)
	wait(t, newest, "the newest message was dropped")
	wait(t, missed, "the subscriber was not told that it missed messages")
}

func cancelWaits(t *testing.T, here, there bus.Bus) {
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var running atomic.Bool
	var calls atomic.Int32
	cancel := subscribe(t, there, "boards", func([]byte) {
		running.Store(true)
		calls.Add(1)
		select {
		case entered <- struct{}{}:
		default:
		}
		<-release
		running.Store(false)
	})
	other := inbox(t, there, "boards")
	publish(t, here, "boards", "first")
	wait(t, entered, "the first message did not arrive")
	publish(t, here, "boards", "second")
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
		publish(t, here, "boards", later)
		expect(t, other, later)
	}
	if calls.Load() != before {
		t.Error("receive was called after cancel")
	}
}

func tooLarge(t *testing.T, here, there bus.Bus) {
	messages := inbox(t, there, "boards")
	if err := here.Publish("boards", make([]byte, bus.MaxMessage+1)); !errors.Is(err, bus.ErrTooLarge) {
		t.Errorf("publish beyond the limit = %v, want %v", err, bus.ErrTooLarge)
	}
	largest := string(make([]byte, bus.MaxMessage))
	publish(t, here, "boards", largest)
	expect(t, messages, largest)
}

func closed(t *testing.T, here, _ bus.Bus) {
	var running atomic.Bool
	entered := make(chan struct{})
	cancel := subscribe(t, here, "boards", func([]byte) {
		running.Store(true)
		close(entered)
		time.Sleep(time.Millisecond) // gives a Close that does not wait the time to return first
		running.Store(false)
	})
	publish(t, here, "boards", "hello")
	wait(t, entered, "the message did not arrive")
	if err := here.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if running.Load() {
		t.Error("Close returned while receive was running")
	}
	cancel()
	if err := here.Publish("boards", nil); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Publish on a closed bus = %v, want %v", err, bus.ErrClosed)
	}
	if _, err := here.Subscribe("boards", func([]byte) {}, func() {}); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Subscribe on a closed bus = %v, want %v", err, bus.ErrClosed)
	}
	if err := here.Close(); err != nil {
		t.Errorf("the second Close = %v", err)
	}
}

func health(t *testing.T, here, _ bus.Bus) {
	if err := here.Check(t.Context()); err != nil {
		t.Errorf("Check of an open bus = %v", err)
	}
	here.Close()
	if err := here.Check(t.Context()); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("Check of a closed bus = %v, want %v", err, bus.ErrClosed)
	}
}

func atOnce(t *testing.T, here, there bus.Bus) {
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 50 {
				cancel, err := there.Subscribe("boards", func([]byte) {}, func() {})
				if err != nil {
					t.Errorf("subscribe: %v", err)
					return
				}
				cancel()
			}
		})
		work.Go(func() {
			for range 200 {
				if err := here.Publish("boards", []byte("hello")); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	work.Wait()
	arrived := make(chan struct{}, flood)
	subscribe(t, there, "boards", func(m []byte) {
		if string(m) == "still there" { // others may be on their way yet
			arrived <- struct{}{}
		}
	})
	publish(t, here, "boards", "still there")
	wait(t, arrived, "the message did not arrive")
}
