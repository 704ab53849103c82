package picture_test

import (
	"image"
	"image/color"
	"math"
	"testing"

	"fanfare/cmd/fanbench/picture"
	"fanfare/media/fidelity"
)

// wave is smooth, so that every good filter yields what it is at the new pixels' places.
func wave(width, height int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := (float64(x)+0.5)/float64(width), (float64(y)+0.5)/float64(height)
			p.SetNRGBA(x, y, color.NRGBA{uint8(128 + 90*math.Sin(4*u+v)), uint8(128 + 90*math.Cos(3*v)), uint8(200 * u), 0xff})
		}
	}
	return p
}

func TestTheExactPictureKeepsPlacesAndColours(t *testing.T) {
	got := picture.Lanczos(wave(600, 400), 150, 100)
	if psnr := fidelity.PSNR(got, wave(150, 100)); psnr < 45 {
		t.Errorf("got %.1f dB", psnr)
	}
}
