// Package header reads the outer structure of image files: what they are, how large their picture is, how many scans it
// takes, and the blocks of metadata they carry.
//
// It decodes no pixels and spends no memory by a number that a file tells it. It knows facts; what is acceptable is
// decided by media.
package header

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// The formats whose headers are read.
const (
	JPEG = "jpeg"
	PNG  = "png"
	WebP = "webp"
	HEIC = "heic"
)

// ErrBroken means that the bytes are not what their format demands.
var ErrBroken = errors.New("broken image header")

// UnsupportedError means that the file is of another format than those above. Format is empty where it is unknown.
type UnsupportedError struct{ Format string }

// Error implements error.
func (e *UnsupportedError) Error() string {
	if e.Format == "" {
		return "unknown file format"
	}
	return "unsupported file format " + e.Format
}

// Header is what a file says about its picture.
type Header struct {
	Format string
	// Width and Height are positive, and of the picture that a decoder yields: before EXIF's orientation, which decoders
	// leave alone, and of a HEIC as its own properties cut and turn it.
	Width, Height int
}

// sniffed is how much Sniff looks at: enough for an SVG's prologue and an ISO file's list of brands.
const sniffed = 1024

// Read reads up to the picture's size and no further than the buffer of r, but a HEIC to its end. Its error is ErrBroken,
// an *UnsupportedError, or what r failed with.
func Read(r *bufio.Reader) (Header, error) {
	head, err := r.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return Header{}, err
	}
	h := Header{Format: Sniff(head)}
	switch h.Format {
	case JPEG:
		err = h.readJPEG(r)
	case PNG:
		err = h.readPNG(r)
	case WebP:
		err = h.readWebP(r)
	case HEIC:
		err = h.readHEIC(r)
	default:
		return Header{}, &UnsupportedError{h.Format}
	}
	if err != nil {
		return Header{}, ended(err)
	}
	if h.Width <= 0 || h.Height <= 0 {
		return Header{}, broken("the picture is %d by %d", h.Width, h.Height)
	}
	return h, nil
}

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBroken}, args...)...)
}

// ended turns the end of the input into ErrBroken, and leaves other errors, nil too.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return broken("it ends too early")
	}
	return err
}
