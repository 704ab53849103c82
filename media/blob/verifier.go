package blob

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

// leastHash is how many digits of a hash tell one content from another: 128 bits.
const leastHash = 32

// verifier hashes what is read and judges it where it ends.
type verifier struct {
	io.ReadCloser
	key, want string
	hash      hash.Hash
}

func (v *verifier) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.hash.Write(p[:n])
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	got := hex.EncodeToString(v.hash.Sum(nil))
	if len(v.want) < leastHash || !strings.HasPrefix(got, v.want) {
		return n, fmt.Errorf("object %s: %w: hash is %s, want %s", v.key, ErrCorrupt, got, v.want)
	}
	return n, io.EOF
}
