package pipeline

import "fanfare/media/planar"

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
	picture *planar.Planes
}

// cascade makes each size from the one before it, which costs a quarter of making all from the largest, and the square.
func cascade(w *work) error {
	picture := w.planes
	for _, side := range sides {
		picture = picture.Fit(side.long)
		w.sizes = append(w.sizes, rendition{side.name, picture})
	}
	w.sizes = append(w.sizes, rendition{"square", w.square()})
	return nil
}

// square cuts the centre from the smallest size that need not be enlarged for it. A photo narrower than the square has a
// smaller one.
func (w *work) square() *planar.Planes {
	source := w.planes
	for _, size := range w.sizes {
		if min(size.picture.Width, size.picture.Height) >= squareSide {
			source = size.picture
		}
	}
	return source.Square(squareSide)
}
