package night

import "math"

// drawFireworks is a festival over a bay.
func drawFireworks(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.72 * h)
	c.gradient(0, c.h, stop{0, hex(0x04040e)}, stop{0.5, hex(0x10102a)}, stop{0.72, hex(0x3a2440)}, stop{1, hex(0x080814)})
	c.vapour(int(0.05*h), int(0.7*h), hex(0x805a60).times(0.35), 380, 0.5, 0.55)
	c.burst(0.25*w, 0.3*h, 0.3*h, 190, amber, crimson)
	c.burst(0.6*w, 0.22*h, 0.24*h, 150, cyan, azure)
	c.burst(0.85*w, 0.36*h, 0.22*h, 130, magenta, violet)
	c.burst(0.46*w, 0.5*h, 0.15*h, 90, emerald, halogen)
	c.burst(0.09*w, 0.55*h, 0.1*h, 60, violet, magenta)
	c.willow(0.7*w, 0.42*h, 0.2*h, 90)
	c.skyline(layer{base: horizon, low: 0.04 * h, high: 0.15 * h, narrow: 26, wide: 64, gap: 6, wall: hex(0x201c38).times(0.6), cell: 5, lit: 0.36, gain: 0.7, tones: homes, shape: mound(0.3, 0.4), crowns: 0.4})
	c.promenade(float64(horizon), 90, tungsten)
	c.water(pool{horizon: horizon, tint: hex(0xe0e4ff), deep: hex(0x03040c), swell: 1.1, streak: int(0.045 * h)})
}

// burst is a shell gone off: sparks drawn out along their fall, brightest at their heads.
func (c *canvas) burst(x, y, r float64, n int, l, tip light) {
	for range n {
		u := c.between(-1, 1)
		a := c.between(0, 2*math.Pi)
		reach := r * math.Sqrt(1-u*u*0.7) * c.between(0.75, 1.05)
		dx, dy := math.Cos(a)*reach, math.Sin(a)*reach
		const steps = 12
		spark := make([]point, steps)
		for i := range spark {
			t := float64(i) / (steps - 1)
			t = 0.3 + 0.7*t
			slow := 1 - (1-t)*(1-t)
			spark[i] = point{x + dx*slow, y + dy*slow + 0.16*r*t*t}
		}
		for i := 0; i+1 < steps; i++ {
			t := float64(i) / steps
			c.line(shine(l.mix(tip, t).times(0.12+1.3*t*t)), spark[i].x, spark[i].y, spark[i+1].x, spark[i+1].y, 1.1+1.4*t)
		}
		end := spark[steps-1]
		c.glow(end.x, end.y, 1.9, 1.9, tip.mix(halogen, 0.6).times(3.2))
	}
	c.glow(x, y, 0.8*r, 0.8*r, l.times(0.12))
}

// willow is a shell whose gold hangs down.
func (c *canvas) willow(x, y, r float64, n int) {
	for range n {
		a := c.between(-math.Pi, 0)
		reach := r * c.between(0.4, 1)
		arc := curve(point{x, y}, point{x + math.Cos(a)*reach*0.7, y + math.Sin(a)*reach}, point{x + math.Cos(a)*reach, y + 0.1*r}, point{x + math.Cos(a)*reach*1.15, y + reach*c.between(0.7, 1.3)}, 22)
		c.ribbon(shine(amber.mix(tungsten, 0.4).times(c.between(0.3, 1))), arc, func(t float64) float64 { return 2.6 * (1 - 0.7*t) })
	}
	c.glow(x, y, r, r, amber.times(0.08))
}

// drawWheel is a great wheel turning through a long exposure, by the water.
func drawWheel(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.7 * h)
	base := float64(horizon)
	c.gradient(0, c.h, stop{0, hex(0x0a1638)}, stop{0.4, hex(0x2c4a80)}, stop{0.62, hex(0xb0789a)}, stop{0.7, hex(0xf0a878)}, stop{1, hex(0x1c2444)})
	c.vapour(0, int(0.6*h), hex(0xd08aa8).times(0.5), 460, 0.4, 0.5)
	c.skyline(layer{base: horizon, low: 0.04 * h, high: 0.15 * h, narrow: 30, wide: 70, gap: 10, wall: hex(0x4a4a78).times(0.5), cell: 5, lit: 0.3, gain: 0.6, tones: homes})
	c.haze(base, 0.05*h, hex(0xd8907a).times(0.7), 0.45)
	c.wheel(0.66*w, base-0.31*h, 0.26*h, base)
	c.skyline(layer{base: horizon, low: 0.02 * h, high: 0.05 * h, narrow: 40, wide: 110, gap: 16, wall: hex(0x141a34).times(0.6), cell: 7, lit: 0.45, gain: 1, tones: homes, crowns: 0.5})
	c.promenade(base, 80, halogen)
	c.water(pool{horizon: horizon, tint: hex(0xe8e8ff), deep: hex(0x040818), swell: 0.9, streak: int(0.04 * h)})
	c.pier(0.12*w, base)
}

// wheel is rings, spokes and a blur of cabins.
func (c *canvas) wheel(x, y, r, base float64) {
	for _, side := range []float64{-1, 1} {
		c.line(paint(hex(0x2a3050)), x, y, x+side*0.42*r, base, 8)
		c.line(shine(daylight.times(0.35)), x, y, x+side*0.42*r, base, 3)
	}
	hues := []light{magenta, violet, azure, cyan, emerald}
	for i, l := range hues {
		c.ring(shine(l.times(1.5)), x, y, r*(1-0.055*float64(i)), 3.4)
		c.ring(shine(l.times(0.22)), x, y, r*(1-0.055*float64(i)), 22)
	}
	for i := range 60 {
		s, k := math.Sincos(2 * math.Pi * float64(i) / 60)
		c.line(shine(cyan.mix(magenta, float64(i%12)/12).times(0.28)), x+0.06*r*k, y+0.06*r*s, x+0.97*r*k, y+0.97*r*s, 2)
	}
	for i := range 36 {
		s, k := math.Sincos(2 * math.Pi * float64(i) / 36)
		c.glow(x+r*1.03*k, y+r*1.03*s, 5, 5, halogen.times(2.2))
	}
	c.fill(shine(halogen.times(1.2)), ellipse(x, y, 0.07*r, 0.07*r)...)
	c.glow(x, y, 0.9*r, 0.9*r, violet.times(0.10))
}

// pier runs out into the water with a pavilion at its end.
func (c *canvas) pier(x, base float64) {
	w, h := float64(c.w), float64(c.h)
	y := base + 0.11*h
	c.fill(paint(hex(0x070a16)), point{-10, y}, point{x + 0.12*w, y}, point{x + 0.12*w, y + 0.014*h}, point{-10, y + 0.03*h})
	for i := range 9 {
		px := float64(i) * (x + 0.11*w) / 8
		c.line(paint(hex(0x070a16)), px, y, px, y+0.07*h, 5)
		c.line(paint(hex(0x070a16)), px, y, px, y-0.05*h, 3)
		c.flare(px, y-0.055*h, 26, tungsten.times(2))
	}
	c.rect(int(x), int(y-0.09*h), int(x+0.09*w), int(y), tungsten.times(0.9), amber.times(0.6))
	for i := range 5 {
		px := x + 0.0225*w*float64(i)
		c.line(paint(hex(0x0a0c18)), px, y-0.09*h, px, y, 7)
	}
	c.roof(x+0.045*w, y-0.085*h, 0.13*w, 0.06*h, hex(0x0a0e1c), amber.times(1.4))
}

// drawLanterns is a river of sky lanterns going up from a lake shore.
func drawLanterns(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	horizon := int(0.82 * h)
	c.gradient(0, c.h, stop{0, hex(0x0a1028)}, stop{0.5, hex(0x2c2844)}, stop{0.82, hex(0x8a4a38)}, stop{1, hex(0x140c14)})
	c.stars(300, int(0.6*h), 0.6)
	c.hills(0.78*h, 0.1*h, hex(0x2a1c2a).times(0.6), 2.4)
	c.haze(0.8*h, 0.05*h, hex(0xa85a38).times(0.6), 0.5)
	c.promenade(float64(horizon), 30, amber)
	for range 320 {
		far := math.Pow(c.rng.Float64(), 0.45)
		y := h * (0.02 + 0.76*c.rng.Float64())
		drift := 0.2 * w * math.Sin(3.4*y/h+0.6)
		x := 0.46*w + drift + w*(c.rng.Float64()+c.rng.Float64()-1)*(0.25+0.35*(1-y/h))
		c.skyLantern(x, y, w*(0.004+0.02*(1-far)))
	}
	for _, p := range []point{{0.24, 0.34}, {0.72, 0.22}, {0.6, 0.55}, {0.38, 0.14}} {
		c.skyLantern(p.x*w, p.y*h, 0.045*w)
	}
	c.water(pool{horizon: horizon, tint: hex(0xffe8d8), deep: hex(0x060510), swell: 1, streak: int(0.02 * h)})
}

// skyLantern is a paper lantern with a flame inside.
func (c *canvas) skyLantern(x, y, r float64) {
	paper := hex(0xff8a2c)
	sides := []point{{x - r*0.72, y + r}, {x - r, y - r*0.5}, {x - r*0.55, y - r*1.15}, {x + r*0.55, y - r*1.15}, {x + r, y - r*0.5}, {x + r*0.72, y + r}}
	c.fill(paint(paper.times(0.7)), sides...)
	c.glow(x, y+r*0.55, r*0.62, r*0.8, hex(0xffd070).times(1.9))
	c.line(paint(hex(0x6a2408)), x-r*0.72, y+r, x+r*0.72, y+r, max(r*0.08, 0.8))
	c.glow(x, y, r*3.2, r*3.2, paper.times(0.10))
}
