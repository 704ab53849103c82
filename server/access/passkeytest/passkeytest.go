// Package passkeytest makes passkeys for tests.
package passkeytest

import "github.com/descope/virtualwebauthn"

// coseKey is the length of a P-256 public key in COSE (RFC 9053 §7.1) whose coordinates have all their 32 bytes.
const coseKey = 77

// New returns a passkey on P-256. The virtual authenticator leaves leading zeros of a coordinate out, which no real one does and
// readers refuse: such a key, one of 128, is drawn again.
func New() virtualwebauthn.Credential {
	for {
		c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if len(c.Key.AttestationData()) == coseKey {
			return c
		}
	}
}
