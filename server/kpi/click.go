package kpi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"time"
)

// ClickSecret is the name of the installation's secret (store.Tx.Secret) that signs clicks.
const ClickSecret = "clicks"

// ErrClick says that a token is no click of ours.
var ErrClick = errors.New("no click of ours")

// What a token consists of, in bytes.
const (
	clickTime  = 8
	clickNonce = 4
	clickMAC   = 12 // 96 bits: nobody guesses one, and the address stays short
	maxClick   = 200
)

// clickScope keeps these MACs apart from all others with the same key, and from those of a later form.
const clickScope = "fanfare click 1"

// strict64 has one spelling for each token.
var strict64 = base64.RawURLEncoding.Strict()

// SignClick returns the token that a tracked link hands on as "ff". The nonce tells the clicks of one second apart.
func SignClick(key []byte, c Click, nonce uint32) string {
	token := append([]byte{byte(len(c.Link))}, c.Link...)
	token = binary.BigEndian.AppendUint64(token, uint64(c.At.Unix()))
	token = binary.BigEndian.AppendUint32(token, nonce)
	return strict64.EncodeToString(append(token, sealOf(key, token)...))
}

// OpenClick reads a token; ErrClick for one that was not signed with the key.
func OpenClick(key []byte, token string) (Click, error) {
	if len(token) > maxClick {
		return Click{}, ErrClick
	}
	b, err := strict64.DecodeString(token)
	if err != nil || len(b) == 0 || len(b) != 1+int(b[0])+clickTime+clickNonce+clickMAC {
		return Click{}, ErrClick
	}
	signed, seal := b[:len(b)-clickMAC], b[len(b)-clickMAC:]
	if !hmac.Equal(seal, sealOf(key, signed)) {
		return Click{}, ErrClick
	}
	link, rest := signed[1:1+b[0]], signed[1+b[0]:]
	return Click{Link: LinkCode(link), At: time.Unix(int64(binary.BigEndian.Uint64(rest)), 0).UTC()}, nil
}

// sealOf is the MAC of what is signed. The scope has its length before it, as the link has: no field can be shifted into another.
func sealOf(key, signed []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(append([]byte{byte(len(clickScope))}, clickScope...))
	mac.Write(signed)
	return mac.Sum(nil)[:clickMAC]
}
