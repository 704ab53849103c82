package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"time"
)

const (
	answerLimit = 4 << 20          // bytes read of an answer; a page of 100 entries is a tenth of it
	timeout     = 30 * time.Second // of one request; the slowest is an upload to this same machine
)

// client speaks the public REST API.
type client struct {
	root, base, origin string
	http               *http.Client
}

func newClient(cfg Config) *client {
	return &client{cfg.BaseURL, cfg.BaseURL + "/api/v1", cfg.Origin, &http.Client{Timeout: timeout, Transport: &http.Transport{}}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

// problem is the API's refusal.
type problem struct {
	Status     int    `json:"status"`
	Code       string `json:"code"`
	Detail     string `json:"detail"`
	retryAfter time.Duration
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// transient reports whether the same request may succeed later.
func transient(err error) bool {
	var p *problem
	if errors.As(err, &p) {
		return p.Status == http.StatusTooManyRequests || p.Status >= http.StatusInternalServerError
	}
	return err != nil // the network
}

type challenge struct {
	Consents []struct {
		ID string `json:"id"`
	} `json:"consents"`
}

func (c *client) challenge(ctx context.Context) (challenge, error) {
	var out challenge
	err := c.call(ctx, http.MethodGet, "/challenges/"+Slug, "", nil, &out)
	return out, err
}

// reposting is the identifier of the text by which fans let partners repost their photos.
func (c *client) reposting(ctx context.Context) (string, error) {
	var out struct {
		Consent string `json:"consent"`
	}
	err := c.call(ctx, http.MethodGet, "/reposting", "", nil, &out)
	return out.Consent, err
}

type entry struct {
	ID      string `json:"id"`
	Number  int64  `json:"number"`
	Author  string `json:"author"`
	Caption string `json:"caption"`
	Score   int    `json:"score"`
}

// entries lists the newest published entries, as many as one page holds.
func (c *client) entries(ctx context.Context) ([]entry, error) {
	var out struct {
		Entries []entry `json:"entries"`
	}
	err := c.call(ctx, http.MethodGet, "/challenges/"+Slug+"/entries?sort=newest&limit=100", "", nil, &out)
	return out.Entries, err
}

// open opens a guest session and returns its token.
func (c *client) open(ctx context.Context, name string) (string, error) {
	body, err := json.Marshal(map[string]string{"challenge": Slug, "name": name})
	if err != nil {
		return "", fmt.Errorf("open session: %w", err)
	}
	var out struct {
		Token string `json:"token"`
	}
	err = c.call(ctx, http.MethodPost, "/session", "", body, &out)
	return out.Token, err
}

// vote casts a vote, or takes it back, and returns the entry's score after it.
func (c *client) vote(ctx context.Context, token, id string, cast bool) (int, error) {
	method := http.MethodPut
	if !cast {
		method = http.MethodDelete
	}
	var out struct {
		Score int `json:"score"`
	}
	err := c.call(ctx, method, "/entries/"+url.PathEscape(id)+"/vote", token, nil, &out)
	return out.Score, err
}

// submit enters a shot's file and returns the entry's identifier.
func (c *client) submit(ctx context.Context, token string, s shot, file []byte, texts agreed) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := fill(form, s, file, texts); err != nil {
		return "", fmt.Errorf("write form of %s: %w", s.scene, err)
	}
	req, err := c.request(ctx, http.MethodPost, "/challenges/"+Slug+"/entries", token, &body)
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Idempotency-Key", s.key())
	var out entry
	err = c.send(req, &out)
	return out.ID, err
}

// agreed are the identifiers of texts that fans agree to.
type agreed struct {
	entering  []string // all of them
	reposting string   // those who let partners repost their photo
}

func fill(form *multipart.Writer, s shot, file []byte, texts agreed) error {
	fields := [][2]string{{"caption", s.caption}, {"author", s.author}, {"city", s.city}, {"partner", s.partner}}
	for _, id := range texts.entering {
		fields = append(fields, [2]string{"consents", id})
	}
	if p, ticked := permits[s.scene]; ticked {
		fields = append(fields, [2]string{"consents", texts.reposting}, [2]string{"repost", p.outlets}, [2]string{"repost_months", p.months})
	}
	for _, f := range fields {
		if f[1] == "" {
			continue
		}
		if err := form.WriteField(f[0], f[1]); err != nil {
			return err
		}
	}
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="photo"; filename="` + s.scene + `.jpg"`},
		"Content-Type":        {"image/jpeg"},
	})
	if err != nil {
		return err
	}
	if _, err := part.Write(file); err != nil {
		return err
	}
	return form.Close()
}

// call sends a request with a JSON body, or none, and reads a JSON answer.
func (c *client) call(ctx context.Context, method, path, token string, body []byte, out any) error {
	req, err := c.request(ctx, method, path, token, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.send(req, out)
}

func (c *client) request(ctx context.Context, method, path, token string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", path, err)
	}
	req.Header.Set("Origin", c.origin)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

func (c *client) send(req *http.Request, out any) error {
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("send request: %w", err)
	}
	defer res.Body.Close()
	body := json.NewDecoder(io.LimitReader(res.Body, answerLimit))
	if res.StatusCode >= http.StatusBadRequest {
		p := &problem{}
		if err := body.Decode(p); err != nil {
			p.Detail = "answer is no problem document"
		}
		p.Status, p.retryAfter = res.StatusCode, retryAfter(res.Header)
		return fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, p)
	}
	if err := body.Decode(out); err != nil {
		return fmt.Errorf("read answer of %s: %w", req.URL.Path, err)
	}
	return nil
}

// longestPause bounds what a Retry-After is believed.
const longestPause = time.Minute

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestPause)
}
