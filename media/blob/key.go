package blob

import (
	"fmt"
	"strings"
)

// maxKey is what every store takes with room for its own prefix: S3 allows 1,024 bytes, a file name mostly 255.
const maxKey = 200

// CheckKey refuses with ErrKey whatever Fanfare does not generate itself. A key is up to 200 bytes of lower-case
// letters, digits, "-", "_", "." and "/"; its parts between slashes are not empty and do not begin with ".", and it
// holds no "..".
func CheckKey(key string) error {
	switch {
	case key == "" || len(key) > maxKey:
		return fmt.Errorf("%w: %d bytes long", ErrKey, len(key))
	case strings.IndexFunc(key, notInKey) >= 0:
		return fmt.Errorf("%w: %q holds a character that keys never have", ErrKey, key)
	case strings.Contains(key, ".."):
		return fmt.Errorf("%w: %q holds two dots", ErrKey, key)
	}
	for part := range strings.SplitSeq(key, "/") {
		if part == "" || part[0] == '.' {
			return fmt.Errorf("%w: %q has an empty or hidden part", ErrKey, key)
		}
	}
	return nil
}

func notInKey(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-_./", r)
}
