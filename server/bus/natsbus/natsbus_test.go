package natsbus_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"fanfare/cmd/fanfare/faulttest"
	"fanfare/server/bus"
	"fanfare/server/bus/bustest"
	"fanfare/server/bus/natsbus"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	t.Run("nats", func(t *testing.T) {
		bustest.Run(t, func(t *testing.T) (here, there bus.Bus) {
			n := bustest.StartNATS(t)
			return open(t, n.URL()), open(t, n.URL())
		})
	})
}

const topic = "replicas"

// replica is a bus with what it was told.
type replica struct {
	*natsbus.Bus
	heard           chan string
	missed          chan struct{}
	losses, returns atomic.Int32
}

func none() string { return "" }

func open(t *testing.T, address string) *replica {
	return openWith(t, natsbus.Config{Address: address})
}

// openWith fills in what the configuration lacks.
func openWith(t *testing.T, c natsbus.Config) *replica {
	t.Helper()
	r := &replica{heard: make(chan string, 1000), missed: make(chan struct{}, 1000)}
	for _, secret := range []*func() string{&c.Token, &c.User, &c.Password} {
		if *secret == nil {
			*secret = none
		}
	}
	c.Changed = func(lost error) {
		if lost != nil {
			r.losses.Add(1)
		} else {
			r.returns.Add(1)
		}
	}
	var err error
	if r.Bus, err = natsbus.Open(c); err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { r.Close() })
	if _, err := r.Subscribe(topic, func(m []byte) { r.heard <- string(m) }, func() { r.missed <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually waits for a condition; what it waits for takes far less than the 20 s.
func eventually(t *testing.T, claim string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited 20 s in vain until %s", claim)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (r *replica) connected(t *testing.T) func() bool {
	return func() bool { return r.Check(t.Context()) == nil }
}

func (r *replica) disconnected(t *testing.T) func() bool {
	return func() bool { return errors.Is(r.Check(t.Context()), bus.ErrUnavailable) }
}

// hears publishes at another replica until this one hears it: only what is said once both are connected must arrive.
func (r *replica) hears(t *testing.T, from *replica, message string) {
	t.Helper()
	if err := from.Publish(topic, []byte(message)); err != nil {
		t.Fatalf("Publish: %v", err)
	}
	select {
	case got := <-r.heard:
		if got != message {
			t.Errorf("heard %q, want %q", got, message)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("%q did not arrive", message)
	}
}

func drain[T any](c <-chan T) {
	for len(c) > 0 {
		<-c
	}
}

func TestAServerThatIsBackFindsBothReplicasAndTheyKnowThatTheyMissedSomething(t *testing.T) {
	n := bustest.StartNATS(t)
	here, there := open(t, n.URL()), open(t, n.URL())
	there.hears(t, here, "before")
	<-here.heard
	drain(there.missed)
	n.Stop()
	eventually(t, "the loss is noticed", here.disconnected(t))
	if err := here.Publish(topic, []byte("meanwhile")); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("Publish while the server is down = %v, want %v", err, bus.ErrUnavailable)
	}
	if got := <-here.heard; got != "meanwhile" {
		t.Errorf("this process heard %q, want %q", got, "meanwhile")
	}
	began := time.Now()
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	for _, r := range []*replica{here, there} {
		eventually(t, "the replica is back", r.connected(t))
		r.told(t, "when the server is back")
	}
	t.Logf("back %v after the server", time.Since(began).Round(time.Millisecond))
	drain(there.heard)
	there.hears(t, here, "after")
	if here.losses.Load() == 0 || here.returns.Load() != 2 {
		t.Errorf("told of %d losses and %d returns, want some and 2", here.losses.Load(), here.returns.Load())
	}
}

// told waits until the replica's subscriber is told that it missed messages.
func (r *replica) told(t *testing.T, when string) {
	t.Helper()
	select {
	case <-r.missed:
	case <-time.After(10 * time.Second):
		t.Errorf("%s: a subscriber was not told that it missed messages", when)
	}
}

func TestReplicasWhoseOwnConnectionStandsKnowThatTheyMissedAnothersMessages(t *testing.T) {
	n := bustest.StartNATS(t)
	proxy := faulttest.Start(t, n.Host())
	here, there := open(t, "nats://"+proxy.Addr()), open(t, n.URL())
	there.hears(t, here, "before")
	drain(there.missed)

	proxy.Set(faulttest.Faults{BlackHole: true})
	const messages = 100 // 50 MB: what waits and what networks buffer is less
	for range messages {
		if err := here.Publish("other", make([]byte, bus.MaxMessage)); err != nil {
			t.Fatal(err)
		}
	}
	proxy.Set(faulttest.Faults{})
	there.told(t, "when another one published more than it could send")
	if lost := here.losses.Load(); lost != 0 {
		t.Errorf("the connection was lost %d times: the test shows nothing", lost)
	}

	there.hears(t, here, "between")
	drain(there.missed)
	proxy.Cut()
	eventually(t, "the loss is noticed", func() bool { return here.losses.Load() > 0 })
	there.told(t, "when another one was cut off")
	if lost := there.losses.Load(); lost != 0 {
		t.Errorf("its own connection was lost %d times: the test shows nothing", lost)
	}
}

func TestABusOpensWithoutItsServer(t *testing.T) {
	n := bustest.StartNATS(t)
	n.Stop()
	here, there := open(t, n.URL()), open(t, n.URL())
	if err := here.Check(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("Check = %v, want %v", err, bus.ErrUnavailable)
	}
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are connected", func() bool { return here.connected(t)() && there.connected(t)() })
	there.hears(t, here, "hello")
}

func TestAServerThatFallsSilentIsNoticedWithinTenSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for pings to stay away; run without -short")
	}
	for name, publish := range map[string]func(r *replica){
		"by the pings that nobody answers": func(*replica) {},
		"by the writes that do not end":    func(r *replica) { _ = r.Publish("other", make([]byte, bus.MaxMessage)) }, // fails in the end
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := bustest.StartNATS(t)
			proxy := faulttest.Start(t, n.Host())
			here, there := open(t, "nats://"+proxy.Addr()), open(t, n.URL())
			there.hears(t, here, "before")
			proxy.Set(faulttest.Faults{BlackHole: true})
			began := time.Now()
			slowest := time.Duration(0)
			eventually(t, "the loss is noticed", func() bool {
				called := time.Now()
				publish(here)
				slowest = max(slowest, time.Since(called))
				return here.disconnected(t)()
			})
			if took := time.Since(began); took > 10*time.Second || slowest > time.Second {
				t.Errorf("noticed after %v, want 10 s at most; Publish took up to %v", took, slowest)
			}
			proxy.Set(faulttest.Faults{})
			eventually(t, "the connection is there again", here.connected(t))
			drain(there.heard)
			there.hears(t, here, "after")
		})
	}
}

func TestPublishingWithoutAServerNeitherWaitsNorKeepsMemory(t *testing.T) {
	n := bustest.StartNATS(t)
	here := open(t, n.URL())
	n.Stop()
	eventually(t, "the loss is noticed", here.disconnected(t))
	message := make([]byte, 100<<10)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	const messages = 2000 // 200 MB
	for range messages {
		if err := here.Publish("other", message); !errors.Is(err, bus.ErrUnavailable) {
			t.Fatalf("Publish = %v", err)
		}
	}
	if took := time.Since(began); took > messages*5*time.Millisecond {
		t.Errorf("Publish took %v", took/messages)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
}

func TestARotatedSecretIsUsedByTheNextConnection(t *testing.T) {
	n := bustest.StartNATS(t, func(o *server.Options) { o.Authorization = "old" })
	var token atomic.Value
	token.Store("old")
	here := openWith(t, natsbus.Config{Address: n.URL(), Token: func() string { return token.Load().(string) }})
	if err := here.Check(t.Context()); err != nil {
		t.Fatalf("Check = %v", err)
	}
	if err := n.Reload(func(o *server.Options) { o.Authorization = "new" }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the old token is refused", here.disconnected(t))
	token.Store("new")
	eventually(t, "the new token is taken", here.connected(t))
}

func TestUserAndPasswordAreTaken(t *testing.T) {
	n := bustest.StartNATS(t, func(o *server.Options) { o.Username, o.Password = "fanfare", "secret" })
	secret := func(s string) func() string { return func() string { return s } }
	right := openWith(t, natsbus.Config{Address: n.URL(), User: secret("fanfare"), Password: secret("secret")})
	if err := right.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
	wrong := openWith(t, natsbus.Config{Address: n.URL(), User: secret("fanfare"), Password: secret("wrong")})
	if err := wrong.Check(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("Check with a wrong password = %v, want %v", err, bus.ErrUnavailable)
	}
}

func TestAServerThatForbidsOurSubjectsIsReported(t *testing.T) {
	n := bustest.StartNATS(t, func(o *server.Options) {
		others := &server.SubjectPermission{Allow: []string{"others.>"}}
		o.Users = []*server.User{{Username: "fanfare", Password: "secret", Permissions: &server.Permissions{Publish: others, Subscribe: others}}}
	})
	secret := func(s string) func() string { return func() string { return s } }
	here := openWith(t, natsbus.Config{Address: n.URL(), User: secret("fanfare"), Password: secret("secret")})
	eventually(t, "it is reported", here.disconnected(t))
}

func TestAServerThatTakesOnlySmallMessagesIsReported(t *testing.T) {
	n := bustest.StartNATS(t, func(o *server.Options) { o.MaxPayload = bus.MaxMessage - 1 })
	here := open(t, n.URL())
	if err := here.Check(t.Context()); !errors.Is(err, bus.ErrUnavailable) {
		t.Errorf("Check = %v, want %v", err, bus.ErrUnavailable)
	}
}

// The client ends itself for good on some words of a server: here when its limit was lowered under it.
func TestAClientThatGaveUpIsReplaced(t *testing.T) {
	n := bustest.StartNATS(t)
	here := open(t, n.URL())
	lower := func(o *server.Options) { o.MaxPayload = 1000 }
	if err := n.Reload(lower); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the limit is noticed", func() bool {
		_ = here.Publish("other", make([]byte, 2000))
		return here.disconnected(t)()
	})
	if err := n.Reload(func(o *server.Options) { o.MaxPayload = server.MAX_PAYLOAD_SIZE }); err != nil {
		t.Fatal(err)
	}
	n.Stop() // a connection that stands is not told of the new limit
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the replica is back", here.connected(t))
	there := open(t, n.URL())
	there.hears(t, here, "after")
}

func TestAClusterIsFoundByAnyOfItsServers(t *testing.T) {
	gone, n := bustest.StartNATS(t), bustest.StartNATS(t)
	gone.Stop()
	here := open(t, fmt.Sprintf("nats://%s,%s", gone.Host(), n.Host()))
	if err := here.Check(t.Context()); err != nil {
		t.Errorf("Check = %v", err)
	}
}

func BenchmarkPublish(b *testing.B) {
	n, err := bustest.RunNATS()
	if err != nil {
		b.Fatal(err)
	}
	defer n.Stop()
	here, err := natsbus.Open(natsbus.Config{Address: n.URL(), Token: none, User: none, Password: none, Changed: func(error) {}})
	if err != nil {
		b.Fatal(err)
	}
	defer here.Close()
	message := make([]byte, 300)
	b.ReportAllocs()
	for b.Loop() {
		if err := here.Publish(topic, message); err != nil {
			b.Fatal(err)
		}
	}
}
