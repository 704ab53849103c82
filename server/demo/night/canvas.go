// Package night draws photographs of cities at night and writes them as camera files: seeded scenes in linear light, a
// little optics (bloom, reflections, haze, grain), JPEG with capture data in EXIF.
//
// It knows how light looks and refuses to know what the pictures are for. The same seed draws the same picture.
package night

import (
	"math"
	"math/rand/v2"
)

// light is a colour in linear light; 1 is about the white of paper in the finished picture, lamps are brighter.
type light struct{ r, g, b float32 }

// hex reads an sRGB colour such as 0xffb066.
func hex(c uint32) light {
	return light{linear(c >> 16), linear(c >> 8), linear(c)}
}

func linear(c uint32) float32 {
	v := float64(c&0xff) / 255
	if v <= 0.04045 {
		return float32(v / 12.92)
	}
	return float32(math.Pow((v+0.055)/1.055, 2.4))
}

func (l light) times(k float64) light {
	f := float32(k)
	return light{l.r * f, l.g * f, l.b * f}
}

func (l light) plus(m light) light { return light{l.r + m.r, l.g + m.g, l.b + m.b} }

// mix goes from l to m as t goes from 0 to 1.
func (l light) mix(m light, t float64) light {
	return l.times(1 - t).plus(m.times(t))
}

// canvas is a picture in the making: three floats a pixel, row by row.
type canvas struct {
	w, h int
	pix  []float32
	rng  *rand.Rand
	tile *noise
	rows []float32 // coverage of one row, reused by fill
}

func newCanvas(w, h int, seed uint64) *canvas {
	rng := rand.New(rand.NewPCG(seed, 0x6e69676874))
	return &canvas{w: w, h: h, pix: make([]float32, 3*w*h), rng: rng, tile: newNoise(rng), rows: make([]float32, w+1)}
}

// between draws a number from a to b.
func (c *canvas) between(a, b float64) float64 { return a + (b-a)*c.rng.Float64() }

// chance is true with probability p.
func (c *canvas) chance(p float64) bool { return c.rng.Float64() < p }

// pick draws one of the lights.
func (c *canvas) pick(ls []light) light { return ls[c.rng.IntN(len(ls))] }

func (c *canvas) add(x, y int, l light) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	p := c.pix[3*(y*c.w+x):][:3]
	p[0] += l.r
	p[1] += l.g
	p[2] += l.b
}

// over covers a pixel to the share a.
func (c *canvas) over(x, y int, l light, a float32) {
	if x < 0 || y < 0 || x >= c.w || y >= c.h {
		return
	}
	p := c.pix[3*(y*c.w+x):][:3]
	p[0] += (l.r - p[0]) * a
	p[1] += (l.g - p[1]) * a
	p[2] += (l.b - p[2]) * a
}

// stop is a colour at a height: 0 is the top row, 1 the last.
type stop struct {
	at float64
	l  light
}

// gradient fills the rows from y0 to y1 with colours blended between stops.
func (c *canvas) gradient(y0, y1 int, stops ...stop) {
	for y := max(y0, 0); y < min(y1, c.h); y++ {
		l := blend(stops, float64(y-y0)/float64(max(y1-y0, 1)))
		row := c.pix[3*y*c.w:][:3*c.w]
		for x := 0; x < len(row); x += 3 {
			row[x], row[x+1], row[x+2] = l.r, l.g, l.b
		}
	}
}

func blend(stops []stop, t float64) light {
	for i := 1; i < len(stops); i++ {
		if a, b := stops[i-1], stops[i]; t < b.at {
			return a.l.mix(b.l, smooth((t-a.at)/(b.at-a.at)))
		}
	}
	return stops[len(stops)-1].l
}

// smooth eases t from 0 to 1, clamped.
func smooth(t float64) float64 {
	t = min(max(t, 0), 1)
	return t * t * (3 - 2*t)
}

// rect covers whole pixels with a colour that goes from top to bottom.
func (c *canvas) rect(x0, y0, x1, y1 int, top, bottom light) {
	for y := max(y0, 0); y < min(y1, c.h); y++ {
		l := top.mix(bottom, float64(y-y0)/float64(y1-y0))
		row := c.pix[3*y*c.w:]
		for x := max(x0, 0); x < min(x1, c.w); x++ {
			row[3*x], row[3*x+1], row[3*x+2] = l.r, l.g, l.b
		}
	}
}

// glow adds a soft ellipse of light; rx and ry are where it has fallen to about a third.
func (c *canvas) glow(x, y, rx, ry float64, l light) {
	const reach = 2.6 // beyond it less than a thousandth is left
	x0, x1 := max(int(x-reach*rx), 0), min(int(x+reach*rx)+1, c.w)
	y0, y1 := max(int(y-reach*ry), 0), min(int(y+reach*ry)+1, c.h)
	if x0 >= x1 {
		return
	}
	bell := make([]float32, x1-x0)
	for i := range bell {
		bell[i] = float32(gauss((float64(x0+i) + 0.5 - x) / rx))
	}
	for j := y0; j < y1; j++ {
		m := l.times(gauss((float64(j) + 0.5 - y) / ry))
		row := c.pix[3*(j*c.w+x0):]
		for i, k := range bell {
			row[3*i] += m.r * k
			row[3*i+1] += m.g * k
			row[3*i+2] += m.b * k
		}
	}
}

func gauss(t float64) float64 { return math.Exp(-t * t) }

// haze covers a band of rows around y with a colour, a at its middle.
func (c *canvas) haze(y, half float64, l light, a float64) {
	for j := max(int(y-2.6*half), 0); j < min(int(y+2.6*half), c.h); j++ {
		k := float32(a * gauss((float64(j)-y)/half))
		row := c.pix[3*j*c.w:][:3*c.w]
		for i := 0; i < len(row); i += 3 {
			row[i] += (l.r - row[i]) * k
			row[i+1] += (l.g - row[i+1]) * k
			row[i+2] += (l.b - row[i+2]) * k
		}
	}
}
