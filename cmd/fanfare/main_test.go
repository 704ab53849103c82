package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fanfare/server/contest"
	"fanfare/server/store/pgtest"
	"fanfare/server/store/storetest"
)

// TestMain lets the test binary be the server's render worker, for tests that kill it the server itself, and a proxy.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == proxyCommand {
		serveProxy(os.Args[2])
		return
	}
	if len(os.Args) > 1 && (os.Args[1] == "render" || os.Args[1] == "serve") {
		main()
		return
	}
	code := m.Run()
	if testDB != nil {
		testDB.Close()
	}
	os.Exit(code)
}

// testDB is the PostgreSQL server of all tests in this process; nil until one needs it. Tests that call install run one
// after the other.
var testDB *storetest.Postgres

// onPostgres says that whole installations have a PostgreSQL database instead of a SQLite file in this run.
var onPostgres = os.Getenv("FANFARE_TEST_DB") == "postgres"

// postgres returns testDB, started.
func postgres(t *testing.T) *storetest.Postgres {
	t.Helper()
	if testDB == nil {
		s, err := storetest.NewPostgres("fsync=on", "full_page_writes=on", "max_connections=200")
		if errors.Is(err, pgtest.ErrMissing) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
		testDB = s
	}
	return testDB
}

// database gives a new installation empty tables, which is faster than that it makes them, and returns the flags that name them.
func database(t *testing.T, data string, flags []string) []string {
	t.Helper()
	switch {
	case slices.Contains(flags, "--db"):
		return nil
	case onPostgres:
		return []string{"--db", postgres(t).MigratedDatabase(t)}
	}
	storetest.MigratedFile(t, filepath.Join(data, "fanfare.db"))
	return nil
}

// sqliteOnly skips what is about the file.
func sqliteOnly(t *testing.T) {
	t.Helper()
	if onPostgres {
		t.Skip("is about SQLite's file")
	}
}

// installation is a whole server in this process, on loopback, with an open challenge.
type installation struct {
	t         *testing.T
	url       string
	data      string
	flags     []string // further ones, for the backends
	app       *application
	backends  *backends
	close     func() // ends the server; the data folder stays until the test ends
	challenge contest.Challenge
	site      contest.Site
}

const hostOrigin = "https://host.example"

// install starts an installation with a challenge that edit may change before the launch, and with further flags.
func install(t *testing.T, edit func(*contest.Challenge), flags ...string) *installation {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a whole server; run without -short")
	}
	data := t.TempDir()
	flags = append(database(t, data, flags), flags...)
	c, err := parseConfig(append([]string{"--data", data, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0"}, flags...), func(string) string { return "" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c = c.listening(listener)
	ctx, stop := context.WithCancel(t.Context())
	c.log = slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	backends, err := open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	app, err := assemble(ctx, c, backends, c.log)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(c, backends, app, c.log)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- s.run(ctx, listener, io.Discard) }()
	i := &installation{t: t, url: c.public.String(), data: data, flags: flags, app: app, backends: backends}
	i.close = sync.OnceFunc(func() {
		stop()
		if err := errors.Join(<-ended, app.close(), backends.close()); err != nil {
			t.Errorf("drain: %v", err)
		}
	})
	t.Cleanup(i.close)
	i.launch(edit)
	return i
}

type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func (i *installation) launch(edit func(*contest.Challenge)) {
	i.t.Helper()
	ctx := i.t.Context()
	campaign := must(i.app.campaigns.CreateCampaign(ctx, "", contest.Text{ZH: "夜色", EN: "Night"}))(i.t)
	consent := must(i.app.campaigns.SaveConsent(ctx, "entry", contest.Text{ZH: "我同意。", EN: "I agree."}))(i.t)
	open := contest.Window{Opens: time.Now().Add(-time.Hour), Closes: time.Now().Add(24 * time.Hour)}
	c := contest.Challenge{
		Campaign: campaign.ID, Slug: "night", Hashtag: "#夜景",
		Title: contest.Text{ZH: "夜景", EN: "Night views"}, Brief: contest.Text{ZH: "拍。", EN: "Shoot."},
		Terms: contest.Terms{
			TimeZone: "Asia/Shanghai", Entries: open, Votes: open, Consents: []contest.ConsentID{consent.ID},
			Rules: contest.Rules{EntriesPerFan: 50, VotesPerPeriod: 5, Period: contest.PeriodDay, Moderation: contest.ModerateAfter, Guests: true},
		},
	}
	if edit != nil {
		edit(&c)
	}
	c = must(i.app.campaigns.Create(ctx, c))(i.t)
	if problems := must(i.app.campaigns.Launch(ctx, c.ID, c.Hash()))(i.t); len(problems) > 0 {
		i.t.Fatalf("problems: %v", problems)
	}
	i.challenge = must(i.app.campaigns.Challenge(ctx, c.ID))(i.t)
	i.site = must(i.app.campaigns.CreateSite(ctx, campaign.ID, "host", []string{hostOrigin}))(i.t)
}

// must ends the test on an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// reply is an answer as a client sees it.
type reply struct {
	Status int
	Header http.Header
	Body   map[string]any
	Text   string
}

// code is the problem's code, or "".
func (r reply) code() string {
	s, _ := r.Body["code"].(string)
	return s
}

func (r reply) text(key string) string {
	s, _ := r.Body[key].(string)
	return s
}

// request is one call of the API.
type request struct {
	method, path string
	token        string
	origin       string // "" sends none
	kind         string // Content-Type
	body         []byte
	header       map[string]string
	raw          bool // the answer may be compressed and is not looked into
}

func (i *installation) do(r request) reply {
	i.t.Helper()
	req, err := http.NewRequestWithContext(i.t.Context(), r.method, i.url+r.path, bytes.NewReader(r.body))
	if err != nil {
		i.t.Fatal(err)
	}
	for key, value := range map[string]string{"Origin": r.origin, "Content-Type": r.kind} {
		if value != "" {
			req.Header.Set(key, value)
		}
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for key, value := range r.header {
		req.Header.Set(key, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		i.t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		i.t.Fatal(err)
	}
	out := reply{Status: resp.StatusCode, Header: resp.Header, Text: string(content)}
	if !r.raw && len(content) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(content, &out.Body); err != nil {
			i.t.Fatalf("%s %s: %v in %q", r.method, r.path, err, content)
		}
	}
	return out
}

// client follows no redirects, so that tests see them.
var client = &http.Client{
	Timeout:       30 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
}

func (i *installation) get(path, token string) reply {
	i.t.Helper()
	return i.do(request{method: "GET", path: path, token: token})
}

// guest opens a guest's session and returns its bearer.
func (i *installation) guest() string {
	i.t.Helper()
	r := i.do(request{method: "POST", path: "/api/v1/session", kind: "application/json", body: []byte(`{"challenge":"night"}`)})
	if r.Status != http.StatusCreated {
		i.t.Fatalf("open session: %d %s", r.Status, r.Text)
	}
	return r.text("token")
}

// form builds a submission.
func (i *installation) form(photo []byte, fields map[string]string) (kind string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for key, value := range fields {
		w.WriteField(key, value)
	}
	part, err := w.CreateFormFile("photo", "photo.jpg")
	if err != nil {
		i.t.Fatal(err)
	}
	part.Write(photo)
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

// submit enters a photo with a caption.
func (i *installation) submit(token, caption string, header map[string]string) reply {
	i.t.Helper()
	return i.submitWith(token, map[string]string{"caption": caption}, header)
}

// submitWith enters a photo with words beside the author's.
func (i *installation) submitWith(token string, words, header map[string]string) reply {
	i.t.Helper()
	fields := map[string]string{"author": "Li 李", "consents": string(i.challenge.Consents[0])}
	maps.Copy(fields, words)
	kind, body := i.form(picture(), fields)
	return i.do(request{method: "POST", path: "/api/v1/challenges/night/entries", token: token, kind: kind, body: body, header: header})
}

// published enters a photo and waits until the public sees it.
func (i *installation) published(token, caption string) string {
	i.t.Helper()
	return i.publishedFrom(token, caption, "", "")
}

// publishedFrom does so with a city and a partner.
func (i *installation) publishedFrom(token, caption, city, partner string) string {
	i.t.Helper()
	r := i.submitWith(token, map[string]string{"caption": caption, "city": city, "partner": partner}, nil)
	if r.Status != http.StatusCreated {
		i.t.Fatalf("submit: %d %s", r.Status, r.Text)
	}
	id := r.text("id")
	i.eventually("the entry is published", func() bool { return i.get("/api/v1/entries/"+id, "").Status == http.StatusOK })
	return id
}

// eventually waits for a condition.
func (i *installation) eventually(claim string, holds func() bool) {
	i.t.Helper()
	i.within(20*time.Second, claim, holds)
}

// within waits for a condition that may take longer, or must not take as long.
func (i *installation) within(patience time.Duration, claim string, holds func() bool) {
	i.t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			i.t.Fatalf("waited %v in vain until %s", patience, claim)
		}
		select {
		case <-i.t.Context().Done():
			i.t.FailNow()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (i *installation) vote(method, entry, token string) reply {
	i.t.Helper()
	return i.do(request{method: method, path: "/api/v1/entries/" + entry + "/vote", token: token})
}

// picture is a small JPEG that looks like no other: patches of colours that are drawn, each running into the next.
func picture() []byte {
	const across, down, patch = 8, 6, 40
	var drawn [down + 1][across + 1][3]float64
	for y := range drawn {
		for x := range drawn[y] {
			drawn[y][x] = [3]float64{rand.Float64() * 255, rand.Float64() * 255, rand.Float64() * 255}
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, across*patch, down*patch))
	for y := range down * patch {
		for x := range across * patch {
			right, below := float64(x%patch)/patch, float64(y%patch)/patch
			upper, lower := drawn[y/patch], drawn[y/patch+1]
			mixed := func(c int) uint8 {
				top := upper[x/patch][c]*(1-right) + upper[x/patch+1][c]*right
				bottom := lower[x/patch][c]*(1-right) + lower[x/patch+1][c]*right
				return uint8(top*(1-below) + bottom*below)
			}
			img.SetRGBA(x, y, color.RGBA{mixed(0), mixed(1), mixed(2), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}
