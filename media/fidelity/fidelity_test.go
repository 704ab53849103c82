package fidelity_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"fanfare/media/fidelity"
	"fanfare/media/mediatest"
)

func TestEqualPicturesAreAlike(t *testing.T) {
	scene := mediatest.Scene(80, 60)
	if got := fidelity.SSIM(scene, scene); math.Abs(got-1) > 1e-9 {
		t.Errorf("SSIM is %v, want 1", got)
	}
	if got := fidelity.PSNR(scene, scene); !math.IsInf(got, 1) {
		t.Errorf("PSNR is %v, want infinity", got)
	}
}

func TestADifferenceHasItsDecibels(t *testing.T) {
	grey := func(v uint8) *image.NRGBA {
		picture := image.NewNRGBA(image.Rect(0, 0, 4, 3))
		for i := range 12 {
			picture.SetNRGBA(i%4, i/4, color.NRGBA{v, v, v, 0xff})
		}
		return picture
	}
	if got := fidelity.PSNR(grey(100), grey(110)); math.Abs(got-28.13) > 0.01 { // 20·log(255/10)
		t.Errorf("got %.2f, want 28.13", got)
	}
}

func TestColoursAreSpreadBetweenTheirSamples(t *testing.T) {
	picture := image.NewYCbCr(image.Rect(0, 0, 4, 1), image.YCbCrSubsampleRatio420)
	copy(picture.Y, []uint8{100, 100, 100, 100})
	copy(picture.Cb, []uint8{128, 128})
	copy(picture.Cr, []uint8{128, 168})
	got := fidelity.Pixels(picture)
	for x, cr := range []uint8{128, 138, 158, 168} {
		r, g, b := color.YCbCrToRGB(100, 128, cr)
		if at, want := got.NRGBAAt(x, 0), (color.NRGBA{r, g, b, 0xff}); at != want {
			t.Errorf("pixel %d: got %v, want %v", x, at, want)
		}
	}
}

func TestSSIMFallsWithQuality(t *testing.T) {
	scene, last := mediatest.Scene(200, 150), 1.0
	for _, quality := range []int{95, 70, 30, 5} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, scene, &jpeg.Options{Quality: quality}); err != nil {
			t.Fatal(err)
		}
		decoded, err := jpeg.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		got := fidelity.SSIM(scene, fidelity.Pixels(decoded))
		if got >= last {
			t.Errorf("at quality %d it is %v, at the one above it was %v", quality, got, last)
		}
		last = got
	}
}
