package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// What is wrong with signing in by an issuer.
var (
	ErrIssuer   = errors.New("the issuer cannot be asked")
	ErrIdentity = errors.New("the issuer's answer is refused")
)

// Limits of conversations with an issuer.
const (
	issuerTime   = 10 * time.Second // for one answer
	maxIssuer    = 1 << 20          // bytes of one answer; documents and keys have some thousand
	maxIdentity  = 255              // characters of a subject (OpenID Connect Core §2), bytes of what it is called
	maxCode      = 4 << 10          // bytes of what comes back in an address
	factorsClaim = "mfa"            // of "amr": several factors were shown (RFC 8176 §2)
)

// Issuer is who signs people in by OpenID Connect, and as whom it knows us.
type Issuer struct {
	Address  string // exactly as it calls itself
	ClientID string
	Name     string // as people know it
}

// ParseIssuer reads https://ISSUER?client_id=…&name=…; plain http is for an issuer on this machine alone.
func ParseIssuer(text string) (Issuer, error) {
	form := fmt.Errorf("%q: want https://ISSUER?client_id=ID, and name= as people know it", text)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return Issuer{}, form
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return Issuer{}, form
	}
	query := u.Query()
	for name := range query {
		if name != "client_id" && name != "name" {
			return Issuer{}, fmt.Errorf("%q: there is no option %s", text, name)
		}
	}
	i := Issuer{ClientID: query.Get("client_id"), Name: query.Get("name")}
	if i.ClientID == "" {
		return Issuer{}, form
	}
	if i.Name == "" {
		i.Name = u.Hostname()
	}
	i.Address, _, _ = strings.Cut(text, "?")
	return i, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// OpenID signs people in by an issuer (OpenID Connect Core 1.0, the code flow, with PKCE). It asks the issuer for its
// documents when they are needed first, so one that is away is no reason not to start. The operator names the issuer, which may be
// on a private network.
type OpenID struct {
	issuer   Issuer
	secret   func() string // "" for a public client
	callback string
	client   *http.Client
	now      func() time.Time

	mu    sync.Mutex // guards known
	known *oidc.Provider
}

// NewOpenID returns it. Callback is the address to which the issuer sends people back.
func NewOpenID(i Issuer, secret func() string, callback string) *OpenID {
	return &OpenID{
		issuer: i, secret: secret, callback: callback, now: time.Now,
		client: &http.Client{Timeout: issuerTime, Transport: bounded{http.DefaultTransport}},
	}
}

// Name is the issuer as people know it, and Address as it calls itself.
func (o *OpenID) Name() string    { return o.issuer.Name }
func (o *OpenID) Address() string { return o.issuer.Address }

// Flow is what has to come back from a browser that was sent to the issuer, and what only we know of it.
type Flow struct{ State, Nonce, Verifier string }

// Begin returns the issuer's address to which a browser goes. Error: ErrIssuer.
func (o *OpenID) Begin(ctx context.Context) (address string, f Flow, err error) {
	provider, err := o.provider(ctx)
	if err != nil {
		return "", f, err
	}
	f = Flow{NewToken(), NewToken(), oauth2.GenerateVerifier()}
	config := o.config(provider)
	return config.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), f, nil
}

// Return is what a browser brings back from the issuer.
type Return struct{ State, Code, Issuer string }

// Identity is whom the issuer vouches for.
type Identity struct {
	Issuer, Subject string // together, and they alone, say who it is
	Label           string // what the issuer calls them; nothing may be decided by it
	Name            string
	Factors         bool // they showed the issuer several factors
}

// Finish exchanges what came back for whom the issuer vouches for. Errors: ErrIssuer, ErrIdentity.
func (o *OpenID) Finish(ctx context.Context, f Flow, r Return) (Identity, error) {
	if subtle.ConstantTimeCompare([]byte(f.State), []byte(r.State)) != 1 {
		return Identity{}, fmt.Errorf("%w: it is not of this browser", ErrIdentity)
	}
	if r.Issuer != "" && r.Issuer != o.issuer.Address { // RFC 9207
		return Identity{}, fmt.Errorf("%w: it is of another issuer", ErrIdentity)
	}
	if r.Code == "" || len(r.Code) > maxCode {
		return Identity{}, fmt.Errorf("%w: there is no code", ErrIdentity)
	}
	provider, err := o.provider(ctx)
	if err != nil {
		return Identity{}, err
	}
	config := o.config(provider)
	tokens, err := config.Exchange(oidc.ClientContext(ctx, o.client), r.Code, oauth2.VerifierOption(f.Verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
		return Identity{}, fmt.Errorf("%w: %s", ErrIdentity, refused.ErrorCode)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("%w: exchange code: %w", ErrIssuer, err)
	}
	raw, _ := tokens.Extra("id_token").(string)
	return o.identity(ctx, provider, raw, f.Nonce)
}

// identity judges an ID token.
func (o *OpenID) identity(ctx context.Context, provider *oidc.Provider, raw, nonce string) (Identity, error) {
	refused := func(err error) (Identity, error) { return Identity{}, fmt.Errorf("%w: %w", ErrIdentity, err) }
	token, err := provider.Verifier(&oidc.Config{ClientID: o.issuer.ClientID, Now: o.now}).Verify(ctx, raw)
	if err != nil {
		return refused(err)
	}
	var claims struct {
		Name     string   `json:"name"`
		Email    string   `json:"email"`
		Username string   `json:"preferred_username"`
		Party    string   `json:"azp"`
		Methods  []string `json:"amr"`
	}
	if err := token.Claims(&claims); err != nil {
		return refused(err)
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(nonce)) != 1:
		return refused(errors.New("its nonce is another one"))
	case (len(token.Audience) > 1 || claims.Party != "") && claims.Party != o.issuer.ClientID:
		return refused(errors.New("it is for somebody else"))
	case token.Subject == "" || len(token.Subject) > maxIdentity || strings.ContainsRune(token.Subject, 0): // which no database keeps
		return refused(errors.New("it names nobody"))
	}
	i := Identity{Issuer: o.issuer.Address, Subject: token.Subject, Name: claims.Name, Factors: slices.Contains(claims.Methods, factorsClaim)}
	for _, label := range []string{claims.Email, claims.Username, claims.Name, token.Subject} {
		if i.Label == "" && len(label) <= maxIdentity {
			i.Label = label
		}
	}
	return i, nil
}

// Check asks the issuer for its documents. Error: ErrIssuer.
func (o *OpenID) Check(ctx context.Context) error {
	_, err := o.provider(ctx)
	return err
}

// SignOut is the issuer's page that signs people out there and sends them back to an address of ours; "" where it has none,
// or was not asked yet.
func (o *OpenID) SignOut(back string) string {
	o.mu.Lock()
	provider := o.known
	o.mu.Unlock()
	var documents struct {
		End string `json:"end_session_endpoint"`
	}
	if provider == nil || provider.Claims(&documents) != nil {
		return ""
	}
	u, err := url.Parse(documents.End)
	if err != nil || u.Host == "" || u.Scheme != "https" && !loopback(u.Hostname()) {
		return ""
	}
	query := u.Query()
	query.Set("client_id", o.issuer.ClientID)
	query.Set("post_logout_redirect_uri", back)
	u.RawQuery = query.Encode()
	return u.String()
}

// provider returns what the issuer says of itself, and asks it the first time.
func (o *OpenID) provider(ctx context.Context) (*oidc.Provider, error) {
	o.mu.Lock()
	known := o.known
	o.mu.Unlock()
	if known != nil {
		return known, nil
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client), o.issuer.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrIssuer, err)
	}
	o.mu.Lock()
	o.known = provider
	o.mu.Unlock()
	return provider, nil
}

func (o *OpenID) config(provider *oidc.Provider) oauth2.Config {
	return oauth2.Config{
		ClientID: o.issuer.ClientID, ClientSecret: o.secret(), RedirectURL: o.callback, Endpoint: provider.Endpoint(),
		Scopes: []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail},
	}
}

// bounded ends answers that are longer than any of an issuer's.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxIssuer), answer.Body}
	}
	return answer, err
}
