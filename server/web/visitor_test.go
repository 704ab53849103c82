package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
)

// CHECKS 20: what a client writes of itself counts only behind a proxy that the operator trusts.
func TestForwardedAddressesAreBelievedOnlyFromTrustedProxies(t *testing.T) {
	cases := []struct {
		claim, peer, forwarded, want string
	}{
		{"a stranger's header is ignored", "203.0.113.9:1", "198.51.100.1", "203.0.113.9"},
		{"a trusted proxy's word counts", "10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"what stands before the proxy's word is the client's own invention", "10.0.0.1:1", "1.1.1.1, 198.51.100.1", "198.51.100.1"},
		{"a chain of trusted proxies is followed", "10.0.0.1:1", "198.51.100.1, 10.0.0.7", "198.51.100.1"},
		{"nonsense leaves the proxy's own address", "10.0.0.1:1", "gateway", "10.0.0.1"},
		{"no header leaves the proxy's own address", "10.0.0.1:1", "", "10.0.0.1"},
		{"IPv4 in IPv6 is IPv4", "[::ffff:203.0.113.9]:1", "", "203.0.113.9"},
	}
	s := &site{Parts: Parts{Public: &url.URL{}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, c := range cases {
		t.Run(c.claim, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = c.peer
			for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Forwarded"} {
				if c.forwarded != "" {
					r.Header.Set(name, c.forwarded)
				}
			}
			var got netip.Addr
			s.identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = visitorFrom(r.Context()).address })).
				ServeHTTP(httptest.NewRecorder(), r)
			if got.String() != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestAnIPv6SubscriberIsOneClient(t *testing.T) {
	a, b, c := netip.MustParseAddr("2001:db8:1:2::1"), netip.MustParseAddr("2001:db8:1:2:ffff::9"), netip.MustParseAddr("2001:db8:1:3::1")
	if bucketOf(a) != bucketOf(b) || bucketOf(a) == bucketOf(c) {
		t.Errorf("got %s, %s, %s", bucketOf(a), bucketOf(b), bucketOf(c))
	}
}

func TestAPageOfTheRequestsOwnHostIsOurs(t *testing.T) {
	s := &site{Parts: Parts{}, origin: "https://photos.example"}
	for origin, want := range map[string]string{
		"http://192.168.1.5:8080": "https://photos.example", "http://192.168.1.5": "http://192.168.1.5", "https://192.168.1.5:8080": "https://192.168.1.5:8080", "null": "null",
	} {
		r := httptest.NewRequest(http.MethodGet, "http://192.168.1.5:8080/", nil)
		r.Header.Set("Origin", origin)
		var got string
		s.identify(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = visitorFrom(r.Context()).origin })).
			ServeHTTP(httptest.NewRecorder(), r)
		if got != want {
			t.Errorf("origin %s: got %s, want %s", origin, got, want)
		}
	}
}

func TestAccepts(t *testing.T) {
	for header, want := range map[string]bool{"gzip, br": true, "br;q=0.5": true, "br;q=0": false, "gzip": false, "": false, "brx": false} {
		if got := accepts(header, "br"); got != want {
			t.Errorf("%q: got %v, want %v", header, got, want)
		}
	}
}
