//go:build nodynamic

package heic

import (
	"image"
	"io"

	"github.com/gen2brain/heic"
)

// Supported says whether this build has the codec.
const Supported = true

func decode(r io.Reader) (image.Image, error) { return heic.Decode(r) }
