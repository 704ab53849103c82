package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// sink answers on loopback, and counts who came.
type sink struct {
	*httptest.Server
	connections atomic.Int64
}

func newSink(t *testing.T, start func(*httptest.Server), answer http.HandlerFunc) *sink {
	t.Helper()
	s := &sink{Server: httptest.NewUnstartedServer(answer)}
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	start(s.Server)
	t.Cleanup(s.Close)
	return s
}

func fine(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func allow(t *testing.T, text string) *Caller {
	t.Helper()
	a, err := ParseAllowed(text)
	if err != nil {
		t.Fatal(err)
	}
	return NewCaller(a)
}

func TestAnAddressToCallIsHTTPSAndPublic(t *testing.T) {
	c := allow(t, "hooks.internal,127.0.0.1")
	for address, want := range map[string]bool{
		"https://example.org/hook?x=1": true, "https://example.org:8443": true, "https://1.1.1.1/": true, "https://[2606:4700::1111]/": true,
		"http://127.0.0.1:9/": true, "http://hooks.internal/": true, "https://hooks.internal/x": true,

		"http://example.org/": false, "ftp://example.org/": false, "javascript:alert(1)": false, "//example.org/": false, "https:example.org": false, "": false,
		"https://user:pass@example.org/": false, "https://user@example.org/": false, "https://example.org/#x": false, "https:///x": false,
		"https://example.org:0/": false, "https://example.org:99999/": false, "https://example.org/" + strings.Repeat("x", maxAddress): false,
		"https://127.0.0.2/": false, "https://[::1]/": false, "https://[::ffff:127.0.0.2]/": false, "https://169.254.169.254/latest": false,
		"https://2130706433/": false, "https://0x7f000001/": false, "https://0177.0.0.1/": false, "https://127.1/": false, "https://0/": false,
		"https://localhost/": false, "https://LOCALHOST./": false, "https://a.localhost/": false, "https://printer.local/": false, "https://metadata.google.internal/": false,
		"https://intranet/": false, "https://[fe80::1%25eth0]/": false, "https://127.0.0.2.": false,
	} {
		if _, err := c.Check(address); (err == nil) != want {
			t.Errorf("%.80q: %v, want it taken: %v", address, err, want)
		}
	}
	if _, err := c.Check("https://10.0.0.1/"); !errors.Is(err, ErrAddress) {
		t.Errorf("a private address: %v", err)
	}
}

// CHECKS 41: whatever a name leads to is looked at when it is connected to.
func TestNoConnectionIsMadeToWhatANameLeadsToInside(t *testing.T) {
	decoy := newSink(t, (*httptest.Server).StartTLS, fine)
	_, port, err := net.SplitHostPort(decoy.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := NewCaller(Allowed{})
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"} {
		conn, err := c.dial(t.Context(), "tcp", strings.Trim(net.JoinHostPort(strings.Trim(host, "[]"), port), " "))
		if err == nil {
			conn.Close()
			t.Errorf("%s was connected to", host)
		}
	}
	if _, err := c.dial(t.Context(), "tcp", net.JoinHostPort("localhost", port)); !errors.Is(err, ErrAddress) {
		t.Errorf("localhost: %v, want %v", err, ErrAddress)
	}
	if _, err := c.Post(t.Context(), decoy.URL, http.Header{}, nil); err != NoAddress {
		t.Errorf("posted with %v", err)
	}
	if n := decoy.connections.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestARedirectIsAnAnswer(t *testing.T) {
	decoy := newSink(t, (*httptest.Server).Start, fine)
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newSink(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, decoy.URL, status) })
		a, err := allow(t, "127.0.0.1").Post(t.Context(), s.URL, http.Header{}, nil)
		if err != nil || a.Status != status {
			t.Errorf("answered %d, %v, want %d", a.Status, err, status)
		}
	}
	if n := decoy.connections.Load(); n != 0 {
		t.Errorf("the redirect was followed %d times", n)
	}
}

func TestNoProxyIsUsed(t *testing.T) {
	proxy := newSink(t, (*httptest.Server).Start, fine)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	s := newSink(t, (*httptest.Server).Start, fine)
	if a, err := allow(t, "127.0.0.1").Post(t.Context(), s.URL, http.Header{}, nil); err != nil || a.Status != http.StatusNoContent || proxy.connections.Load() != 0 {
		t.Errorf("answered %d, %v, with %d connections to the proxy", a.Status, err, proxy.connections.Load())
	}
}

func TestAnAnswerIsReadToALimit(t *testing.T) {
	s := newSink(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
		for range 1 << 20 {
			if _, err := w.Write([]byte("slow down, please")); err != nil {
				return
			}
		}
	})
	a, err := allow(t, "127.0.0.1").Post(t.Context(), s.URL, http.Header{}, nil)
	if err != nil || a.Status != http.StatusTooManyRequests || len(a.Body) != KeptAnswer || !strings.HasPrefix(a.Body, "slow down") || a.RetryAfter != 2*time.Minute {
		t.Errorf("answered %d, %d bytes, %v, %v", a.Status, len(a.Body), a.RetryAfter, err)
	}
}

func TestWhyThereIsNoAnswerIsSaidInAWord(t *testing.T) {
	release := make(chan struct{})
	hang := newSink(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	untrusted := newSink(t, (*httptest.Server).StartTLS, fine)
	breaks := newSink(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	large := newSink(t, (*httptest.Server).Start, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Large", strings.Repeat("x", maxAnswerHead))
		fine(w, nil)
	})
	closed := httptest.NewServer(nil)
	closed.Close()
	c := allow(t, "127.0.0.1,nothing.invalid")
	c.time = 2 * time.Second
	for address, want := range map[string]Fault{
		"https://127.0.0.2/": NoAddress, "https://nothing.invalid/": NoName, closed.URL: NoLink, untrusted.URL: NoTrust,
		strings.Replace(hang.URL, "http:", "https:", 1): NoTrust, hang.URL: NoTime, breaks.URL: Broken, large.URL: Broken,
	} {
		if _, err := c.Post(t.Context(), address, http.Header{}, nil); err != want {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Post(ctx, hang.URL, http.Header{}, nil); err == nil {
		t.Error("a call that was given up has an answer")
	}
}

func TestAReceiverVerifiesWhatItIsSent(t *testing.T) {
	const one, two = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	var header http.Header
	s := newSink(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) { header = r.Header.Clone(); fine(w, r) })
	body := []byte(`{"type":"entry.won"}`)
	if _, err := allow(t, "127.0.0.1").Deliver(t.Context(), s.URL, Message{ID: "ev_1", Body: body, Secrets: []string{one, two}}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{one, two} {
		hook, err := webhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.Verify(body, header); err != nil {
			t.Errorf("with %s: %v", secret, err)
		}
		if hook.Verify([]byte(`{"type":"entry.lost"}`), header) == nil {
			t.Error("another body is verified")
		}
	}
	sent, err := strconv.ParseInt(header.Get("webhook-timestamp"), 10, 64)
	if err != nil || time.Since(time.Unix(sent, 0)).Abs() > time.Minute || header.Get("webhook-id") != "ev_1" || header.Get("Content-Type") != "application/json" {
		t.Errorf("sent with %v", header)
	}
}

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "-1": 0, "soon": 0, "99999999999999999999": 0, "Sun, 22 Nov 2026 12:01:00 GMT": time.Minute, "Sun, 22 Nov 2020 12:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q is %v, want %v", value, got, want)
		}
	}
}
