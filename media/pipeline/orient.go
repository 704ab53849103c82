package pipeline

import (
	"image"

	"github.com/disintegration/imaging"
)

// orientation is EXIF's: how to turn the stored picture upright, 1 (as it is) to 8.
type orientation int

// orientationOf returns the orientation for a tag's value; what the standard does not know means upright.
func orientationOf(value int) orientation {
	if value < 1 || value > 8 {
		return 1
	}
	return orientation(value)
}

// size returns the upright picture's size for the stored one's.
func (o orientation) size(width, height int) (int, int) {
	if o >= 5 {
		return height, width
	}
	return width, height
}

// upright turns a picture.
func (o orientation) upright(picture *image.NRGBA) *image.NRGBA {
	switch o {
	case 2:
		return imaging.FlipH(picture)
	case 3:
		return imaging.Rotate180(picture)
	case 4:
		return imaging.FlipV(picture)
	case 5:
		return imaging.Transpose(picture)
	case 6:
		return imaging.Rotate270(picture) // imaging turns against the clock
	case 7:
		return imaging.Transverse(picture)
	case 8:
		return imaging.Rotate90(picture)
	}
	return picture
}

// orient turns the picture upright.
func orient(w *work) error {
	w.largest = w.turn.upright(w.largest)
	return nil
}
