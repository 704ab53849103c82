package access

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// ErrHostToken says that a host-signed token is not to be trusted; the wrapped error says why.
var ErrHostToken = errors.New("host token refused")

// Limits of host-signed tokens.
const (
	maxHostToken    = 4 << 10 // bytes; three short claims need a tenth of it
	maxHostTokenAge = time.Hour
	maxSubject      = 200 // bytes
	maxHostName     = 200 // bytes; shortened for display later
)

// HostClaims are what a registered site says of its own visitor.
type HostClaims struct {
	Subject string // the visitor's identifier at the site
	Name    string
}

type hostClaims struct {
	jwt.RegisteredClaims
	Name string `json:"name"`
}

// VerifyHostToken checks a JSON Web Token (RFC 7519) that a registered site signed with HS256 and its secret: issuer
// (the site's identifier), audience (this installation's public URL), expiry (at most an hour ahead) and subject are
// required. Every other algorithm is refused, "none" among them.
func VerifyHostToken(token, issuer, secret, audience string, now time.Time) (HostClaims, error) {
	if len(token) > maxHostToken || secret == "" {
		return HostClaims{}, ErrHostToken
	}
	var claims hostClaims
	_, err := jwt.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return []byte(secret), nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithLeeway(30*time.Second), jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case err != nil:
		return HostClaims{}, fmt.Errorf("%w: %w", ErrHostToken, err)
	case claims.ExpiresAt.After(now.Add(maxHostTokenAge + time.Minute)):
		return HostClaims{}, fmt.Errorf("%w: expires too late", ErrHostToken)
	case claims.Subject == "" || len(claims.Subject) > maxSubject || len(claims.Name) > maxHostName:
		return HostClaims{}, fmt.Errorf("%w: subject or name out of bounds", ErrHostToken)
	}
	return HostClaims{Subject: claims.Subject, Name: claims.Name}, nil
}
