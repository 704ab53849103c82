package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fanfare/server/contest"
)

// twoCities lets entries come from two cities and for two partners.
func twoCities(c *contest.Challenge) {
	c.Cities = []contest.Choice{{ID: "wuhan", Name: contest.Text{ZH: "武汉", EN: "Wuhan"}}, {ID: "xian", Name: contest.Text{ZH: "西安", EN: "Xi'an"}}}
	c.Partners = []contest.Choice{{ID: "lens", Name: contest.Text{ZH: "镜头", EN: "Lens"}}, {ID: "film", Name: contest.Text{ZH: "胶片", EN: "Film"}}}
	c.Rules.VotesPerPeriod = 100
}

// contested is an installation with four entries, odd ones from Wuhan and with lens, even ones from Xi'an and with film, that have
// 1, 2, 3 and 4 votes.
type contested struct {
	*installation
	author  string
	entries []string
}

func contend(t *testing.T, flags ...string) *contested {
	t.Helper()
	i := install(t, twoCities, flags...)
	s := &contested{installation: i, author: i.guest()}
	for n := range 4 {
		caption := fmt.Sprint("photo ", n+1)
		if n == 3 {
			caption += " #lantern"
		}
		s.entries = append(s.entries, i.publishedFrom(s.author, caption, i.challenge.Cities[n%2].ID, i.challenge.Partners[n%2].ID))
	}
	for n, id := range s.entries {
		for range n + 1 {
			if r := i.vote("PUT", id, i.guest()); r.Status != http.StatusOK {
				t.Fatalf("vote: %d %s", r.Status, r.Text)
			}
		}
	}
	return s
}

// rows are a board's rows as "rank:number=score", the number being a group's name on boards of groups.
func (s *contested) rows(query string) string {
	s.t.Helper()
	r := s.get("/api/v1/challenges/night/board?"+query, "")
	if r.Status != http.StatusOK {
		return fmt.Sprint(r.Status)
	}
	var rows []string
	for _, one := range r.Body["rows"].([]any) {
		row := one.(map[string]any)
		name := row["group"]
		if name == nil {
			name = row["number"]
		}
		rows = append(rows, fmt.Sprint(row["rank"], ":", name, "=", row["score"]))
	}
	return strings.Join(rows, " ")
}

func TestEachBoardHasItsRowsPagesAndNeighbours(t *testing.T) {
	s := contend(t)
	for query, want := range map[string]string{
		"":                                      "1:4=4 2:3=3 3:2=2 4:1=1",
		"from=2&limit=2":                        "2:3=3 3:2=2",
		"from=9":                                "",
		"around=2&limit=1":                      "2:3=3 3:2=2 4:1=1",
		"around=77":                             "404",
		"scope=city/wuhan":                      "1:3=3 2:1=1",
		"scope=partner/film&from=2":             "2:2=2",
		"scope=city/wuhan&around=1&limit=50":    "1:3=3 2:1=1",
		"scope=city/wuhan&around=2":             "404",
		"scope=tag/lantern":                     "1:4=4",
		"scope=rising":                          "1:4=4 2:3=3 3:2=2 4:1=1",
		"scope=friends/1.4":                     "1:4=4 4:1=1",
		"scope=cities":                          "1:xian=6 2:wuhan=4",
		"scope=partners":                        "1:film=6 2:lens=4",
		"scope=cities/average":                  "<nil>:wuhan=200 <nil>:xian=300",
		"scope=city/paris":                      "404",
		"scope=" + url.QueryEscape("city/\x00"): "404",
		"scope=nonsense":                        "404",
		"limit=101":                             "422",
	} {
		if got := s.rows(query); got != want {
			t.Errorf("board?%s is %q, want %q", query, got, want)
		}
	}
	kinds, _ := s.get("/api/v1/challenges/night", "").Body["boards"].([]any)
	if fmt.Sprint(kinds) != "[rising city cities partner partners tag friends]" {
		t.Errorf("the challenge has the boards %v", kinds)
	}
}

func TestAPlaceIsToldOnEachBoardToAnybodyAndToTheAuthor(t *testing.T) {
	s := contend(t)
	for scope, want := range map[string]string{
		"":            "rank 4 of 4, 1, 1 behind",
		"city/wuhan":  "rank 2 of 2, 1, 2 behind",
		"friends/1.3": "rank 4 of 4, 1, 1 behind",
		"city/xian":   "404",
		"cities":      "404",
	} {
		r := s.get("/api/v1/challenges/night/entries/1/place?scope="+scope, "")
		got := fmt.Sprint(r.Status)
		if r.Status == http.StatusOK {
			got = fmt.Sprintf("rank %v of %v, %v, %v behind", r.Body["rank"], r.Body["of"], r.Body["score"], r.Body["behind"])
		}
		if got != want || r.Status == http.StatusOK && r.Body["entry"] != s.entries[0] {
			t.Errorf("place on %q: %s, want %s", scope, r.Text, want)
		}
	}
	for scope, want := range map[string]int{"": 4, "city/wuhan": 2, "tag/lantern": 1, "cities": 0} {
		r := s.get("/api/v1/me/standing?scope="+scope, s.author)
		if list, _ := r.Body["entries"].([]any); r.Status != http.StatusOK || len(list) != want {
			t.Errorf("standing on %q: %d %s, want %d places", scope, r.Status, r.Text, want)
		}
	}
	if r := s.get("/api/v1/me/standing?scope=city/paris", s.author); r.Status != http.StatusNotFound {
		t.Errorf("standing on a board that is not there: %d", r.Status)
	}
}

// What stands between may keep a board for a second, for all who ask alike.
func TestABoardSaysWhatCachesMayDoWithIt(t *testing.T) {
	s := contend(t)
	for _, token := range []string{"", s.author} {
		first := s.do(request{method: "GET", path: "/api/v1/challenges/night/board", token: token, origin: hostOrigin})
		same := s.do(request{
			method: "GET", path: "/api/v1/challenges/night/board", token: token, origin: hostOrigin,
			header: map[string]string{"If-None-Match": `"other", ` + strings.TrimPrefix(first.Header.Get("ETag"), "W/")},
		})
		for _, r := range []reply{first, same} {
			vary := strings.Split(strings.Join(r.Header.Values("Vary"), ", "), ", ")
			if r.Header.Get("Cache-Control") != "public, max-age=1" || !slices.Contains(vary, "Accept-Encoding") || !slices.Contains(vary, "Origin") ||
				slices.Contains(vary, "Authorization") || r.Header.Get("Access-Control-Allow-Origin") != hostOrigin {
				t.Errorf("%d with %v", r.Status, r.Header)
			}
		}
		if first.Status != http.StatusOK || same.Status != http.StatusNotModified || same.Text != "" {
			t.Errorf("the board: %d, and again: %d %q", first.Status, same.Status, same.Text)
		}
	}
}

// An entry is said from memory to everybody, and is gone from there at once when it is.
func TestAnEntrysCardFollowsItsBoard(t *testing.T) {
	s := contend(t)
	path := "/api/v1/entries/" + s.entries[0]
	card := func(header map[string]string) reply { return s.do(request{method: "GET", path: path, header: header}) }
	first := card(nil)
	tag := map[string]string{"If-None-Match": first.Header.Get("ETag")}
	if first.Status != http.StatusOK || first.Body["rank"] != 4.0 || first.Body["city"] != "wuhan" || first.Body["partner"] != "lens" || first.Body["submitted_at"] == nil {
		t.Errorf("card: %d %s", first.Status, first.Text)
	}
	if vary := strings.Join(first.Header.Values("Vary"), ", "); !strings.Contains(vary, "Authorization") || !strings.Contains(vary, "Accept-Encoding") || !strings.Contains(vary, "Origin") {
		t.Errorf("a card varies with %q", vary)
	}
	if again := card(nil); again.Text != first.Text {
		t.Errorf("from the database %s\nfrom memory %s", first.Text, again.Text)
	}
	if r := card(tag); r.Status != http.StatusNotModified {
		t.Errorf("an unchanged card: %d", r.Status)
	}
	s.vote("PUT", s.entries[0], s.guest())
	if r := card(tag); r.Status != http.StatusOK || r.Body["score"] != 2.0 {
		t.Errorf("a card with one vote more: %d %s", r.Status, r.Text)
	}
	if r := s.do(request{method: "DELETE", path: path, token: s.author}); r.Status != http.StatusNoContent {
		t.Fatalf("withdraw: %d %s", r.Status, r.Text)
	}
	if r := card(tag); r.Status != http.StatusNotFound {
		t.Errorf("a withdrawn entry: %d %s", r.Status, r.Text)
	}
}

// Boards, places, entries and one's own standing are answered while no query can be asked: who watches costs the database nothing.
func TestReadersOfBoardsAskTheDatabaseNothing(t *testing.T) {
	s := contend(t)
	const challenge = "/api/v1/challenges/night"
	paths := []string{challenge + "/pulse", challenge + "/entries/1/place", "/api/v1/me/standing", "/e/" + s.entries[0]}
	for _, scope := range scopes {
		paths = append(paths, challenge+"/board?scope="+scope, "/api/v1/me/standing?scope="+scope)
	}
	for n, id := range s.entries {
		paths = append(paths, "/api/v1/entries/"+id, fmt.Sprint(challenge, "/board?limit=1&around=", n+1))
	}
	var refused string
	all := func() bool {
		for _, path := range paths {
			token := ""
			if strings.HasPrefix(path, "/api/v1/me") {
				token = s.author
			}
			if status := s.answered(path, token); status != http.StatusOK {
				refused = fmt.Sprint(path, ": ", status)
				return false
			}
		}
		return true
	}
	// What is remembered of sessions and challenges is read anew every few seconds, so that one try may meet that moment.
	s.eventually("nobody has to wait for the database", func() bool {
		if !all() {
			t.Fatal(refused)
		}
		defer s.withoutDatabase()()
		return all()
	})
	defer s.withoutDatabase()()
	if status := s.answered("/api/v1/me", s.author); status != 0 {
		t.Errorf("what is in the database alone is answered with %d while nobody can read it", status)
	}
}

// withoutDatabase lets nobody read the database until the function that it returns is called.
func (i *installation) withoutDatabase() (restore func()) {
	i.t.Helper()
	pool := i.backends.read
	most := pool.Stats().MaxOpenConnections
	pool.SetMaxOpenConns(1)
	taken := must(pool.Conn(i.t.Context()))(i.t)
	return func() {
		pool.SetMaxOpenConns(most)
		taken.Close()
	}
}

// answered is the status of an answer that comes within a second; 0 where none does.
func (i *installation) answered(path, token string) int {
	i.t.Helper()
	ctx, stop := context.WithTimeout(i.t.Context(), time.Second)
	defer stop()
	r := must(http.NewRequestWithContext(ctx, http.MethodGet, i.url+path, nil))(i.t)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}
