package people

import (
	"testing"
	"time"

	"fanfare/server/app/campaigns"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// replicas are services of two replicas on one database, with one clock.
type replicas struct {
	*testing.T
	here, there *Service
	store       *store.Store
	clock       time.Time
}

func newReplicas(t *testing.T, open storetest.Opener) *replicas {
	t.Helper()
	r := &replicas{T: t, clock: time.Now()}
	now := func() time.Time { return r.clock }
	r.store = open(t, nil, store.WithClock(now))
	for _, s := range []**Service{&r.here, &r.there} {
		*s = New(r.store, campaigns.New(r.store, "https://fanfare.example"), "https://fanfare.example")
		(*s).now = now
	}
	return r
}

func (r *replicas) pass(d time.Duration) { r.clock = r.clock.Add(d) }
