package night

import (
	"image"
	"math"
)

// lens says how a picture is developed.
type lens struct {
	exposure float64
	bloom    float64 // how much bright light spills over
	vignette float64 // how much the corners darken
	grain    float64 // in steps of 8-bit values
}

// shrink is the factor by which bloom is computed smaller than the picture.
const shrink = 4

// develop turns linear light into an 8-bit picture: bloom, vignette, film curve, grain that is also the dither.
func (c *canvas) develop(o lens) *image.RGBA {
	spill, sw := c.spill()
	film := newFilm()
	img := image.NewRGBA(image.Rect(0, 0, c.w, c.h))
	near := make([]float32, 3*sw)
	state := c.rng.Uint32() | 1
	fall := c.falloff(o.vignette)
	for y := range c.h {
		spillRow(near, spill, sw, y, float32(o.bloom))
		vy := float64(y)/float64(c.h) - 0.5
		in, out := c.pix[3*y*c.w:], img.Pix[y*img.Stride:]
		for x := range c.w {
			i := 3 * (x / shrink)
			t := (float32(x%shrink) + 0.5) / shrink
			k := float32(o.exposure) * fall[x] * float32(1-o.vignette*vy*vy)
			state ^= state << 13
			state ^= state >> 17
			state ^= state << 5
			g := int32(float64(int32(state>>16&0xff)+int32(state>>24)-255)*o.grain) + 128
			for ch := range 3 {
				v := (in[3*x+ch] + near[i+ch]*(1-t) + near[i+3+ch]*t) * k
				out[4*x+ch] = clip((film.at(v) + g) >> 8)
			}
			out[4*x+3] = 255
		}
	}
	return img
}

func (c *canvas) falloff(vignette float64) []float32 {
	fall := make([]float32, c.w)
	for x := range fall {
		vx := float64(x)/float64(c.w) - 0.5
		fall[x] = float32(1 - vignette*vx*vx)
	}
	return fall
}

func clip(v int32) byte { return byte(min(max(v, 0), 255)) }

// film is the curve from light to 8-bit values with eight more bits of fraction, tabled over the logarithm of light.
type film [film1 - film0]uint16

const (
	filmBits = 23 - 8            // keeps eight bits of the mantissa
	film0    = (127 - 14) << 8   // from 2^-14
	film1    = (127 + 6) << 8    // to 2^6
	toe      = 1.0 / (1 << 14)   // the least light tabled
	ceiling  = float32(1<<6 - 1) // the most
)

func newFilm() *film {
	f := new(film)
	for i := range f {
		v := float64(math.Float32frombits(uint32(film0+i) << filmBits))
		f[i] = uint16(math.Round(255 * 256 * encode(filmic(v))))
	}
	return f
}

func (f *film) at(v float32) int32 {
	if v <= toe {
		return 0
	}
	return int32(f[math.Float32bits(min(v, ceiling))>>filmBits-film0])
}

// filmic is the ACES curve as fitted by Krzysztof Narkowicz.
func filmic(x float64) float64 {
	return min(x*(2.51*x+0.03)/(x*(2.43*x+0.59)+0.14), 1)
}

// encode is sRGB's transfer function.
func encode(v float64) float64 {
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// spill is the light that lenses scatter: what is bright, made small and blurred narrow, wide and very wide. Its rows are
// sw pixels, one more than needed on each axis.
func (c *canvas) spill() (sum []float32, sw int) {
	sw = c.w/shrink + 2
	sh := c.h/shrink + 2
	bright := make([]float32, 3*sw*sh)
	for y := range c.h - c.h%shrink {
		in, out := c.pix[3*y*c.w:], bright[3*(y/shrink)*sw:]
		for x := range c.w - c.w%shrink {
			for ch := range 3 {
				if v := in[3*x+ch]; v > glare {
					out[3*(x/shrink)+ch] += min(v, dazzle) * (1.0 / (shrink * shrink))
				}
			}
		}
	}
	sum = make([]float32, len(bright))
	for _, halo := range []struct {
		radius int
		weight float32
	}{{2, 0.42}, {9, 0.30}, {36, 0.28}} {
		blur(bright, sw, sh, max(halo.radius*c.h/1200, 1))
		for i, v := range bright {
			sum[i] += halo.weight * v
		}
	}
	return sum, sw
}

// Light under glare does not scatter visibly; what is above dazzle scatters no more than it.
const (
	glare  = 0.35
	dazzle = 14
)

// spillRow blends two rows of the small spill for row y of the picture.
func spillRow(dst, spill []float32, sw, y int, gain float32) {
	t := (float32(y%shrink) + 0.5) / shrink
	up, down := spill[3*(y/shrink)*sw:], spill[3*(y/shrink+1)*sw:]
	for i := range dst {
		dst[i] = gain * (up[i]*(1-t) + down[i]*t)
	}
}

// blur is three box blurs both ways, which together are nearly a bell.
func blur(pix []float32, w, h, r int) {
	line := make([]float32, 3*max(w, h))
	for range 3 {
		for y := range h {
			boxBlur(pix[3*y*w:], 3, w, r, line)
		}
		for x := range w {
			boxBlur(pix[3*x:], 3*w, h, r, line)
		}
	}
}

// boxBlur replaces n pixels, a stride apart, by the mean of their neighbourhood; beyond the ends the last one counts on.
func boxBlur(p []float32, stride, n, r int, line []float32) {
	for i := range n {
		copy(line[3*i:3*i+3], p[i*stride:])
	}
	k := 1 / float32(2*r+1)
	for ch := range 3 {
		sum := float32(0)
		for i := -r; i <= r; i++ {
			sum += line[3*min(max(i, 0), n-1)+ch]
		}
		for i := range n {
			p[i*stride+ch] = sum * k
			sum += line[3*min(i+r+1, n-1)+ch] - line[3*max(i-r, 0)+ch]
		}
	}
}
