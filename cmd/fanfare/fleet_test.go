package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fanfare/media/blob/blobtest"
	"fanfare/server/bus/bustest"
	"fanfare/server/contest"
	"fanfare/server/job"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
)

// fleet is one installation served by two processes over real backends.
type fleet struct {
	*installation
	db       *storetest.Postgres
	media    *blobtest.Server
	bus      *bustest.NATS
	replicas [2]*replica
}

// newFleet starts the backends and two replicas, whose challenge takes many votes and entries of each fan.
func newFleet(t *testing.T) *fleet {
	t.Helper()
	if testing.Short() {
		t.Skip("starts PostgreSQL, an S3 server, NATS and two replicas; run without -short")
	}
	if onPostgres {
		t.Skip("has its own backends in either run")
	}
	f := &fleet{db: storetest.StartPostgres(t, "fsync=on", "full_page_writes=on"), media: blobtest.StartMinIO(t, t.TempDir()), bus: bustest.StartNATS(t)}
	keys := filepath.Join(t.TempDir(), "secrets")
	content := fmt.Sprintf("%s=%s\n%s=%s\n", s3AccessKey, blobtest.AccessKey, s3SecretKey, blobtest.SecretKey)
	if err := os.WriteFile(keys, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f.installation = install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--db", f.db.NewDatabase(t), "--media", f.media.URL("fanfare"), "--bus", f.bus.URL(), "--secrets", keys)
	for n := range f.replicas {
		f.replicas[n] = f.replica(t.TempDir())
	}
	return f
}

// fault is something that fails under load and comes back.
type fault struct {
	name  string
	fail  func(*fleet)
	while func(*fleet, *crowd) // what must hold while it is gone; nil for nothing
	mend  func(*fleet)
}

var faults = []fault{
	{
		"a replica is killed",
		func(f *fleet) { f.replicas[0].kill() },
		(*fleet).goesOn,
		func(f *fleet) { f.replicas[0].start() },
	},
	{"PostgreSQL is restarted", func(f *fleet) { f.ok(f.db.Kill()) }, nil, func(f *fleet) { f.ok(f.db.Start()) }},
	{"the store is stopped", func(f *fleet) { f.media.Stop() }, (*fleet).votesGoOn, func(f *fleet) { f.media.Start(f.t) }},
	{"the bus is stopped", func(f *fleet) { f.bus.Stop() }, (*fleet).goesOn, func(f *fleet) { f.ok(f.bus.Start()) }},
	{
		"both replicas are updated, one after the other",
		func(f *fleet) { f.update(f.replicas[0]) },
		(*fleet).goesOn,
		func(f *fleet) { f.update(f.replicas[1]) },
	},
}

// CHECKS 3, 14, 16, 53, 56 with two replicas.
func TestAFleetLosesNothingThatItAcknowledged(t *testing.T) {
	f := newFleet(t)
	entries := f.publishedPhotos(8)
	f.close()
	for _, r := range f.replicas {
		r.start()
	}
	c := newCrowd(entries, f.replicas[0].url, f.replicas[1].url)
	stop := c.run(t.Context(), 24, 2, f.photo)
	for _, fault := range faults {
		f.progress(c, 150)
		f.eventually("20 calls are under way", func() bool { return c.inFlight.Load() >= 20 })
		fault.fail(f)
		if fault.while != nil {
			fault.while(f, c)
		}
		fault.mend(f)
		mended := time.Now()
		f.progress(c, 1)
		t.Logf("%s: served again %v later", fault.name, time.Since(mended).Round(time.Millisecond))
	}
	f.progress(c, 150)
	stop()
	f.drained()
	f.eventually("the boards agree", func() bool {
		return fmt.Sprint(boardOf(t, c.urls[0])) == fmt.Sprint(boardOf(t, c.urls[1]))
	})
	c.verify(t, f.leaves())
}

// ok ends the test on an error.
func (f *fleet) ok(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) photo(int) (kind string, body []byte) {
	return f.form(picture(), map[string]string{"caption": "夜色", "author": "Li 李", "consents": string(f.challenge.Consents[0])})
}

// progress waits for n more acknowledgements.
func (f *fleet) progress(c *crowd, n int) {
	f.t.Helper()
	before := c.acknowledged()
	f.eventually(fmt.Sprintf("%d more calls are acknowledged", n), func() bool { return c.acknowledged() >= before+n })
}

// goesOn holds that votes and entries go on.
func (f *fleet) goesOn(c *crowd) {
	f.t.Helper()
	before := c.enteredSoFar()
	f.progress(c, 100)
	f.eventually("entries go on", func() bool { return c.enteredSoFar() > before })
}

// votesGoOn holds that votes go on, and that an entry is refused soon and clearly, while photos cannot be kept.
func (f *fleet) votesGoOn(c *crowd) {
	f.t.Helper()
	f.progress(c, 100)
	token := c.session(f.t.Context())
	kind, body := f.photo(0)
	began := time.Now()
	status, err := call{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body}.do(f.t.Context(), c.urls[0], nil)
	if err != nil || status != http.StatusServiceUnavailable {
		f.t.Errorf("an entry without a store: got %d, %v", status, err)
	}
	if took := time.Since(began); took > 10*time.Second {
		f.t.Errorf("an entry without a store was refused after %v, want 10 s at most", took)
	}
	if !f.replicas[0].ready() {
		f.t.Error("a replica counts as down, though votes go on")
	}
}

// update replaces a replica as a rolling update does.
func (f *fleet) update(r *replica) {
	f.t.Helper()
	if took := r.stop(); took > 15*time.Second {
		f.t.Errorf("the replica took %v to end, want 15 s at most", took)
	}
	r.start()
}

// drained waits until no job is left to be done.
func (f *fleet) drained() {
	f.t.Helper()
	var stats map[string]job.Stats
	f.inspect(func(s *store.Store) error {
		queue := storetest.Queue(s, func(job.Job, error) {})
		f.within(2*time.Minute, "the queues are drained", func() bool {
			var err error
			if stats, err = queue.Stats(f.t.Context()); err != nil {
				f.t.Fatal(err)
			}
			return len(stats) == 0
		})
		return nil
	})
}
