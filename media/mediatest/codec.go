package mediatest

import (
	"testing"

	"fanfare/media/heic"
)

// Codec skips a test in a build without the codec for HEICs.
func Codec(t *testing.T) {
	t.Helper()
	if !heic.Supported {
		t.Skip("this build has no HEIC codec: go test -tags nodynamic")
	}
}
