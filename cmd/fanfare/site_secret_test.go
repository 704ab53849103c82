package main

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestANewSecretOfASiteCountsAtOnceAndTheFormerOneStillDoes(t *testing.T) {
	i := install(t, nil)
	session := func(secret string) int {
		token := must(jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"iss": i.site.ID, "aud": i.url, "sub": "visitor", "exp": time.Now().Add(time.Minute).Unix(),
		}).SignedString([]byte(secret)))(t)
		return i.do(request{method: "POST", path: "/api/v1/session", origin: hostOrigin, kind: "application/json",
			body: []byte(`{"challenge":"night","token":"` + token + `"}`)}).Status
	}
	rotate := func() string {
		out := i.fanfare("rotate-secret", string(i.site.ID))
		return strings.Split(out, "\n")[1]
	}
	second := rotate()
	i.eventually("the new secret counts", func() bool { return session(second) == 201 })
	if got := session(i.site.Secret); got != 201 {
		t.Errorf("the former secret: %d", got)
	}
	third := rotate()
	i.eventually("the newest secret counts", func() bool { return session(third) == 201 })
	if got := session(second); got != 201 {
		t.Errorf("the former secret: %d", got)
	}
	if got := session(i.site.Secret); got != 401 {
		t.Errorf("the one before it: %d, want 401", got)
	}
	if out, err := command(t, append([]string{"rotate-secret", "s_none", "--data", i.data}, i.flags...)...); err == nil || !strings.Contains(out, string(i.site.ID)) {
		t.Errorf("a site that is not there: %v and %q; want the list of those that are", err, out)
	}
}
