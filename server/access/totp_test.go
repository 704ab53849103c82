package access

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// The vectors of RFC 6238, appendix B, cut to six digits.
func TestOneTimeCodesAreThoseOfTheStandard(t *testing.T) {
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for second, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		step, ok := MatchTOTP(secret, code, time.Unix(second, 0))
		if !ok || step != second/30 {
			t.Errorf("MatchTOTP(%s) at %d = %d, %v", code, second, step, ok)
		}
	}
}

func TestACodeIsGoodForAMinuteAndAHalf(t *testing.T) {
	secret, now := NewTOTPSecret(), time.Unix(1_800_000_000, 0)
	code, err := totp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	for drift, want := range map[time.Duration]bool{-31 * time.Second: false, -30 * time.Second: true, 0: true, 59 * time.Second: true, 60 * time.Second: false} {
		if _, ok := MatchTOTP(secret, code, now.Add(drift)); ok != want {
			t.Errorf("%v later: %v, want %v", drift, ok, want)
		}
	}
	if _, ok := MatchTOTP(secret, " "+code[:3]+" "+code[3:]+"\n", now); !ok {
		t.Error("a code with spaces is refused")
	}
	for _, code := range []string{"", "1", "abcdef", strings.Repeat("1", 1000), "１２３４５６"} {
		if _, ok := MatchTOTP(secret, code, now); ok {
			t.Errorf("%.20q is taken", code)
		}
	}
}

func TestAuthenticatorsReadTheAddress(t *testing.T) {
	secret := NewTOTPSecret()
	key, err := otp.NewKeyFromURL(TOTPAddress(secret, "ada+x@example.org", "photos.example: 夜"))
	if err != nil || key.Secret() != secret || key.Issuer() != "photos.example: 夜" || key.AccountName() != "ada+x@example.org" {
		t.Errorf("read %q of %q by %q, %v", key.Secret(), key.AccountName(), key.Issuer(), err)
	}
	if _, err := url.Parse(key.URL()); err != nil {
		t.Error(err)
	}
}

func TestRecoveryCodesAreReadAsPeopleTypeThem(t *testing.T) {
	a, b := NewRecoveryCode(), NewRecoveryCode()
	if a == b || len(a) != 19 {
		t.Errorf("drew %q and %q", a, b)
	}
	want := HashRecoveryCode("st_1", "0123-4567-89ab-cde1")
	for _, typed := range []string{"o12345678 9ABcdel", "0123 4567 89AB CDEI", "0123456789abcde1"} {
		if got := HashRecoveryCode("st_1", typed); got != want {
			t.Errorf("%q is another code", typed)
		}
	}
	if HashRecoveryCode("st_2", "0123-4567-89ab-cde1") == want || HashRecoveryCode("st_1", "0123") != "" {
		t.Error("somebody else's code, or a part of one, is the same")
	}
}
