package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store"
)

// crowd votes against a server that is killed again and again, and remembers what was acknowledged.
type crowd struct {
	entries  []string
	inFlight atomic.Int64
	mu       sync.Mutex
	acked    map[string][]string // entries by bearer; guarded by mu
	acks     int                 // guarded by mu
}

// CHECKS 14: the server is killed under load, again and again; every acknowledged vote is there once afterwards, and the
// board equals a recount of the log.
func TestKilledServersLoseNoAcknowledgedVote(t *testing.T) {
	kills, acksEach := 4, 150
	switch {
	case os.Getenv("FANFARE_SOAK") != "":
		kills, acksEach = 50, 400
	case testing.Short():
		t.Skip("kills a server under load; run without -short")
	}
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 })
	c := &crowd{acked: map[string][]string{}}
	for n := range 12 {
		c.entries = append(c.entries, i.published(i.guest(), fmt.Sprint("photo ", n)))
	}
	i.close()
	for range kills {
		i.killUnderLoad(c, acksEach)
	}
	i.recount(c)
}

// killUnderLoad starts the server, lets the crowd vote, and kills it with at least 20 requests in flight.
func (i *installation) killUnderLoad(c *crowd, acks int) {
	i.t.Helper()
	server, url := i.child()
	ctx, stop := context.WithCancel(i.t.Context())
	var voters sync.WaitGroup
	before := c.count()
	for range 32 {
		voters.Go(func() {
			for ctx.Err() == nil {
				c.session(ctx, url)
			}
		})
	}
	i.eventually("enough votes are acknowledged and under way", func() bool {
		return c.count()-before >= acks && c.inFlight.Load() >= 20
	})
	server.Process.Kill()
	server.Wait()
	stop()
	voters.Wait()
}

func (c *crowd) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acks
}

// session opens a guest's session and votes for every entry, until the server is gone.
func (c *crowd) session(ctx context.Context, url string) {
	var session struct{ Token string }
	if !c.call(ctx, "POST", url+"/api/v1/session", "", `{"challenge":"night"}`, &session) {
		return
	}
	for _, entry := range c.entries {
		c.inFlight.Add(1)
		ok := c.call(ctx, "PUT", url+"/api/v1/entries/"+entry+"/vote", session.Token, "", nil)
		c.inFlight.Add(-1)
		if !ok {
			return
		}
		c.mu.Lock()
		c.acked[session.Token] = append(c.acked[session.Token], entry)
		c.acks++
		c.mu.Unlock()
	}
}

func (c *crowd) call(ctx context.Context, method, url, token, body string, into any) bool {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewBufferString(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	if into != nil {
		err = json.NewDecoder(resp.Body).Decode(into)
	} else {
		_, err = io.Copy(io.Discard, resp.Body)
	}
	return err == nil && resp.StatusCode < 300
}

// child starts the server as a process of its own on the installation's data, and waits until it is ready.
func (i *installation) child() (*exec.Cmd, string) {
	i.t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		i.t.Fatal(err)
	}
	address := probe.Addr().String()
	probe.Close()
	cmd := exec.Command(os.Args[0], "serve", "--data", i.data, "--addr", address, "--metrics-addr", "127.0.0.1:0", "--rate-limits", "off")
	log, err := os.Create(filepath.Join(i.t.TempDir(), "server.log"))
	if err != nil {
		i.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	url := "http://" + address
	started := time.Now()
	i.eventually("the server is ready", func() bool {
		resp, err := client.Get(url + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	i.t.Logf("ready after %v", time.Since(started).Round(time.Millisecond))
	return cmd, url
}

// recount compares what was acknowledged with the votes, the scores and the log.
func (i *installation) recount(c *crowd) {
	i.t.Helper()
	_, url := i.child()
	for token, entries := range c.acked {
		var me struct{ Voted []string }
		if !c.call(i.t.Context(), "GET", url+"/api/v1/me", token, "", &me) {
			i.t.Fatal("a session is lost")
		}
		there := map[string]int{}
		for _, e := range me.Voted {
			there[e]++
		}
		for _, e := range entries {
			if there[e] != 1 {
				i.t.Errorf("an acknowledged vote for %s is there %d times", e, there[e])
			}
		}
	}
	var board struct {
		Votes int64
		Rows  []struct {
			Entry contest.EntryID
			Score int64
		}
	}
	if !c.call(i.t.Context(), "GET", url+"/api/v1/challenges/night/board", "", "", &board) {
		i.t.Fatal("no board")
	}
	tallies := contest.Fold(i.leaves())
	for _, row := range board.Rows {
		if tallies[row.Entry].Score != row.Score {
			i.t.Errorf("%s has %d votes on the board and %d in the log", row.Entry, row.Score, tallies[row.Entry].Score)
		}
	}
	if int(board.Votes) < c.count() {
		i.t.Errorf("the board counts %d votes, %d were acknowledged", board.Votes, c.count())
	}
	i.t.Logf("%d votes acknowledged, %d on the board", c.count(), board.Votes)
}

// leaves reads the vote log from the file, beside the running server.
func (i *installation) leaves() []contest.Leaf {
	i.t.Helper()
	ctx := i.t.Context()
	b, err := open(ctx, must(parseConfig([]string{"--data", i.data}, func(string) string { return "" }, io.Discard))(i.t))
	if err != nil {
		i.t.Fatal(err)
	}
	defer b.close()
	s := must(store.Open(b.write, b.read, b.dialect, func([]contest.Change) {}))(i.t)
	defer s.Close()
	var leaves []contest.Leaf
	err = s.View(ctx, func(tx *store.Tx) (err error) {
		leaves, err = tx.Leaves(i.challenge.ID)
		return err
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return leaves
}
