package mediatest

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
)

// Scene draws a night over a city: a sky that brightens downwards, a moon in the upper left, a skyline with lit windows.
// No turn or mirroring leaves it alike.
func Scene(width, height int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.SetNRGBA(x, y, sceneAt(float64(x)/float64(width), float64(y)/float64(height)))
		}
	}
	return picture
}

func sceneAt(x, y float64) color.NRGBA {
	const towers = 9
	tower, within := math.Modf(x * towers)
	roof := 0.5 + 0.28*math.Sin(3*tower+1)*math.Cos(tower)
	switch {
	case math.Hypot(x-0.2, y-0.2) < 0.08:
		return color.NRGBA{250, 240, 200, 255}
	case y > roof && within > 0.12:
		lit := math.Mod(within*4, 1) > 0.5 && math.Mod(y*24, 1) > 0.5 && math.Sin(7*tower+math.Floor(y*24)*5) > 0
		if lit {
			return color.NRGBA{255, 190, 80, 255}
		}
		return color.NRGBA{24, 26, 40, 255}
	}
	return color.NRGBA{uint8(20 + 90*y), uint8(24 + 40*y), uint8(70 + 80*y), 255}
}

// JPEG encodes a picture.
func JPEG(picture image.Image) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 92}); err != nil {
		panic(err) // only a picture beyond 65,535 pixels a side fails
	}
	return b.Bytes()
}

// PNG encodes a picture.
func PNG(picture image.Image) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic(err) // only a picture without pixels fails
	}
	return b.Bytes()
}

// Stored returns a picture as a camera stores it that was held so that EXIF's orientation o turns it upright.
func Stored(upright *image.NRGBA, o uint16) *image.NRGBA {
	w, h := upright.Rect.Dx(), upright.Rect.Dy()
	if o >= 5 {
		w, h = h, w
	}
	stored := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			stored.SetNRGBA(x, y, upright.NRGBAAt(place(o, x, y, w, h)))
		}
	}
	return stored
}

// place says where a stored pixel belongs in the upright picture. EXIF names the sides of the upright picture at which the
// stored picture's first row and first column lie.
func place(o uint16, x, y, w, h int) (int, int) {
	right, bottom := w-1-x, h-1-y
	switch o {
	case 2: // row 0 top, column 0 right
		return right, y
	case 3: // bottom, right
		return right, bottom
	case 4: // bottom, left
		return x, bottom
	case 5: // left, top
		return y, x
	case 6: // right, top
		return bottom, x
	case 7: // right, bottom
		return bottom, right
	case 8: // left, bottom
		return y, right
	}
	return x, y
}
