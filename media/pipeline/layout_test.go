package pipeline

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"fanfare/media"
)

func TestEveryLayoutIsBroughtToColours(t *testing.T) {
	bounds := image.Rect(0, 0, 2, 1)
	ink := image.NewCMYK(bounds)
	ink.SetCMYK(0, 0, color.CMYK{C: 0, M: 255, Y: 255, K: 0})
	ink.SetCMYK(1, 0, color.CMYK{C: 0, M: 0, Y: 0, K: 255})
	glass := image.NewNYCbCrA(bounds, image.YCbCrSubsampleRatio444)
	copy(glass.Y, []byte{76, 255})
	copy(glass.Cb, []byte{85, 128})
	copy(glass.Cr, []byte{255, 128})
	copy(glass.A, []byte{255, 10})
	indexed := image.NewPaletted(bounds, color.Palette{color.NRGBA{255, 0, 0, 128}})
	indexed.Pix[1] = 200 // beyond the palette
	for name, c := range map[string]struct {
		picture image.Image
		want    [2]color.NRGBA
	}{
		"CMYK":     {ink, [2]color.NRGBA{{255, 0, 0, 255}, {0, 0, 0, 255}}},
		"YCbCrA":   {glass, [2]color.NRGBA{{254, 0, 0, 255}, {255, 255, 255, 10}}},
		"paletted": {indexed, [2]color.NRGBA{{255, 0, 0, 128}, {0, 0, 0, 255}}},
	} {
		picture, err := resizable(c.picture)
		if err != nil {
			t.Fatal(err)
		}
		got := picture.(*image.NRGBA)
		if pixels := [2]color.NRGBA{got.NRGBAAt(0, 0), got.NRGBAAt(1, 0)}; pixels != c.want {
			t.Errorf("%s: got %v, want %v", name, pixels, c.want)
		}
	}
}

func TestAnUnknownLayoutIsBroken(t *testing.T) {
	_, err := resizable(image.NewAlpha(image.Rect(0, 0, 1, 1)))
	if refused, ok := errors.AsType[*media.Refused](err); !ok || refused.Reason != media.Broken {
		t.Errorf("got %v, want broken", err)
	}
}
