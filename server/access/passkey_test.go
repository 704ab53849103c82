package access_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"fanfare/server/access"
	"fanfare/server/access/passkeytest"
)

// device is an authenticator with one key, at a page of an origin.
type device struct {
	*testing.T
	*access.Passkeys
	page   virtualwebauthn.RelyingParty
	keeper virtualwebauthn.Authenticator
	key    virtualwebauthn.Credential
	mei    access.Holder
}

func newDevice(t *testing.T) *device {
	t.Helper()
	p, err := access.NewPasskeys(&url.URL{Scheme: "https", Host: "photos.example.org:8443"})
	if err != nil {
		t.Fatal(err)
	}
	d := &device{
		T: t, Passkeys: p, page: virtualwebauthn.RelyingParty{ID: "photos.example.org", Origin: "https://photos.example.org:8443"},
		keeper: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte("st_mei")}),
		key:    passkeytest.New(), mei: access.Holder{ID: "st_mei", Email: "mei@example.org", Name: "Mei"},
	}
	return d
}

// wrapped is how browsers' libraries are told what is asked.
func wrapped(options []byte) string { return `{"publicKey":` + string(options) + `}` }

// make makes the passkey.
func (d *device) make() error {
	d.Helper()
	options, state, err := d.AskNew(d.mei)
	if err != nil {
		d.Fatal(err)
	}
	asked, err := virtualwebauthn.ParseAttestationOptions(wrapped(options))
	if err != nil {
		d.Fatal(err)
	}
	made, err := d.New(d.mei, state, virtualwebauthn.CreateAttestationResponse(d.page, d.keeper, d.key, *asked))
	if err == nil {
		d.mei.Passkeys = append(d.mei.Passkeys, made)
	}
	return err
}

// use uses it, and keeps what its device counted.
func (d *device) use(of *access.Holder) error {
	d.Helper()
	options, state, err := d.Ask(of)
	if err != nil {
		d.Fatal(err)
	}
	asked, err := virtualwebauthn.ParseAssertionOptions(wrapped(options))
	if err != nil {
		d.Fatal(err)
	}
	d.key.Counter++
	answer := virtualwebauthn.CreateAssertionResponse(d.page, d.keeper, d.key, *asked)
	whose, used, err := d.Use(d.find, state, answer)
	if err != nil {
		return err
	}
	if whose != "st_mei" || used.ID != d.mei.Passkeys[0].ID || used.Uses != d.key.Counter {
		d.Errorf("%s used %s for the %d. time, want st_mei, %s, %d", whose, used.ID, used.Uses, d.mei.Passkeys[0].ID, d.key.Counter)
	}
	d.mei.Passkeys[0].Uses = used.Uses
	return nil
}

func (d *device) find(id string) (access.Holder, error) {
	if id != d.mei.ID {
		return access.Holder{}, errors.New("nobody")
	}
	return d.mei, nil
}

func (d *device) want(err, want error) {
	d.Helper()
	if !errors.Is(err, want) {
		d.Errorf("got %v, want %v", err, want)
	}
}

func TestAPasskeyIsTwoFactors(t *testing.T) {
	d := newDevice(t)
	d.want(d.make(), nil)
	d.want(d.use(nil), nil)
	d.want(d.use(&d.mei), nil)
	options, _, err := d.AskNew(d.mei)
	if err != nil {
		t.Fatal(err)
	}
	var asked struct {
		Attestation            string
		AuthenticatorSelection struct{ ResidentKey, UserVerification string }
		ExcludeCredentials     []struct{ ID string }
	}
	if err := json.Unmarshal(options, &asked); err != nil {
		t.Fatal(err)
	}
	sel := asked.AuthenticatorSelection
	if sel.ResidentKey != "required" || sel.UserVerification != "required" || asked.Attestation != "none" && asked.Attestation != "" {
		t.Errorf("asked for %+v and the attestation %q", sel, asked.Attestation)
	}
	if len(asked.ExcludeCredentials) != 1 || asked.ExcludeCredentials[0].ID != d.mei.Passkeys[0].ID {
		t.Errorf("left out %v, want the key that is known", asked.ExcludeCredentials)
	}
	d.keeper.Options.UserNotVerified = true
	d.want(d.use(nil), access.ErrPasskey)
	d.want(newUnverified(t).make(), access.ErrPasskey)
}

func newUnverified(t *testing.T) *device {
	d := newDevice(t)
	d.keeper.Options.UserNotVerified = true
	return d
}

func TestAPasskeyOfAnotherSiteIsRefused(t *testing.T) {
	for what, edit := range map[string]func(*device){
		"a page of another origin": func(d *device) { d.page.Origin = "https://photos.example.org" },
		"another site":             func(d *device) { d.page.ID = "evil.example" },
		"another key":              func(d *device) { d.key.Key = passkeytest.New().Key },
		"another person":           func(d *device) { d.keeper.Options.UserHandle = []byte("st_ada") },
		"nobody":                   func(d *device) { d.keeper.Options.UserHandle = nil },
	} {
		t.Run(what, func(t *testing.T) {
			d := newDevice(t)
			d.want(d.make(), nil)
			edit(d)
			d.want(d.use(nil), access.ErrPasskey)
		})
	}
}

func TestACopiedPasskeyIsNoticed(t *testing.T) {
	d := newDevice(t)
	d.want(d.make(), nil)
	d.want(d.use(nil), nil)
	d.key.Counter-- // as of a copy that was made before
	d.want(d.use(nil), access.ErrPasskeyCopied)
}

func TestBareAddressesHaveNoPasskeys(t *testing.T) {
	for _, host := range []string{"192.0.2.1:8080", "[2001:db8::1]:8080", "127.0.0.1"} {
		if p, err := access.NewPasskeys(&url.URL{Scheme: "https", Host: host}); p != nil || err != nil {
			t.Errorf("%s: %v, %v, want none", host, p, err)
		}
	}
	if p, err := access.NewPasskeys(&url.URL{Scheme: "http", Host: "localhost:8080"}); p == nil || err != nil {
		t.Errorf("localhost: %v, %v, want some", p, err)
	}
}

// Whatever a browser answers, it is refused and no more.
func FuzzPasskeyAnswers(f *testing.F) {
	p, err := access.NewPasskeys(&url.URL{Scheme: "https", Host: "photos.example.org"})
	if err != nil {
		f.Fatal(err)
	}
	mei := access.Holder{ID: "st_mei"}
	_, asked, err := p.Ask(nil)
	if err != nil {
		f.Fatal(err)
	}
	_, askedNew, err := p.AskNew(mei)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`{}`)
	f.Add(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","authenticatorData":"AA","signature":"AA","userHandle":"c3RfbWVp"}}`)
	f.Add(`{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA"}}`)
	f.Add(strings.Repeat("[", 70_000))
	f.Fuzz(func(t *testing.T, answer string) {
		if _, _, err := p.Use(func(string) (access.Holder, error) { return mei, nil }, asked, answer); !errors.Is(err, access.ErrPasskey) {
			t.Errorf("used: %v", err)
		}
		if _, err := p.New(mei, askedNew, answer); !errors.Is(err, access.ErrPasskey) {
			t.Errorf("made: %v", err)
		}
	})
}
