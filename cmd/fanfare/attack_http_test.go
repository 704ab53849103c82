package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/contest"
)

// dial opens a connection to the server.
func (i *installation) dial() net.Conn {
	i.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.Replace(i.url, "localhost", "127.0.0.1", 1), "http://"))
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(func() { conn.Close() })
	return conn
}

// raw sends a request exactly as written; an answer that is no HTTP has status 0.
func (i *installation) raw(text string) reply {
	i.t.Helper()
	conn := i.dial()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, text)
	method, _, _ := strings.Cut(text, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return reply{Text: err.Error()}
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return reply{Status: resp.StatusCode, Header: resp.Header, Text: string(body)}
}

// Whoever sends all of a request before they read is told what is wrong with it, too.
func TestAHeaderThatIsFarTooLongIsAnswered(t *testing.T) {
	i := install(t, nil)
	conn := i.dial()
	conn.SetDeadline(time.Now().Add(time.Minute))
	line := "Authorization: Bearer " + strings.Repeat("a", 8<<20) + "\r\n\r\n"
	sent := must(io.WriteString(conn, "GET /api/v1/challenges HTTP/1.1\r\nHost: localhost\r\n"+line))(t)
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer after %d bytes: %v", sent, err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("got %s, want 431", r.Status)
	}
}

// CHECKS 10, 12: the address of a photo leads to photos only.
func TestNoAddressReachesAnOriginalOrTheDatabase(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	e := must(i.app.entries.Entry(t.Context(), contest.EntryID(id)))(t)
	original := e.Original
	paths := []string{
		"/m/../" + original, "/m/%2e%2e/" + original, "/m/..%2f" + original, "/m/%2e%2e%2f" + strings.ReplaceAll(original, "/", "%2f"),
		"/m/..%5c" + strings.ReplaceAll(original, "/", "%5c"), `/m/..\` + original, "/m//" + original, "/m/./../" + original, "/m/" + original,
		"/m/x/../../" + original, "/m/%252e%252e/" + original, "/m/..;/" + original, "/m/%c0%ae%c0%ae/" + original, "/m/\xc0\xae\xc0\xae/" + original,
		"/m/..%00/" + original, "/m/" + original + "%00.jpg", "//m/../" + original, "/m/../../fanfare.db", "/m/..%2f..%2ffanfare.db", "/m" + i.data + "/fanfare.db",
		"/m/%2f" + i.data + "/fanfare.db", "/assets/..%2f..%2ffanfare.db", "/assets/%2e%2e", "/assets/.", "/assets/templates%2flayout.html",
		"/m/" + id, "/m/" + id + "/", "/m/", "/m", "/c/..%2f..", "/e/..%2f" + id, "http://127.0.0.1/m/../" + original, "*", "/%", "/m/%zz",
	}
	secret := string(must(os.ReadFile(i.objects("original")[0]))(t)) // every rendition is encoded anew
	for _, path := range paths {
		r := i.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if r.Status == http.StatusOK || r.Status >= 500 || strings.Contains(r.Text, secret) || strings.Contains(r.Text, "SQLite format") || strings.Contains(r.Text, i.data) {
			t.Errorf("%q: %d, %d bytes", path, r.Status, len(r.Text))
		}
		if location := r.Header.Get("Location"); location != "" && (!strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//")) {
			t.Errorf("%q leads to %q", path, location)
		}
	}
}

func TestPhotosAnswerRangesConditionsAndHead(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	sizes := i.get("/api/v1/entries/"+id, "").Body["photo"].(map[string]any)["sizes"].([]any)
	path := sizes[0].(map[string]any)["url"].(string)
	whole := i.get(path, "")
	ask := func(method, key, value string) reply {
		return i.do(request{method: method, path: path, header: map[string]string{key: value}})
	}
	if r := ask("GET", "Range", "bytes=0-9"); r.Status != 206 || r.Text != whole.Text[:10] {
		t.Errorf("ten bytes: %d, %d bytes", r.Status, len(r.Text))
	}
	if r := ask("GET", "Range", "bytes=999999999-"); r.Status != 416 || r.Header.Get("Content-Type") == "image/jpeg" && len(r.Text) > 100 {
		t.Errorf("beyond the end: %d", r.Status)
	}
	if r := ask("GET", "Range", "bytes="+strings.Repeat("0-,", 1000)+"0-"); len(r.Text) > 2*len(whole.Text) {
		t.Errorf("a thousand ranges of the whole yield %d bytes of a file of %d", len(r.Text), len(whole.Text))
	}
	for _, nonsense := range []string{"bytes=-0", "bytes=9-1", "bytes=a-b", "lines=1-2", "bytes=99999999999999999999-", "bytes=" + strings.Repeat("9", 5000)} {
		if r := ask("GET", "Range", nonsense); r.Status >= 500 {
			t.Errorf("range %.20q: %d", nonsense, r.Status)
		}
	}
	if r := ask("GET", "If-None-Match", whole.Header.Get("ETag")); r.Status != 304 || r.Text != "" || whole.Header.Get("ETag") == "" {
		t.Errorf("known already: %d", r.Status)
	}
	for _, path := range []string{path, "/", "/c/night", "/e/" + id, "/embed.js", "/livez"} {
		get, head := i.get(path, ""), i.do(request{method: "HEAD", path: path})
		if head.Status != get.Status || head.Text != "" || head.Header.Get("Content-Type") != get.Header.Get("Content-Type") {
			t.Errorf("HEAD %s: %d %q, and GET: %d %q", path, head.Status, head.Header.Get("Content-Type"), get.Status, get.Header.Get("Content-Type"))
		}
	}
}

func TestOddMethodsHeadersAndPathsAreRefusedQuietly(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	for _, method := range []string{"TRACE", "CONNECT", "PROPFIND", "DEBUG", "PATCH", "get", "GE%54"} {
		for _, path := range []string{"/", "/c/night", "/api/v1/challenges", "/m/x", "/console", "/console/queue", "/embed.js"} {
			r := i.raw(method + " " + path + " HTTP/1.1\r\nHost: x\r\nX-Secret: fanfare-echo\r\nConnection: close\r\n\r\n")
			if r.Status != 400 && r.Status != 404 && r.Status != 405 || strings.Contains(r.Text, "fanfare-echo") {
				t.Errorf("%s %s: %d %s", method, path, r.Status, r.Text)
			}
		}
	}
	override := map[string]string{"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE"}
	i.do(request{method: "POST", path: "/api/v1/entries/" + id + "?_method=DELETE", header: override})
	if r := i.get("/api/v1/entries/"+id, ""); r.Status != 200 {
		t.Error("a method was overridden")
	}
	for name, text := range map[string]string{
		"a header of 40 KB":     "GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 40<<10) + "\r\n\r\n",
		"a token of 1 MB":       "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + strings.Repeat("a", 1<<20) + "\r\n\r\n",
		"two lengths":           "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
		"length and chunks":     "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
		"a negative length":     "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
		"two hosts":             "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
		"a folded header":       "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\nA : b\r\n\r\n",
		"HTTP/9.9":              "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
		"HTTP/2 without asking": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
	} {
		if r := i.raw(text); r.Status == 200 || r.Status == 201 || r.Status == 500 {
			t.Errorf("%s: %d %.80s", name, r.Status, r.Text)
		}
	}
	for _, path := range []string{"/api/v1//entries/" + id, "/api/v1/entries%2f" + id, "/api//v1/challenges", "/api/v1/./me", "/api/v1/../v1/me", "/API/v1/challenges", "/api/v1/challenges/", "/api/v1/challenges/night%00", "/c/night/", "/c//night", "/c/night%2f", "/console/", "//console/queue", "/console%2fqueue", "/./console/queue"} {
		if r := i.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); r.Status != 404 && r.Status != 303 {
			t.Errorf("%s: %d %.60s", path, r.Status, r.Text)
		}
	}
	for _, path := range []string{"//evil.example/%2e%2e", "//evil.example/console", "/\\evil.example"} {
		r := i.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		if strings.Contains(r.Header.Get("Location"), "evil") || strings.Contains(r.Text, `href="//evil`) || strings.Contains(r.Text, `href="/\evil`) {
			t.Errorf("%s becomes a link or a redirect to another site: %d %q", path, r.Status, r.Header.Get("Location"))
		}
	}
}

// CHECKS 39.
func TestHostileJSONIsRefusedAndNothingIsApplied(t *testing.T) {
	i := install(t, nil)
	id := i.published(i.guest(), "one")
	bodies := map[string]string{
		"huge": `{"challenge":"night","name":"` + strings.Repeat("a", 1<<20) + `"}`, "deep": strings.Repeat(`[`, 30000) + strings.Repeat(`]`, 30000),
		"deep in a field":    `{"challenge":"night","name":` + strings.Repeat(`{"a":`, 5000) + `1` + strings.Repeat(`}`, 5000) + `}`,
		"a key twice":        `{"challenge":"day","challenge":"night"}`,
		"a key in two cases": `{"challenge":"day","Challenge":"night"}`,
		"a key escaped":      `{"challenge":"day","ch\u0061llenge":"night"}`,
		"NaN":                `{"challenge":NaN}`, "a number": `{"challenge":-1}`, "a huge number": `{"challenge":"night","name":1e999}`, "null": `null`,
		"a list": `["night"]`, "a text": `"night"`, "two values": `{"challenge":"night"}{"challenge":"night"}`, "rubbish after it": `{"challenge":"night"} x`,
		"half": `{"challenge":"nig`, "a comment": `{"challenge":"night"/**/}`, "bare": `{challenge:"night"}`, "an unknown field": `{"challenge":"night","admin":true}`,
		"nothing": ``, "UTF-16": "\xff\xfe{\x00}\x00", "bad UTF-8": "{\"challenge\":\"night\",\"\xff\":1}",
	}
	fans := func() int { return len(must(i.app.campaigns.Counts(t.Context(), i.challenge.ID))(t)) }
	before := fans()
	for name, body := range bodies {
		for _, path := range []string{"/api/v1/session", "/api/v1/entries/" + id + "/reports"} {
			r := i.do(request{method: "POST", path: path, kind: "application/json", body: []byte(body)})
			if r.Status != 422 && r.Status != 413 && r.Status != 400 || r.code() == "" {
				t.Errorf("%s to %s: %d %.100s", name, path, r.Status, r.Text)
			}
		}
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "application/xml", "application/cbor", "multipart/form-data; boundary=x", "nonsense"} {
		if r := i.do(request{method: "POST", path: "/api/v1/session", kind: kind, body: []byte(`{"challenge":"night"}`)}); r.Status == 201 {
			t.Errorf("JSON called %s opened a session", kind)
		}
	}
	if fans() != before || len(must(i.app.entries.Reported(t.Context(), 100))(t)) != 0 {
		t.Error("something was applied")
	}
}

// No cache on the way may keep what is one visitor's.
func TestAnswersToOnePersonAreNeverStored(t *testing.T) {
	i := install(t, nil)
	token := i.guest()
	id := i.published(token, "one")
	for _, path := range []string{"/api/v1/me", "/api/v1/me/standing", "/api/v1/entries/" + id, "/api/v1/challenges/night/entries", "/api/v1/challenges/night/search?q=one", "/api/v1/challenges"} {
		r := i.get(path, token)
		if r.Status != 200 || !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s with a bearer: %d, Cache-Control is %q", path, r.Status, r.Header.Get("Cache-Control"))
		}
		open := i.get(path, "")
		if vary := strings.Join(open.Header.Values("Vary"), ","); !strings.Contains(vary, "Authorization") || !strings.Contains(vary, "Origin") || open.Header.Get("Cache-Control") == "" {
			t.Errorf("%s: Vary is %q, Cache-Control %q", path, vary, open.Header.Get("Cache-Control"))
		}
	}
	session := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)})
	if !strings.Contains(session.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("a new bearer: Cache-Control is %q", session.Header.Get("Cache-Control"))
	}
	for _, path := range []string{"/console", "/console/sign-in", "/console/setup?token=x"} {
		if r := i.get(path, ""); !strings.Contains(r.Header.Get("Cache-Control"), "no-store") {
			t.Errorf("%s: Cache-Control is %q", path, r.Header.Get("Cache-Control"))
		}
	}
}

// CHECKS 55: who sends a byte a second holds a connection for some seconds, whatever it asks for.
func TestSlowSendersAreCutOff(t *testing.T) {
	i := install(t, nil)
	token, id := i.guest(), i.published(i.guest(), "one")
	head := func(line, more string) string {
		return line + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nContent-Length: 100000\r\n" + more + "\r\n"
	}
	var all sync.WaitGroup
	for name, start := range map[string]string{
		"a header":                     "GET / HTTP/1.1\r\nHost: x\r\nX-A: ",
		"a JSON body":                  head("POST /api/v1/session", "Content-Type: application/json\r\n"),
		"a body that nobody reads":     head("PUT /api/v1/entries/"+id+"/vote", ""),
		"a body to a page":             head("GET /", ""),
		"a body to an unknown address": head("POST /api/v1/nothing", ""),
		"a form":                       head("POST /console/sign-in", "Content-Type: application/x-www-form-urlencoded\r\n"),
		"a photo":                      head("POST /api/v1/challenges/night/entries", "Content-Type: multipart/form-data; boundary=x\r\n") + "--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a\"\r\n\r\n",
	} {
		all.Go(func() {
			if took, closed := outlasts(i.dial(), start, 15*time.Second); !closed {
				t.Errorf("%s: the connection is still open after %v", name, took)
			} else if took < 2*time.Second {
				t.Errorf("%s: closed after %v, so the wait was not tried", name, took)
			}
		})
	}
	all.Wait()
}

// outlasts sends a start and then a few bytes a second, until the server closes the connection or patience ends.
func outlasts(conn net.Conn, start string, patience time.Duration) (took time.Duration, closed bool) {
	began := time.Now()
	io.WriteString(conn, start)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		io.Copy(io.Discard, conn)
	}()
	tick := time.NewTicker(300 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return time.Since(began), true
		case <-tick.C:
			conn.Write([]byte("a"))
		}
		if time.Since(began) > patience {
			return patience, false
		}
	}
}

// A slow but steady sender is heard out.
func TestAPhotoMayComeSlowly(t *testing.T) {
	i := install(t, nil)
	kind, body := i.form(append(bytes.Clone(picture()), make([]byte, 400<<10)...), map[string]string{"caption": "slow", "author": "a", "consents": string(i.challenge.Consents[0])})
	conn := i.dial()
	fmt.Fprintf(conn, "POST /api/v1/challenges/night/entries HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", i.guest(), kind, len(body))
	for tick := time.NewTicker(200 * time.Millisecond); len(body) > 0; <-tick.C {
		n := min(len(body), 64<<10)
		if _, err := conn.Write(body[:n]); err != nil {
			t.Fatal(err)
		}
		body = body[n:]
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("got %v, %v", resp, err)
	}
}
