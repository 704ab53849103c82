package access

import (
	"crypto/rand"
	"encoding/base32"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// One-time codes as every authenticator makes them without being told more (RFC 6238 with its defaults).
const (
	totpPeriod = 30 // seconds
	totpDrift  = 1  // steps that a phone's clock may be before or behind
	totpSecret = 20 // bytes, as long as the output of its hash (RFC 4226 §4)
)

var totpForm = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// NewTOTPSecret draws the secret of one-time codes, in the form in which people type it.
func NewTOTPSecret() string {
	var b [totpSecret]byte
	rand.Read(b[:]) // never fails
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// TOTPAddress is what an authenticator reads from a QR code: whose account it is, at which installation, and the secret.
func TOTPAddress(secret, account, issuer string) string {
	label := url.PathEscape(strings.ReplaceAll(issuer, ":", " ")) + ":" + url.PathEscape(account)
	return "otpauth://totp/" + label + "?" + url.Values{"secret": {secret}, "issuer": {issuer}}.Encode()
}

// MatchTOTP reports whether a code is the secret's about now, and of which time step. That a step counts once is the
// caller's to hold.
func MatchTOTP(secret, code string, now time.Time) (step int64, ok bool) {
	code = strings.Join(strings.Fields(code), "")
	current := now.Unix() / totpPeriod
	for candidate := current - totpDrift; candidate <= current+totpDrift; candidate++ {
		// A code that cannot be one is an error, and wrong like any other.
		if right, err := hotp.ValidateCustom(code, uint64(candidate), secret, totpForm); err == nil && right {
			step, ok = candidate, true
		}
	}
	return step, ok
}

// recoveryAlphabet is Crockford's base 32: no i, l, o, u, so that a code on paper is read as it was written.
const recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// Recovery codes have 80 bits, in four groups.
const (
	recoveryLength = 16
	recoveryGroup  = 4
)

// NewRecoveryCode draws what stands in for a one-time code when the device is lost.
func NewRecoveryCode() string {
	var b [recoveryLength]byte
	rand.Read(b[:]) // never fails
	var code strings.Builder
	for i, c := range b {
		if i > 0 && i%recoveryGroup == 0 {
			code.WriteByte('-')
		}
		code.WriteByte(recoveryAlphabet[c%32])
	}
	return code.String()
}

// HashRecoveryCode is what is stored of a person's recovery code, however they typed it; "" for what is none.
func HashRecoveryCode(staff, typed string) string {
	code := strings.NewReplacer("-", "", " ", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(typed))
	if len(code) != recoveryLength {
		return ""
	}
	return HashToken("recovery " + staff + " " + code)
}
