//go:build !nodynamic

package media_test

import (
	"bytes"
	"testing"

	"fanfare/media"
	"fanfare/media/mediatest"
)

func TestABuildWithoutTheCodecRefusesHEICs(t *testing.T) {
	_, err := media.Check(bytes.NewReader(mediatest.HEIC{}.File()))
	if refused := wantRefused(t, err, media.UnsupportedType); refused.Format != "heic" {
		t.Errorf("refused as %q, want heic", refused.Format)
	}
}
