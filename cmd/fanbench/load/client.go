// Package load is the other side of what fanbench measures: fans who vote and browsers that watch, against any server
// that speaks Fanfare's public API. It checks what it is told, and times it.
package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Challenge is the slug of the challenge that all loads use.
const Challenge = "night"

// maxAnswer bounds what is read of one answer; a board of 100 rows takes about 80 KB.
const maxAnswer = 4 << 20

// Client calls one server.
type Client struct {
	url  string
	http *http.Client
}

// NewClient returns a client of the server at the URL that keeps up to n connections.
func NewClient(url string, n int) *Client {
	return &Client{url, &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{MaxIdleConns: n, MaxIdleConnsPerHost: n, MaxConnsPerHost: n},
	}}
}

// Close ends the kept connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Board is what the load needs of a board.
type Board struct {
	Entries int   `json:"entries"`
	Votes   int64 `json:"votes"`
	Rows    []struct {
		Entry string `json:"entry"`
		Score int64  `json:"score"`
	} `json:"rows"`
}

// scores returns the scores by entry.
func (b Board) scores() map[string]int64 {
	scores := map[string]int64{}
	for _, row := range b.Rows {
		scores[row.Entry] = row.Score
	}
	return scores
}

// Board reads up to 100 rows of the challenge's board.
func (c *Client) Board(ctx context.Context) (b Board, err error) {
	err = c.call(ctx, http.MethodGet, "/api/v1/challenges/"+Challenge+"/board?limit=100", nil, nil, &b)
	return b, err
}

// Place asks for the place of the entry with a number.
func (c *Client) Place(ctx context.Context, number int) error {
	var answer struct {
		Rank int `json:"rank"`
	}
	path := fmt.Sprintf("/api/v1/challenges/%s/entries/%d/place", Challenge, number)
	err := c.call(ctx, http.MethodGet, path, nil, nil, &answer)
	if err == nil && answer.Rank < 1 {
		return fmt.Errorf("GET %s: the answer names no rank", path)
	}
	return err
}

// LogSize returns how many leaves the newest checkpoint of a vote log has.
func (c *Client) LogSize(ctx context.Context, challenge string) (size int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/log/"+challenge+"/checkpoint", nil)
	if err != nil {
		return 0, fmt.Errorf("read checkpoint: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, fmt.Errorf("read checkpoint: %w", err)
	}
	defer response.Body.Close()
	var origin string
	if _, err := fmt.Fscanf(io.LimitReader(response.Body, maxAnswer), "%s\n%d\n", &origin, &size); err != nil {
		return 0, fmt.Errorf("read checkpoint: %s: %w", response.Status, err)
	}
	return size, nil
}

// session opens a guest's session and returns its bearer.
func (c *Client) session(ctx context.Context, v *Voter, name string) (string, error) {
	var answer struct {
		Token string `json:"token"`
	}
	err := c.call(ctx, http.MethodPost, "/api/v1/session", v, map[string]string{"challenge": Challenge, "name": name}, &answer)
	return answer.Token, err
}

// vote casts a vote.
func (c *Client) vote(ctx context.Context, v *Voter, entry string) error {
	var answer struct {
		Voted bool `json:"voted"`
	}
	err := c.call(ctx, http.MethodPut, "/api/v1/entries/"+entry+"/vote", v, nil, &answer)
	if err == nil && !answer.Voted {
		return fmt.Errorf("vote for %s: the answer says that it is not there", entry)
	}
	return err
}

// voted returns the entries that the session's fan voted for.
func (c *Client) voted(ctx context.Context, v *Voter) ([]string, error) {
	var answer struct {
		Voted []string `json:"voted"`
	}
	err := c.call(ctx, http.MethodGet, "/api/v1/me", v, nil, &answer)
	return answer.Voted, err
}

// call sends one request as a page of the server's own origin would; v is whose it is, nil for nobody's.
func (c *Client) call(ctx context.Context, method, path string, v *Voter, body, into any) error {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		content = bytes.NewReader(b)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, content)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("Origin", c.url)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if v != nil {
		request.Header.Set("X-Forwarded-For", v.address)
	}
	if v != nil && v.token != "" {
		request.Header.Set("Authorization", "Bearer "+v.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}
