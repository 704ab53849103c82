package kpi

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

var clickKey = []byte("0123456789abcdef0123456789abcdef")

func TestAClickComesBackFromItsToken(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 30, 15, 0, time.UTC)
	for _, link := range []LinkCode{"abcd2345", "", LinkCode(strings.Repeat("x", 100))} {
		token := SignClick(clickKey, Click{link, at}, 7)
		if got, err := OpenClick(clickKey, token); err != nil || got.Link != link || !got.At.Equal(at) {
			t.Errorf("%q: got %+v, %v", link, got, err)
		}
		if strings.Trim(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			t.Errorf("%q has to be escaped in an address", token)
		}
	}
	if one, other := SignClick(clickKey, Click{"a", at}, 1), SignClick(clickKey, Click{"a", at}, 2); one == other {
		t.Error("two clicks of one second have one token")
	}
}

func TestAChangedClickIsRefused(t *testing.T) {
	token := SignClick(clickKey, Click{"abcd2345", time.Unix(1_800_000_000, 0)}, 7)
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{"", "A", token + "A", token[1:], token + "=", " " + token, token[:len(token)-1], strings.Repeat("A", 1<<20)}
	for i := range raw {
		for _, bit := range []byte{1, 128} {
			raw[i] ^= bit
			bad = append(bad, base64.RawURLEncoding.EncodeToString(raw))
			raw[i] ^= bit
		}
	}
	// A byte moved from one field to the next, the length changed with it.
	shifted := append([]byte{raw[0] - 1}, raw[1:]...)
	bad = append(bad, base64.RawURLEncoding.EncodeToString(shifted), base64.RawURLEncoding.EncodeToString(append([]byte{raw[0] + 1}, raw[1:]...)),
		base64.RawURLEncoding.EncodeToString(append([]byte{raw[0] - 1}, raw[2:]...)))
	for _, token := range bad {
		if got, err := OpenClick(clickKey, token); !errors.Is(err, ErrClick) {
			t.Errorf("%.60q is taken for %+v, %v", token, got, err)
		}
	}
	if _, err := OpenClick([]byte("another key"), token); !errors.Is(err, ErrClick) {
		t.Errorf("another key opens it: %v", err)
	}
}

// Whatever opens is, signed again, what one of our tokens says; nothing else opens.
func FuzzOpenClick(f *testing.F) {
	f.Add(SignClick(clickKey, Click{"abcd2345", time.Unix(1_800_000_000, 0)}, 7))
	f.Add("AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if c, err := OpenClick(clickKey, token); err == nil {
			raw, _ := strict64.DecodeString(token)
			nonce := raw[1+len(c.Link)+clickTime:][:clickNonce]
			if again := SignClick(clickKey, c, uint32(nonce[0])<<24|uint32(nonce[1])<<16|uint32(nonce[2])<<8|uint32(nonce[3])); again != token {
				t.Errorf("%q opens, and is %q", token, again)
			}
		}
	})
}
