package throttle

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/httprate"
	"go.uber.org/goleak"

	"fanfare/server/bus"
	"fanfare/server/bus/membus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	limit  = 120
	window = time.Minute
)

// replica is one replica's limit, as the web layer holds it.
type replica struct {
	counts  *Counts
	limiter *httprate.RateLimiter
}

func start(t *testing.T, b bus.Bus) *replica {
	t.Helper()
	counts, err := New(b)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	t.Cleanup(counts.Close)
	return &replica{counts, httprate.NewRateLimiter(limit, window, httprate.WithLimitCounter(counts.Counter("votes")))}
}

// fleet starts replicas on one bus, which fault may spoil for each of them, and waits until they know of each other.
func fleet(t *testing.T, n int, fault func(bus.Bus) bus.Bus) []*replica {
	t.Helper()
	shared := membus.New()
	t.Cleanup(func() { shared.Close() })
	var replicas []*replica
	for range n {
		replicas = append(replicas, start(t, fault(shared)))
	}
	time.Sleep(3 * tick)
	synctest.Wait()
	return replicas
}

func sound(b bus.Bus) bus.Bus { return b }

// asks makes requests in the name of a key and returns how many went through.
func (r *replica) asks(key string, n int) (passed int) {
	for range n {
		if !r.limiter.OnLimit(httptest.NewRecorder(), &http.Request{}, key) {
			passed++
		}
	}
	return passed
}

// atTheStartOfAWindow waits, so that what follows lies in one window and nothing in the one before it counts.
func atTheStartOfAWindow() {
	time.Sleep(time.Until(time.Now().Truncate(window).Add(2 * window)))
	synctest.Wait()
}

func TestABurstAtAllReplicasAtOnceIsHeldToOneLimit(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		t.Run(fmt.Sprint(n, " replicas"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				replicas := fleet(t, n, sound)
				atTheStartOfAWindow()
				passed := 0
				for _, r := range replicas {
					passed += r.asks("fan", 5*limit)
				}
				if passed > limit || passed < limit-n {
					t.Errorf("%d requests went through, want %d", passed, limit)
				}
				for range 8 { // and goes on, while the counts travel
					time.Sleep(tick / 2)
					for _, r := range replicas {
						passed += r.asks("fan", limit)
					}
				}
				if passed > limit+limit/10 {
					t.Errorf("%d requests went through, want %d and a tenth more at most", passed, limit)
				}
			})
		})
	}
}

func TestOneFanAtOneReplicaGetsTheWholeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replicas := fleet(t, 2, sound)
		atTheStartOfAWindow()
		passed := 0
		for range 2 * limit {
			passed += replicas[0].asks("fan", 1)
			time.Sleep(window / (2 * limit) / 2)
		}
		if passed < limit-2 || passed > limit {
			t.Errorf("%d requests went through, want %d", passed, limit)
		}
		if other := replicas[0].asks("another", 1); other != 1 {
			t.Error("another fan is held up")
		}
	})
}

func TestTheWindowBeforeCountsAtAnotherReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replicas := fleet(t, 2, sound)
		atTheStartOfAWindow()
		time.Sleep(window / 2)
		for range limit {
			replicas[0].asks("fan", 1)
			time.Sleep(window / 2 / limit)
		}
		synctest.Wait()
		if passed := replicas[1].asks("fan", limit); passed > limit/20 {
			t.Errorf("%d requests went through at the other replica just after the window's end", passed)
		}
	})
}

// broken is a bus that no message crosses.
type broken struct{ bus.Bus }

func (broken) Publish(string, []byte) error { return bus.ErrUnavailable }

func TestWithoutABusEachReplicaHoldsTheLimitOnItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replicas := fleet(t, 2, func(b bus.Bus) bus.Bus { return broken{b} })
		atTheStartOfAWindow()
		for _, r := range replicas {
			if passed := r.asks("fan", 3*limit); passed != limit {
				t.Errorf("%d requests went through, want %d", passed, limit)
			}
		}
	})
}

// careless is a bus that loses half of the messages and repeats others, and does not say so.
type careless struct {
	bus.Bus
	before []byte
}

func (c *careless) Publish(topic string, message []byte) error {
	if rand.IntN(2) == 0 {
		return nil
	}
	if c.before != nil && rand.IntN(2) == 0 {
		if err := c.Bus.Publish(topic, c.before); err != nil {
			return err
		}
	}
	c.before = append([]byte(nil), message...)
	return c.Bus.Publish(topic, message)
}

func TestLostAndRepeatedMessagesCostLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replicas := fleet(t, 2, func(b bus.Bus) bus.Bus { return &careless{Bus: b} })
		atTheStartOfAWindow()
		passed := 0
		for range 600 { // ten a second at each
			for _, r := range replicas {
				passed += r.asks("fan", 1)
			}
			time.Sleep(window / 600)
			synctest.Wait()
		}
		// Over a minute the counts may be a few ticks behind, each worth five requests.
		if passed < limit/2 || passed > limit+limit/4 {
			t.Errorf("%d requests went through, want about %d", passed, limit)
		}
	})
}

// halting is a bus that can be broken and mended; like a real one it then tells its subscribers.
type halting struct {
	*membus.Bus
	down   atomic.Bool
	missed []func()
}

func (h *halting) Publish(topic string, message []byte) error {
	if h.down.Load() {
		return bus.ErrUnavailable
	}
	return h.Bus.Publish(topic, message)
}

func (h *halting) Subscribe(topic string, receive func([]byte), missed func()) (func(), error) {
	h.missed = append(h.missed, missed)
	return h.Bus.Subscribe(topic, receive, missed)
}

func TestAReplicaThatComesLateOrWasAwayLearnsWhatWasCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := &halting{Bus: membus.New()}
		defer shared.Close()
		first := start(t, shared)
		atTheStartOfAWindow()
		first.asks("fan", limit)
		time.Sleep(3 * tick)
		late := start(t, shared)
		time.Sleep(3 * tick)
		synctest.Wait()
		if passed := late.asks("fan", limit); passed != 0 {
			t.Errorf("%d requests went through at a replica that came late", passed)
		}
		shared.down.Store(true)
		time.Sleep(2 * absence)
		late.asks("other", limit)
		time.Sleep(3 * tick)
		shared.down.Store(false)
		for _, missed := range shared.missed {
			missed()
		}
		time.Sleep(3 * tick)
		synctest.Wait()
		if passed := first.asks("other", limit); passed != 0 {
			t.Errorf("%d requests went through at a replica that was away", passed)
		}
	})
}

func TestAFloodOfKeysPushesItselfOutOfMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		replicas := fleet(t, 2, sound)
		atTheStartOfAWindow()
		for _, r := range replicas {
			r.asks("guesser", limit)
		}
		counter := replicas[0].counts.Counter("votes")
		for n := range 3 * maxKeys {
			if err := counter.Increment(fmt.Sprint("invented ", n), time.Now().Truncate(window)); err != nil {
				t.Fatal(err)
			}
			if n%maxTold == 0 {
				time.Sleep(tick)
				synctest.Wait()
			}
		}
		for i, r := range replicas {
			counter := r.counts.Counter("votes")
			r.counts.mu.Lock()
			for _, s := range counter.slots {
				if len(s.tallies) > maxKeys || len(s.fresh) > len(s.tallies) {
					t.Errorf("replica %d remembers %d keys, %d of them new, want at most %d", i, len(s.tallies), len(s.fresh), maxKeys)
				}
			}
			r.counts.mu.Unlock()
			if passed := r.asks("guesser", limit); passed != 0 {
				t.Errorf("the flood made replica %d forget who is at the limit: %d requests went through", i, passed)
			}
		}
	})
}

func TestSilentReplicasAreToldFewMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := membus.New()
		defer shared.Close()
		messages := 0
		if _, err := shared.Subscribe(topic, func([]byte) { messages++ }, func() {}); err != nil {
			t.Fatal(err)
		}
		r := start(t, shared)
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := int(time.Minute / greeting); messages > want+1 {
			t.Errorf("an idle replica sent %d messages in a minute, want %d", messages, want)
		}
		messages = 0
		for range 60_000 {
			r.asks(fmt.Sprint(rand.IntN(1000)), 1)
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if want := int(time.Minute / tick); messages > want+1 {
			t.Errorf("a busy replica sent %d messages in a minute, want %d at most", messages, want)
		}
	})
}

func TestCountsNeedAnOpenBus(t *testing.T) {
	b := membus.New()
	b.Close()
	if _, err := New(b); !errors.Is(err, bus.ErrClosed) {
		t.Errorf("New = %v, want %v", err, bus.ErrClosed)
	}
}

// BenchmarkLimit is what a limited request pays, with four thousand keys to tell at each tick.
func BenchmarkLimit(b *testing.B) {
	shared := membus.New()
	defer shared.Close()
	counts, err := New(shared)
	if err != nil {
		b.Fatal(err)
	}
	defer counts.Close()
	limiter := httprate.NewRateLimiter(1<<30, window, httprate.WithLimitCounter(counts.Counter("votes")))
	keys := make([]string, maxTold)
	for i := range keys {
		keys[i] = fmt.Sprintf("2001:db8:%x::/64", i)
	}
	w, r := httptest.NewRecorder(), &http.Request{}
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		limiter.OnLimit(w, r, keys[n%len(keys)])
		n++
	}
}
