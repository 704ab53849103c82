package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"fanfare/server/access"
)

// visitor is what the server knows of who sent a request.
type visitor struct {
	// origin is the page's web origin as the browser says it; our own public one where the page came from the address that
	// the request went to (a phone in the same network has no other name for us). Empty where no browser sent one.
	origin string
	// address is the client's, behind trusted proxies as they tell it.
	address netip.Addr
	// agent is what the program calls itself.
	agent string
}

type visitorKey struct{}

func visitorFrom(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

// identify finds out who sent the request and whether over HTTPS.
func (s *site) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer := peerOf(r)
		trusted := s.trusted(peer)
		v := visitor{origin: r.Header.Get("Origin"), address: peer, agent: r.UserAgent()}
		https := r.TLS != nil
		if trusted {
			v.address = s.forwarded(r, peer)
			https = https || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
		}
		scheme := "http"
		if https {
			scheme = "https"
			r = access.WithHTTPS(r)
		}
		if v.origin == scheme+"://"+r.Host && unnamed(r.Host) {
			v.origin = s.origin
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	})
}

// unnamed reports whether a request's host is this machine's own: an address or localhost. Any other name may be pointed
// here by somebody else's DNS, so only the public one is ours.
func unnamed(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || host == "localhost"
}

func peerOf(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, _ := netip.ParseAddr(host)
	return address.Unmap()
}

func (s *site) trusted(address netip.Addr) bool {
	for _, prefix := range s.TrustedProxies {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

// maxHops bounds what is read of X-Forwarded-For; nobody has more proxies in a row.
const maxHops = 16

// forwarded returns the last address of X-Forwarded-For that is not a trusted proxy's: what stands before it, anybody
// may have written.
func (s *site) forwarded(r *http.Request, peer netip.Addr) netip.Addr {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for n := 0; n < maxHops && len(hops) > 0; n++ {
		last := strings.TrimSpace(hops[len(hops)-1])
		hops = hops[:len(hops)-1]
		address, err := netip.ParseAddr(last)
		if err != nil {
			return peer
		}
		if address = address.Unmap(); !s.trusted(address) {
			return address
		}
		peer = address
	}
	return peer
}

// bucketOf is the key by which addresses are limited: the address, or the /64 that one IPv6 subscriber has.
func bucketOf(address netip.Addr) string {
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address.String()
}

// ClientOf names who sent the request as far as limits tell clients apart: an address, or an IPv6 /64.
func ClientOf(r *http.Request) string { return bucketOf(visitorFrom(r.Context()).address) }
