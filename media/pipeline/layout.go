package pipeline

import (
	"fmt"
	"image"
	"image/color"
)

// resizable returns the picture in a layout that imaging reads safely and fast. imaging trusts palette indices and
// panics in a goroutine of its own on a bad one (CVE-2023-36308), and reads layouts that it does not know pixel by pixel
// through an interface, which takes seconds at 50 MP.
func resizable(picture image.Image) (image.Image, error) {
	switch p := picture.(type) {
	case *image.YCbCr, *image.Gray, *image.Gray16, *image.RGBA, *image.NRGBA, *image.RGBA64, *image.NRGBA64:
		return picture, nil
	case *image.Paletted:
		return fromPalette(p), nil
	case *image.CMYK:
		return fromPixels(p.Rect, func(x, y int) color.NRGBA {
			c := p.CMYKAt(x, y)
			r, g, b := color.CMYKToRGB(c.C, c.M, c.Y, c.K)
			return color.NRGBA{r, g, b, 0xff}
		}), nil
	case *image.NYCbCrA:
		return fromPixels(p.Rect, func(x, y int) color.NRGBA {
			c := p.NYCbCrAAt(x, y)
			r, g, b := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
			return color.NRGBA{r, g, b, c.A}
		}), nil
	}
	return nil, undecodable(fmt.Errorf("pictures of type %T are not known", picture))
}

func fromPixels(bounds image.Rectangle, at func(x, y int) color.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(bounds)
	i := 0
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			copy(out.Pix[i:], []uint8{c.R, c.G, c.B, c.A})
			i += 4
		}
	}
	return out
}

// fromPalette looks colours up; an index beyond the palette is black.
func fromPalette(p *image.Paletted) *image.NRGBA {
	var colours [256]color.NRGBA
	for i := range colours {
		colours[i] = color.NRGBA{A: 0xff}
		if i < len(p.Palette) {
			colours[i] = color.NRGBAModel.Convert(p.Palette[i]).(color.NRGBA)
		}
	}
	return fromPixels(p.Rect, func(x, y int) color.NRGBA { return colours[p.ColorIndexAt(x, y)] })
}
