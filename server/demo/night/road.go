package night

import "math"

// drawKnot is a road interchange from straight above, every deck drawn by its traffic.
func drawKnot(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	c.gradient(0, c.h, stop{0, hex(0x0a1416)}, stop{0.5, hex(0x10181a)}, stop{1, hex(0x080e12)})
	c.blocks()
	cx, cy := 0.5*w, 0.5*h
	c.road([]point{{-0.05 * w, 0.56 * h}, {0.3 * w, 0.46 * h}, {0.7 * w, 0.56 * h}, {1.05 * w, 0.42 * h}}, 74)
	for i := range 4 {
		s, k := math.Sincos(math.Pi/4 + math.Pi/2*float64(i))
		far := 0.36 * h
		c.road([]point{{cx + 0.02*w*k, cy + 0.02*h*s}, {cx + 2.1*far*k + 0.9*far*s, cy + 1.5*far*s - 0.9*far*k}, {cx + 2.1*far*k - 0.9*far*s, cy + 1.5*far*s + 0.9*far*k}, {cx + 0.03*w*k, cy + 0.03*h*s}}, 24)
	}
	for i := range 4 {
		s, k := math.Sincos(math.Pi / 2 * float64(i))
		s2, k2 := math.Sincos(math.Pi / 2 * float64(i+1))
		reach := 0.62 * w
		c.road([]point{{cx + reach*k, cy + reach*s + 30}, {cx + 0.2*w*k, cy + 0.2*w*s + 30}, {cx + 0.2*w*k2, cy + 0.2*w*s2}, {cx + reach*k2, cy + reach*s2}}, 28)
	}
	c.road([]point{{0.42 * w, -0.05 * h}, {0.56 * w, 0.3 * h}, {0.44 * w, 0.7 * h}, {0.58 * w, 1.05 * h}}, 66)
}

// blocks are roofs and courtyards between streets, seen from above.
func (c *canvas) blocks() {
	step := float64(c.w) / 44
	for y := 0.0; y < float64(c.h); y += step {
		for x := 0.0; x < float64(c.w); x += step {
			l := hex(0x2a3a40).times(c.between(0.2, 0.9))
			c.box(paint(l), x+3, y+3, x+step*c.between(0.5, 0.94), y+step*c.between(0.5, 0.94))
			if c.chance(0.5) {
				gx, gy := x+step*c.rng.Float64(), y+step*c.rng.Float64()
				l := c.pick(homes)
				c.glow(gx, gy, step*0.2, step*0.2, l.times(c.between(0.03, 0.16)))
				c.glow(gx, gy, 2, 2, l.times(1.6))
			}
		}
	}
	for range 420 {
		r := c.between(4, 13)
		c.fill(veil(hex(0x0c2418).times(c.between(0.4, 1.2)), 0.8), ellipse(c.between(0, float64(c.w)), c.between(0, float64(c.h)), r, r)...)
	}
}

// road is a deck along a curve, its shadow below it, lamps at its sides, traffic drawn out along it.
func (c *canvas) road(p []point, width float64) {
	way := curve(p[0], p[1], p[2], p[3], 90)
	even := func(k float64) func(float64) float64 { return func(float64) float64 { return k } }
	c.ribbon(veil(light{}, 0.55), shifted(way, 9, 12), even(width*1.15))
	c.ribbon(paint(hex(0x3a3028).times(0.5)), way, even(width))
	c.ribbon(shine(sodium.times(0.12)), way, even(width*0.96))
	lanes := max(int(width/9), 2)
	for i := range lanes {
		off := (float64(i) + 0.5 - float64(lanes)/2) * width * 0.86 / float64(lanes)
		tone := crimson.mix(amber, 0.15)
		if i >= lanes/2 {
			tone = halogen
		}
		for range 3 {
			c.ribbon(shine(tone.times(c.between(0.12, 0.85))), beside(way, off+c.between(-2, 2)), even(c.between(1, 2.6)))
		}
	}
	for i := 3; i < len(way)-3; i += 5 {
		for _, side := range []float64{-0.53, 0.53} {
			q := beside(way[i-1:i+2], side*width)[1]
			c.glow(q.x, q.y, 2.6, 2.6, sodium.times(3))
			c.glow(q.x, q.y, width*0.42, width*0.42, sodium.times(0.10))
		}
	}
}

func shifted(ps []point, dx, dy float64) []point {
	out := make([]point, len(ps))
	for i, p := range ps {
		out[i] = point{p.x + dx, p.y + dy}
	}
	return out
}

// beside is a line parallel to another one.
func beside(ps []point, off float64) []point {
	out := make([]point, len(ps))
	for i, p := range ps {
		a, z := ps[max(i-1, 0)], ps[min(i+1, len(ps)-1)]
		dx, dy := z.x-a.x, z.y-a.y
		length := max(math.Hypot(dx, dy), 1e-9)
		out[i] = point{p.x - dy/length*off, p.y + dx/length*off}
	}
	return out
}

// drawStays is a cable-stayed bridge seen along its deck, in the blue hour and light fog.
func drawStays(c *canvas) {
	w, h := float64(c.w), float64(c.h)
	v := point{0.5 * w, 0.66 * h}
	c.gradient(0, c.h, stop{0, hex(0x081634)}, stop{0.4, hex(0x1e4274)}, stop{0.62, hex(0x6a8fae)}, stop{0.68, hex(0xc8b8a8)}, stop{1, hex(0x0a101c)})
	c.stars(120, int(0.35*h), 0.5)
	c.moon(0.78*w, 0.12*h, 0.045*w, hex(0xfff4e0).times(1.2), 0.8)
	c.vapour(int(0.25*h), int(0.72*h), hex(0x9fb8cc).times(0.55), 420, 0.45, 0.5)
	c.skyline(layer{base: int(v.y), low: 0.02 * h, high: 0.07 * h, narrow: 24, wide: 60, gap: 14, wall: hex(0x4a6480).times(0.6), cell: 5, lit: 0.3, gain: 0.5, tones: homes})
	c.haze(v.y, 0.035*h, hex(0xb8b8b8).times(0.55), 0.6)
	c.water(pool{horizon: int(v.y), tint: hex(0xd0e0ff), deep: hex(0x040a14), swell: 0.6, streak: int(0.02 * h)})
	c.fill(paint(hex(0x1c2028).times(0.7)), v, point{1.5 * w, h * 1.05}, point{-0.5 * w, h * 1.05})
	for _, t := range []float64{0.16, 0.5} {
		c.pylon(v, t)
	}
	for i := range 90 {
		side, tone := -1.0, crimson.mix(amber, c.between(0, 0.2))
		if i%2 == 0 {
			side, tone = 1, halogen
		}
		x := side * c.between(0.1, 0.72) * w
		c.ribbon(shine(tone.times(c.between(0.15, 0.8))), []point{{v.x, v.y + 2}, {v.x + x*0.25, v.y + (h-v.y)*0.25}, {v.x + x, h * 1.02}}, func(t float64) float64 { return 0.5 + 6*t*t })
	}
	for i := range 10 {
		t := math.Pow(float64(10-i)/10, 2.6)
		for _, side := range []float64{-1, 1} {
			x, y := v.x+side*0.62*w*t, v.y+(h-v.y)*0.66*t
			c.line(paint(hex(0x10141c)), x, y, x, y-0.16*h*t-3, 1+5*t)
			c.flare(x, y-0.16*h*t-3, 8+60*t, tungsten.times(2.2))
		}
	}
}

// pylon stands across the deck at depth t (0 far, 1 here) with its fans of cables.
func (c *canvas) pylon(v point, t float64) {
	w, h := float64(c.w), float64(c.h)
	foot := v.y + (h-v.y)*0.72*t
	half, top := 0.62*w*t, v.y-1.1*h*t
	thick := 0.05 * w * t
	for _, side := range []float64{-1, 1} {
		x := v.x + side*half
		for i := range 16 {
			k := float64(i+1) / 16
			near := math.Pow(t, 1-0.95*k) * 1.0
			c.line(shine(daylight.times(0.34)), v.x+side*half*0.2, top+(foot-top)*0.06*float64(i)*0.5, v.x+side*0.66*w*near, v.y+(h-v.y)*0.72*near, 1+1.6*t)
			far := t * (1 - 0.93*k)
			c.line(shine(daylight.times(0.26)), v.x+side*half*0.2, top+(foot-top)*0.06*float64(i)*0.5, v.x+side*0.66*w*far, v.y+(h-v.y)*0.72*far, 1+1.2*t)
		}
		c.fill(paint(hex(0x8a98a8).times(0.4)), point{x - thick*0.5, foot}, point{x + thick*0.5, foot}, point{v.x + side*half*0.2 + thick*0.3, top}, point{v.x + side*half*0.2 - thick*0.3, top})
		c.fill(shine(hex(0x6aa8ff).times(0.35)), point{x - thick*0.5, foot}, point{x + thick*0.1, foot}, point{v.x + side*half*0.2, top}, point{v.x + side*half*0.2 - thick*0.3, top})
	}
	c.box(paint(hex(0x8a98a8).times(0.35)), v.x-half*0.62, v.y-0.5*h*t, v.x+half*0.62, v.y-0.5*h*t+thick*0.7)
	c.box(paint(hex(0x8a98a8).times(0.45)), v.x-half*0.24, top, v.x+half*0.24, top+thick)
	c.glow(v.x, top-thick*0.2, 6*t+3, 6*t+3, crimson.times(7))
}
