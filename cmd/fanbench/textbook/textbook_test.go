package textbook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// caller calls a handler.
func caller(t *testing.T, h http.Handler) func(method, path, token, body string) (status int, answer map[string]any) {
	return func(method, path, token, body string) (status int, answer map[string]any) {
		request := httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		h.ServeHTTP(recorder, request)
		if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return recorder.Code, answer
	}
}

// The reference must refuse what Fanfare refuses, or a comparison with it would flatter it.
func TestTheReferenceChecksEveryVote(t *testing.T) {
	s, err := Open(context.Background(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	call := caller(t, s.Handler())
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
	var leaf string
	for range 2 { // the second one changes nothing
		status, answer := vote(first, token)
		if status != http.StatusOK || answer["score"] != 1.0 || answer["votes_left"] != 99.0 {
			t.Errorf("a vote: got %d %v, want a score of 1 and 99 left", status, answer)
		}
		if receipt, ok := answer["receipt"].(map[string]any); ok {
			leaf = receipt["leaf"].(string)
		}
	}
	if _, err := s.write.Exec(`UPDATE entries SET status = 'pending' WHERE number = 2`); err != nil {
		t.Fatal(err)
	}
	if status, answer := vote("e_0000000000002", token); answer["code"] != "entry_not_published" {
		t.Errorf("a hidden entry: got %d %v, want entry_not_published", status, answer)
	}
	for n := range votesPerPeriod {
		_, err := s.write.Exec(`INSERT INTO votes SELECT voter, period, ?, position, weight, class, at, source, agent FROM votes WHERE entry = 1`, 1000+n)
		if err != nil {
			t.Fatal(err)
		}
	}
	var line string
	if err := s.read.QueryRow(`SELECT hex(hash) FROM vote_log WHERE position = 1`).Scan(&line); err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256([]byte("\x00" + leaf)); !strings.EqualFold(line, hex.EncodeToString(sum[:])) {
		t.Errorf("the log has the hash %s, not that of the receipt %s", line, leaf)
	}
	if status, answer := vote("e_0000000000003", token); answer["code"] != "vote_limit" {
		t.Errorf("a vote too many: got %d %v, want vote_limit", status, answer)
	}
	if _, answer := call("GET", "/api/v1/challenges/night/board", "", ""); answer["votes"] != 1.0 {
		t.Errorf("the board: got %v, want one vote", answer)
	}
}

func TestTheReferenceOnRedisChecksEveryVote(t *testing.T) {
	if _, err := exec.LookPath(redisServer); err != nil {
		t.Skip("redis-server is not installed: it is in the package of that name")
	}
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- ServeRedis(ctx, net.JoinHostPort("127.0.0.1", port), t.TempDir()) }()
	defer func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	url := "http://" + net.JoinHostPort("127.0.0.1", port)
	call := caller(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { forward(t, url, w, r) }))
	for up := false; !up; { // Redis starts in a moment
		if conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", port)); err == nil {
			up = conn.Close() == nil
		}
	}
	_, session := call("POST", "/api/v1/session", "", `{"challenge":"night","name":"Fan"}`)
	token, _ := session["token"].(string)
	vote := func(n int, token string) (int, map[string]any) {
		return call("PUT", "/api/v1/entries/"+entryName(n)+"/vote", token, "")
	}
	if status, _ := vote(0, "wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: got %d, want 401", status)
	}
	if status, _ := vote(demoEntries, token); status != http.StatusNotFound {
		t.Errorf("an unknown entry: got %d, want 404", status)
	}
	for range 2 { // the second one changes nothing
		if status, answer := vote(0, token); status != http.StatusOK || answer["score"] != 1.0 || answer["votes_left"] != 99.0 {
			t.Errorf("a vote: got %d %v, want a score of 1 and 99 left", status, answer)
		}
	}
	if _, me := call("GET", "/api/v1/me", token, ""); len(me["voted"].([]any)) != 1 {
		t.Errorf("the voter's own list: got %v, want one vote", me)
	}
	if _, answer := call("GET", "/api/v1/challenges/night/board", "", ""); answer["votes"] != 1.0 || answer["entries"] != float64(demoEntries) {
		t.Errorf("the board: got %v, want one vote on %d entries", answer, demoEntries)
	}
}

// forward sends a request to a server.
func forward(t *testing.T, url string, w http.ResponseWriter, r *http.Request) {
	request, err := http.NewRequestWithContext(t.Context(), r.Method, url+r.URL.Path, r.Body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = r.Header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	if _, err := io.Copy(w, response.Body); err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
}
