//go:build !nodynamic

package heic

import (
	"image"
	"io"
)

// Supported says whether this build has the codec.
const Supported = false

func decode(io.Reader) (image.Image, error) { return nil, ErrUnsupported }
