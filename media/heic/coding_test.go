package heic

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"fanfare/media/header"
)

// coded returns a colour as light and colour differences by the definition in H.273, 8.3.
func coded(c color.NRGBA, w weights, full bool) (y, cb, cr uint8) {
	r, g, b := float64(c.R)/255, float64(c.G)/255, float64(c.B)/255
	light := w.red*r + (1-w.red-w.blue)*g + w.blue*b
	blue, red := (b-light)/(2*(1-w.blue)), (r-light)/(2*(1-w.red))
	if full {
		return uint8(math.Round(255 * light)), uint8(math.Round(min(128+255*blue, 255))), uint8(math.Round(min(128+255*red, 255)))
	}
	return uint8(math.Round(16 + 219*light)), uint8(math.Round(128 + 224*blue)), uint8(math.Round(128 + 224*red))
}

func TestColoursSurviveEveryCoding(t *testing.T) {
	colours := []color.NRGBA{
		{0, 0, 0, 255}, {255, 255, 255, 255}, {128, 128, 128, 255}, {200, 30, 40, 255}, {30, 180, 60, 255}, {40, 60, 210, 255}, {240, 200, 20, 255},
	}
	for number, w := range matrices {
		for _, full := range []bool{true, false} {
			p := image.NewYCbCr(image.Rect(0, 0, 2*len(colours), 2), image.YCbCrSubsampleRatio420)
			for i, c := range colours {
				y, cb, cr := coded(c, w, full)
				for x := 2 * i; x < 2*i+2; x++ {
					p.Y[x], p.Y[p.YStride+x] = y, y
				}
				p.Cb[i], p.Cr[i] = cb, cr
			}
			out, err := recoded(p, &header.Coding{Matrix: number, Full: full})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range colours {
				got := color.NRGBAModel.Convert(out.At(2*i, 1)).(color.NRGBA)
				if far(got.R, want.R) || far(got.G, want.G) || far(got.B, want.B) {
					t.Errorf("matrix %d, full range %t: %v became %v", number, full, want, got)
				}
			}
		}
	}
}

func far(a, b uint8) bool { return max(a, b)-min(a, b) > 3 }

func TestAPictureThatIsCodedAsJPEGsAreIsCopied(t *testing.T) {
	p := image.NewYCbCr(image.Rect(0, 0, 5, 3), image.YCbCrSubsampleRatio420)
	for i := range p.Y {
		p.Y[i] = uint8(16 * i)
	}
	for i := range p.Cb {
		p.Cb[i], p.Cr[i] = uint8(40*i), uint8(250-40*i)
	}
	out, err := recoded(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Y[0] = 99 // the codec's memory is gone
	if out.Y[0] == 99 {
		t.Error("the copy shares its memory")
	}
	for y := range 3 {
		for x := range 5 {
			if got, want := out.YCbCrAt(x, y), p.YCbCrAt(x, y); got != want && x+y > 0 {
				t.Errorf("%d, %d: got %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestGreysAreSpreadOverTheWholeRange(t *testing.T) {
	p := &image.Gray{Pix: []uint8{16, 126, 235, 99, 0, 16, 255, 99}, Stride: 4, Rect: image.Rect(0, 0, 3, 2)}
	got := greys(p, &header.Coding{Matrix: unspecified})
	if want := []uint8{0, 128, 255, 0, 0, 255}; !bytes.Equal(got.Pix, want) {
		t.Errorf("cut short: got %v, want %v", got.Pix, want)
	}
	if got, want := greys(p, nil), []uint8{16, 126, 235, 0, 16, 255}; !bytes.Equal(got.Pix, want) {
		t.Errorf("whole: got %v, want %v", got.Pix, want)
	}
}
