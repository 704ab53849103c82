package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// tellers are the addresses that tell of an entry from memory: its own, its places, and those of each board.
func (s *contested) tellers(number int) (paths []string) {
	const challenge = "/api/v1/challenges/night"
	id := s.entries[number-1]
	paths = []string{"/api/v1/entries/" + id, "/e/" + id, challenge + "/entries?sort=newest", challenge + "/entries?sort=rank",
		"/c/night/results/feed.atom", "/c/night/feed.rss", "/c/night/feed.json", "/oembed?url=" + url.QueryEscape(s.url+"/e/"+id)}
	for _, scope := range append([]string{fmt.Sprint("friends/", number), "city/xian", "partner/film", "tag/lantern"}, scopes...) {
		board := challenge + "/board?scope=" + scope
		paths = append(paths, board, board+"&limit=1", fmt.Sprint(board, "&around=", number), "/c/night?board="+scope, "/c/night/feed.atom?board="+scope, fmt.Sprint(challenge, "/entries/", number, "/place?scope=", scope))
	}
	return paths
}

// CHECKS 61, of what is kept in memory: boards, places, cards and pages are rendered once for many, and none tells of an entry a
// moment longer than the database does, not even by saying that nothing has changed.
func TestAnEntryThatIsTakenAwayIsGoneFromWhateverIsToldFromMemory(t *testing.T) {
	const number = 4
	for name, take := range map[string]func(s *contested, id string) (reply, int){
		"withdrawn": func(s *contested, id string) (reply, int) {
			return s.do(request{method: "DELETE", path: "/api/v1/entries/" + id, token: s.author}), http.StatusNoContent
		},
		"taken down": func(s *contested, id string) (reply, int) {
			return s.post("/api/v1/entries/"+id+"/takedowns", "", map[string]string{"contact": "wang@example.org", "statement": "照片里是我"}), http.StatusCreated
		},
		"erased with its author": func(s *contested, _ string) (reply, int) {
			return s.do(request{method: "DELETE", path: "/api/v1/me?confirm=everything", token: s.author}), http.StatusNoContent
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := contend(t)
			id, reader := s.entries[number-1], s.guest()
			told := map[string]string{} // the ETags, by address
			for range 2 {               // the second time from memory
				for _, path := range s.tellers(number) {
					s.get(path, reader)
					if r := s.get(path, ""); strings.Contains(r.Text, id) {
						told[path] = r.Header.Get("ETag")
					}
				}
			}
			if len(told) < 40 {
				t.Fatalf("%d addresses told of the entry, want 40 at least", len(told))
			}
			r, status := take(s, id)
			s.want("take the entry away", r, status, "")
			for _, path := range s.tellers(number) {
				for _, token := range []string{"", reader} {
					r := s.do(request{method: "GET", path: path, token: token, header: map[string]string{"If-None-Match": told[path]}})
					if strings.Contains(r.Text, id+`"`) || told[path] != "" && r.Status == http.StatusNotModified {
						t.Errorf("%s tells of it: %d %s", path, r.Status, r.Text)
					}
				}
			}
		})
	}
}
