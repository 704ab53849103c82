package page

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the margin of a QR code in modules, as the standard asks (ISO/IEC 18004 §9.1).
const quiet = 4

// maxQR is how long a text may be: a longer one makes modules that phones do not tell apart on paper.
const maxQR = 500 // bytes

// QR is a text for cameras to read: drawn by the template "qr".
type QR struct {
	Text string
	Side int    // of the drawing with its margin, in modules
	Path string // the dark modules
}

// encode makes the code of a text.
func encode(text string) (*qr.Code, error) {
	if len(text) > maxQR {
		return nil, fmt.Errorf("draw QR code: %d bytes are more than %d", len(text), maxQR)
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	return code, nil
}

// moduleSide is how many pixels a module of a code in pixels has: a link's code has some 500, enough for an article's width.
const moduleSide = 12

// QRImage draws a text as a PNG, which apps can keep and send on where they cannot do so with a drawing.
func QRImage(text string) ([]byte, error) {
	code, err := encode(text)
	if err != nil {
		return nil, err
	}
	code.Scale = moduleSide
	return code.PNG(), nil
}

// NewQR draws a text.
func NewQR(text string) (QR, error) {
	code, err := encode(text)
	if err != nil {
		return QR{}, err
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	return QR{Text: text, Side: code.Size + 2*quiet, Path: path.String()}, nil
}
