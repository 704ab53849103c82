package main

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"fanfare/server/contest"
	"fanfare/widget/wire"
)

// CHECKS 56: a server that is told to stop says so at once, serves until balancers have noticed, finishes what is under
// way, spreads its sockets' return and ends within 15 s; what it acknowledged is there afterwards.
func TestAServerThatIsToldToStopFinishesWhatIsUnderWay(t *testing.T) {
	const delay = 2 * time.Second
	i := install(t, func(c *contest.Challenge) { c.Rules.VotesPerPeriod = 1000 }, "--drain-delay", delay.String())
	entries := i.publishedPhotos(4)
	author := i.guest()
	i.close()
	r := i.replica("")
	r.start()
	i.url = r.url
	var sockets []*websocket.Conn
	for range 40 {
		conn, status := i.socket(hostOrigin)
		if kind, code := ask(conn, "night", ""); kind != wire.KindFrame {
			t.Fatalf("no frame: %d, %d", status, code)
		}
		sockets = append(sockets, conn)
	}
	c := newCrowd(entries, r.url)
	stop := c.run(t.Context(), 24, 0, nil)
	i.eventually("20 calls are under way", func() bool { return c.inFlight.Load() >= 20 && c.acknowledged() > 100 })
	finish, answered := i.slowSubmission(author)

	stopped := make(chan time.Duration)
	go func() { stopped <- r.stop() }()
	told := time.Now()
	i.eventually("it says that it is not ready", func() bool { return !r.ready() })
	if took := time.Since(told); took > delay/2 {
		t.Errorf("it said that it is not ready after %v", took)
	}
	before := c.acknowledged()
	i.stillServes(entries[0])
	i.eventually("the drain goes on, past the delay", func() bool { return time.Since(told) > delay+time.Second })
	if c.acknowledged() < before+20 {
		t.Errorf("%d votes were taken while balancers had not noticed, want more", c.acknowledged()-before)
	}
	finish()
	if status := <-answered; status != http.StatusCreated {
		t.Errorf("the submission under way = %d, want %d", status, http.StatusCreated)
	}
	if took := <-stopped; took > 15*time.Second {
		t.Errorf("it ended after %v, want 15 s at most", took)
	} else {
		t.Logf("ended after %v", took.Round(time.Millisecond))
	}
	toldToReturn(t, sockets)

	stop()
	r.start()
	c.verify(t, i.leaves())
	var me struct{ Entries []struct{ ID string } }
	get(t, r.url, "/api/v1/me", author, &me)
	if len(me.Entries) != 1 {
		t.Errorf("the author has %d entries, want the one acknowledged during the drain", len(me.Entries))
	}
}

// slowSubmission sends half of a submission; finish sends the rest, and answered gets the answer's status, or 0.
func (i *installation) slowSubmission(token string) (finish func(), answered <-chan int) {
	i.t.Helper()
	kind, body := i.form(picture(), map[string]string{"caption": "slow", "author": "Li", "consents": string(i.challenge.Consents[0])})
	read, write := io.Pipe()
	req := must(http.NewRequestWithContext(i.t.Context(), http.MethodPost, i.url+"/api/v1/challenges/night/entries", read))(i.t)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+token)
	status := make(chan int, 1)
	go func() {
		resp, err := client.Do(req)
		if err != nil {
			i.t.Errorf("slow submission: %v", err)
			status <- 0
			return
		}
		resp.Body.Close()
		status <- resp.StatusCode
	}()
	send := func(part []byte) {
		if _, err := io.Copy(write, bytes.NewReader(part)); err != nil {
			i.t.Errorf("send submission: %v", err)
		}
	}
	send(body[:len(body)/2])
	return func() {
		send(body[len(body)/2:])
		write.Close()
	}, status
}

// stillServes votes in a session of its own, and holds that the connection ends with the answer.
func (i *installation) stillServes(entry string) {
	i.t.Helper()
	req := must(http.NewRequestWithContext(i.t.Context(), http.MethodPut, i.url+"/api/v1/entries/"+entry+"/vote", http.NoBody))(i.t)
	req.Header.Set("Authorization", "Bearer "+i.guest())
	resp := must(client.Do(req))(i.t)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !resp.Close {
		i.t.Errorf("a vote while it drains = %d, with the connection's end %v; want 200 and true", resp.StatusCode, resp.Close)
	}
}

// toldToReturn holds that every socket was closed for the restart, and told to come back at a moment of its own.
func toldToReturn(t *testing.T, sockets []*websocket.Conn) {
	t.Helper()
	moments := map[uint64]bool{}
	for _, conn := range sockets {
		var retry wire.Retry
		for {
			_, message, err := conn.ReadMessage()
			if err != nil {
				if !websocket.IsCloseError(err, wire.CloseRestarting) {
					t.Errorf("a socket ended with %v, want %d", err, wire.CloseRestarting)
				}
				break
			}
			if wire.KindOf(message) == wire.KindRetry {
				if err := retry.Decode(message); err != nil {
					t.Error(err)
				}
			}
		}
		moments[retry.AfterMillis] = true
	}
	if len(moments) != len(sockets) || moments[0] {
		t.Errorf("%d sockets were told %d moments, want one each", len(sockets), len(moments))
	}
}
