// Package planar resizes, turns and recolours pictures as JPEG keeps them: a plane of light and two smaller planes of
// colour, which never become red, green and blue on their way from one file to another.
//
// It knows samples and their places. It refuses to know files' metadata, renditions or why a picture is wanted.
package planar

import (
	"fmt"
	"image"
	"math"
)

// plane is one channel, row by row.
type plane struct {
	pix           []uint8
	stride        int
	width, height int
}

func newPlane(width, height int) plane {
	return plane{make([]uint8, width*height), width, width, height}
}

func (p plane) row(y int) []uint8 { return p.pix[y*p.stride:][:p.width] }

// Planes is a picture. A grey one has light alone.
type Planes struct {
	Width, Height int
	light         plane
	blue, red     plane // JPEG's Cb and Cr, of no size in a grey picture
	// across and down are how many pixels a sample of colour covers; it stands in their middle.
	across, down int
}

// halved is how JPEG is written here: a sample of colour for two by two pixels (4:2:0).
const halved = 2

// blank returns a picture to be filled, in the layout that is written.
func blank(width, height int) *Planes {
	across, down := covering(width, halved), covering(height, halved)
	return &Planes{
		Width: width, Height: height, across: halved, down: halved,
		light: newPlane(width, height), blue: newPlane(across, down), red: newPlane(across, down),
	}
}

// covering is how many samples of colour cover a side.
func covering(pixels, each int) int { return (pixels + each - 1) / each }

// view returns a decoded picture's own planes.
func view(decoded image.Image) (*Planes, error) {
	switch d := decoded.(type) {
	case *image.Gray:
		width, height := d.Rect.Dx(), d.Rect.Dy()
		return &Planes{
			Width: width, Height: height, across: halved, down: halved,
			light: plane{d.Pix, d.Stride, width, height},
		}, nil
	case *image.YCbCr:
		ratio, known := ratios[d.SubsampleRatio]
		if !known {
			break
		}
		p := &Planes{Width: d.Rect.Dx(), Height: d.Rect.Dy(), across: ratio[0], down: ratio[1]}
		width, height := covering(p.Width, p.across), covering(p.Height, p.down)
		p.light = plane{d.Y, d.YStride, p.Width, p.Height}
		p.blue, p.red = plane{d.Cb, d.CStride, width, height}, plane{d.Cr, d.CStride, width, height}
		return p, nil
	}
	return nil, fmt.Errorf("pictures of type %T are not planes of light and colour", decoded)
}

// ratios are the layouts that decoders yield, by how many pixels a sample of colour covers across and down.
var ratios = map[image.YCbCrSubsampleRatio][2]int{
	image.YCbCrSubsampleRatio444: {1, 1},
	image.YCbCrSubsampleRatio440: {1, 2},
	image.YCbCrSubsampleRatio422: {2, 1},
	image.YCbCrSubsampleRatio420: {2, 2},
	image.YCbCrSubsampleRatio411: {4, 1},
	image.YCbCrSubsampleRatio410: {4, 2},
}

func (p *Planes) grey() bool { return p.blue.width == 0 }

// Image returns the picture for an encoder. It shares the planes.
func (p *Planes) Image() image.Image {
	bounds := image.Rect(0, 0, p.Width, p.Height)
	if p.grey() {
		return &image.Gray{Pix: p.light.pix, Stride: p.light.stride, Rect: bounds}
	}
	return &image.YCbCr{
		Y: p.light.pix, YStride: p.light.stride,
		Cb: p.blue.pix, Cr: p.red.pix, CStride: p.blue.stride,
		SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: bounds,
	}
}

// Fit returns the picture with its longer side at most long, in the layout that is written. It never enlarges, and may
// return the picture itself.
func (p *Planes) Fit(long int) *Planes {
	scale := math.Min(1, float64(long)/float64(max(p.Width, p.Height)))
	scaled := func(side int) int { return max(1, int(math.Round(float64(side)*scale))) }
	width, height := scaled(p.Width), scaled(p.Height)
	return p.resize(
		axis{size: width, step: float64(p.Width) / float64(width)},
		axis{size: height, step: float64(p.Height) / float64(height)},
	)
}

// Square returns the picture's centre as a square of the given side, or of its own shorter side if that is less.
func (p *Planes) Square(side int) *Planes {
	short := min(p.Width, p.Height)
	side = min(side, short)
	step := float64(short) / float64(side)
	return p.resize(
		axis{size: side, step: step, start: float64(p.Width-short) / 2},
		axis{size: side, step: step, start: float64(p.Height-short) / 2},
	)
}

// Cut returns a part of the picture, which begins at left and top and is width × height large, as one of x × y pixels.
func (p *Planes) Cut(left, top, width, height float64, x, y int) *Planes {
	return p.resize(axis{size: x, step: width / float64(x), start: left}, axis{size: y, step: height / float64(y), start: top})
}

// resize makes a picture of the given pixels.
func (p *Planes) resize(x, y axis) *Planes {
	out := &Planes{Width: x.size, Height: y.size, across: halved, down: halved}
	out.light = p.light.resize(x, y)
	if !p.grey() {
		x, y = x.colour(p.across), y.colour(p.down)
		out.blue, out.red = p.blue.resize(x, y), p.red.resize(x, y)
	}
	return out
}

// colour is the axis of the samples of colour, where the old ones cover so many pixels each.
func (a axis) colour(covers int) axis {
	return axis{covering(a.size, halved), a.step * halved / float64(covers), a.start / float64(covers)}
}
