package throttle

import (
	"testing"
	"time"

	"github.com/go-chi/httprate"

	"fanfare/server/bus/bustest"
	"fanfare/server/bus/natsbus"
)

// dialled starts a replica's limit over the server, with a window that no test outlives.
func dialled(t *testing.T, n *bustest.NATS) *replica {
	t.Helper()
	none := func() string { return "" }
	b, err := natsbus.Open(natsbus.Config{Address: n.URL(), Token: none, User: none, Password: none, Changed: func(error) {}})
	if err != nil {
		t.Fatalf("open bus: %v", err)
	}
	t.Cleanup(func() { b.Close() })
	r := start(t, b)
	r.limiter = httprate.NewRateLimiter(limit, 24*time.Hour, httprate.WithLimitCounter(r.counts.Counter("votes")))
	return r
}

// knows waits until the replica counts on so many others.
func (r *replica) knows(t *testing.T, others int) {
	t.Helper()
	eventually(t, func() bool {
		r.counts.mu.Lock()
		defer r.counts.mu.Unlock()
		return r.counts.others == others
	})
}

// counted is how often the replica believes that a fan asked.
func (r *replica) counted(t *testing.T) int {
	t.Helper()
	_, rate, err := r.limiter.Status("fan")
	if err != nil {
		t.Fatal(err)
	}
	return int(rate)
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(tick / 20) {
		if time.Now().After(deadline) {
			t.Fatal("waited 20 s in vain")
		}
	}
}

func TestReplicasHoldALimitTogetherOverNATS(t *testing.T) {
	n := bustest.StartNATS(t)
	replicas := []*replica{dialled(t, n), dialled(t, n), dialled(t, n)}
	for _, r := range replicas {
		r.knows(t, len(replicas)-1)
	}
	passed := 0
	for began := time.Now(); time.Since(began) < 6*tick; time.Sleep(tick / 20) {
		for _, r := range replicas {
			passed += r.asks("fan", 5)
		}
	}
	if passed < limit-len(replicas) || passed > limit+limit/10 {
		t.Errorf("%d requests went through, want %d", passed, limit)
	}
	late := dialled(t, n)
	late.knows(t, len(replicas))
	eventually(t, func() bool { return late.counted(t) == passed })
}

func TestAReplicaThatLostItsServerHoldsTheLimitOnItsOwn(t *testing.T) {
	n := bustest.StartNATS(t)
	here, there := dialled(t, n), dialled(t, n)
	here.knows(t, 1)
	there.knows(t, 1)
	n.Stop()
	passed := here.asks("fan", 2*limit)
	if passed < limit/2 || passed > limit {
		t.Errorf("%d requests went through, want at least half of %d and no more than it", passed, limit)
	}
	if err := n.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return there.counted(t) == passed })
}
