package store

import (
	"crypto/rand"
	"encoding/binary"
)

// crockford is Crockford's base 32 in lower case: no i, l, o, u, so that identifiers can be read aloud.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID draws an identifier: the prefix and 13 characters, 65 random bits.
func NewID(prefix string) string {
	var seed [9]byte
	rand.Read(seed[:]) // never fails
	bits, last := binary.BigEndian.Uint64(seed[:8]), seed[8]
	id := make([]byte, 13)
	for i := range 12 {
		id[i] = crockford[bits&31]
		bits >>= 5
	}
	id[12] = crockford[last&31]
	return prefix + string(id)
}

// orNew keeps an identifier and draws one where it is empty.
func orNew[ID ~string](id ID, prefix string) ID {
	if id != "" {
		return id
	}
	return ID(NewID(prefix))
}
