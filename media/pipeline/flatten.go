package pipeline

import (
	"image"

	"fanfare/media/planar"
)

// flatten turns pixels into planes, which all pictures are from here on.
func flatten(w *work) error {
	if w.planes == nil {
		onWhite(w.pixels)
		w.planes, w.pixels = planar.FromNRGBA(w.pixels), nil
	}
	return nil
}

// onWhite makes every pixel opaque, because JPEG knows no transparency.
func onWhite(picture *image.NRGBA) {
	pix := picture.Pix
	for i := 0; i+3 < len(pix); i += 4 {
		alpha := uint32(pix[i+3])
		if alpha == 0xff {
			continue
		}
		for c := i; c < i+3; c++ {
			pix[c] = uint8((uint32(pix[c])*alpha + 0xff*(0xff-alpha) + 0x7f) / 0xff)
		}
		pix[i+3] = 0xff
	}
}
