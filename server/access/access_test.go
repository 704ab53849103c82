package access

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestAPasswordIsRecognisedAndAnotherIsNot(t *testing.T) {
	hash := HashPassword("correct horse battery")
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batter": false, "": false} {
		got, err := CheckPassword(hash, password)
		if err != nil || got != want {
			t.Errorf("CheckPassword(%q) = %v, %v; want %v", password, got, err, want)
		}
	}
	if HashPassword("correct horse battery") == hash {
		t.Error("two hashes of one password are equal: the salt is missing")
	}
}

func TestAMalformedHashIsAnErrorAndNeverAPanic(t *testing.T) {
	for _, hash := range []string{"", "$", "$argon2id$v=19$m=1,t=0,p=0$$", "$argon2id$v=19$m=9999999999,t=3,p=2$AA$AA", "$argon2i$v=19$m=65536,t=3,p=2$AA$AA"} {
		if ok, err := CheckPassword(hash, "x"); ok || err == nil {
			t.Errorf("CheckPassword(%q) = %v, %v; want an error", hash, ok, err)
		}
	}
}

func TestHostTokens(t *testing.T) {
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC)
	const site, secret, audience = "s_1", "0123456789abcdef0123456789abcdef", "https://fanfare.example"
	good := func() jwt.MapClaims {
		return jwt.MapClaims{"iss": site, "aud": audience, "sub": "42", "name": "Li", "exp": now.Add(10 * time.Minute).Unix()}
	}
	with := func(key string, value any) jwt.MapClaims {
		c := good()
		c[key] = value
		return c
	}
	sign := func(m jwt.SigningMethod, key any, c jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(m, c).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	hs := func(c jwt.MapClaims) string { return sign(jwt.SigningMethodHS256, []byte(secret), c) }
	noExpiry := good()
	delete(noExpiry, "exp")
	cases := []struct {
		claim string
		token string
		ok    bool
	}{
		{"a good token is accepted", hs(good()), true},
		{"algorithm none is refused", sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good()), false},
		{"another algorithm with the right secret is refused", sign(jwt.SigningMethodHS512, []byte(secret), good()), false},
		{"another secret is refused", sign(jwt.SigningMethodHS256, []byte("other"), good()), false},
		{"an expired one is refused", hs(with("exp", now.Add(-time.Minute).Unix())), false},
		{"one without expiry is refused", hs(noExpiry), false},
		{"one that lives for a day is refused", hs(with("exp", now.Add(24*time.Hour).Unix())), false},
		{"another audience is refused", hs(with("aud", "https://other.example")), false},
		{"another issuer is refused", hs(with("iss", "s_2")), false},
		{"an empty subject is refused", hs(with("sub", "")), false},
		{"a megabyte is refused", string(make([]byte, 1<<20)), false},
		{"garbage is refused", "a.b.c", false},
	}
	for _, c := range cases {
		t.Run(c.claim, func(t *testing.T) {
			claims, err := VerifyHostToken(c.token, site, secret, audience, now)
			if c.ok != (err == nil) {
				t.Fatalf("got error %v; want accepted %v", err, c.ok)
			}
			if c.ok && (claims.Subject != "42" || claims.Name != "Li") {
				t.Errorf("got %+v", claims)
			}
			if !c.ok && !errors.Is(err, ErrHostToken) {
				t.Errorf("got %v; want ErrHostToken", err)
			}
		})
	}
}

func TestOriginsAreSerialisedAsBrowsersDo(t *testing.T) {
	cases := []struct{ typed, want string }{
		{"https://Example.org/some/page?x=1", "https://example.org"},
		{"https://example.org:443", "https://example.org"},
		{"http://example.org:80/", "http://example.org"},
		{"http://192.168.1.20:8080", "http://192.168.1.20:8080"},
		{"http://[::1]:9000/x", "http://[::1]:9000"},
		{" https://xn--fiq228c.example ", "https://xn--fiq228c.example"},
		{"https://中文.example", ""},
		{"example.org", ""},
		{"null", ""},
		{"ftp://example.org", ""},
		{"https://user@example.org", ""},
		{"https://*.example.org", ""},
		{"javascript:alert(1)", ""},
	}
	for _, c := range cases {
		got, err := ParseOrigin(c.typed)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("ParseOrigin(%q) = %q, %v; want %q", c.typed, got, err, c.want)
		}
	}
}

func TestTheStaffCookieIsOutOfReach(t *testing.T) {
	for _, https := range []bool{false, true} {
		r := httptest.NewRequest(http.MethodGet, "/console", nil)
		if https {
			r = WithHTTPS(r)
		}
		w := httptest.NewRecorder()
		SetStaffCookie(w, r, "secret")
		c := w.Result().Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != https || c.Path != "/" {
			t.Errorf("https %v: got %v", https, c)
		}
		r.AddCookie(c)
		if got := StaffCookie(r); got != "secret" {
			t.Errorf("https %v: got %q back", https, got)
		}
	}
}

func TestTokensAreLongAndDistinct(t *testing.T) {
	a, b := NewToken(), NewToken()
	if a == b || len(a) != 43 {
		t.Errorf("got %q and %q", a, b)
	}
	if HashToken(a) == a || len(HashToken(a)) != 64 {
		t.Errorf("HashToken(%q) = %q", a, HashToken(a))
	}
}

func FuzzParseOrigin(f *testing.F) {
	f.Add("https://example.org/x")
	f.Add("http://[::1]:80")
	f.Fuzz(func(t *testing.T, typed string) {
		origin, err := ParseOrigin(typed)
		if err != nil {
			return
		}
		if again, err := ParseOrigin(origin); err != nil || again != origin {
			t.Errorf("ParseOrigin(%q) = %q, whose own origin is %q, %v", typed, origin, again, err)
		}
	})
}
