//go:build !nodynamic

package heic_test

import (
	"bytes"
	"errors"
	"testing"

	"fanfare/media/heic"
	"fanfare/media/mediatest"
)

func TestABuildWithoutTheCodecRefuses(t *testing.T) {
	if _, err := heic.Decode(bytes.NewReader(mediatest.HEIC{}.File()), nil); heic.Supported || !errors.Is(err, heic.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
}
