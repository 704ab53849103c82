package night

import "math"

// Lamps of a city.
var (
	sodium   = hex(0xffa54f)
	tungsten = hex(0xffc98a)
	halogen  = hex(0xffe3bd)
	daylight = hex(0xdfe9ff)
	mercury  = hex(0xbfe8d8)
	crimson  = hex(0xff2a2a)
	magenta  = hex(0xff2f92)
	cyan     = hex(0x23d5ff)
	azure    = hex(0x3a6bff)
	violet   = hex(0x9a4dff)
	emerald  = hex(0x2cff9a)
	amber    = hex(0xffb020)
)

// homes are the colours that windows have.
var homes = []light{tungsten, tungsten, halogen, halogen, daylight, sodium}

// facade is a wall with windows.
type facade struct {
	x0, y0, x1, y1 int
	wall           light
	cell           int     // window pitch in pixels
	lit            float64 // share of lit windows
	gain           float64 // brightness of a lit window
	tones          []light
}

// build paints a facade: a lit face and a darker one, floors that differ, single windows that differ.
func (c *canvas) build(f facade) {
	edge := f.x0 + int(float64(f.x1-f.x0)*c.between(0.55, 0.8))
	c.rect(f.x0, f.y0, edge, f.y1, f.wall.times(0.7), f.wall.times(1.5))
	c.rect(edge, f.y0, f.x1, f.y1, f.wall.times(0.35), f.wall.times(0.8))
	office := c.chance(0.35) // offices light whole floors
	tone := c.pick(f.tones)
	high := max(f.cell*3/4, 1)
	for y := f.y0 + f.cell; y+high < f.y1; y += f.cell + f.cell/3 {
		floor := f.lit * c.between(0.3, 1.5)
		if office && c.chance(f.lit*0.6) {
			floor = 0.92
		}
		for x := f.x0 + f.cell/2 + 1; x+f.cell/2 < f.x1; x += f.cell {
			if !c.chance(floor) {
				continue
			}
			l := tone
			if !office {
				l = c.pick(f.tones)
			}
			k := f.gain * c.between(0.25, 1)
			if x > edge {
				k *= 0.55
			}
			c.rect(x, y, x+max(f.cell*3/5, 1), y+high, l.times(k), l.times(0.75*k))
		}
	}
}

// layer is one depth of a skyline: buildings side by side from left to right.
type layer struct {
	base         int // the row they stand on
	low, high    float64
	narrow, wide float64
	gap          float64 // mean space between, may be negative
	wall         light
	cell         int
	lit, gain    float64
	tones        []light
	shape        func(t float64) float64 // height factor over the picture's width
	crowns       float64                 // share of buildings with lit tops
}

// skyline builds a layer.
func (c *canvas) skyline(l layer) {
	for x := -c.between(0, l.wide); x < float64(c.w); {
		w := c.between(l.narrow, l.wide)
		h := c.between(l.low, l.high)
		if l.shape != nil {
			h *= l.shape((x + w/2) / float64(c.w))
		}
		if h > 4 {
			c.tower(l, x, w, h)
		}
		x += w + l.gap*c.between(0.2, 1.8)
	}
}

func (c *canvas) tower(l layer, x, w, h float64) {
	top := float64(l.base) - h
	f := facade{int(x), int(top), int(x + w), l.base, l.wall.times(c.between(0.7, 1.4)), l.cell, l.lit * c.between(0.5, 1.3), l.gain, l.tones}
	c.build(f)
	switch c.rng.IntN(6) {
	case 0, 1: // a set-back
		up := w * c.between(0.15, 0.5)
		inset := w * c.between(0.12, 0.3)
		f.x0, f.x1, f.y0, f.y1 = int(x+inset), int(x+w-inset), int(top-up), int(top)
		c.build(f)
		top -= up
	case 2: // a mast with a warning light
		up := w * c.between(0.4, 0.9)
		c.box(paint(l.wall.times(0.6)), x+w/2-1, top-up, x+w/2+1, top)
		c.glow(x+w/2, top-up, float64(l.cell)*0.5, float64(l.cell)*0.5, crimson.times(2.2*l.gain))
	case 3: // a slanted roof
		up := w * c.between(0.2, 0.5)
		c.fill(paint(l.wall.times(0.8)), point{x, top + 1}, point{x, top - up}, point{x + w, top + 1})
	}
	if c.chance(l.crowns) {
		c.crown(l, x, top, w, h)
	}
}

// crown lights a building's top or edges in a colour.
func (c *canvas) crown(l layer, x, top, w, h float64) {
	tone := c.pick([]light{azure, cyan, magenta, amber, daylight, violet, halogen, crimson})
	k := l.gain * c.between(0.8, 1.8)
	thin := max(float64(l.cell)*0.35, 1.2)
	switch c.rng.IntN(4) {
	case 0:
		c.box(shine(tone.times(k)), x, top, x+w, top+thin*1.6)
	case 1:
		c.box(shine(tone.times(k)), x, top, x+thin, top+h)
		c.box(shine(tone.times(k)), x+w-thin, top, x+w, top+h)
	case 2:
		for i := range 5 {
			y := top + float64(i)*thin*3.2
			c.box(shine(tone.times(k*(1-0.17*float64(i)))), x, y, x+w, y+thin)
		}
	case 3:
		c.wash(x, top, x+w, top+min(h, 2.2*w), tone.times(0.22*k))
	}
}

// wash floods a wall with light from its top.
func (c *canvas) wash(x0, y0, x1, y1 float64, l light) {
	for y := y0; y < y1; y++ {
		t := 1 - (y-y0)/(y1-y0)
		c.box(shine(l.times(t*t)), x0, y, x1, y+1)
	}
}

// stars strews n stars over the rows down to bottom; most are faint, a few are not.
func (c *canvas) stars(n, bottom int, gain float64) {
	for range n {
		x, y := c.between(0, float64(c.w)), c.between(0, float64(bottom))
		m := math.Pow(c.rng.Float64(), 7) // the sky has far more faint stars than bright ones
		tone := daylight.mix(c.pick([]light{tungsten, azure, daylight}), c.between(0, 0.45))
		k := gain * (0.06 + 3*m) * (1 - 0.7*y/float64(bottom))
		r := (0.55 + 1.1*m) * float64(min(c.w, c.h)) / 1200
		c.glow(x, y, r, r, tone.times(k))
	}
}

// moon hangs a full moon with its seas and a halo.
func (c *canvas) moon(x, y, r float64, l light, halo float64) {
	c.glow(x, y, 5*r, 5*r, l.times(0.035*halo))
	c.glow(x, y, 1.9*r, 1.9*r, l.times(0.12*halo))
	dx, dy := c.between(0, 99), c.between(0, 99)
	for j := int(y - r - 1); float64(j) <= y+r+1; j++ {
		for i := int(x - r - 1); float64(i) <= x+r+1; i++ {
			u, v := (float64(i)+0.5-x)/r, (float64(j)+0.5-y)/r
			d := math.Hypot(u, v)
			if d > 1+1.5/r {
				continue
			}
			sphere := math.Sqrt(max(1-d*d, 0))
			wrap := 1 + 0.35*(1-sphere) // the pattern crowds towards the limb
			seas := smooth(0.9 * (c.tile.cloud(dx+1.5*u*wrap, dy+1.5*v*wrap) + 0.35))
			craters := 0.12 * c.tile.cloud(dx+9*u*wrap, dy+9*v*wrap)
			k := (0.55 + 0.45*sphere) * (1 - 0.5*seas + craters)
			c.over(i, j, l.times(max(k, 0)), float32(min(max((1-d)*r+0.5, 0), 1)))
		}
	}
}

// flare is a lamp with the short rays that a closed aperture gives it.
func (c *canvas) flare(x, y, size float64, l light) {
	for i := range 7 {
		s, k := math.Sincos(math.Pi * (float64(i)/7 + 0.07))
		for _, way := range []float64{-1, 1} {
			tip := point{x + way*k*size, y + way*s*size}
			base := size * 0.03
			c.fill(shine(l.times(0.22)), point{x - s*base, y + k*base}, tip, point{x + s*base, y - k*base})
		}
	}
	c.glow(x, y, 0.10*size, 0.10*size, l.times(3))
	c.glow(x, y, 0.45*size, 0.45*size, l.times(0.1))
}
