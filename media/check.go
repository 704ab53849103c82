package media

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"fanfare/media/header"
	"fanfare/media/heic"
)

// checkBuffer is what one check holds in memory.
const checkBuffer = 32 << 10

// Check judges a photo by its header and decodes nothing. It reads r as far as it needs: to the picture's size, a JPEG to
// its end, because its scans are counted, and a HEIC too, because what it says must not be said again; so give it the
// whole stream or a file, not a prefix. Its error is a *Refused, or what reading r failed with.
func Check(r io.Reader) (Info, error) {
	buffered := bufio.NewReaderSize(r, checkBuffer)
	h, err := header.Read(buffered)
	if err != nil {
		return Info{}, refusal(err)
	}
	info := Info(h)
	if info.Format == header.HEIC && !heic.Supported {
		return Info{}, &Refused{Reason: UnsupportedType, Format: info.Format}
	}
	if err := info.fits(); err != nil {
		return Info{}, err
	}
	if info.Format != header.JPEG {
		return info, nil
	}
	scans, err := header.Scans(buffered, MaxScans)
	if err != nil {
		return Info{}, err
	}
	if scans > MaxScans {
		return Info{}, &Refused{Reason: TooManyScans, Format: info.Format}
	}
	return info, nil
}

// fits holds a picture's size against the limits.
func (i Info) fits() error {
	cause := fmt.Sprintf("%d × %d pixels", i.Width, i.Height)
	switch {
	case i.Width > MaxSide || i.Height > MaxSide:
		return &Refused{Reason: SideTooLong, Format: i.Format, Cause: cause}
	case i.Width*i.Height > MaxPixels:
		return &Refused{Reason: TooManyPixels, Format: i.Format, Cause: cause}
	}
	return nil
}

// refusal turns what a header is not into a *Refused; a reader's own failure stays what it is.
func refusal(err error) error {
	if unsupported, ok := errors.AsType[*header.UnsupportedError](err); ok {
		return &Refused{Reason: UnsupportedType, Format: unsupported.Format}
	}
	if errors.Is(err, header.ErrBroken) {
		return &Refused{Reason: Broken, Cause: err.Error()}
	}
	return err
}
