package pipeline

import (
	"image"
	"math"

	"github.com/disintegration/imaging"
)

// shrink makes pixels of the largest size that is needed from the decoded ones, and lets go of those. Planes are small
// already.
func shrink(w *work) error {
	if w.planes == nil {
		w.pixels = fit(w.decoded, w.long())
		w.decoded = nil
	}
	return nil
}

// fit returns the picture with its longer side at most long; it never enlarges. It may return the picture itself.
func fit(picture image.Image, long int) *image.NRGBA {
	width, height := picture.Bounds().Dx(), picture.Bounds().Dy()
	if same, ok := picture.(*image.NRGBA); ok && max(width, height) <= long {
		return same
	}
	scale := math.Min(1, float64(long)/float64(max(width, height)))
	scaled := func(side int) int { return max(1, int(math.Round(float64(side)*scale))) }
	return imaging.Resize(picture, scaled(width), scaled(height), imaging.Lanczos)
}
