package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// CHECKS 14: the server is killed under load, again and again; every acknowledged vote is there once afterwards, and the
// board equals a recount of the log.
func TestKilledServersLoseNoAcknowledgedVote(t *testing.T) {
	kills, acksEach := killing(t, 4)
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 })
	entries := i.publishedPhotos(12)
	i.close()
	r := i.replica("")
	c := newCrowd(entries, r.url)
	for range kills {
		i.killUnderLoad(r, c, acksEach)
	}
	r.start()
	c.verify(t, i.leaves())
}

// killing is how often a server is killed under load, so many times outside of the soak, and how much it acknowledges before each.
func killing(t *testing.T, times int) (kills, acksEach int) {
	t.Helper()
	if os.Getenv("FANFARE_SOAK") != "" {
		return 50, 400
	}
	if testing.Short() {
		t.Skip("kills a server under load; run without -short")
	}
	return times, 150
}

// publishedPhotos enters n photos and returns their entries.
func (i *installation) publishedPhotos(n int) (entries []string) {
	i.t.Helper()
	for k := range n {
		entries = append(entries, i.published(i.guest(), fmt.Sprint("photo ", k)))
	}
	return entries
}

// killUnderLoad starts the server, lets the crowd vote, and kills it with at least 20 requests in flight.
func (i *installation) killUnderLoad(r *replica, c *crowd, acks int) {
	i.t.Helper()
	r.start()
	stop := c.run(i.t.Context(), 32, 0, nil)
	before := c.acknowledged()
	i.eventually("enough votes are acknowledged and under way", func() bool {
		return c.acknowledged()-before >= acks && c.inFlight.Load() >= 20
	})
	r.kill()
	stop()
}

// replica is a server in a process of its own, at an address that it keeps over restarts.
type replica struct {
	i       *installation
	data    string
	address string
	url     string
	cmd     *exec.Cmd // nil while it does not run
}

// replica prepares a server on the installation's backends; an empty data folder stands for the installation's own.
func (i *installation) replica(data string) *replica {
	i.t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.t.Fatal(err)
	}
	defer probe.Close()
	if data == "" {
		data = i.data
	}
	address := probe.Addr().String()
	r := &replica{i: i, data: data, address: address, url: "http://" + address}
	i.t.Cleanup(r.kill)
	return r
}

// start starts the server and waits until it is ready.
func (r *replica) start() {
	t := r.i.t
	t.Helper()
	args := []string{"serve", "--data", r.data, "--addr", r.address, "--metrics-addr", "127.0.0.1:0", "--rate-limits", "off"}
	r.cmd = exec.Command(os.Args[0], append(args, r.i.flags...)...)
	log, err := os.OpenFile(filepath.Join(r.data, "server.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	r.cmd.Stdout, r.cmd.Stderr = log, log
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if said, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("%s said: %s", r.url, said[max(0, len(said)-2000):])
		}
	})
	started := time.Now()
	r.i.eventually("the server is ready", r.ready)
	t.Logf("ready after %v", time.Since(started).Round(time.Millisecond))
}

func (r *replica) ready() bool {
	resp, err := client.Get(r.url + "/readyz")
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// kill ends the server as a power cut would.
func (r *replica) kill() {
	if r.cmd == nil {
		return
	}
	r.cmd.Process.Kill()
	r.cmd.Wait()
	r.cmd = nil
}

// stop ends the server as an operator does, and returns how long that took.
func (r *replica) stop() time.Duration {
	r.i.t.Helper()
	began := time.Now()
	if err := errors.Join(r.cmd.Process.Signal(syscall.SIGTERM), r.cmd.Wait()); err != nil {
		r.i.t.Errorf("stop: %v", err)
	}
	r.cmd = nil
	return time.Since(began)
}

// leaves reads the challenge's vote log.
func (i *installation) leaves() (leaves []contest.Leaf) {
	i.t.Helper()
	i.inspect(func(s *store.Store) error {
		return s.View(i.t.Context(), func(tx *store.Tx) (err error) {
			leaves, err = tx.Leaves(i.challenge.ID)
			return err
		})
	})
	return leaves
}

// inspect opens the database beside the running servers.
func (i *installation) inspect(do func(*store.Store) error) {
	i.t.Helper()
	ctx := i.t.Context()
	c := must(parseConfig(append([]string{"--data", i.data}, i.flags...), func(string) string { return "" }, io.Discard))(i.t)
	b, err := openParts(ctx, c, (*backends).openDatabase)
	if err != nil {
		i.t.Fatal(err)
	}
	defer b.close()
	s := must(store.Open(b.write, b.read, b.dialect, func([]contest.Change) {}))(i.t)
	defer s.Close()
	if err := do(s); err != nil {
		i.t.Fatal(err)
	}
}
