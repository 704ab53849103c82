package main

import (
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/bus/bustest"
	"fanfare/server/store/storetest"
)

// Two replicas that share a bus let no more sessions of one address through than one would: 1200 in ten minutes.
func TestTwoReplicasHoldOneLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, NATS and two replicas; run without -short")
	}
	const limit = 1200
	i := install(t, nil, "--db", storetest.StartPostgres(t, "fsync=on", "full_page_writes=on").NewDatabase(t), "--media", "dir:"+filepath.Join(t.TempDir(), "media"),
		"--bus", bustest.StartNATS(t).URL(), "--rate-limits", "on")
	i.close()
	var passed atomic.Int64
	var visitors sync.WaitGroup
	replicas := []*replica{i.replica(t.TempDir()), i.replica(t.TempDir())}
	for _, r := range replicas {
		r.start()
	}
	for _, r := range replicas {
		for range 8 {
			visitors.Go(func() {
				// Some are limited early, because each replica guesses what the other counts at the same time; not for long.
				for last := time.Now(); time.Since(last) < 2*time.Second; {
					open := call{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)}
					switch status, err := open.do(t.Context(), r.url, nil); {
					case err != nil:
						t.Error(err)
						return
					case status == http.StatusTooManyRequests:
						time.Sleep(10 * time.Millisecond) // and on
					case status == http.StatusCreated:
						passed.Add(1)
						last = time.Now()
					default:
						t.Errorf("open session: %d", status)
						return
					}
				}
			})
		}
	}
	visitors.Wait()
	if got := passed.Load(); got < limit*8/10 || got > limit*11/10 {
		t.Errorf("%d sessions were opened, want about %d", got, limit)
	} else {
		t.Logf("%d sessions were opened", got)
	}
}
