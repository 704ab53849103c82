package session

import (
	"slices"
	"strings"
	"testing"

	"fanfare/widget/port"
	"fanfare/widget/port/porttest"
)

const base = "https://h.example"

// server takes only the bearer of the newest session.
func server(w *porttest.World) (newest *string) {
	token := ""
	n := 0
	w.Answer = func(r port.Request) port.Response {
		if strings.HasSuffix(r.URL, "/session") {
			n++
			token = "bearer-" + string(rune('0'+n))
			return port.Response{Status: 201, Body: `{"token":"` + token + `"}`}
		}
		if r.Bearer != token {
			return port.Response{Status: 401, Body: `{"code":"session_expired"}`}
		}
		return port.Response{Status: 200}
	}
	return &token
}

func do(t *testing.T, w *porttest.World, s *Session) port.Response {
	t.Helper()
	var got *port.Response
	s.Do(&port.Request{Method: "PUT", URL: base + "/vote"}, func(r *port.Response) { got = r })
	w.Settle()
	if got == nil {
		t.Fatal("no answer")
	}
	return *got
}

func TestSessionIsOpenedByTheFirstCallAndKept(t *testing.T) {
	w := porttest.New(t, 0)
	server(w)
	s := New(w, w, base, "night")
	if len(w.Sent) != 0 {
		t.Fatalf("sent %v before any call", w.Sent)
	}
	for range 2 {
		if r := do(t, w, s); r.Status != 200 {
			t.Fatalf("status: got %d, want 200", r.Status)
		}
	}
	if n := w.Count("POST " + base + "/api/v1/session"); n != 1 {
		t.Errorf("sessions opened: got %d, want 1", n)
	}
	if again := New(w, w, base, "night"); again.Bearer() != s.Bearer() {
		t.Errorf("next visit: got %q, want %q", again.Bearer(), s.Bearer())
	}
	if other := New(w, w, base, "other"); other.Bearer() != "" {
		t.Errorf("another challenge sees the bearer %q", other.Bearer())
	}
}

func TestTwoCallsAtOnceShareOneSession(t *testing.T) {
	w := porttest.New(t, 0)
	server(w)
	s := New(w, w, base, "night")
	answers := 0
	for range 2 {
		s.Do(&port.Request{Method: "PUT", URL: base + "/vote"}, func(*port.Response) { answers++ })
	}
	w.Settle()
	if n := w.Count("POST"); n != 1 || answers != 2 {
		t.Errorf("got %d sessions and %d answers, want 1 and 2", n, answers)
	}
}

func TestExpiredSessionIsRenewedOnce(t *testing.T) {
	w := porttest.New(t, 0)
	newest := server(w)
	s := New(w, w, base, "night")
	do(t, w, s)
	*newest = "revoked elsewhere"
	if r := do(t, w, s); r.Status != 200 {
		t.Errorf("after expiry: got %d, want 200", r.Status)
	}
	w.Answer = func(r port.Request) port.Response {
		if strings.HasSuffix(r.URL, "/session") {
			return port.Response{Status: 201, Body: `{"token":"x"}`}
		}
		return port.Response{Status: 401}
	}
	before := len(w.Sent)
	if r := do(t, w, s); r.Status != 401 {
		t.Errorf("always refused: got %d, want 401", r.Status)
	}
	if n := len(w.Sent) - before; n != 3 { // call, session, call
		t.Errorf("requests: got %d, want 3", n)
	}
}

func TestHostTokenIsExchangedAndRefusalIsHandedOn(t *testing.T) {
	w := porttest.New(t, 0)
	w.Host = "signed.by.host"
	var body []string
	w.Answer = func(r port.Request) port.Response {
		body = r.Body
		return port.Response{Status: 403, Body: `{"code":"token_invalid"}`}
	}
	s := New(w, w, base, "night")
	if r := do(t, w, s); r.Status != 403 || r.Body != `{"code":"token_invalid"}` {
		t.Errorf("got %+v, want the refusal", r)
	}
	if want := []string{"challenge", "night", "token", "signed.by.host"}; !slices.Equal(body, want) {
		t.Errorf("body: got %q, want %q", body, want)
	}
}
