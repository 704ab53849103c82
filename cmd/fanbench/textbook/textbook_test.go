package textbook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The reference must refuse what Fanfare refuses, or a comparison with it would flatter it.
func TestTheReferenceChecksEveryVote(t *testing.T) {
	s, err := Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	call := func(method, path, token, body string) (status int, answer map[string]any) {
		request := httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, request)
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return recorder.Code, answer
	}
	_, session := call("POST", "/api/v1/session", "", `{"challenge":"night","name":"Fan"}`)
	token := session["token"].(string)
	vote := func(entry, token string) (int, map[string]any) {
		return call("PUT", "/api/v1/entries/"+entry+"/vote", token, "")
	}
	const first = "e_0000000000001"
	if status, _ := call("POST", "/api/v1/session", "", `{"challenge":"day"}`); status != http.StatusUnprocessableEntity {
		t.Errorf("a session for another challenge: got %d, want 422", status)
	}
	if status, _ := vote(first, "wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: got %d, want 401", status)
	}
	if status, _ := vote("e_unknown", token); status != http.StatusNotFound {
		t.Errorf("an unknown entry: got %d, want 404", status)
	}
	for range 2 { // the second one changes nothing
		if status, answer := vote(first, token); status != http.StatusOK || answer["score"] != 1.0 || answer["votes_left"] != 99.0 {
			t.Errorf("a vote: got %d %v, want a score of 1 and 99 left", status, answer)
		}
	}
	if _, err := s.write.Exec(`UPDATE entries SET status = 'pending' WHERE number = 2`); err != nil {
		t.Fatal(err)
	}
	if status, answer := vote("e_0000000000002", token); answer["code"] != "entry_not_published" {
		t.Errorf("a hidden entry: got %d %v, want entry_not_published", status, answer)
	}
	for n := range votesPerPeriod {
		_, err := s.write.Exec(`INSERT INTO votes SELECT period, fan, ?, at FROM votes WHERE entry = ? ON CONFLICT DO NOTHING`, fmt.Sprint("x", n), first)
		if err != nil {
			t.Fatal(err)
		}
	}
	if status, answer := vote("e_0000000000003", token); answer["code"] != "vote_limit" {
		t.Errorf("a vote too many: got %d %v, want vote_limit", status, answer)
	}
	if _, answer := call("GET", "/api/v1/challenges/night/board", "", ""); answer["votes"] != 1.0 {
		t.Errorf("the board: got %v, want one vote", answer)
	}
}
