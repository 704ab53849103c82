package month

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fanfare/server/contest"
	"fanfare/server/kpi"
)

const (
	// browser is what visitors' browsers call themselves, robot what a program that counts nothing does.
	browser = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
	robot   = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	// maxAnswer bounds what is read of one answer; a page of a campaign takes some 200 KB.
	maxAnswer = 8 << 20
)

// visitors send requests as browsers and shops do.
type visitors struct {
	url  string
	http *http.Client
}

func newVisitors(url string) *visitors {
	return &visitors{url, &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{MaxIdleConns: senders, MaxIdleConnsPerHost: senders},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (v *visitors) close() { v.http.CloseIdleConnections() }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request. Headers are pairs of name and value.
func (v *visitors) do(ctx context.Context, method, path string, body []byte, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.url+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	r.Header.Set("Origin", v.url)
	r.Header.Set("User-Agent", browser)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := v.http.Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return answer{response.StatusCode, response.Header, read}, nil
}

// must is do, for a request that is answered with a status.
func (v *visitors) must(ctx context.Context, status int, method, path string, body []byte, headers ...string) (answer, error) {
	a, err := v.do(ctx, method, path, body, headers...)
	if err == nil && a.status != status {
		err = fmt.Errorf("%s %s: status %d, want %d: %.300s", method, path, a.status, status, a.body)
	}
	return a, err
}

// ignored are headers of who asks not to be counted, or is no person.
var ignored = [][]string{{"Sec-GPC", "1"}, {"DNT", "1"}, {"User-Agent", robot}, {"Sec-Purpose", "prefetch"}}

// visit has a campaign's visitors come: each opens links, tells of events, and votes.
func (m *Month) visit(ctx context.Context, v *visitors, c *campaign) error {
	for i := range m.size.Visitors {
		address := fmt.Sprintf("198.18.%d.%d", i>>8&255, i&255)
		l := pick(m, c.links)
		token, err := m.click(ctx, v, c, l, address)
		if err != nil {
			return fmt.Errorf("open a link: %w", err)
		}
		if err := m.report(ctx, v, c, l, token, address); err != nil {
			return fmt.Errorf("tell of events: %w", err)
		}
		if err := m.vote(ctx, v, c, i, address); err != nil {
			return fmt.Errorf("vote: %w", err)
		}
	}
	return nil
}

// click follows a link and returns the click's token; empty for a link that is retired.
func (m *Month) click(ctx context.Context, v *visitors, c *campaign, l link, address string) (string, error) {
	path := "/t/" + strings.ToUpper(string(l.code)) + "?utm_content=mine"
	if _, err := v.must(ctx, http.StatusFound, http.MethodGet, path, nil, append([]string{"X-Forwarded-For", address}, pick(m, ignored)...)...); err != nil {
		return "", err
	}
	a, err := v.must(ctx, http.StatusFound, http.MethodGet, path, nil, "X-Forwarded-For", address)
	if err != nil {
		return "", err
	}
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		return "", fmt.Errorf("read redirect: %w", err)
	}
	token := to.Query().Get("ff")
	if !l.retired.IsZero() {
		return token, nil
	}
	if token == "" || to.Query().Get("utm_source") != string(l.due.channel) {
		return "", fmt.Errorf("the redirect of %s leads to %s", l.code, to)
	}
	c.books.count(kpi.Clicks, m.now, l.due, 0, 1)
	c.books.opened[l.code]++
	return token, nil
}

// wire are the names of events by metrics.
var wire = map[kpi.Metric]string{kpi.Impressions: "impression", kpi.Views: "view", kpi.Visits: "visit", kpi.Shares: "share"}

// report tells of events, some of it twice, as by a page whose network lost the answer, and some of it as who is not counted.
func (m *Month) report(ctx context.Context, v *visitors, c *campaign, l link, token, address string) error {
	via, from := token, due{channel: l.due.channel, partner: l.due.partner}
	switch m.random.IntN(4) {
	case 0:
		channel := pick(m, c.plan.Channels).ID
		via, from = string(channel), due{channel: channel}
	case 1:
		via, from = "a-name-that-nobody-planned", due{}
	}
	if via == "" {
		from = due{}
	}
	type event struct {
		Metric string              `json:"metric"`
		Entry  contest.EntryNumber `json:"entry,omitempty"`
		N      int64               `json:"n,omitempty"`
	}
	body := struct {
		Batch     string  `json:"batch"`
		Challenge string  `json:"challenge"`
		Via       string  `json:"via,omitempty"`
		Events    []event `json:"events"`
	}{fmt.Sprintf("%016x%016x", m.random.Uint64(), m.random.Uint64()), c.challenge.Slug, via, nil}
	counts := pageCounts{}
	for range 1 + m.random.IntN(8) {
		metric, n := pick(m, eventMetrics[:4]), 1+m.random.Int64N(100)
		var entry contest.EntryNumber
		if metric == kpi.Views || metric == kpi.Shares {
			entry = 1 + contest.EntryNumber(m.random.IntN(m.size.Entries))
		}
		body.Events = append(body.Events, event{wire[metric], entry, n})
		if n = counts.take(metric, entry, n); n > 0 {
			c.books.count(metric, m.now, from, entry, n)
		}
	}
	body.Events = append(body.Events, event{"view", 1_000_000, 1}) // of a photo that is not there: it counts nothing
	c.books.saw(dayOf(m.now, c.location), from.channel, address+browser)
	content, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	times := 1 + m.random.IntN(3)
	for range times {
		if _, err = v.must(ctx, http.StatusNoContent, http.MethodPost, "/api/v1/events", content, "Content-Type", "text/plain", "X-Forwarded-For", address); err != nil {
			return err
		}
	}
	body.Batch = fmt.Sprintf("%016x%016x", m.random.Uint64(), m.random.Uint64())
	if content, err = json.Marshal(body); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	_, err = v.must(ctx, http.StatusNoContent, http.MethodPost, "/api/v1/events", content,
		append([]string{"Content-Type", "text/plain", "X-Forwarded-For", "198.19.0.1"}, pick(m, ignored)...)...)
	return err
}

// pageCounts is how much of a metric, and of it for one photo, a page's report has counted. More than a page can see in its few seconds
// is told by some, and counts nothing.
type pageCounts map[string]int64

func (p pageCounts) take(metric kpi.Metric, entry contest.EntryNumber, n int64) int64 {
	most := map[kpi.Metric]int64{kpi.Impressions: 1, kpi.Visits: 1, kpi.Views: 30, kpi.Shares: 5}
	all, photo := string(metric), fmt.Sprint(metric, " of ", entry)
	n = min(n, most[metric]-p[all])
	if entry != 0 {
		n = min(n, 3-p[photo])
	}
	p[all], p[photo] = p[all]+n, p[photo]+n
	return n
}

// vote opens a guest's session and votes for a few entries; the last one is taken back, some are sent twice.
func (m *Month) vote(ctx context.Context, v *visitors, c *campaign, n int, address string) error {
	session, err := json.Marshal(map[string]string{"challenge": c.challenge.Slug, "name": fmt.Sprintf("Visitor %d", n)})
	if err != nil {
		return fmt.Errorf("write session: %w", err)
	}
	a, err := v.must(ctx, http.StatusCreated, http.MethodPost, "/api/v1/session", session, "Content-Type", "application/json", "X-Forwarded-For", address)
	if err != nil {
		return err
	}
	var opened struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(a.body, &opened); err != nil || opened.Token == "" {
		return errors.Join(errors.New("there is no session"), err)
	}
	headers := []string{"Authorization", "Bearer " + opened.Token, "X-Forwarded-For", address}
	published := c.published()
	first, votes := m.random.IntN(len(published)), 1+m.random.IntN(min(3, len(published)-1))
	for i := range votes {
		e := published[(first+i)%len(published)]
		path := "/api/v1/entries/" + string(e.ID) + "/vote"
		for range 1 + m.random.IntN(2) {
			if _, err := v.must(ctx, http.StatusOK, http.MethodPut, path, nil, headers...); err != nil {
				return err
			}
		}
		if i == 2 {
			if _, err := v.must(ctx, http.StatusOK, http.MethodDelete, path, nil, headers...); err != nil {
				return err
			}
			continue
		}
		c.books.add(kpi.Votes, m.now, due{partner: kpi.PartnerID(e.Partner)}, big.NewInt(1))
		c.books.entry(e.Number).votes++
		name := fmt.Sprintf("visitor %d", n)
		c.books.fan(name).voted = append(c.books.fan(name).voted, m.now)
	}
	return nil
}

// staffCookie is how a cookie with the session of staff begins, where the server is spoken to without TLS.
const staffCookie = "fanfare_staff="
