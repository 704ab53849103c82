package night

import "math"

// drawHongya is a hillside of stilt houses, gold from top to bottom, over dark water.
func drawHongya(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.73 * h)
	base := float64(horizon)
	c.gradient(0, c.h, stop{0, hex(0x080618)}, stop{0.3, hex(0x1c1236)}, stop{0.6, hex(0x4a2440)}, stop{1, hex(0x180c14)})
	c.stars(160, int(0.3*h), 0.5)
	c.vapour(0, int(0.55*h), hex(0x6a3a5a).times(0.5), 420, 0.45, 0.5)
	c.skyline(layer{base: int(0.6 * h), low: 0.2 * h, high: 0.46 * h, narrow: 60, wide: 110, gap: 16, wall: hex(0x2c2044).times(0.5), cell: 8, lit: 0.35, gain: 0.55, tones: homes, shape: mound(0.72, 0.45), crowns: 0.4})
	c.haze(0.5*h, 0.13*h, hex(0x7a3c44).times(0.5), 0.5)
	c.hills(0.42*h, 0.06*h, hex(0x140c12), 2.2)
	for row := range 8 {
		t := float64(row) / 7
		y := 0.42*h + (base-0.42*h)*(0.06+0.94*t)
		c.stilts(y, h*(0.05+0.02*t), 0.06*w+0.1*w*math.Abs(0.4-t), w*(0.98-0.05*(1-t)))
	}
	c.promenade(base, 46, amber)
	c.water(pool{horizon: horizon, tint: hex(0xfff0d0), deep: hex(0x08040a), swell: 1.2, streak: int(0.05 * h)})
}

// stilts is one terrace of houses on posts between x0 and x1, its floor at y.
func (c *canvas) stilts(y, high, x0, x1 float64) {
	for x := x0; x < x1; {
		wide := high * c.between(1.1, 2.3)
		lift := high * c.between(-0.25, 0.3)
		c.house(x, y-lift, wide, high)
		x += wide * c.between(0.86, 1.04)
	}
}

// house is a wooden front: lattice windows lit from behind, posts, a roof with outlined eaves.
func (c *canvas) house(x, y, wide, high float64) {
	body := high * c.between(0.62, 0.85)
	k := c.between(0.55, 1.15)
	c.rect(int(x), int(y-body), int(x+wide), int(y), hex(0x5a2c10).times(0.5*k), hex(0xb86420).times(0.75*k))
	bays := max(int(wide/(high*0.3)), 2)
	bay := wide / float64(bays)
	for i := range bays {
		bx := x + float64(i)*bay
		tone := tungsten.mix(amber, c.rng.Float64()).times(k * c.between(0.5, 2.4))
		c.rect(int(bx+bay*0.2), int(y-body*0.72), int(bx+bay*0.85), int(y-body*0.18), tone, tone.times(0.6))
		c.line(paint(hex(0x2a1206)), bx+bay*0.52, y-body*0.72, bx+bay*0.52, y-body*0.18, 2)
		c.line(paint(hex(0x2a1206)), bx+bay*0.2, y-body*0.5, bx+bay*0.85, y-body*0.5, 1.6)
		c.line(paint(hex(0x2c1408)), bx, y-body, bx, y+high*0.2, max(high*0.035, 2))
	}
	c.box(shine(amber.times(0.9*k)), x, y-body*0.1, x+wide, y-body*0.1+2.2)
	c.roof(x+wide/2, y-body+2, wide*1.06, high*0.42, hex(0x1a0e10), amber.times(1.3*k))
	for i := 0.0; i < wide; i += bay * 1.5 {
		c.lantern(x+i+bay*0.2, y-body*0.78, high*0.055)
	}
}

// lantern is a red lantern, lit.
func (c *canvas) lantern(x, y, r float64) {
	c.fill(paint(hex(0xff3a1c).times(1.9)), ellipse(x, y, r, r*0.82)...)
	c.glow(x, y+r*0.1, r*0.55, r*0.5, hex(0xffc060).times(2))
	c.glow(x, y, r*2.6, r*2.6, hex(0xff3a1c).times(0.16))
}

// drawCanton is a slender waisted tower of coloured light by a river.
func drawCanton(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.8 * h)
	base := float64(horizon)
	c.gradient(0, c.h, stop{0, hex(0x0a0420)}, stop{0.35, hex(0x260a4a)}, stop{0.65, hex(0x5a1a6a)}, stop{0.8, hex(0xa03a78)}, stop{1, hex(0x200a30)})
	c.stars(170, int(0.45*h), 0.6)
	c.vapour(int(0.05*h), int(0.7*h), hex(0x7a3a98).times(0.5), 360, 0.4, 0.5)
	c.skyline(layer{base: horizon, low: 0.05 * h, high: 0.17 * h, narrow: 28, wide: 60, gap: 4, wall: hex(0x4a2464).times(0.6), cell: 5, lit: 0.3, gain: 0.6, tones: homes, crowns: 0.3})
	c.haze(base-0.03*h, 0.06*h, hex(0xa04a88).times(0.6), 0.5)
	c.waist(0.56*w, base, 0.64*h)
	c.skyline(layer{base: horizon, low: 0.03 * h, high: 0.12 * h, narrow: 40, wide: 90, gap: 12, wall: hex(0x1a0e34).times(0.6), cell: 8, lit: 0.42, gain: 1, tones: homes, crowns: 0.6})
	c.promenade(base, 60, magenta.mix(tungsten, 0.6))
	c.water(pool{horizon: horizon, tint: hex(0xf0d8ff), deep: hex(0x06020e), swell: 1, streak: int(0.05 * h)})
	c.barge(0.24*w, 0.9*h, 0.2*w, magenta)
}

// waist is a lattice tower with a waist, its colours running up it.
func (c *canvas) waist(x, base, height float64) {
	half := func(t float64) float64 { return height * (0.022 + 0.075*math.Pow(math.Abs(t-0.62), 1.35)/0.5) }
	hue := func(t float64) light {
		return blend([]stop{{0, crimson}, {0.22, amber}, {0.42, emerald}, {0.62, cyan}, {0.8, azure}, {1, magenta}}, t)
	}
	const steps = 120
	for i := range steps {
		t := float64(i) / steps
		y := base - t*height*0.8
		c.box(shine(hue(t).times(0.10)), x-half(t), y-height*0.8/steps, x+half(t), y)
		c.box(paint(hex(0x181024)), x-height*0.008, y-height*0.8/steps, x+height*0.008, y)
		if i%3 == 0 {
			c.box(shine(hue(t).times(0.8)), x-half(t), y, x+half(t), y+1.7)
		}
	}
	for i := range 12 {
		c.strand(x, base, height, float64(i)/12, 2.2, half, hue)
		c.strand(x, base, height, float64(i)/12, 0.4, half, hue)
	}
	top := base - height*0.8
	c.line(paint(hex(0x30183a)), x, top, x, base-height, height*0.006)
	c.line(shine(magenta.times(1.6)), x, top, x, base-height, 2.4)
	c.glow(x, base-height, 5, 5, crimson.times(9))
	c.glow(x, base-0.5*height, 0.16*height, 0.4*height, cyan.mix(magenta, 0.5).times(0.10))
}

// strand is one twisted line of the lattice, a ring's point carried up by a turn.
func (c *canvas) strand(x, base, height, phase, turn float64, half func(float64) float64, hue func(float64) light) {
	const steps = 24
	var last point
	for i := range steps + 1 {
		t := float64(i) / steps
		s, k := math.Sincos(2*math.Pi*phase + turn*t)
		p := point{x + half(t)*s, base - t*height*0.8}
		if i > 0 {
			gain := 0.5
			if k > 0 {
				gain = 1.5 // the near side
			}
			c.line(shine(hue(t).times(gain)), last.x, last.y, p.x, p.y, 2.2)
		}
		last = p
	}
}
