package pipeline

import (
	"image"

	"github.com/disintegration/imaging"
)

// sides are the sizes that keep the photo's shape, by their longer side, largest first.
var sides = []struct {
	name string
	long int
}{{"2048", 2048}, {"1024", 1024}, {"480", 480}}

// squareSide is the side of the square in lists of entries.
const squareSide = 160

// rendition is one size of the photo.
type rendition struct {
	name    string
	picture *image.NRGBA
}

// cascade makes each size from the one before it, which costs a quarter of making all from the largest, and the square.
func cascade(w *work) error {
	picture := w.largest
	for _, side := range sides {
		picture = fit(picture, side.long)
		w.sizes = append(w.sizes, rendition{side.name, picture})
	}
	w.sizes = append(w.sizes, rendition{"square", w.square()})
	return nil
}

// square cuts the centre from the smallest size that need not be enlarged for it. A photo narrower than the square has a
// smaller one.
func (w *work) square() *image.NRGBA {
	source := w.largest
	for _, size := range w.sizes {
		if short(size.picture) >= squareSide {
			source = size.picture
		}
	}
	side := min(squareSide, short(source))
	return imaging.Fill(source, side, side, imaging.Center, imaging.Lanczos)
}

func short(picture *image.NRGBA) int { return min(picture.Rect.Dx(), picture.Rect.Dy()) }
