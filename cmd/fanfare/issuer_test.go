package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fanfare/server/access"
	"fanfare/server/access/issuertest"
	"fanfare/server/app/staff"
)

// vouching installs with an issuer of the test's own: there is none to be had.
func vouching(t *testing.T) (*installation, *issuertest.Issuer) {
	t.Helper()
	issuer := issuertest.Start(t)
	keys := filepath.Join(t.TempDir(), "secrets")
	if err := os.WriteFile(keys, []byte(oidcSecret+"="+issuertest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return install(t, nil, "--oidc", issuer.URL+"?client_id="+issuertest.ClientID+"&name=Example", "--secrets", keys), issuer
}

// browser keeps cookies and follows redirects, also to the issuer, as browsers do.
func (i *installation) browser() *http.Client {
	i.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		i.t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func content(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	return string(must(io.ReadAll(r.Body))(t))
}

// visit returns where a browser comes out, and what stands there.
func (i *installation) visit(b *http.Client, path string) (at, text string) {
	i.t.Helper()
	r, err := b.Get(i.url + path)
	if err != nil {
		i.t.Fatal(err)
	}
	return r.Request.URL.Path, content(i.t, r)
}

// CHECKS 51: an issuer that calls somebody by a colleague's mail address, verified as it says, gets them nowhere.
func TestAnIssuersMailAddressOpensNobodysAccount(t *testing.T) {
	i, issuer := vouching(t)
	i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	issuer.Say(map[string]any{"sub": "mallory", "email": ada.Email, "email_verified": true, "name": ada.Name})
	at, text := i.visit(i.browser(), "/console/sign-in/issuer")
	if !strings.HasPrefix(at, "/console/sign-in/issuer/return") || !strings.Contains(text, "Nobody here has this account") {
		t.Errorf("came out at %s: %s", at, text)
	}
}

func TestWhoIsInvitedJoinsByTheIssuerAndSignsInByIt(t *testing.T) {
	i, issuer := vouching(t)
	i.administrator()
	ada := must(i.app.staff.Members(t.Context()))(t)[0]
	link := must(i.app.staff.Invite(t.Context(), ada.ID, "bob@example.org", "en", staff.Post{Role: access.Moderator}))(t)
	issuer.Say(map[string]any{"sub": "bob-there", "name": "Bob"})
	b := i.browser()
	_, text := i.visit(b, "/console/join?token="+link)
	if !strings.Contains(text, `action="/console/join/issuer"`) {
		t.Fatalf("the invitation does not lead to the issuer: %s", text)
	}
	for _, path := range []string{"/console/sign-in/issuer", "/console/join/issuer"} { // a link that somebody was sent
		if at, text := i.visit(i.browser(), path+"?invitation="+link+"&token="+link); at == "/console" {
			t.Errorf("%s makes a member of who opens it: %s", path, text)
		}
	}
	if members := must(i.app.staff.Members(t.Context()))(t); len(members) != 1 {
		t.Fatalf("%d members before anybody pressed a button", len(members))
	}
	press := func() (*http.Response, string) {
		r := must(b.PostForm(i.url+"/console/join/issuer", url.Values{"token": {link}}))(t)
		return r, content(t, r)
	}
	r, _ := press()
	_, issuerPage, _ := strings.Cut(r.Header.Get("Refresh"), "url=")
	r = must(b.Get(issuerPage))(t)
	if text := content(t, r); r.Request.URL.Path != "/console" || !strings.Contains(text, "Bob") {
		t.Errorf("came out at %s", r.Request.URL)
	}
	if r, text := press(); r.StatusCode != http.StatusGone || !strings.Contains(text, "This link no longer works") {
		t.Errorf("the invitation a second time: %s", r.Status)
	}
	if at, _ := i.visit(i.browser(), "/console/sign-in/issuer"); at != "/console" {
		t.Errorf("signing in came out at %s", at)
	}
	// Signing out here says that they are signed in there still, and leads to where that ends.
	r = must(b.PostForm(i.url+"/console/sign-out", nil))(t)
	if text := content(t, r); !strings.Contains(text, "At Example you may still be signed in") || !strings.Contains(text, issuer.URL+"/end?client_id=fanfare") {
		t.Errorf("after signing out: %s", text)
	}
}

// What the issuer sends one browser is no use to another: nobody can be signed in as somebody else without knowing.
func TestTheWayBackFromTheIssuerIsOneBrowsers(t *testing.T) {
	i, issuer := vouching(t)
	i.administrator()
	b := i.browser()
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r := must(b.Get(i.url + "/console/sign-in/issuer"))(t)
	r.Body.Close()
	if to := r.Header.Get("Location"); !strings.HasPrefix(to, issuer.URL+"/authorize?") || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("led to %q", to)
	}
	brought := issuer.Visit(r.Header.Get("Location"))
	if at, text := i.visit(i.browser(), "/console/sign-in/issuer/return?"+brought.Encode()); !strings.Contains(text, "Please sign in again") {
		t.Errorf("another browser came out at %s", at)
	}
	brought.Set("state", "another")
	if _, text := i.visit(b, "/console/sign-in/issuer/return?"+brought.Encode()); !strings.Contains(text, "The sign-in was not completed") {
		t.Error("another state was taken")
	}
	if _, text := i.visit(b, "/console/sign-in/issuer/return?"+url.Values{"error": {"access_denied"}}.Encode()); !strings.Contains(text, "sign in again") {
		t.Error("a way back without a way there was taken")
	}
}

func TestAnIssuerThatIsWronglyNamedIsToldOf(t *testing.T) {
	for _, text := range []string{"http://login.example.org?client_id=x", "https://login.example.org", "https://login.example.org?client_id=x&secret=y"} {
		c, err := parseConfig([]string{"--data", t.TempDir(), "--oidc", text}, func(string) string { return "" }, t.Output())
		if err != nil {
			t.Fatal(err)
		}
		if err := (&backends{}).openIssuer(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), "--oidc: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheDoctorNamesAnIssuerThatIsAway(t *testing.T) {
	i, issuer := vouching(t)
	if lines, _ := i.examine(); !strings.HasPrefix(lines["sign-in"], "ok") {
		t.Errorf("while it is there: %q", lines["sign-in"])
	}
	issuer.Close()
	if lines, err := i.examine(); !errors.Is(err, errFound) || !strings.HasPrefix(lines["sign-in"], "FAIL") {
		t.Errorf("while it is away: %v, %q", err, lines["sign-in"])
	}
}
