package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/websocket"

	"fanfare/server/bus/bustest"
	"fanfare/server/contest"
	"fanfare/server/ledger"
	"fanfare/server/standing"
	"fanfare/server/store"
	"fanfare/server/store/storetest"
	"fanfare/widget/wire"
)

// scopes are the boards of a challenge with the slug night, one of each kind; the overall one is "".
var scopes = []string{
	"", "rising", "city/wuhan", "city/xian", "partner/lens", "tag/night", "friends/1.2.3", "cities", "cities/average", "partners", "partners/average",
}

// public are the addresses that anybody can read of a challenge with the slug night, whose identifier stands for {log} and
// one of whose entries for {entry}; the last ones of a session.
func public(c contest.ChallengeID, entry string) []string {
	const challenge = "/api/v1/challenges/night"
	list := []string{
		"/", "/?lang=en", "/c/night", "/c/night?lang=en", "/e/{entry}", "/e/{entry}?lang=en", "/e/{entry}/takedown", "/confirm",
		"/c/night/results", "/c/night/results?lang=en", "/c/night/results?number=1", "/c/night/results.json", "/c/night/results/feed.atom", "/c/night/feed.rss", "/c/night/feed.json?board=city/wuhan",
		"/c/night/partners/lens/feed.json", "/oembed?url=http://localhost/e/{entry}", "/api/v1/reposting", "/api/v1/entries/{entry}/rights",
		"/c/night/log", "/c/night/log?lang=en", "/log/key", "/log/verify.mjs", "/log/{log}/checkpoint", "/log/{log}/export.jsonl",
		"/log/{log}/proof?leaf=0", "/log/{log}/tile/0/000", "/log/{log}/tile/0/000.p/1", "/log/{log}/tile/1/000.p/1", "/log/{log}/tile/entries/000", "/log/{log}/tile/entries/000.p/1",
		"/api/v1/challenges", challenge, challenge + "/board", challenge + "/board?limit=1", challenge + "/board?limit=100",
		challenge + "/entries", challenge + "/entries?sort=top&limit=2", challenge + "/entries?sort=top&limit=2&cursor=2",
		challenge + "/entries?sort=newest&limit=2", challenge + "/entries?sort=shuffle&seed=7", challenge + "/search?q=photo", challenge + "/search?q=%23夜景",
		challenge + "/results", challenge + "/results?number=2", challenge + "/pulse", "/api/v1/entries/{entry}", "/api/v1/openapi.json",
		"/api/v1/me", "/api/v1/me/standing", "/api/v1/me/receipts", "/api/v1/me/erasure", "/api/v1/me/letters",
	}
	for _, scope := range scopes {
		list = append(list, challenge+"/board?scope="+scope, challenge+"/board?around=1&limit=2&scope="+scope,
			challenge+"/entries/2/place?scope="+scope, "/c/night?board="+scope, "/api/v1/me/standing?scope="+scope)
	}
	fill := strings.NewReplacer("{log}", string(c), "{entry}", entry)
	for n := range list {
		list[n] = fill.Replace(list[n])
	}
	return list
}

// elsewhere are the routes that the walk leaves out, and why.
var elsewhere = map[string]string{
	"/api/v1/live":           "is read as frames",
	"/livez":                 "tells of the process alone",
	"/readyz":                "tells of the backends alone",
	"/embed.js":              "is a file",
	"/assets/{name}":         "is a file",
	"/ff.js":                 "is a file",
	"/letters":               "asks for what a letter told its reader",
	"/r/{token}":             "is for those who were given it, and looked at on its own",
	"/r/{token}/report.xlsx": "is for those who were given it, and looked at on its own",
	"/r/{token}/report.zip":  "is for those who were given it, and looked at on its own",
	"/t/{code}":              "leads elsewhere",
	"/m/*":                   "is a file",
	"/api/*":                 "tells that there is nothing",
	"/api/v1/uploads":        "tells what uploads can do",
	"/api/v1/uploads/":       "tells what uploads can do",
	"/api/v1/uploads/{id}":   "is an upload of one's own",
}

// Whoever adds an address adds it to the walk, or says why it can tell nothing of votes.
func TestEveryPublicAddressIsLookedAtForTallies(t *testing.T) {
	err := onRoutes(t, func(s *server) error {
		handler, err := s.handler(nil)
		if err != nil {
			return err
		}
		walked := public("ch_1", "e_1")
		return chi.Walk(handler.(chi.Routes), func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			_, known := elsewhere[pattern]
			copies := strings.HasPrefix(pattern, "/api/v1/openapi")                                             // of one that is walked
			staffs := strings.HasPrefix(pattern, "/console") || strings.HasPrefix(pattern, "/api/v1/campaigns") // by sessions and by keys
			if method == http.MethodGet && !known && !copies && !staffs && !matched(pattern, walked) {
				t.Errorf("%s is not looked at for what it tells of votes", pattern)
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// matched reports whether one of the paths is of a route.
func matched(pattern string, paths []string) bool {
	expression := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(pattern), `[^/]+`)
	route := regexp.MustCompile("^" + strings.ReplaceAll(expression, `\*`, ".*") + "$")
	return slices.ContainsFunc(paths, func(path string) bool {
		path, _, _ = strings.Cut(path, "?")
		return route.MatchString(path)
	})
}

// onlooker is what nobody, a fan without a vote and an author can read of an installation.
type onlooker struct {
	*installation
	tokens    map[string]string // by who reads
	addresses []string
}

// clock are what moves with the time alone, and with who looks.
var clock = regexp.MustCompile(`"now":"[^"]+"|"watching":\d+`)

// seen reads everything: status, headers and bytes, by who reads what; and the newest frame of each board.
func (o *onlooker) seen() map[string]string {
	o.t.Helper()
	got := map[string]string{}
	for who, token := range o.tokens {
		for _, path := range o.addresses {
			if token == "" && strings.HasPrefix(path, "/api/v1/me") || token != "" && !strings.HasPrefix(path, "/api/") {
				continue
			}
			r := o.do(request{method: "GET", path: path, token: token, raw: true, header: map[string]string{"Accept-Encoding": "identity"}})
			r.Header.Del("Date")
			r.Header.Del("Content-Length") // the server's clock is written as long as it needs to be
			got[who+" "+path] = fmt.Sprintln(r.Status, r.Header, clock.ReplaceAllString(r.Text, ""))
		}
	}
	for _, scope := range scopes { // last, because a frame follows what it shows by a fifth of a second
		got["frame "+scope] = o.frame(scope)
	}
	return got
}

// frame is the newest frame of a board's room, as one who comes anew gets it. Somebody stays in the room, so that its counter
// tells whether others were cut between.
func (o *onlooker) frame(scope string) string {
	o.t.Helper()
	conn := o.join(scope)
	defer conn.Close()
	for {
		_, message, err := conn.ReadMessage()
		if err != nil {
			o.t.Fatal(err)
		}
		if wire.Kind(message[0]) == wire.KindFrame {
			return string(message)
		}
	}
}

func (o *onlooker) join(scope string) *websocket.Conn {
	o.t.Helper()
	conn, status := o.socket(o.url)
	if conn == nil {
		o.t.Fatalf("open socket: %d", status)
	}
	join := wire.Join{Room: strings.TrimSuffix("night/"+scope, "/")}
	if err := conn.WriteMessage(websocket.BinaryMessage, join.Append(nil)); err != nil {
		o.t.Fatal(err)
	}
	return conn
}

// stay has somebody in the room of each board until leave is called.
func (o *onlooker) stay() (leave func()) {
	o.t.Helper()
	var conns []*websocket.Conn
	for _, scope := range scopes {
		conn := o.join(scope)
		if _, _, err := conn.ReadMessage(); err != nil {
			o.t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	return func() {
		for _, conn := range conns {
			conn.Close()
		}
	}
}

// differing lists what two readings differ in. What a vote log seals on the clock alone is left out where that struck.
func differing(before, after map[string]string, struck bool) []string {
	var keys []string
	for key := range before {
		if before[key] != after[key] && !(struck && strings.Contains(key, "/log")) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// tallied is an installation whose challenge has three entries with votes, in two cities and with two partners, and who looks at it.
type tallied struct {
	*onlooker
	entries []string
}

func tally(t *testing.T, mode contest.TallyMode, flags ...string) *tallied {
	t.Helper()
	i := install(t, func(c *contest.Challenge) {
		c.Rules.Tally, c.Rules.VotesPerPeriod = mode, 100
		c.Cities = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉", EN: "Wuhan"}}, {ID: "xian", Name: contest.Text{ZH: "西安", EN: "Xi'an"}}}
		c.Partners = []contest.Choice{{ID: "lens", Name: contest.Text{ZH: "镜头", EN: "Lens"}}, {ID: "film", Name: contest.Text{ZH: "胶片", EN: "Film"}}}
		if mode == contest.TallyDelayed {
			c.Rules.TallyDelayMinutes = contest.MaxTallyDelay
		}
	}, flags...)
	author := i.guest()
	s := &tallied{onlooker: &onlooker{installation: i, tokens: map[string]string{"nobody": "", "fan": i.guest(), "author": author}}}
	for n := range 3 {
		s.entries = append(s.entries, i.publishedFrom(author, fmt.Sprint("photo ", n, " #night"), i.challenge.Cities[n%2].ID, i.challenge.Partners[n%2].ID))
	}
	if err := i.app.tallies.Show(t.Context()); err != nil { // the next count is due tomorrow
		t.Fatal(err)
	}
	s.addresses = public(i.challenge.ID, s.entries[0])
	s.votes(5, 2, 0)
	if err := i.app.audits.Seal(t.Context(), i.challenge.ID); err != nil { // what is due; more is at the next half hour
		t.Fatal(err)
	}
	if r := s.get("/log/"+string(i.challenge.ID)+"/checkpoint", ""); r.Status != http.StatusOK {
		t.Fatalf("checkpoint: %d %s", r.Status, r.Text)
	}
	return s
}

// votes has new fans vote, so many for each entry, and one more who takes the vote back.
func (s *tallied) votes(counts ...int) {
	s.t.Helper()
	for n, count := range counts {
		for v := range count + 1 {
			token := s.guest()
			r := s.vote("PUT", s.entries[n], token)
			if v == count {
				r = s.vote("DELETE", s.entries[n], token)
			}
			if _, told := r.Body["score"]; r.Status != http.StatusOK || told != (s.challenge.Shows() == contest.ScoresShown) {
				s.t.Fatalf("vote: %d %s", r.Status, r.Text)
			}
		}
	}
}

// changes does what changes votes, and lists what the public sees of it.
func (s *tallied) changes(do func()) []string {
	s.t.Helper()
	defer s.stay()()
	due, before := ledger.NextSeal(time.Now()), s.seen()
	do()
	after := s.seen()
	return differing(before, after, time.Now().After(due))
}

// CHECKS 19: two states of an installation that differ in votes alone differ in nothing that the public can read, down to
// the headers and the counters of frames, unless the rules say so.
func TestTalliesLeakNowhere(t *testing.T) {
	for name, c := range map[string]struct {
		mode          contest.TallyMode
		votes, places bool // the public sees votes that move nobody, and those that do
	}{
		"live": {contest.TallyLive, true, true}, "delayed": {contest.TallyDelayed, false, false},
		"ranks": {contest.TallyRanks, false, true}, "hidden": {contest.TallyHidden, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := tally(t, c.mode)
			moved, cancel := s.app.boards.Watch(standing.Overall(s.challenge.ID))
			defer cancel()
			s.eventually("nothing else moves", func() bool { return len(s.changes(func() {})) == 0 })
			s.expect("votes that move nobody", s.changes(func() { s.votes(3, 1, 1) }), c.votes)
			if !c.votes && tokens(moved) > 0 {
				t.Error("votes that move nobody wake the room")
			}
			s.expect("votes that make another leader", s.changes(func() { s.votes(0, 0, 20) }), c.places)
			if !c.places && tokens(moved) > 0 {
				t.Error("votes wake the room")
			}
		})
	}
}

func tokens(moved <-chan struct{}) (n int) {
	for {
		select {
		case <-moved:
			n++
		default:
			return n
		}
	}
}

// shown are the places where votes are seen if they may be: should one be missing here, the walk is blind to it.
var shown = []string{
	"author /api/v1/me", "author /api/v1/me/standing", "nobody /", "nobody /c/night", "nobody /e/", "nobody /api/v1/challenges",
	"nobody /api/v1/challenges/night", "nobody /api/v1/challenges/night/board", "nobody /api/v1/challenges/night/entries?sort=top",
	"nobody /api/v1/challenges/night/entries?sort=newest", "nobody /api/v1/challenges/night/search", "nobody /api/v1/entries/",
	"nobody /api/v1/challenges/night/board?scope=rising", "nobody /api/v1/challenges/night/board?scope=city/wuhan", "nobody /api/v1/challenges/night/board?scope=cities",
	"nobody /api/v1/challenges/night/board?scope=partners/average", "nobody /api/v1/challenges/night/board?scope=friends/", "nobody /api/v1/challenges/night/board?scope=tag/night",
	"nobody /api/v1/challenges/night/entries/2/place?scope=", "nobody /c/night?board=cities", "author /api/v1/me/standing?scope=partner/lens",
}

func (s *tallied) expect(what string, differs []string, seen bool) {
	s.t.Helper()
	if !seen && len(differs) > 0 {
		s.t.Errorf("%s are seen in %q", what, differs)
	}
	for _, place := range shown {
		if seen && !slices.ContainsFunc(differs, func(key string) bool { return strings.HasPrefix(key, place) }) && s.challenge.Shows() == contest.ScoresShown {
			s.t.Errorf("%s are not seen in %s, but only in %q", what, place, differs)
		}
	}
	if seen && len(differs) == 0 {
		s.t.Errorf("%s are seen nowhere", what)
	}
}

// What was hidden is seen everywhere once the result is certified.
func TestACertifiedTallyIsShown(t *testing.T) {
	for _, mode := range []contest.TallyMode{contest.TallyHidden, contest.TallyRanks, contest.TallyDelayed} {
		s := tally(t, mode)
		differs := s.changes(func() {
			err := s.app.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error { return tx.Reveal(s.challenge.ID) })
			if err != nil {
				t.Fatal(err)
			}
			s.app.boards.Reread(s.challenge.ID)
			s.eventually("the board shows scores", func() bool {
				var f wire.Frame
				return f.Decode([]byte(s.frame(""))) == nil && f.Shows == wire.ShowsScores && f.AsAt == 0 && f.Votes == 7 && f.Rows[0].Score == 5
			})
		})
		s.challenge.CertifiedAt = time.Now()
		s.expect("certified tallies", differs, true)
		if body := s.get("/api/v1/challenges/night/board", "").Body; body["shows"] != "scores" || body["votes"] != 7.0 {
			t.Errorf("%s: %v", mode, body)
		}
	}
}

// A delayed count says as of when it is.
func TestADelayedCountSaysAsOfWhenItIs(t *testing.T) {
	s := tally(t, contest.TallyDelayed)
	board := func() map[string]any { return s.get("/api/v1/challenges/night/board", "").Body }
	first := board()
	if first["votes"] != 0.0 || first["shows"] != "scores" || first["as_at"] == nil {
		t.Fatalf("before the count: %v", first)
	}
	err := s.app.store.UpdateIn(t.Context(), s.challenge.ID, func(tx *store.Tx) error { return tx.ShowTallies(s.challenge.ID) })
	if err != nil {
		t.Fatal(err)
	}
	s.app.boards.Reread(s.challenge.ID)
	s.eventually("the board is as at the new count", func() bool { return board()["as_at"] != first["as_at"] })
	if now := board(); now["votes"] != 7.0 {
		t.Errorf("after the count: %v", now)
	}
	var f wire.Frame
	if err := f.Decode([]byte(s.frame(""))); err != nil || f.AsAt == 0 || f.Votes != 7 {
		t.Errorf("frame: %+v, %v", f, err)
	}
	if page := s.get("/c/night?lang=en", "").Text; !strings.Contains(page, "Votes as at") {
		t.Error("the page does not say as of when the count is")
	}
}

// CHECKS 19 with two replicas: what one of them counts, the other does not show either.
func TestHiddenTalliesLeakFromNoReplica(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, NATS and a replica; run without -short")
	}
	if onPostgres {
		t.Skip("has its own backends in either run")
	}
	s := tally(t, contest.TallyHidden, "--db", storetest.StartPostgres(t, "fsync=on", "full_page_writes=on").NewDatabase(t),
		"--media", "dir:"+filepath.Join(t.TempDir(), "media"), "--bus", bustest.StartNATS(t).URL())
	r := s.replica(t.TempDir())
	r.start()
	there := *s.onlooker
	there.installation = &installation{t: t, url: r.url, challenge: s.challenge}
	both := func() map[string]string {
		all := s.seen()
		for key, value := range there.seen() {
			all["there: "+key] = value
		}
		return all
	}
	for _, room := range []*onlooker{s.onlooker, &there} { // so that counters go on
		t.Cleanup(room.stay())
	}
	s.eventually("nothing else moves", func() bool { return len(differing(both(), both(), false)) == 0 })
	due, before := ledger.NextSeal(time.Now()), both()
	s.votes(1, 1, 20)
	if differs := differing(before, both(), time.Now().After(due)); len(differs) > 0 {
		t.Errorf("votes are seen in %q", differs)
	}
}
