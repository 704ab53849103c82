package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits of a call to somebody's server.
const (
	callTime      = 15 * time.Second // from the name to the answer's kept bytes: what Standard Webhooks lets receivers take
	maxAddress    = 1500             // bytes of a URL: longer ones do not pass through all servers
	maxAnswerHead = 16 << 10         // bytes of an answer's header
	// KeptAnswer is how much of an answer's body is read, in bytes: what says why something was refused stands at its beginning.
	KeptAnswer = 1 << 10
)

// Caller calls servers whose addresses strangers chose. It connects to public addresses only, which it looks at when it connects, on the
// very address: what a name led to before, or leads to later, is no matter. It follows no redirects and uses no proxies.
type Caller struct {
	allowed  Allowed
	time     time.Duration
	resolver *net.Resolver // nil for the system's
	client   *http.Client
}

// NewCaller returns a caller that also calls what the operator allows.
func NewCaller(a Allowed) *Caller {
	c := &Caller{allowed: a, time: callTime}
	c.client = &http.Client{
		Transport: &http.Transport{
			DialContext:            c.dial,
			DisableKeepAlives:      true, // each call looks at the address anew
			DisableCompression:     true,
			MaxResponseHeaderBytes: maxAnswerHead,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// Check reads an address that is to be called: https, or http where the operator allows the host, and without a user. An address that can
// be seen to be no public one is ErrAddress; what a name leads to is seen when it is called.
func (c *Caller) Check(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || u.Hostname() == "" || u.User != nil || u.Fragment != "" || !u.IsAbs() || u.Opaque != "" {
		return nil, errors.New("want https://HOST/PATH")
	}
	if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return nil, errors.New("no port")
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	named := c.allowed.named(host)
	if u.Scheme != "https" && (u.Scheme != "http" || !named) {
		return nil, errors.New("want https")
	}
	if to, err := netip.ParseAddr(host); !named && (err == nil && !Public(to) || local(host)) {
		return nil, ErrAddress
	}
	return u, nil
}

// local reports whether a name says that it is of no public host (RFC 6761, RFC 6762), or is a number that some systems take for an
// address.
func local(name string) bool {
	name = strings.ToLower(name)
	last := name[strings.LastIndexByte(name, '.')+1:]
	if last != "" && last[0] >= '0' && last[0] <= '9' { // no top-level domain begins so (RFC 3696 §2); 0x7f000001 and 2130706433 do
		_, err := netip.ParseAddr(name)
		return err != nil
	}
	return last == "localhost" || last == "local" || last == "internal" || name == last
}

// dial connects to a host, and to none of its addresses that is not public.
func (c *Caller) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Resolver: c.resolver}
	if !c.allowed.host(host) {
		dialer.Control = c.control
	}
	return dialer.DialContext(ctx, network, address)
}

// control is asked about each address before anything is sent to it.
func (c *Caller) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !c.allowed.address(to.Addr()) {
		return ErrAddress
	}
	return nil
}

// Answer is what a server said.
type Answer struct {
	Status     int           // 0 where it said nothing
	Body       string        // its first KeptAnswer bytes
	RetryAfter time.Duration // how long it asks to be left alone
	Took       time.Duration
}

// Fault says in a word why a server gave no answer.
type Fault string

// The faults.
const (
	NoAddress Fault = "address" // it is not public
	NoName    Fault = "name"    // the name leads nowhere
	NoLink    Fault = "link"    // nobody takes the connection
	NoTrust   Fault = "trust"   // the certificate is not the host's
	NoTime    Fault = "time"    // it took too long
	Broken    Fault = "broken"  // what came was no answer
)

// Error implements error.
func (f Fault) Error() string { return "no answer: " + string(f) }

// Post sends a body. An answer of any status is no error; without one the error is a Fault, which says nothing of what stands behind the
// address. An address that Check refuses is not called.
func (c *Caller) Post(ctx context.Context, address string, header http.Header, body []byte) (a Answer, err error) {
	start := time.Now()
	defer func() { a.Took = time.Since(start) }()
	ctx, cancel := context.WithTimeout(ctx, c.time)
	defer cancel()
	u, err := c.Check(address)
	if err != nil {
		return a, NoAddress
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return a, fmt.Errorf("write request: %w", err)
	}
	r.Header = header
	response, err := c.client.Do(r)
	if err != nil {
		return a, faultOf(err)
	}
	defer response.Body.Close()
	// What is kept of the body is for people. An answer whose body breaks off or takes too long is one all the same.
	kept, _ := io.ReadAll(io.LimitReader(response.Body, KeptAnswer))
	a.Status, a.Body, a.RetryAfter = response.StatusCode, string(kept), retryAfter(response.Header.Get("Retry-After"), time.Now())
	return a, nil
}

// faultOf is the word for why nothing was answered.
func faultOf(err error) Fault {
	var name *net.DNSError
	var unknown x509.UnknownAuthorityError
	var wrong x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var slow net.Error
	var link *net.OpError
	switch {
	case errors.Is(err, ErrAddress):
		return NoAddress
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return NoTime
	case errors.As(err, &name):
		return NoName
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &unknown), errors.As(err, &wrong), errors.As(err, &invalid), errors.As(err, &record),
		errors.As(err, &alert):
		return NoTrust
	case errors.As(err, &link) && link.Op == "dial":
		return NoLink
	}
	return Broken
}

// retryAfter reads the header of that name: seconds, or a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
