package access

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of argon2id: the second recommended option of RFC 9106 §4 (64 MiB, three passes), with two lanes.
const (
	argonMemory  = 64 << 10 // KiB
	argonPasses  = 3
	argonLanes   = 2
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
	maxHashing   = 4  // at once, so that sign-ins cannot take more than 256 MiB
	MinPassword  = 12 // code points (NIST SP 800-63B asks for at least 8; staff publish to the world)
	MaxPassword  = 256
	encodedParts = 6
)

var hashing = make(chan struct{}, min(maxHashing, max(1, runtime.NumCPU())))

// HashPassword returns the password's argon2id hash in the PHC string format.
func HashPassword(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		b64.EncodeToString(salt), b64.EncodeToString(derive(password, salt, argonPasses, argonMemory, argonLanes)))
}

var errHash = errors.New("malformed password hash")

// CheckPassword reports whether the password has the hash. It takes as long for a wrong password as for the right one.
func CheckPassword(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != encodedParts || parts[1] != "argon2id" {
		return false, errHash
	}
	var memory, passes uint32
	var lanes uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil || memory > 1<<20 || passes > 100 || lanes == 0 || passes == 0 {
		return false, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(want) != argonKey {
		return false, errHash
	}
	return subtle.ConstantTimeCompare(derive(password, salt, passes, memory, lanes), want) == 1, nil
}

func derive(password string, salt []byte, passes, memory uint32, lanes uint8) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, argonKey)
}
