package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fanfare/server/access"
	"fanfare/server/access/issuertest"
)

const callback = "https://photos.example.org/back"

func TestAnIssuersAddressIsReadStrictly(t *testing.T) {
	for text, want := range map[string]access.Issuer{
		"https://login.example.org?client_id=a":                  {Address: "https://login.example.org", ClientID: "a", Name: "login.example.org"},
		"https://login.example.org/realms/x?client_id=a&name=小米": {Address: "https://login.example.org/realms/x", ClientID: "a", Name: "小米"},
		"https://login.example.org/?client_id=a":                 {Address: "https://login.example.org/", ClientID: "a", Name: "login.example.org"},
		"http://127.0.0.1:8080?client_id=a":                      {Address: "http://127.0.0.1:8080", ClientID: "a", Name: "127.0.0.1"},
		"http://login.example.org?client_id=a":                   {}, "https://login.example.org": {}, "https://?client_id=a": {}, "login.example.org?client_id=a": {},
		"https://a:secret@login.example.org?client_id=a": {}, "https://login.example.org?client_id=a&secret=b": {}, "https://login.example.org?client_id=a#x": {},
	} {
		got, err := access.ParseIssuer(text)
		if got != want || (err == nil) != (want != access.Issuer{}) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

// signIn is one way to the issuer and back.
func signIn(t *testing.T, i *issuertest.Issuer, o *access.OpenID) (access.Identity, error) {
	t.Helper()
	address, flow, err := o.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	brought := i.Visit(address)
	return o.Finish(t.Context(), flow, access.Return{State: brought.Get("state"), Code: brought.Get("code"), Issuer: brought.Get("iss")})
}

func client(i *issuertest.Issuer, secret string) *access.OpenID {
	return access.NewOpenID(access.Issuer{Address: i.URL, ClientID: issuertest.ClientID, Name: "Example"}, func() string { return secret }, callback)
}

func TestAnIssuerVouchesForSomebody(t *testing.T) {
	i := issuertest.Start(t)
	o := client(i, issuertest.Secret)
	i.Say(map[string]any{"sub": "sub-7", "email": "mei@example.org", "name": "Mei", "amr": []string{"pwd", "mfa"}})
	got, err := signIn(t, i, o)
	want := access.Identity{Issuer: i.URL, Subject: "sub-7", Label: "mei@example.org", Name: "Mei", Factors: true}
	if err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	if end := o.SignOut(callback); end != i.URL+"/end?client_id=fanfare&post_logout_redirect_uri="+url.QueryEscape(callback) {
		t.Errorf("signing out there is at %q", end)
	}
}

func TestTokensThatAreNotForUsAreRefused(t *testing.T) {
	past := time.Now().Add(-time.Hour).Unix()
	for what, claims := range map[string]map[string]any{
		"another issuer":         {"iss": "https://evil.example", "sub": "1"},
		"another client":         {"aud": "another", "sub": "1"},
		"several, for another":   {"aud": []string{"fanfare", "another"}, "azp": "another", "sub": "1"},
		"several, for whomever":  {"aud": []string{"fanfare", "another"}, "sub": "1"},
		"an old one":             {"exp": past, "sub": "1"},
		"one of another browser": {"nonce": "another", "sub": "1"},
		"one without a nonce":    {"nonce": "", "sub": "1"},
		"nobody":                 {"sub": ""},
		"a subject without end":  {"sub": strings.Repeat("x", 300)},
	} {
		t.Run(what, func(t *testing.T) {
			i := issuertest.Start(t)
			i.Say(claims)
			if who, err := signIn(t, i, client(i, issuertest.Secret)); !errors.Is(err, access.ErrIdentity) {
				t.Errorf("%+v, %v, want %v", who, err, access.ErrIdentity)
			}
		})
	}
	for what, spoil := range map[string]func(*issuertest.Issuer){"forged": (*issuertest.Issuer).Forge, "unsigned": (*issuertest.Issuer).Unsigned} {
		t.Run(what, func(t *testing.T) {
			i := issuertest.Start(t)
			spoil(i)
			if who, err := signIn(t, i, client(i, issuertest.Secret)); !errors.Is(err, access.ErrIdentity) {
				t.Errorf("%+v, %v, want %v", who, err, access.ErrIdentity)
			}
		})
	}
}

func TestWhatComesBackIsOfTheBrowserThatWent(t *testing.T) {
	i := issuertest.Start(t)
	o := client(i, issuertest.Secret)
	for what, edit := range map[string]func(*access.Flow, *access.Return){
		"another state":    func(_ *access.Flow, r *access.Return) { r.State = "another" },
		"no state":         func(_ *access.Flow, r *access.Return) { r.State = "" },
		"another code":     func(_ *access.Flow, r *access.Return) { r.Code = "another" },
		"no code":          func(_ *access.Flow, r *access.Return) { r.Code = "" },
		"another issuer":   func(_ *access.Flow, r *access.Return) { r.Issuer = "https://evil.example" },
		"another verifier": func(f *access.Flow, _ *access.Return) { f.Verifier = strings.Repeat("x", 43) },
	} {
		address, flow, err := o.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		brought := i.Visit(address)
		r := access.Return{State: brought.Get("state"), Code: brought.Get("code"), Issuer: brought.Get("iss")}
		edit(&flow, &r)
		if who, err := o.Finish(t.Context(), flow, r); !errors.Is(err, access.ErrIdentity) {
			t.Errorf("%s: %+v, %v, want %v", what, who, err, access.ErrIdentity)
		}
	}
	if who, err := signIn(t, i, client(i, "wrong")); !errors.Is(err, access.ErrIdentity) {
		t.Errorf("a wrong secret: %+v, %v", who, err)
	}
}

func TestAnIssuerThatIsAwayIsAskedAgain(t *testing.T) {
	up := false
	var i *issuertest.Issuer
	door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		i.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(door.Close)
	i = issuertest.Start(t)
	i.URL = door.URL
	o := client(i, issuertest.Secret)
	if _, _, err := o.Begin(t.Context()); !errors.Is(err, access.ErrIssuer) {
		t.Errorf("while it is away: %v, want %v", err, access.ErrIssuer)
	}
	if end := o.SignOut(callback); end != "" {
		t.Errorf("signing out there is at %q, want nowhere", end)
	}
	up = true
	if _, err := signIn(t, i, o); err != nil {
		t.Errorf("when it is back: %v", err)
	}
}
