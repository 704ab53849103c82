// Package heic decodes the pictures of HEIF files that are coded as HEVC, what phones call HEIC.
//
// The codec is libheif and libde265, compiled to WebAssembly, within github.com/gen2brain/heic. That package looks for a
// libheif of the machine when a program starts, unless it is built with the tag nodynamic; so only builds with that tag
// have a codec, and others refuse these files. It knows pixels and how their values are coded; it takes files at their
// word, so their headers are judged before.
package heic

import (
	"errors"
	"fmt"
	"image"
	"io"

	"fanfare/media/header"
)

// MinSide is the shortest side of a picture that is decoded: the codec keeps narrower ones in wider lines than its Go side
// believes.
const MinSide = 128

// ErrUnsupported means a picture whose values are not coded in a way that is known here, or a build without the codec.
var ErrUnsupported = errors.New("HEIC is coded in another way")

// Decode returns the picture of a file, cut and turned as the file demands, with values coded as JPEG's are. How they
// are coded in the file is said by coding, or by nobody, where it is nil.
func Decode(r io.Reader, coding *header.Coding) (image.Image, error) {
	picture, err := decode(r)
	if err != nil {
		return nil, fmt.Errorf("decode HEIC: %w", err)
	}
	if size := picture.Bounds().Size(); min(size.X, size.Y) < MinSide {
		return nil, fmt.Errorf("decode HEIC: %w: %d × %d pixels", ErrUnsupported, size.X, size.Y)
	}
	switch p := picture.(type) {
	case *image.YCbCr:
		return recoded(p, coding)
	case *image.Gray:
		return greys(p, coding), nil
	case *image.NRGBA, *image.RGBA:
		return picture, nil
	}
	return nil, fmt.Errorf("decode HEIC: %w: a picture of type %T", ErrUnsupported, picture)
}
