package planar

import (
	"image/jpeg"
	"io"
)

// Decode reads a JPEG of light and colour, or of light alone, as a picture whose longer side is at most long. It is the
// one place where a file becomes planes: what decodes at a smaller scale from the start belongs here.
func Decode(r io.Reader, long int) (*Planes, error) {
	decoded, err := jpeg.Decode(r)
	if err != nil {
		return nil, err
	}
	p, err := view(decoded)
	if err != nil {
		return nil, err
	}
	return p.Fit(long), nil
}
