package load

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// reporters is how many pages tell of events beside each other: none waits for another's answer.
	reporters = 48
	// repeatEach is which report is sent twice, as by a page whose network lost the answer.
	repeatEach = 50
	// homes is from how many addresses reports come.
	homes = 20_000
	// phone is what visitors' browsers call themselves; programs that say what they are do not count.
	phone = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)

// Visits is what pages tell of at an even rate, in reports of so many events each.
type Visits struct {
	PerSecond, Each int // events
	For             time.Duration
	Entries         int
}

// Counted is what was acknowledged: events by metric, and what each report took.
type Counted struct {
	Impressions, Views int64
	Took               Histogram
}

// Run has pages tell of events. Where the server is slow, reports come late and then at once, so that their number is kept. Of each
// report one event is an impression, and the others are views; some reports come twice.
func (v Visits) Run(ctx context.Context, c *Client) (counted Counted, err error) {
	var mu sync.Mutex
	began, reports := time.Now(), v.reports()
	err = Each(ctx, reporters, reporters, func(ctx context.Context, reporter int) error {
		var own Counted
		for i := reporter; i < reports; i += reporters {
			if err := wait(ctx, time.Until(began.Add(time.Duration(i)*v.For/time.Duration(reports)))); err != nil {
				return err
			}
			if err := v.report(ctx, c, i, &own); err != nil {
				return err
			}
		}
		mu.Lock()
		defer mu.Unlock()
		counted.Impressions, counted.Views = counted.Impressions+own.Impressions, counted.Views+own.Views
		counted.Took.merge(&own.Took)
		return nil
	})
	return counted, err
}

// reports is how many there are.
func (v Visits) reports() int { return int(float64(v.PerSecond) * v.For.Seconds() / float64(v.Each)) }

// report sends the i-th report, and some a second time.
func (v Visits) report(ctx context.Context, c *Client, i int, own *Counted) error {
	body := fmt.Appendf(nil, `{"batch":"%032x","challenge":%q,"events":[{"metric":"impression"}`, uint64(i)+1, Challenge)
	for n := 1; n < v.Each; n++ {
		body = fmt.Appendf(body, `,{"metric":"view","entry":%d}`, 1+(i+n)%v.Entries)
	}
	body = append(body, "]}"...)
	began := time.Now()
	if err := c.tell(ctx, addressOf(i%homes), body); err != nil {
		return err
	}
	own.Took.Add(time.Since(began))
	own.Impressions, own.Views = own.Impressions+1, own.Views+int64(v.Each)-1
	if i%repeatEach == 0 {
		return c.tell(ctx, addressOf(i%homes), body)
	}
	return nil
}

// tell sends one report as a page of the server's own origin does.
func (c *Client) tell(ctx context.Context, address string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/api/v1/events", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("tell of events: %w", err)
	}
	request.Header.Set("Origin", c.url)
	request.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	request.Header.Set("User-Agent", phone)
	request.Header.Set("X-Forwarded-For", address)
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("tell of events: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil || response.StatusCode != http.StatusNoContent {
		return fmt.Errorf("tell of events: %s: %s: %w", response.Status, answer, err)
	}
	return nil
}

// Steady is votes at an even rate, each by a voter for an entry.
type Steady struct {
	PerSecond int
	For       time.Duration
	Entries   []string
}

// votesOfOne is how many votes a voter has; the demo's rules give at least as many.
const votesOfOne = 10

// Voters is how many it takes.
func (s Steady) Voters() int { return (s.votes() + votesOfOne - 1) / votesOfOne }

func (s Steady) votes() int { return int(float64(s.PerSecond) * s.For.Seconds()) }

// Run casts the votes and returns how long each took.
func (s Steady) Run(ctx context.Context, c *Client, voters []*Voter) (Latencies, error) {
	took, began := make(Latencies, s.votes()), time.Now()
	err := Each(ctx, pacers, pacers, func(ctx context.Context, pacer int) error {
		for i := pacer; i < len(took); i += pacers {
			if err := wait(ctx, time.Until(began.Add(time.Duration(i)*s.For/time.Duration(len(took))))); err != nil {
				return err
			}
			voter, entry := s.ballot(i, len(voters))
			asked := time.Now()
			if err := c.VoteAs(ctx, voters[voter], entry); err != nil {
				return err
			}
			took[i] = time.Since(asked)
		}
		return nil
	})
	return took, err
}

// ballot is who of so many voters casts the i-th vote, and for what: at each turn for the next entry, so for none twice.
func (s Steady) ballot(i, voters int) (voter int, entry string) {
	voter = i % voters
	return voter, s.Entries[(voter+i/voters)%len(s.Entries)]
}
