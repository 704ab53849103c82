package standing

import (
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/bus"
	"fanfare/server/bus/bustest"
	"fanfare/server/bus/natsbus"
)

// dialled opens a bus over the server.
func dialled(t *testing.T, n *bustest.NATS) *natsbus.Bus {
	t.Helper()
	none := func() string { return "" }
	b, err := natsbus.Open(natsbus.Config{Address: n.URL(), Token: none, User: none, Password: none, Changed: func(error) {}})
	if err != nil {
		t.Fatalf("open bus: %v", err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

// unreliable is a bus that loses, repeats and delays messages without saying so.
type unreliable struct {
	bus.Bus
	mu     sync.Mutex // guards held
	held   [][]byte
	random func(n int) int
}

func (u *unreliable) Publish(topic string, message []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch u.random(4) {
	case 0: // lost
		return nil
	case 1: // comes later, after newer ones
		u.held = append(u.held, slices.Clone(message))
		return nil
	case 2: // comes twice, and one that was held back with it
		if n := len(u.held); n > 0 {
			i := u.random(n)
			if err := u.Bus.Publish(topic, u.held[i]); err != nil {
				return err
			}
			u.held = slices.Delete(u.held, i, i+1)
		}
		if err := u.Bus.Publish(topic, message); err != nil {
			return err
		}
	}
	return u.Bus.Publish(topic, message)
}

// crowdVotes lets four voters act at both replicas, for a while and until during has returned.
func crowdVotes(replicas []*Boards, db *database, during func()) {
	var voting sync.WaitGroup
	var over atomic.Bool
	for v := range 4 {
		voting.Go(func() {
			const entries, least = 10, 300
			vote(replicas, db, v*entries, entries, func(n int) bool { return n < least || !over.Load() })
		})
	}
	during()
	over.Store(true)
	voting.Wait()
}

// equalSoon waits until the boards are those of the database, and returns how long that took.
func equalSoon(t *testing.T, db *database, replicas []*Boards) time.Duration {
	t.Helper()
	model := top(t, alone(t, db))
	began := time.Now()
	for _, boards := range replicas {
		for s := top(t, boards); !same(s, model); s = top(t, boards) {
			if time.Since(began) > 3*reconcileEvery {
				t.Fatalf("board = %s, want %s", show(s), show(model))
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return time.Since(began)
}

func TestReplicasWithAnUnreliableBusEndWithEqualBoards(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the reconciling timer; run without -short")
	}
	n := bustest.StartNATS(t)
	db := newDatabase()
	var replicas []*Boards
	for i := range uint64(2) {
		random := rand.New(rand.NewPCG(7, i))
		replicas = append(replicas, open(t, db, &unreliable{Bus: dialled(t, n), random: random.IntN}))
	}
	for _, boards := range replicas {
		top(t, boards)
	}
	crowdVotes(replicas, db, func() {})
	took := equalSoon(t, db, replicas)
	t.Logf("equal after %v; repaired %d and %d", took, replicas[0].Stats().Repaired, replicas[1].Stats().Repaired)
	if replicas[0].Stats().Repaired+replicas[1].Stats().Repaired == 0 {
		t.Error("the bus lost nothing, so the test shows nothing")
	}
}

func TestABusThatStopsWhileVotesComeInLeavesEqualBoards(t *testing.T) {
	n := bustest.StartNATS(t)
	db := newDatabase()
	replicas := []*Boards{open(t, db, dialled(t, n)), open(t, db, dialled(t, n))}
	for _, boards := range replicas {
		top(t, boards)
	}
	crowdVotes(replicas, db, func() {
		n.Stop()
		for replicas[0].Stats().Unpublished == 0 || replicas[1].Stats().Unpublished == 0 {
			time.Sleep(time.Millisecond) // until votes fell into the outage
		}
		if err := n.Start(); err != nil {
			t.Error(err)
		}
	})
	t.Logf("equal after %v", equalSoon(t, db, replicas))
}
