package heic

import (
	"fmt"
	"image"
	"math"

	"fanfare/media/header"
)

// Matrices of ITU-T H.273, table 4: how light and colour differences are made of red, green and blue.
const (
	bt709       = 1
	unspecified = 2
	bt470       = 5
	bt601       = 6
	bt2020      = 9
)

// weights are the parts of red and blue in the light.
type weights struct{ red, blue float64 }

var matrices = map[int]weights{
	bt709:       {0.2126, 0.0722},
	unspecified: {0.299, 0.114},
	bt470:       {0.299, 0.114},
	bt601:       {0.299, 0.114},
	bt2020:      {0.2627, 0.0593},
}

// recoded copies a picture, because the decoded one holds all of the codec's memory, and codes its values as JPEG does:
// with BT.601's weights, over the whole range.
func recoded(p *image.YCbCr, coding *header.Coding) (*image.YCbCr, error) {
	full, from := true, matrices[bt601]
	if coding != nil {
		var known bool
		if from, known = matrices[coding.Matrix]; !known {
			return nil, fmt.Errorf("decode HEIC: %w: matrix %d", ErrUnsupported, coding.Matrix)
		}
		full = coding.Full
	}
	out := image.NewYCbCr(p.Rect, p.SubsampleRatio)
	t := newTransform(from, full)
	for y := range p.Rect.Dy() {
		t.light(out.Y[y*out.YStride:][:out.YStride], p, y)
	}
	for y := range len(out.Cb) / max(1, out.CStride) {
		t.colours(out, p, y)
	}
	return out, nil
}

// greys does the same for a picture without colours, on which no matrix has a say.
func greys(p *image.Gray, coding *header.Coding) *image.Gray {
	out := image.NewGray(p.Rect)
	t := newTransform(matrices[bt601], coding == nil || coding.Full)
	for y := range p.Rect.Dy() {
		for x, v := range p.Pix[y*p.Stride:][:p.Rect.Dx()] {
			out.Pix[y*out.Stride+x] = clamp((int(v) - t.low) * t.scale)
		}
	}
	return out
}

// transform codes values anew. Greys stay grey, so colour differences depend on each other alone, and light gets what
// they miss. Numbers have 16 bits behind the point.
type transform struct {
	plain                 bool
	scale                 int // of light, in a range cut short
	low                   int // what black is there
	lightByBlue, byRed    int // what light gets from the colour differences
	blueByBlue, blueByRed int
	redByBlue, redByRed   int
}

const (
	point = 16
	half  = 1 << (point - 1)
)

func newTransform(from weights, full bool) transform {
	to := matrices[bt601]
	light, colour, low := 1.0, 1.0, 0
	if !full {
		light, colour, low = 255.0/219, 255.0/224, 16
	}
	fixed := func(v float64) int { return int(math.Round(v * (1 << point))) }
	green := func(w weights) float64 { return 1 - w.red - w.blue }
	// In a picture without light, the differences b and r stand for blue = 2(1−wb)b, red = 2(1−wr)r and a green that
	// keeps the light at zero; the light and the differences that BT.601 sees in them are sums of both.
	seen := func(b, r float64) (y, cb, cr float64) {
		blue, red := 2*(1-from.blue)*b, 2*(1-from.red)*r
		g := -(from.blue*blue + from.red*red) / green(from)
		y = to.red*red + green(to)*g + to.blue*blue
		return y, (blue - y) / (2 * (1 - to.blue)), (red - y) / (2 * (1 - to.red))
	}
	yb, bb, rb := seen(1, 0)
	yr, br, rr := seen(0, 1)
	return transform{
		plain: full && from == to, scale: fixed(light), low: low,
		lightByBlue: fixed(yb * colour), byRed: fixed(yr * colour),
		blueByBlue: fixed(bb * colour), blueByRed: fixed(br * colour),
		redByBlue: fixed(rb * colour), redByRed: fixed(rr * colour),
	}
}

// light writes a row of light.
func (t transform) light(row []uint8, p *image.YCbCr, y int) {
	from := p.Y[y*p.YStride:]
	if t.plain {
		copy(row, from)
		return
	}
	for x := range p.Rect.Dx() {
		c := p.COffset(p.Rect.Min.X+x, p.Rect.Min.Y+y)
		b, r := int(p.Cb[c])-128, int(p.Cr[c])-128
		row[x] = clamp((int(from[x])-t.low)*t.scale + t.lightByBlue*b + t.byRed*r)
	}
}

// colours writes a row of both colour differences.
func (t transform) colours(out, p *image.YCbCr, y int) {
	at, from := y*out.CStride, y*p.CStride
	if t.plain {
		copy(out.Cb[at:at+out.CStride], p.Cb[from:])
		copy(out.Cr[at:at+out.CStride], p.Cr[from:])
		return
	}
	for x := range out.CStride {
		b, r := int(p.Cb[from+x])-128, int(p.Cr[from+x])-128
		out.Cb[at+x] = clamp(t.blueByBlue*b + t.blueByRed*r + 128<<point)
		out.Cr[at+x] = clamp(t.redByBlue*b + t.redByRed*r + 128<<point)
	}
}

func clamp(v int) uint8 { return uint8(min(max((v+half)>>point, 0), 255)) }
