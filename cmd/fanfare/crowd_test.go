package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fanfare/server/contest"
)

// crowd is fans who vote and enter at servers that fail, and who remember what was acknowledged. A fan whose call fails
// makes it again at the next server until it succeeds.
type crowd struct {
	urls     []string
	entries  []string // to vote for
	inFlight atomic.Int64
	turn     atomic.Int64 // spreads the calls over the servers

	mu      sync.Mutex          // guards what follows
	voted   map[string][]string // entries by bearer
	entered map[string]string   // entry by bearer and idempotency key
	told    []receipt           // of acknowledged votes
	acks    int
	strange map[string]int // answers that are neither an acknowledgement nor "try again"
}

func newCrowd(entries []string, urls ...string) *crowd {
	return &crowd{urls: urls, entries: entries, voted: map[string][]string{}, entered: map[string]string{}, strange: map[string]int{}}
}

// run has voters vote and authors enter photos until the returned function is called.
func (c *crowd) run(ctx context.Context, voters, authors int, form func(author int) (kind string, body []byte)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var fans sync.WaitGroup
	for range voters {
		fans.Go(func() {
			for ctx.Err() == nil {
				c.vote(ctx)
			}
		})
	}
	for range authors {
		fans.Go(func() {
			for ctx.Err() == nil {
				c.enter(ctx, form)
			}
		})
	}
	return func() { cancel(); fans.Wait() }
}

// vote opens a guest's session and votes for every entry.
func (c *crowd) vote(ctx context.Context) {
	token := c.session(ctx)
	for _, entry := range c.entries {
		var answer struct{ Receipt receipt }
		if c.insist(ctx, call{method: "PUT", path: "/api/v1/entries/" + entry + "/vote", token: token}, &answer) != nil {
			return
		}
		c.mu.Lock()
		c.voted[token] = append(c.voted[token], entry)
		c.told = append(c.told, answer.Receipt)
		c.acks++
		c.mu.Unlock()
	}
}

// enter opens a guest's session and enters a few photos.
func (c *crowd) enter(ctx context.Context, form func(int) (string, []byte)) {
	token := c.session(ctx)
	for n := range 20 {
		kind, body := form(n)
		key := fmt.Sprint("photo-", n)
		var entry struct{ ID string }
		if c.insist(ctx, call{method: "POST", path: "/api/v1/challenges/night/entries", token: token, key: key, kind: kind, body: body}, &entry) != nil {
			return
		}
		c.mu.Lock()
		c.entered[token+" "+key] = entry.ID
		c.acks++
		c.mu.Unlock()
	}
}

func (c *crowd) session(ctx context.Context) string {
	var session struct{ Token string }
	c.insist(ctx, call{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)}, &session)
	return session.Token
}

// call is one request of a fan.
type call struct {
	method, path, token, key, kind string
	body                           []byte
}

// insist makes a call until it is acknowledged or ctx ends.
func (c *crowd) insist(ctx context.Context, r call, into any) error {
	for ctx.Err() == nil {
		url := c.urls[int(c.turn.Add(1))%len(c.urls)]
		c.inFlight.Add(1)
		status, err := r.do(ctx, url, into)
		c.inFlight.Add(-1)
		switch {
		case err == nil && status < 300:
			return nil
		case err == nil && status != http.StatusServiceUnavailable:
			c.mu.Lock()
			c.strange[fmt.Sprint(r.method, " ", status)]++
			c.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond): // a fan's finger
		}
	}
	return ctx.Err()
}

// do makes a call once. A 503 must say when to come back.
func (r call) do(ctx context.Context, url string, into any) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, r.method, url+r.path, bytes.NewReader(r.body))
	if err != nil {
		return 0, err
	}
	for name, value := range map[string]string{"Content-Type": r.kind, "Idempotency-Key": r.key} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "" {
		return 0, fmt.Errorf("%s %s: 503 without Retry-After", r.method, r.path)
	}
	if into != nil && resp.StatusCode < 300 {
		return resp.StatusCode, json.NewDecoder(resp.Body).Decode(into)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// acknowledged counts the acknowledgements so far.
func (c *crowd) acknowledged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acks
}

// enteredSoFar counts the acknowledged entries.
func (c *crowd) enteredSoFar() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entered)
}

// verify holds, when the crowd has stopped, that what was acknowledged is there once, at every server and at its place in the
// log, that nothing else happened to it, and that all servers' boards equal a recount of the log.
func (c *crowd) verify(t *testing.T, leaves []contest.Leaf) {
	t.Helper()
	if len(c.strange) > 0 {
		t.Errorf("fans were answered neither with a 2xx nor a 503: %v", c.strange)
	}
	c.verifyOwnLists(t)
	for _, r := range c.told {
		r.hold(t, leaves, contest.Cast)
	}
	seen := map[string]bool{}
	for _, l := range leaves {
		key := fmt.Sprint(l.Voter, " ", l.Period, " ", l.Entry)
		if seen[key] {
			t.Errorf("the log counts a vote twice: %s", key)
		}
		seen[key] = true
	}
	tallies, err := contest.Recount(leaves)
	if err != nil {
		t.Error(err)
	}
	for _, url := range c.urls {
		board := boardOf(t, url)
		votes := int64(0)
		for _, row := range board.Rows {
			votes += row.Score
			if score := tallies[row.Number].Score; score != row.Score {
				t.Errorf("%s has %d votes on the board of %s and %d in the log", row.Entry, row.Score, url, score)
			}
		}
		if board.Votes != int64(len(leaves)) {
			t.Errorf("the board of %s counts %d votes, the log %d", url, board.Votes, len(leaves))
		}
	}
	t.Logf("%d acknowledged: %d voters, %d entries; the log has %d votes", c.acks, len(c.voted), len(c.entered), len(leaves))
}

// verifyOwnLists compares what each fan was told with what the servers say of it now.
func (c *crowd) verifyOwnLists(t *testing.T) {
	t.Helper()
	for n, token := range slices.Sorted(maps.Keys(c.voted)) {
		var me struct{ Voted []string }
		get(t, c.urls[n%len(c.urls)], "/api/v1/me", token, &me)
		for _, entry := range c.voted[token] {
			if there := count(me.Voted, entry); there != 1 {
				t.Errorf("an acknowledged vote for %s is there %d times", entry, there)
			}
		}
	}
	mine := map[string][]string{} // entries by bearer
	for owner, entry := range c.entered {
		token, _, _ := bytes.Cut([]byte(owner), []byte(" "))
		mine[string(token)] = append(mine[string(token)], entry)
	}
	for token, entries := range mine {
		var me struct{ Entries []struct{ ID, Status string } }
		get(t, c.urls[0], "/api/v1/me", token, &me)
		there := map[string]string{}
		for _, e := range me.Entries {
			there[e.ID] = e.Status
		}
		for _, entry := range entries {
			if there[entry] != string(contest.Published) {
				t.Errorf("acknowledged entry %s is %q", entry, there[entry])
			}
		}
		// One more may have been stored whose answer never arrived.
		if extra := len(me.Entries) - len(entries); extra > 1 {
			t.Errorf("%d entries were stored that nobody was told of", extra)
		}
	}
}

func count(list []string, wanted string) (n int) {
	for _, s := range list {
		if s == wanted {
			n++
		}
	}
	return n
}

// standings are a board as the API shows it.
type standings struct {
	Entries int
	Votes   int64
	Rows    []struct {
		Rank   int
		Entry  contest.EntryID
		Number contest.EntryNumber
		Score  int64
	}
}

func boardOf(t *testing.T, url string) (b standings) {
	t.Helper()
	get(t, url, "/api/v1/challenges/night/board?limit=100", "", &b)
	return b
}

// get reads JSON that must be there.
func get(t *testing.T, url, path, token string, into any) {
	t.Helper()
	status, err := call{method: "GET", path: path, token: token}.do(t.Context(), url, into)
	if err != nil || status != http.StatusOK {
		t.Fatalf("GET %s: %d, %v", path, status, err)
	}
}
